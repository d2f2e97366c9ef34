"""What one changes of one's account."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import TokenPurpose
from app.extensions import db
from app.modules.account import queries
from app.modules.account.errors import LinkNoLongerGood
from app.modules.account.forms import AccountForm, ButtonForm, VerifiedAccountForm
from app.modules.account.routes.blueprint import bp
from app.modules.account.service import profile, sessions
from app.web.locale import LOCALES


@bp.route("/profile/modify_account", methods=["GET", "POST"])
@context.logged_in_only
def modify_account() -> ResponseReturnValue:
    """Change one's names and one's address."""
    me = context.current.me
    form = VerifiedAccountForm(obj=me) if me.espci_sso_enabled else AccountForm(obj=me)
    if form.validate_on_submit():
        new_address = form.email.text if form.email.text != me.email else None
        if new_address:
            context.check_in_person()
        if new_address and not _is_proved():
            flash(_("Prouvez d'abord que c'est bien vous, puis changez d'adresse."), "info")
            return redirect(url_for(".reauth", next=request.path), 303)
        with form.refusals():
            with transaction(db.session()) as session:
                if isinstance(form, AccountForm):
                    version = form.seen_version
                    profile.rename(session, pceen=me, version=version, **form.names)
                if new_address:
                    profile.ask_address(session, pceen=me, email=new_address)
            _tell(new_address)
            return redirect(url_for("home.profile"), 303)
    return form.page("account/modify_account.html", pceen=me)


def _tell(new_address: str | None) -> None:
    if new_address:
        flash(
            _("Un lien part à %(email)s : suivez-le pour changer d'adresse.", email=new_address),
            "info",
        )
    else:
        flash(_("Vos informations sont enregistrées."), "success")


def _is_proved() -> bool:
    login = context.current.login
    return login is not None and profile.is_proved(login)


@bp.route("/confirm_email/<token>", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def confirm_email(token: str) -> ResponseReturnValue:
    """Confirm an address, once the link sent to it is followed."""
    found = queries.token(db.session(), TokenPurpose.confirm_email, token)
    if found.pceen_id != context.current.me.id:
        raise LinkNoLongerGood
    form = ButtonForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                profile.confirm_email(session, token=found)
            flash(_("Votre adresse est confirmée."), "success")
            return redirect(url_for("home.profile"), 303)
    return form.page("account/confirm_email.html", email=found.data["email"])


@bp.post("/profile/resend_confirmation")
@context.logged_in_only
@context.in_person_only
def resend_confirmation() -> ResponseReturnValue:
    """Have the link that confirms one's address sent again."""
    me = context.current.me
    if me.email is not None and me.email_confirmed_at is None:
        with transaction(db.session()) as session:
            profile.ask_address(session, pceen=me, email=me.email)
        flash(_("Un lien vient de partir à %(email)s.", email=me.email), "info")
    return redirect(url_for("home.profile"), 303)


@bp.post("/profile/modify_preferences")
@context.logged_in_only
@context.in_person_only
def modify_preferences() -> ResponseReturnValue:
    """Change the language one reads."""
    locale = request.form.get("locale", "")
    if locale in LOCALES:
        with transaction(db.session()) as session:
            profile.choose_locale(session, pceen=context.current.me, locale=locale)
        flash(_("Vos préférences sont enregistrées."), "success")
    return redirect(url_for("home.profile"), 303)


@bp.get("/profile/sessions")
@context.logged_in_only
@context.in_person_only
def own_sessions() -> ResponseReturnValue:
    """Where one is logged in."""
    logins = queries.sessions_of(db.session(), context.current.me)
    return render_template("account/sessions.html", logins=logins, here=context.current.login)


@bp.post("/profile/sessions/<int:key>/revoke")
@context.logged_in_only
@context.in_person_only
def revoke(key: int) -> ResponseReturnValue:
    """End one of one's log-ins."""
    login = queries.own_session(db.session(), context.current.me, key)
    with transaction(db.session()) as session:
        sessions.end(session, login=login)
    flash(_("Cette connexion est terminée."), "success")
    return redirect(url_for(".own_sessions"), 303)


@bp.post("/profile/sessions/revoke_others")
@context.logged_in_only
@context.in_person_only
def revoke_others() -> ResponseReturnValue:
    """End all one's log-ins but this one."""
    with transaction(db.session()) as session:
        sessions.end_all(session, pceen=context.current.me, but=context.current.login)
    flash(_("Vos autres connexions sont terminées."), "success")
    return redirect(url_for(".own_sessions"), 303)
