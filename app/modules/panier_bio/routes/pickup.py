"""The sheet of a distribution, for who gives out the baskets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue

from app import context
from app.core.money import Cents
from app.enums import BasketPayment, BasketStatus, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import OrderPanierBio
from app.modules.panier_bio.queries import admin as queries, admin_dates
from app.modules.panier_bio.routes.admin import distribution
from app.modules.panier_bio.routes.blueprint import bp


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupPage:
    """All that the sheet shows."""

    day: date
    note: str
    orders: Sequence[OrderPanierBio]

    @property
    def taken(self) -> int:
        return sum(one.taken for one in self.orders)

    @property
    def is_priced(self) -> bool:
        return any(one.price for one in self.orders)

    @property
    def cash_left(self) -> Cents:
        """What is still to be taken in cash."""
        return sum(
            one.price
            for one in self.orders
            if one.payment_method is BasketPayment.cash and not one.payment_made
        )


@bp.get("/panier_bio/admin/pickup/<day>")
@context.permission_only(T.write, S.panier_bio)
def pickup(day: str) -> ResponseReturnValue:
    """Who comes for a basket, what they pay, and whether they came."""
    found, session = distribution(day), db.session()
    particular = admin_dates.particular(session, found)
    orders = queries.everything(session, found)
    page = PickupPage(
        day=found,
        note=particular.note if particular else "",
        orders=[one for one in orders if one.status is BasketStatus.confirmed],
    )
    return render_template("panier_bio/admin/pickup.html", page=page)
