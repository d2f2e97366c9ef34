"""The second factor, given: after the password, or to prove who one is."""

from collections.abc import Callable

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import FactorKind
from app.extensions import db
from app.models import LoginSession, OneTimeToken, PCeen
from app.modules.account import queries
from app.modules.account.around import site
from app.modules.account.errors import StepOver, WrongCode, WrongRecoveryCode
from app.modules.account.forms import AppCodeForm, RecoveryForm
from app.modules.account.routes.blueprint import bp
from app.modules.account.routes.browser import enter, forget_step, this_browser, waiting_step
from app.modules.account.service import second_step as service
from app.modules.account.service.second_step import Answer, Code, OnPaper
from app.web.urls import next_page, onwards


@bp.route("/login/second", methods=["GET", "POST"])
@context.anonymous_only
def second_step() -> ResponseReturnValue:
    """Give one's second factor, once the password is right."""
    form = AppCodeForm()
    return _log_in(form, lambda: Code(form.digits), WrongCode(), "account/second_step.html")


@bp.route("/login/second/recovery", methods=["GET", "POST"])
@context.anonymous_only
def second_step_with_recovery() -> ResponseReturnValue:
    """Give a code from paper instead."""
    form = RecoveryForm()
    page = "account/second_step_recovery.html"
    return _log_in(form, lambda: OnPaper(form.recovery.text), WrongRecoveryCode(), page)


def _log_in(
    form: AppCodeForm | RecoveryForm, answer: Callable[[], Answer], wrong: DomainError, page: str
) -> ResponseReturnValue:
    try:
        step = waiting_step()
        login = _given(form, step, answer, wrong) if form.validate_on_submit() else None
    except StepOver as over:
        forget_step()
        return render_template("account/step_over.html", over=over, next=next_page()), over.status
    if login is not None:
        return enter(login)
    return form.page(page, kinds=kinds_of(step.pceen), next=next_page())


def _given(
    form: AppCodeForm | RecoveryForm,
    step: OneTimeToken,
    answer: Callable[[], Answer],
    wrong: DomainError,
) -> LoginSession | None:
    """Begin the log-in that waits; or say on the form why not.

    Raises:
        StepOver: If it waits no more.
    """
    try:
        login = give(step, answer())
    except StepOver:
        raise
    except DomainError as refusal:
        form.refuse(refusal)
        return None
    if login is None:
        form.refuse(wrong)
        waiting_step()  # which says so when this was one time too many
    return login


def give(step: OneTimeToken, answer: Answer) -> LoginSession | None:
    """Begin the log-in that waits, if this is the second factor.

    Raises:
        StepOver, TriedTooOften: If it may not be given any more.
    """
    browser = this_browser(step.pceen.username)
    with transaction(db.session()) as session:
        return service.log_in(session, step=step, answer=answer, browser=browser, site=site())


def kinds_of(pceen: PCeen) -> set[FactorKind]:
    """What someone may be asked for."""
    return {factor.kind for factor in queries.factors_of(db.session(), pceen)}


def prove_with_code(login: LoginSession) -> ResponseReturnValue:
    """Give the code of one's application, before something grave."""
    form = AppCodeForm()
    return _prove(form, login, lambda: Code(form.digits), WrongCode(), "account/prove.html")


@bp.route("/reauth/recovery", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def reauth_with_recovery() -> ResponseReturnValue:
    """Give a code from paper instead."""
    form, login = RecoveryForm(), this_login()
    if not queries.has_factor(db.session(), login.pceen):
        return redirect(url_for(".reauth", next=next_page()), 303)
    page = "account/prove_recovery.html"
    return _prove(form, login, lambda: OnPaper(form.recovery.text), WrongRecoveryCode(), page)


def _prove(
    form: AppCodeForm | RecoveryForm,
    login: LoginSession,
    answer: Callable[[], Answer],
    wrong: DomainError,
    page: str,
) -> ResponseReturnValue:
    if form.validate_on_submit():
        with form.refusals():
            if prove(login, answer()):
                return redirect(onwards(), 303)
            form.refuse(wrong)
    return form.page(page, kinds=kinds_of(login.pceen), next=next_page())


def prove(login: LoginSession, answer: Answer) -> bool:
    """Believe for a while that this is the person, if this is their second factor.

    Raises:
        TriedTooOften: If too many were wrong lately.
    """
    with transaction(db.session()) as session:
        return service.prove(session, login=login, answer=answer, site=site())


def this_login() -> LoginSession:
    """The log-in of who asks."""
    login = context.current.login
    if login is None:
        raise RuntimeError("put @context.logged_in_only on this view")
    return login
