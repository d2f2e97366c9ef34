"""Logging in and out, and proving who one is."""

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user

from app import context
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import LoginMethod
from app.extensions import db
from app.models import LoginSession, PCeen
from app.modules.account import queries
from app.modules.account.errors import WrongCode, WrongCredentials, WrongCurrentPassword
from app.modules.account.forms import ButtonForm, CodeForm, LoginForm, ProofForm
from app.modules.account.routes.blueprint import bp
from app.modules.account.routes.browser import arrive, this_browser
from app.modules.account.routes.second_step import prove_with_code
from app.modules.account.service import profile, sessions
from app.web.urls import next_page, onwards


@bp.get("/auth_needed")
@context.public
def auth_needed() -> ResponseReturnValue:
    """Where visitors are sent who need an account."""
    if context.current.is_logged_in:
        return redirect(onwards(), 302)
    return render_template("account/auth_needed.html", next=next_page())


@bp.route("/login", methods=["GET", "POST"])
@context.anonymous_only
def login() -> ResponseReturnValue:
    """The log-in page."""
    form = LoginForm()
    if form.validate_on_submit():
        pceen = _recognise(form)
        if pceen is not None:
            return arrive(
                pceen=pceen, method=LoginMethod.password, remembered=bool(form.remember.data)
            )
    return form.page("account/login.html", next=next_page())


def _recognise(form: LoginForm) -> PCeen | None:
    """Who has this name and this password; or write down that nobody does, and say so."""
    name, password = form.name, form.password.text
    browser = this_browser(name)
    try:
        sessions.check_attempts(db.session(), name=name, browser=browser)
        with transaction(db.session()) as session_:
            return sessions.recognise(session_, name=name, password=password)
    except WrongCredentials as refusal:
        with transaction(db.session()) as session_:
            sessions.note_failure(session_, name=name, browser=browser)
        form.refuse(refusal)
    except DomainError as refusal:
        form.refuse(refusal)
    return None


@bp.route("/logout", methods=["GET", "POST"])
@context.public
def logout() -> ResponseReturnValue:
    """End this log-in, once the button is pressed."""
    form = ButtonForm()
    if not form.validate_on_submit():
        return render_template("account/logout.html", form=form, next=next_page())
    ended = context.current.login
    if ended is not None:
        with transaction(db.session()) as session_:
            sessions.end(session_, login=ended)
    logout_user()
    session.clear()
    flash(_("À bientôt !"), "success")
    return redirect(onwards("account.auth_needed"), 303)


@bp.route("/reauth", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def reauth() -> ResponseReturnValue:
    """Give one's password again, before something grave; or one's second factor, if one has one."""
    form, login_ = ProofForm(), _login()
    if queries.has_factor(db.session(), login_.pceen):
        return prove_with_code(login_)
    if form.validate_on_submit():
        try:
            profile.PROOFS.check(db.session(), login_.pceen_id)
            profile.check_current(pceen=login_.pceen, password=form.password.text)
            with transaction(db.session()) as session_:
                profile.note_proof(session_, login=login_)
        except WrongCurrentPassword as refusal:
            with transaction(db.session()) as session_:
                profile.PROOFS.count(session_, login_.pceen_id)
            form.password.errors = [refusal.message]
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect(onwards(), 303)
    return form.page("account/reauth.html", code=CodeForm(formdata=None), next=next_page())


@bp.post("/reauth/code")
@context.logged_in_only
@context.in_person_only
def reauth_code() -> ResponseReturnValue:
    """Have a code mailed, to prove who one is."""
    with transaction(db.session()) as session_:
        profile.send_code(session_, pceen=_login().pceen)
    flash(_("Un code part à votre adresse confirmée. Il est valable dix minutes."), "info")
    return redirect(url_for(".reauth_with_code", next=next_page()), 303)


@bp.route("/reauth/with_code", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def reauth_with_code() -> ResponseReturnValue:
    """Copy the code that was mailed."""
    form = CodeForm()
    if queries.has_factor(db.session(), _login().pceen):
        return redirect(url_for(".reauth", next=next_page()), 303)
    if form.validate_on_submit():
        with transaction(db.session()) as session_:
            believed = profile.prove_by_code(session_, login=_login(), code=form.code.text)
        if believed:
            return redirect(onwards(), 303)
        form.refuse(WrongCode())
    return form.page("account/reauth_code.html", next=next_page())


def _login() -> LoginSession:
    login_ = context.current.login
    if login_ is None:
        raise RuntimeError("put @context.logged_in_only on this view")
    return login_
