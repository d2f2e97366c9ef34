"""The table of a distribution that the Panier Bio gives out."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from app.core.sheets import Column, Fact, Kind, Value
from app.models import OrderPanierBio

#: A file with a table: its title, its columns, its rows, and what stands above them.
Laid = tuple[str, Sequence[Column], Sequence[Sequence[Value]], Sequence[Fact]]


def stem(day: date) -> str:
    """What the file of a distribution is called."""
    return f"panier_bio_{day.isoformat()}"


def distribution(day: date, orders: Sequence[OrderPanierBio]) -> Laid:
    """Who has a basket on a day, what they pay, and what is done of it."""
    facts = [
        Fact(_("Distribution"), day, Kind.day),
        Fact(_("Paniers"), len(orders), Kind.number),
        Fact(_("À payer"), sum(one.price for one in orders), Kind.money),
    ]
    columns = [
        Column(_("Nom")),
        Column(_("Compte"), Kind.number),
        Column(_("Promo ou service")),
        Column(_("Téléphone")),
        Column(_("E-mail")),
        Column(_("Date"), Kind.day),
        Column(_("Paiement")),
        Column(_("Prix"), Kind.money, total=True),
        Column(_("Commentaire")),
        Column(_("Payé")),
        Column(_("Validé par la trésorerie")),
        Column(_("Pris")),
    ]
    return stem(day), columns, [_row(one) for one in orders], facts


def _row(order: OrderPanierBio) -> list[Value]:
    email = order.pceen.email if order.pceen else order.email
    return [
        *(order.name, order.pceen_id, order.service, order.phone_number, email),
        *(order.date, str(order.payment_method.label), order.price, order.comment),
        *(_said(order.payment_made), _said(order.treasurer_validate), _said(order.taken)),
    ]


def _said(is_so: bool) -> str:  # noqa: FBT001  # what a cell says of it
    return str(_("oui") if is_so else _("non"))
