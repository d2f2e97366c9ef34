"""How a GRI appears on the contact page."""

from dataclasses import dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.context import Context
from app.core.transaction import transaction
from app.extensions import db
from app.models import GriCard
from app.modules.contact import queries
from app.modules.contact.forms import CardForm
from app.modules.contact.routes.blueprint import bp
from app.modules.contact.service import messages as service


@dataclass(frozen=True, slots=True)
class OwnCard:
    """What the profile of a GRI shows of their card."""

    card: GriCard | None


def part(session: Session, visitor: Context) -> OwnCard | None:
    """The part of the profile of a GRI."""
    return OwnCard(queries.card_of(session, visitor.me.id)) if visitor.is_gri else None


@bp.route("/profile/gri_card", methods=["GET", "POST"])
@context.gris_only
def gri_card() -> ResponseReturnValue:
    """Make one's card, or change it."""
    me = context.current.me
    card = queries.card_of(db.session(), me.id)
    form = CardForm(obj=card)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.save_card(session, pceen=me, wanted=form.draft(), version=form.seen_version)
            flash(_("Votre carte est sur la page de contact."), "success")
            return redirect(url_for("home.profile"), 303)
    return form.page("contact/gri_card.html", card=card)


@bp.post("/profile/gri_card/remove")
@context.gris_only
def remove_gri_card() -> ResponseReturnValue:
    """Appear no longer."""
    with transaction(db.session()) as session:
        service.remove_card(session, pceen=context.current.me)
    flash(_("Votre carte n'est plus sur la page de contact."), "success")
    return redirect(url_for("home.profile"), 303)
