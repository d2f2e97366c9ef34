"""What the counter shows of a customer, ready to be written on a page or told to a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import LazyString, format_decimal, gettext as _, lazy_gettext as _l

from app.context import current
from app.core import clock
from app.core.money import Cents
from app.enums import BarKind
from app.models import BarAccount, BarItem, PCeen
from app.modules.bar import around
from app.modules.bar.queries.counter import Seen, Standing
from app.modules.bar.queries.history import Shown, Stretch
from app.modules.bar.rules.sales import SHOWN, Customer, Refusal, is_minor, refusals
from app.modules.bar.service.reversals import REVERSIBLE
from app.modules.bar.service.sales import product
from app.web.filters import format_euros

#: What a balance looks like: up to so much, red, then orange; and when its bar is full.
RED_CENTS, ORANGE_CENTS, FULL_CENTS = 100, 500, 10_000
#: Why something is not sold, in the few words that its button has room for.
WHY: Mapping[Refusal, LazyString] = {
    Refusal.closed: _l("bar fermé"),
    Refusal.deposit: _l("caution non payée"),
    Refusal.funds: _l("solde insuffisant"),
    Refusal.age: _l("client mineur"),
    Refusal.alcohol: _l("limite d'alcool"),
    Refusal.stock: _l("épuisé"),
}
#: What someone is, and how it looks.
STANDINGS: Mapping[Standing, tuple[LazyString, str]] = {
    Standing.gri: (_l("GRI"), "danger"),
    Standing.barman: (_l("équipe du bar"), "info"),
    Standing.observer: (_l("observateur"), "neutral"),
    Standing.customer: (_l("client"), "neutral"),
}


def grams(mass: Decimal) -> str:
    """``14.4`` as ``14,4 g``."""
    return f"{format_decimal(mass, '0.#')}\N{NO-BREAK SPACE}g"


def tone(balance_cents: Cents, *, has_deposit: bool) -> str:
    """The colour of a balance."""
    if not has_deposit:
        return "grey"
    if balance_cents <= RED_CENTS:
        return "red"
    return "orange" if balance_cents <= ORANGE_CENTS else "normal"


def promo_of(pceen: PCeen) -> str:
    """The promo of someone, in words."""
    if pceen.promo is None:
        return str(_("extérieur"))
    return str(_("Promo %(promo)s", promo=pceen.promo))


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to sell, and why it may not be: nothing, if it may."""

    item: BarItem
    reasons: tuple[Refusal, ...]

    @property
    def why(self) -> str:
        """All the reasons, in words."""
        return ", ".join(str(WHY[reason]) for reason in self.reasons)

    @property
    def codes(self) -> str:
        return " ".join(self.reasons)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger, as the counter shows it."""

    shown: Shown
    #: How the visitor may undo it: in one press, by saying why, or not at all.
    undo: str | None

    @property
    def number(self) -> int:
        return self.shown.line.id

    @property
    def at(self) -> datetime:
        return self.shown.line.at

    @property
    def amount_cents(self) -> Cents:
        line = self.shown.line
        return line.balance_change_cents or line.deposit_change_cents

    @property
    def text(self) -> str:
        """What happened."""
        line = self.shown.line
        if line.type is BarKind.pay_item:
            return line.item_name or ""
        if line.type is BarKind.top_up and line.barman_id is None:
            return str(_("rechargement en ligne"))
        label = str(line.type.label)
        return f"{label} ({line.method.label})" if line.method else label

    @property
    def undone(self) -> str:
        """Who undid it; empty for a line that holds."""
        if not self.shown.is_undone:
            return ""
        if self.shown.undone_by is None:
            return str(_("opération annulée"))
        return str(_("annulé par %(name)s", name=self.shown.undone_by.full_name))

    def as_json(self) -> dict[str, Any]:
        """The line, for scripts."""
        undone_at = self.shown.undone_at
        return {
            "id": self.number,
            "type": self.shown.line.type,
            "text": self.text,
            "amount_cents": self.amount_cents,
            "at": self.at.isoformat(timespec="seconds"),
            "reason": self.shown.line.reason,
            "undone": self.undone,
            "undone_at": undone_at.isoformat(timespec="seconds") if undone_at else None,
            "undo": self.undo,
        }


def undo_of(shown: Shown) -> str | None:
    """How the visitor may undo a line: ``press``, ``reason`` (saying why), or not at all."""
    line = shown.line
    if shown.is_undone or line.type not in REVERSIBLE or line.client_id == current.me.id:
        return None
    is_late = line.revert_until is None or clock.now() > line.revert_until
    if not (is_late or line.is_online):
        return "press"
    return "reason" if around.manages() else None


@dataclass(frozen=True)
class Counter:
    """A customer at the counter: who they are, what they may buy, what they did."""

    seen: Seen
    items: Sequence[BarItem]
    stretch: Stretch

    @property
    def account(self) -> BarAccount:
        return self.seen.account

    @property
    def pceen(self) -> PCeen:
        return self.seen.pceen

    @property
    def is_me(self) -> bool:
        """Whether it is the account of the visitor themselves."""
        return self.pceen.id == current.me.id

    @property
    def tone(self) -> str:
        return tone(self.account.balance_cents, has_deposit=self.account.has_deposit)

    @property
    def standing(self) -> tuple[LazyString, str]:
        return STANDINGS[self.seen.standing]

    @property
    def age(self) -> tuple[str, str]:
        """What is said of their age, and how it looks: never the date."""
        birth = self.account.birth_date
        if birth is None:
            return _("âge inconnu"), "neutral"
        if is_minor(birth, self.seen.day, self.seen.house):
            return _("mineur"), "danger"
        return _("majeur"), "success"

    @property
    def avatar(self) -> str | None:
        return around.picture_url(self.account.avatar)

    @property
    def promo(self) -> str:
        return promo_of(self.pceen)

    @property
    def alcohol(self) -> str:
        """Their grams of the day, out of the cap."""
        cap = self.seen.house.alcohol_cap
        if cap <= 0:
            return str(_("pas d'alcool aujourd'hui"))
        return str(_("%(grams)s sur %(cap)s", grams=grams(self.seen.alcohol_today), cap=grams(cap)))

    @cached_property
    def offers(self) -> Sequence[Offer]:
        """What is sold, the favourites first, and why it may not be."""
        account, seen = self.account, self.seen
        customer = Customer(
            has_deposit=account.has_deposit,
            balance_cents=account.balance_cents,
            birth_date=account.birth_date,
            alcohol_today=seen.alcohol_today,
        )
        return [
            Offer(
                item,
                tuple(
                    sorted(
                        refusals(customer, product(item), house=seen.house, day=seen.day),
                        key=SHOWN.index,
                    )
                ),
            )
            for item in self.items
        ]

    @property
    def favourites(self) -> Sequence[Offer]:
        """What sells most, but what is sold in one tap: it has its own button."""
        return [offer for offer in self._listed if offer.item.favorite_index > 0]

    @property
    def others(self) -> Sequence[Offer]:
        """All the rest, but what is sold in one tap."""
        return [offer for offer in self._listed if offer.item.favorite_index == 0]

    @property
    def _listed(self) -> Sequence[Offer]:
        return [offer for offer in self.offers if offer is not self.quick]

    @cached_property
    def quick(self) -> Offer | None:
        """What is sold in one tap, if anything is."""
        wanted = self.seen.house.quick_item
        return next((offer for offer in self.offers if offer.item.id == wanted), None)

    @property
    def lines(self) -> Sequence[Line]:
        return [Line(shown, undo_of(shown)) for shown in self.stretch.lines]

    def as_json(self) -> dict[str, Any]:
        """What scripts refresh the page with."""
        account, seen = self.account, self.seen
        return {
            "id": self.pceen.id,
            "username": self.pceen.username,
            "name": self.pceen.full_name,
            "nickname": account.nickname,
            "has_deposit": account.has_deposit,
            "balance_cents": account.balance_cents,
            "alcohol_today": float(seen.alcohol_today),
            "alcohol_cap": float(seen.house.alcohol_cap),
            "is_open": seen.house.is_open,
            "quick_item": seen.house.quick_item,
            "menu": [_offer_as_json(offer) for offer in self.offers],
            "transactions": [line.as_json() for line in self.lines],
        }


def _offer_as_json(offer: Offer) -> dict[str, Any]:
    item = offer.item
    return {
        "id": item.id,
        "name": item.name,
        "price_cents": item.price_cents,
        "alcohol_mass": float(item.alcohol_mass),
        "quantity": item.quantity,
        "favorite_index": item.favorite_index,
        "reasons": list(offer.reasons),
    }


def found_as_json(account: BarAccount) -> dict[str, Any]:
    """Someone who is found, for scripts."""
    pceen = account.pceen
    names = pceen.full_name.split() or ["?"]
    return {
        "username": pceen.username,
        "name": pceen.full_name,
        "nickname": account.nickname,
        "promo": promo_of(pceen),
        "avatar": around.picture_url(account.avatar),
        "initials": (names[0][0] + (names[-1][0] if len(names) > 1 else "")).upper(),
        "color": pceen.id % 6,
        "url": url_for("bar.customer", username=pceen.username),
    }


def sold_words(name: str, price_cents: Cents, balance_cents: Cents) -> str:
    """What whoever serves is told of a sale."""
    return str(
        _(
            "Vendu : %(item)s, %(price)s. Solde : %(balance)s.",
            item=name,
            price=format_euros(price_cents),
            balance=format_euros(balance_cents),
        )
    )
