"""Which dates are offered to someone, and why others are not. Pure."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from flask_babel import LazyString, lazy_gettext as _l

from app.core.dates import shown as wall_clock
from app.models import OrderPanierBio
from app.modules.panier_bio.rules import days
from app.modules.panier_bio.rules.options import Options


class DayState(enum.StrEnum):
    """What may be done of a distribution."""

    #: A basket may be ordered.
    open = "open"
    #: None is left: one may wait for one.
    full = "full"
    #: It is ordered already, or waited for.
    mine = "mine"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDay:
    """A distribution, as it is shown to someone."""

    date: date
    period_id: int
    #: What the team says of it.
    note: str = ""
    #: How many baskets there are, 0 for any number.
    capacity: int = 0
    #: How many are ordered, and how many people wait for one.
    taken: int = 0
    waiting: int = 0
    state: DayState = DayState.open
    #: The order of whom it is shown to, if they have one.
    order: OrderPanierBio | None = None

    @property
    def remaining(self) -> int | None:
        """How many baskets are left; ``None`` for any number."""
        return max(0, self.capacity - self.taken) if self.capacity else None

    @property
    def is_full(self) -> bool:
        return self.remaining == 0


@dataclass(frozen=True, slots=True)
class Span:
    """A period, as the rules see it."""

    id: int
    start: date
    end: date
    disabled: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of a date."""

    #: ``None`` for that of the options.
    capacity: int | None = None
    note: str = ""
    taken: int = 0
    waiting: int = 0

    def free(self, options: Options) -> int | None:
        """How many baskets are left; ``None`` for any number."""
        capacity = options.capacity if self.capacity is None else self.capacity
        return max(0, capacity - self.taken) if capacity else None


@dataclass(frozen=True, slots=True)
class World:
    """What the offer is made of: active periods, dates, and what someone has of them."""

    spans: Sequence[Span] = ()
    tallies: Mapping[date, Tally] = field(default_factory=dict)
    mine: Mapping[date, OrderPanierBio] = field(default_factory=dict)


def held_on(day: date, spans: Collection[Span], options: Options) -> Span | None:
    """The active period that has a distribution on *day*, if one has."""
    if day.isoweekday() != options.weekday or days.holiday_name(day) is not None:
        return None
    return next((one for one in spans if day in one and day not in one.disabled), None)


def planned(spans: Collection[Span], options: Options, *, first: date) -> list[tuple[date, Span]]:
    """All the distributions from *first* on, in order."""
    return sorted(
        (
            (day, span)
            for span in spans
            for day in days.distribution_days(max(span.start, first), span.end, options.weekday)
            if day not in span.disabled
        ),
        key=lambda found: found[0],
    )


def shown(day: date, span: Span, world: World, options: Options) -> OfferedDay:
    """A distribution, as it is shown to someone who may still order."""
    tally, order = world.tallies.get(day, Tally()), world.mine.get(day)
    is_full = tally.free(options) == 0
    return OfferedDay(
        date=day,
        period_id=span.id,
        note=tally.note,
        capacity=options.capacity if tally.capacity is None else tally.capacity,
        taken=tally.taken,
        waiting=tally.waiting,
        state=DayState.mine if order else DayState.full if is_full else DayState.open,
        order=order,
    )


def offered(world: World, options: Options, now: datetime) -> list[OfferedDay]:
    """The distributions that may still be ordered at *now*, in order."""
    return [
        shown(day, span, world, options)
        for day, span in planned(world.spans, options, first=wall_clock(now).date())
        if not days.is_closed(day, options, now)
    ]


class Refusal(enum.Enum):
    """Why a date may not be had."""

    past = enum.auto()
    none = enum.auto()
    holiday = enum.auto()
    disabled = enum.auto()
    closed = enum.auto()
    mine = enum.auto()
    full = enum.auto()

    @property
    def sentence(self) -> LazyString:
        return _REFUSALS[self]


_REFUSALS = {
    Refusal.past: _l("Cette date est passée."),
    Refusal.none: _l("Il n'y a pas de distribution ce jour-là."),
    Refusal.holiday: _l("C'est un jour férié : il n'y a pas de distribution."),
    Refusal.disabled: _l("Il n'y a exceptionnellement pas de distribution ce jour-là."),
    Refusal.closed: _l("Les commandes de cette date sont closes."),
    Refusal.mine: _l("Vous avez déjà une commande pour cette date."),
    Refusal.full: _l("Il n'y a plus de panier pour cette date."),
}


def refusal(found: OfferedDay, *, wait: bool) -> Refusal | None:
    """Why a date that is offered may not be had; a full one may be waited for."""
    if found.state is DayState.mine:
        return Refusal.mine
    return Refusal.full if found.state is DayState.full and not wait else None


def not_offered(day: date, spans: Sequence[Span], options: Options, now: datetime) -> Refusal:
    """Why a day that is not offered is not."""
    if day < wall_clock(now).date():
        return Refusal.past
    span = next((one for one in spans if day in one), None)
    if span is None or day.isoweekday() != options.weekday:
        return Refusal.none
    if days.holiday_name(day) is not None:
        return Refusal.holiday
    return Refusal.disabled if day in span.disabled else Refusal.closed


#: How long a visitor has to confirm that their address is theirs.
PATIENCE = timedelta(minutes=60)
#: How many baskets of an address may wait for that.
PENDING_MAX = 4


def lapses_at(order: OrderPanierBio, options: Options) -> datetime:
    """When an order that nobody confirmed is cancelled."""
    return min(order.created_at + PATIENCE, days.deadline(order.date, options.deadline))
