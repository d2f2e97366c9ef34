"""One's second factors: adding, naming and removing them, and the codes on paper."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.models import SECOND_FACTOR_GRIS, PCeen
from app.modules.account import queries
from app.modules.account.around import site
from app.modules.account.errors import FactorNotOffered, FactorProofNeeded
from app.modules.account.forms import ButtonForm, FactorNameForm, TotpForm
from app.modules.account.routes.blueprint import bp
from app.modules.account.routes.second_step import this_login
from app.modules.account.service import factors, profile
from app.web.errors import answer, wants_json
from app.web.qrcodes import svg
from app.web.urls import next_page


def check_offered() -> PCeen:
    """Who asks, if second factors are for them.

    Raises:
        FactorNotOffered: If they are not.
    """
    me = context.current.me
    if not factors.is_offered(db.session(), me):
        raise FactorNotOffered
    return me


def check_proved() -> PCeen:
    """Likewise, if they have just proved who they are.

    Raises:
        FactorNotOffered: If second factors are not for them.
        FactorProofNeeded: If they are to prove who they are.
    """
    me = check_offered()
    if not profile.is_proved(this_login()):
        raise FactorProofNeeded
    return me


@bp.errorhandler(FactorNotOffered)
def _not_offered(refusal: FactorNotOffered) -> ResponseReturnValue:
    return answer(refusal.status, refusal.message)


@bp.errorhandler(FactorProofNeeded)
def _to_proof(refusal: FactorProofNeeded) -> ResponseReturnValue:
    if wants_json():
        return answer(refusal.status, refusal.message)
    flash(refusal.message, "info")
    return redirect(url_for(".reauth", next=url_for(".second_factor")), 303)


def _back() -> ResponseReturnValue:
    """Their page; their profile, once it is for them no more."""
    offered = factors.is_offered(db.session(), context.current.me)
    return redirect(url_for(".second_factor" if offered else "home.profile"), 303)


@bp.get("/profile/second_factor")
@context.logged_in_only
@context.in_person_only
def second_factor() -> ResponseReturnValue:
    """One's second factors."""
    session, me, login = db.session(), check_offered(), this_login()
    is_needed = me.is_gri and SECOND_FACTOR_GRIS.get(session)
    return render_template(
        "account/second_factor.html",
        factors=queries.factors_of(session, me),
        left=queries.recovery_codes_left(session, me),
        is_proved=profile.is_proved(login),
        is_needed=is_needed,
        is_asked=is_needed and login.second_at is None,
        next=next_page(),
    )


@bp.post("/profile/second_factor/totp")
@context.logged_in_only
@context.in_person_only
def begin_totp() -> ResponseReturnValue:
    """Make the key of an application of codes."""
    me = check_proved()
    with transaction(db.session()) as session:
        factors.begin_totp(session, pceen=me, sealer=site().sealer)
    return redirect(url_for(".confirm_totp"), 303)


@bp.route("/profile/second_factor/totp/confirm", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def confirm_totp() -> ResponseReturnValue:
    """Show the key to one's application, and copy its first code."""
    me, sealer = check_proved(), site().sealer
    key = factors.key_of_waiting(db.session(), pceen=me, sealer=sealer)
    if key is None:
        return _back()
    form = TotpForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                factors.confirm_totp(
                    session,
                    login=this_login(),
                    name=form.name.text,
                    code=form.digits,
                    sealer=sealer,
                )
            flash(_("Votre application de codes est ajoutée."), "success")
            return redirect(url_for(after_adding(me)), 303)
    address = factors.address_of_key(me, key)
    return form.page(
        "account/confirm_totp.html",
        key=" ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        address=address,
        qr=svg(address, label=_("La clé de votre application, à lire avec l'appareil photo")),
    )


def after_adding(me: PCeen) -> str:
    """Where one goes with a factor more: to the codes on paper, as long as there are none."""
    left = queries.recovery_codes_left(db.session(), me)
    return "account.second_factor" if left else "account.recovery_codes"


@bp.route("/profile/second_factor/<int:key>/rename", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def rename_factor(key: int) -> ResponseReturnValue:
    """Call a second factor otherwise."""
    me = check_offered()
    factor = queries.own_factor(db.session(), me, key)
    check_proved()
    form = FactorNameForm(obj=factor)
    if form.validate_on_submit():
        with transaction(db.session()) as session:
            factors.rename(session, pceen=me, key=key, name=form.name.text)
        flash(_("Ce second facteur a un autre nom."), "success")
        return _back()
    return form.page("account/rename_factor.html")


@bp.post("/profile/second_factor/<int:key>/remove")
@context.logged_in_only
@context.in_person_only
def remove_factor(key: int) -> ResponseReturnValue:
    """Do without a second factor."""
    me = check_offered()
    queries.own_factor(db.session(), me, key)
    check_proved()
    with transaction(db.session()) as session:
        factors.remove(session, pceen=me, key=key)
    flash(_("Ce second facteur est retiré."), "success")
    return _back()


@bp.route("/profile/second_factor/recovery", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def recovery_codes() -> ResponseReturnValue:
    """Make codes to keep on paper: this answer is the only one that ever shows them."""
    me, form = check_proved(), ButtonForm()
    codes: list[str] = []
    if form.validate_on_submit():
        with transaction(db.session()) as session:
            codes = factors.make_recovery_codes(session, pceen=me)
    left = queries.recovery_codes_left(db.session(), me)
    return form.page("account/recovery_codes.html", codes=codes, left=left, pceen=me)
