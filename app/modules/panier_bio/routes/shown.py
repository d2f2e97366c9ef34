"""How days and orders are shown to who ordered them."""

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import format_date, gettext as _

from app.core import clock
from app.enums import BasketStatus
from app.models import OrderPanierBio
from app.modules.panier_bio.rules import days, offer
from app.modules.panier_bio.rules.options import Options
from app.web.filters import format_euros

_TONES = {
    BasketStatus.confirmed: "success",
    BasketStatus.pending: "warning",
    BasketStatus.waiting: "info",
    BasketStatus.cancelled: "neutral",
}


def in_full(day: date) -> str:
    """A date with its weekday: ``mardi 8 décembre 2026``."""
    return str(format_date(day, _("EEEE d MMMM y"), rebase=False))


def tone_of(status: BasketStatus) -> str:
    """The colour of a state."""
    return _TONES[status]


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """An order, as who made it sees it at some instant."""

    order: OrderPanierBio
    options: Options
    now: datetime

    @property
    def title(self) -> str:
        return in_full(self.order.date)

    @property
    def facts(self) -> str:
        """How it is paid for, and what it costs."""
        said = [str(self.order.payment_method.label)]
        if self.order.price:
            said.append(format_euros(self.order.price))
        if self.is_waiting and self.is_unconfirmed:
            said.append(str(self.order.status.label))
        return " · ".join(said)

    @property
    def deadline(self) -> datetime:
        """Until when they may delete it."""
        return days.deadline(self.order.date, self.options.deadline)

    @property
    def lapses_at(self) -> datetime:
        """Until when they may confirm it."""
        return offer.lapses_at(self.order, self.options)

    @property
    def is_past(self) -> bool:
        """Whether its day is over."""
        return self.order.date < clock.day_of(self.now)

    @property
    def is_lost(self) -> bool:
        """Whether there is nothing to it any more: nobody ever confirmed it."""
        never = self.order.pceen_id is None and self.order.confirmed_at is None
        return never and (self._is_cancelled or self.now >= self.lapses_at)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a visitor has still to show that their address is theirs."""
        never = self.order.pceen_id is None and self.order.confirmed_at is None
        return never and not self.is_lost

    @property
    def is_coming(self) -> bool:
        return not self._is_cancelled and not self.is_lost and not self.is_past

    @property
    def has_basket(self) -> bool:
        return self.order.status.holds_basket and not self.is_lost

    @property
    def is_waiting(self) -> bool:
        """Whether it has no basket yet."""
        return self.order.status is BasketStatus.waiting and not self.is_lost

    @property
    def is_cancellable(self) -> bool:
        return self.is_coming and self.now < self.deadline

    @property
    def _is_cancelled(self) -> bool:
        return self.order.status is BasketStatus.cancelled

    @property
    def _status(self) -> BasketStatus:
        if self.is_lost:
            return BasketStatus.cancelled
        return BasketStatus.pending if self.is_unconfirmed else self.order.status

    @property
    def state(self) -> str:
        """How it stands, in a word or two."""
        if self.is_past and self._status is BasketStatus.confirmed:
            return str(_("retiré") if self.order.taken else _("non retiré"))
        return str(self._status.label)

    @property
    def tone(self) -> str:
        if self.is_past and self._status is BasketStatus.confirmed and not self.order.taken:
            return "neutral"
        return tone_of(self._status)
