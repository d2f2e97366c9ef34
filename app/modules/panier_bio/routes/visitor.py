"""What a visitor ordered, behind the link of their mail (community 6.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from app import context
from app.core import clock
from app.core.errors import Conflict
from app.core.money import Cents
from app.core.transaction import transaction
from app.enums import BasketStatus
from app.extensions import db
from app.models import OrderPanierBio
from app.modules.panier_bio import around
from app.modules.panier_bio.errors import NoSuchLink, NoSuchOrder
from app.modules.panier_bio.routes.blueprint import bp
from app.modules.panier_bio.routes.shown import ShownOrder, in_full
from app.modules.panier_bio.service import orders as service


@dataclass(frozen=True, slots=True)
class LinkPage:
    """What the page of a link shows."""

    here: str
    rows: Sequence[ShownOrder]

    @property
    def unconfirmed(self) -> int:
        """How many baskets wait for the button."""
        return sum(one.is_unconfirmed for one in self.rows)

    @property
    def until(self) -> datetime:
        """When the first of them lapses."""
        return min(one.lapses_at for one in self.rows if one.is_unconfirmed)

    @property
    def total(self) -> Cents:
        """What the baskets that they have cost."""
        return sum(one.order.price for one in self.rows if one.has_basket)


@bp.route("/panier_bio/visitor/<token>", methods=["GET", "POST"])
@context.public
def visitor(token: str) -> ResponseReturnValue:
    """See what one ordered, confirm it, delete it."""
    found = service.visitor_orders(db.session(), token)
    if request.method == "POST":
        return _changed(token, found)
    page = LinkPage(url_for("panier_bio.visitor", token=token), _shown(found))
    if all(one.is_lost for one in page.rows):
        raise NoSuchLink
    return render_template("panier_bio/visitor.html", page=page)


def _shown(found: Sequence[OrderPanierBio]) -> list[ShownOrder]:
    return [ShownOrder(one, around.options(), clock.now()) for one in found]


def _changed(token: str, found: Sequence[OrderPanierBio]) -> ResponseReturnValue:
    """Do what one of the buttons says, or tell why not."""
    try:
        if "confirm" in request.form:
            _confirm(token)
        elif "delete" in request.form:
            _delete(found, request.form["delete"])
        else:
            abort(400)
    except Conflict as refusal:  # no page tells where it comes from: here is where to say it
        flash(refusal.message, "danger")
    if all(one.is_lost for one in _shown(service.visitor_orders(db.session(), token))):
        return redirect(url_for("panier_bio.index"), 303)  # nothing is left to see here
    return redirect(url_for("panier_bio.visitor", token=token), 303)


def _confirm(token: str) -> None:
    with transaction(db.session()) as session:
        done = service.confirm(session, secret=token)
        baskets = sum(one.status is BasketStatus.confirmed for one in done.orders)
        waiting = sum(one.status is BasketStatus.waiting for one in done.orders)
        lost = [in_full(one.date) for one in done.lost]
    if baskets:
        said = ngettext("%(num)s panier confirmé.", "%(num)s paniers confirmés.", baskets)
        flash(said, "success")
    if waiting:
        flash(
            ngettext(
                "%(num)s date complète : vous êtes en liste d'attente.",
                "%(num)s dates complètes : vous êtes en liste d'attente.",
                waiting,
            ),
            "info",
        )
    for day in lost:
        flash(_("Il était trop tard pour le panier du %(day)s.", day=day), "warning")


def _delete(found: Sequence[OrderPanierBio], key: str) -> None:
    """Delete one of the orders of the link.

    Raises:
        NoSuchOrder: If it has no such one.
    """
    order = next((one for one in found if str(one.id) == key), None)
    if order is None:
        raise NoSuchOrder
    day = in_full(order.date)
    with transaction(db.session()) as session:
        service.cancel(session, order=order)
    flash(_("Le panier du %(day)s est annulé.", day=day), "success")
