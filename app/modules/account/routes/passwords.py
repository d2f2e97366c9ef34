"""Passwords: changing one's own, and getting a new one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user

from app import context
from app.core.transaction import transaction
from app.enums import TokenPurpose
from app.extensions import db
from app.modules.account import queries, rules
from app.modules.account.errors import WrongCurrentPassword
from app.modules.account.forms import ChangePasswordForm, NewPasswordForm, ResetRequestForm
from app.modules.account.routes.blueprint import bp
from app.modules.account.routes.browser import this_browser
from app.modules.account.service import profile, registration
from app.web.urls import next_page


@bp.route("/reset_password_request", methods=["GET", "POST"])
@context.anonymous_only
def reset_password_request() -> ResponseReturnValue:
    """Ask for a link to a new password."""
    form = ResetRequestForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                address = this_browser().address
                profile.ask_reset(session, email=form.email.text, address=address)
            flash(
                _("Si un compte a cette adresse, un lien valable 30 minutes vient d'y partir."),
                "info",
            )
            return redirect(url_for(".login", next=next_page()), 303)
    return form.page("account/reset_password_request.html", next=next_page())


@bp.route("/reset_password/<token>", methods=["GET", "POST"])
@context.public
def reset_password(token: str) -> ResponseReturnValue:
    """Choose a new password, once the link of the mail is followed."""
    found = queries.token(db.session(), TokenPurpose.reset_password, token)
    if context.current.is_logged_in:
        return render_template("account/log_out_first.html", here=request.path)
    form = NewPasswordForm()
    if form.validate_on_submit():
        with form.refusals():
            rules.check_password(form.password.text, about=profile.about(found.pceen))
            password_hash = registration.hash_of(form.password.text)
            with transaction(db.session()) as session:
                profile.reset_password(session, token=found, password_hash=password_hash)
            flash(_("Votre mot de passe est changé : connectez-vous avec le nouveau."), "success")
            return redirect(url_for(".login"), 303)
    return form.page("account/reset_password.html")


@bp.route("/profile/update_password", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def update_password() -> ResponseReturnValue:
    """Change one's password."""
    me = context.current.me
    if me.password_hash is None:
        return render_template("account/no_password.html", pceen=me)
    form = ChangePasswordForm()
    if form.validate_on_submit():
        with form.refusals():
            _check_current(form.current_password.text)
            rules.check_password(form.password.text, about=profile.about(me))
            password_hash = registration.hash_of(form.password.text)
            with transaction(db.session()) as session:
                profile.change_password(
                    session,
                    pceen=me,
                    password_hash=password_hash,
                    kept_login=context.current.login,
                )
            login_user(context.current.login)
            flash(_("Mot de passe changé. Vos autres connexions sont terminées."), "success")
            return redirect(url_for("home.profile"), 303)
    return form.page("account/update_password.html")


def _check_current(password: str) -> None:
    """Refuse a password that is not the current one, and count it."""
    me = context.current.me
    profile.PROOFS.check(db.session(), me.id)
    try:
        profile.check_current(pceen=me, password=password)
    except WrongCurrentPassword:
        with transaction(db.session()) as session:
            profile.PROOFS.count(session, me.id)
        raise


@bp.post("/profile/set_password")
@context.logged_in_only
@context.in_person_only
def set_password() -> ResponseReturnValue:
    """Have the link to a first password mailed."""
    with transaction(db.session()) as session:
        profile.send_reset(session, pceen=context.current.me)
    flash(_("Un lien vient de partir à votre adresse."), "info")
    return redirect(url_for("home.profile"), 303)
