"""Asking to be forgotten, and changing one's mind."""

from flask import flash, redirect, session as cookie, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.modules.account.routes.people import looked_after
from app.modules.lives import around
from app.modules.lives.errors import FromTheProfile
from app.modules.lives.forms import EraseForForm, EraseForm
from app.modules.lives.routes.blueprint import bp
from app.modules.lives.routes.proving import to_proof
from app.modules.lives.service import erase as service
from app.modules.lives.service.exports import Asked


@bp.route("/profile/erase", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def erase() -> ResponseReturnValue:
    """Ask to be forgotten: one's username has to be typed."""
    me, form = context.current.me, EraseForm()
    if form.validate_on_submit():
        if proof := to_proof(url_for(".erase")):
            return proof
        with form.refusals():
            form.check(me)
            with transaction(db.session()) as session:
                service.ask(session, pceen=me, asked=Asked(), parts=around.parts())
            logout_user()
            cookie.clear()
            flash(_("Votre compte est fermé. Il sera effacé dans deux semaines."), "success")
            return redirect(url_for("account.auth_needed"), 303)
    found = service.obstacles(db.session(), pceen=me, parts=around.parts())
    return form.page("lives/erase.html", pceen=me, obstacles=found)


@bp.route("/gris/pceens/<int:key>/erase", methods=["GET", "POST"])
@context.gris_only
def erase_for(key: int) -> ResponseReturnValue:
    """Have someone forgotten, in their place, once said why."""
    someone, form = looked_after(key), EraseForForm()
    if someone.id == context.current.me.id:
        raise FromTheProfile
    if form.validate_on_submit():
        if proof := to_proof(url_for(".erase_for", key=key)):
            return proof
        with form.refusals():
            form.check(someone)
            asked = Asked(by=context.current.me, reason=form.reason.text)
            with transaction(db.session()) as session:
                service.ask(session, pceen=someone, asked=asked, parts=around.parts())
            flash(_("%(name)s sera effacé dans deux semaines.", name=someone.full_name), "success")
            return redirect(url_for("gris.pceen", key=key), 303)
    found = service.obstacles(db.session(), pceen=someone, parts=around.parts())
    return form.page(
        "lives/erase_for.html", pceen=someone, obstacles=found, erased_on=service.done_on(someone)
    )


@bp.post("/gris/pceens/<int:key>/erase/cancel")
@context.gris_only
def cancel_erasure(key: int) -> ResponseReturnValue:
    """Keep the account of someone after all."""
    someone = looked_after(key)
    with transaction(db.session()) as session:
        service.cancel(session, pceen=someone, actor=context.current.me)
    flash(_("L'effacement de %(name)s est annulé.", name=someone.full_name), "success")
    return redirect(url_for("gris.pceen", key=key), 303)
