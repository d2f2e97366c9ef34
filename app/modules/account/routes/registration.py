"""How an account begins."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import TokenPurpose
from app.extensions import db
from app.modules.account import queries, rules
from app.modules.account.forms import NewPasswordForm, RegistrationForm
from app.modules.account.routes.blueprint import bp
from app.modules.account.routes.browser import enter, this_browser
from app.modules.account.service import profile, registration
from app.modules.account.service.registration import Match
from app.web.urls import next_page


@bp.get("/register")
@context.anonymous_only
def register() -> ResponseReturnValue:
    """The ways to an account."""
    return render_template("account/register.html", next=next_page())


@bp.route("/register/rezident", methods=["GET", "POST"])
@context.anonymous_only
@context.internal_only
def register_rezident() -> ResponseReturnValue:
    """The registration of who has just moved into the residence."""
    form = RegistrationForm()
    if form.validate_on_submit():
        with form.refusals():
            outcome = _register(form)
            if isinstance(outcome, Match):
                session["pending"] = outcome.secret
                return redirect(url_for(".register_match", next=next_page()), 303)
            return outcome
    return form.page("account/register_rezident.html", next=next_page())


def _register(form: RegistrationForm) -> ResponseReturnValue | Match:
    """Make the account and enter it; or tell that someone is called so."""
    browser, identity = this_browser(), form.draft()
    with transaction(db.session()) as session_:
        registration.TRIED.check(session_, browser.address)
        registration.TRIED.count(session_, browser.address)
    registration.check_identity(identity, form.password.text)
    password_hash = registration.hash_of(form.password.text)
    with transaction(db.session()) as session_:
        outcome = registration.register(
            session_, identity=identity, password_hash=password_hash, browser=browser
        )
    return outcome if isinstance(outcome, Match) else enter(outcome)


@bp.get("/register/match")
@context.anonymous_only
def register_match() -> ResponseReturnValue:
    """An account may exist: log in, or have a new password, or write to the GRIs."""
    return render_template("account/register_match.html", next=next_page())


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@context.public
def invitation(token: str) -> ResponseReturnValue:
    """The way into an account that was made for someone."""
    found = queries.token(db.session(), TokenPurpose.invitation, token)
    form = NewPasswordForm()
    if context.current.is_logged_in:
        return render_template("account/log_out_first.html", here=request.path)
    if form.validate_on_submit():
        with form.refusals():
            rules.check_password(form.password.text, about=profile.about(found.pceen))
            password_hash = registration.hash_of(form.password.text)
            with transaction(db.session()) as session_:
                begun = profile.accept_invitation(
                    session_, token=found, password_hash=password_hash, browser=this_browser()
                )
            flash(_("Votre compte est prêt."), "success")
            return enter(begun)
    return form.page("account/invitation.html", pceen=found.pceen)
