"""Whom the mails of the Panier Bio are for."""

from dataclasses import dataclass

from app.models import OrderPanierBio


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who is written to."""

    email: str
    locale: str
    #: ``None`` for a visitor: they are greeted without it.
    prenom: str | None


def addressee(order: OrderPanierBio) -> Addressee | None:
    """Who is told of an order; ``None`` when nobody can be."""
    who = order.pceen
    if who is None:
        return Addressee(order.email, order.locale or "fr", None) if order.email else None
    if who.email is None or who.is_disabled:
        return None
    return Addressee(who.email, who.locale or "fr", who.prenom)
