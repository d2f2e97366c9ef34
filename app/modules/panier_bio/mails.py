"""What the Panier Bio writes to people."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.core.money import Cents
from app.enums import BasketPayment
from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Baskets(Mail):
    """Of some baskets, which cost the same and are paid for in one way."""

    #: ``None`` for a visitor.
    prenom: str | None
    #: What one costs; 0 when the price is not told.
    price_cents: Cents
    #: How it is to be paid for.
    pay_by: str

    @property
    def is_transfer(self) -> bool:
        return self.pay_by == BasketPayment.transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Several(_Baskets):
    """Of several dates, in ISO format."""

    #: Those ordered, and until when each may be given up.
    baskets: list[tuple[str, str]]
    #: Those that are full: they are waited for.
    waited: list[str]

    @property
    def days(self) -> list[tuple[date, datetime]]:
        return [(date.fromisoformat(on), datetime.fromisoformat(at)) for on, at in self.baskets]

    @property
    def waited_days(self) -> list[date]:
        return [date.fromisoformat(one) for one in self.waited]

    @property
    def total_cents(self) -> Cents:
        return self.price_cents * len(self.baskets)


@dataclass(frozen=True, slots=True, kw_only=True)
class _One(_Baskets):
    """Of one date, in ISO format."""

    on: str

    @property
    def day(self) -> date:
        return date.fromisoformat(self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOrder(_Several):
    """Ask a visitor whether the address that they left is theirs: baskets are kept an hour."""

    kind: ClassVar = "panier_bio.confirm_order"
    template: ClassVar = "panier_bio/mails/confirm_order.html"
    subject: ClassVar = _l("Confirmez votre commande de panier")
    confidential: ClassVar = True

    secret: str
    #: Until when, in ISO format.
    until: str

    @property
    def until_instant(self) -> datetime:
        return datetime.fromisoformat(self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed(_Several):
    """Tell someone what they ordered, and until when they may change their mind."""

    kind: ClassVar = "panier_bio.order_confirmed"
    template: ClassVar = "panier_bio/mails/order_confirmed.html"
    subject: ClassVar = _l("Votre commande de panier")
    confidential: ClassVar = True

    #: Of the link of a visitor; ``None`` for a member, or who has none.
    secret: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Mail):
    """Tell someone that they have no basket for a date any more."""

    kind: ClassVar = "panier_bio.order_cancelled"
    template: ClassVar = "panier_bio/mails/order_cancelled.html"
    subject: ClassVar = _l("Une commande de panier est annulée")

    prenom: str | None
    #: The date, in ISO format.
    on: str
    #: Whether the team did it.
    by_team: bool
    #: Whether it was paid for.
    was_paid: bool

    @property
    def day(self) -> date:
        return date.fromisoformat(self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketGranted(_One):
    """Tell someone who waited that they have a basket."""

    kind: ClassVar = "panier_bio.basket_granted"
    template: ClassVar = "panier_bio/mails/basket_granted.html"
    subject: ClassVar = _l("Vous avez un panier")


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketReminder(_One):
    """Remind someone of the basket that they pick up the next day."""

    kind: ClassVar = "panier_bio.basket_reminder"
    template: ClassVar = "panier_bio/mails/basket_reminder.html"
    subject: ClassVar = _l("N'oubliez pas votre panier")

    #: What the team says of that day.
    note: str
    is_paid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketPickedUp(_One):
    """Tell someone that their basket was picked up: a receipt."""

    kind: ClassVar = "panier_bio.basket_picked_up"
    template: ClassVar = "panier_bio/mails/basket_picked_up.html"
    subject: ClassVar = _l("Votre panier est retiré")

    #: When, in ISO format.
    at: str
    is_paid: bool

    @property
    def instant(self) -> datetime:
        return datetime.fromisoformat(self.at)


MAILS: tuple[type[Mail], ...] = (
    ConfirmOrder,
    OrderConfirmed,
    OrderCancelled,
    BasketGranted,
    BasketReminder,
    BasketPickedUp,
)
