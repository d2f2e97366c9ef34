"""What the calendar shows: events, shows, performances and one's own baskets, all alike.

Rows are read as they are stored, then checked one by one: one that makes no sense, whatever wrote
it, is left out and logged, and the others are shown.
"""

import enum
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import day_of, day_start
from app.enums import BasketStatus
from app.models import (
    Club,
    ClubQSalle,
    ClubQSeason,
    ClubQSpectacle,
    Event,
    OrderPanierBio,
    Representation,
    Saison,
    Spectacle,
    StoredChoice,
)
from app.models.types import UtcDateTime
from app.modules.calendar.rules.events import When
from app.modules.club_q.choices import SEASON
from app.modules.club_q.queries import grants

logger = logging.getLogger(__name__)

#: The most that one answer holds.
ITEMS_MAX = 1000
#: How many shows of one's own are read to find the next ones: the first may be over.
_OWN = 10
#: How long a performance is shown to last: nobody says.
PERFORMANCE = timedelta(hours=2)
#: The colours of what is no club's, and of a club whose own makes no sense.
_THEATRE, _BASKET, _GREY = "#9f4216", "#014421", "#757575"
#: That of Club Q, where its row is not read.
_CLUB_Q = "#dc8add"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
#: When what keeps no date of its changes is said to have changed; each version is a second later.
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
#: Beyond, an event makes no sense, and some databases hold what no program can read.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 2, tzinfo=UTC)


class ItemKind(enum.StrEnum):
    """Where something of the calendar comes from; the value begins its number."""

    event = "event"
    show = "clubq"
    performance = "theatre"
    basket = "panier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks, as far as it changes what there is to see."""

    pceen_id: int
    #: Whether they may read Club Q.
    sees_shows: bool


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant to another, which is not in it; ``None`` for as far as there is."""

    since: datetime
    until: datetime | None = None

    @property
    def first_day(self) -> date:
        """The first day that it holds a moment of."""
        return day_of(self.since)

    @property
    def last_day(self) -> date | None:
        """The last one, likewise."""
        return None if self.until is None else day_of(self.until - timedelta(microseconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something of the calendar: a moment, or whole days."""

    kind: ItemKind
    key: int
    #: What calendars know an event by; empty for the others.
    uid: str = ""
    #: What those that are repeated together share.
    series: str | None = None
    title: str
    #: In Markdown.
    description: str = ""
    location: str = ""
    all_day: bool
    #: Instants; the first and the last day, if it is all day.
    starts: Any
    ends: Any
    #: Whether somebody said when it ends.
    has_end: bool = True
    color: str
    club_id: int | None = None
    club: str | None = None
    #: The season of a performance.
    season_id: int | None = None
    cancelled: bool = False
    version: int
    updated_at: datetime

    @property
    def when(self) -> When:
        """When it is, as rules and words know it."""
        if self.all_day:
            return When(start_date=self.starts, end_date=self.ends)
        return When(start_time=self.starts, end_time=self.ends)

    @property
    def id(self) -> int | str:
        """What tells it from all the others."""
        return self.key if self.kind is ItemKind.event else f"{self.kind}_{self.key}"

    @property
    def is_event(self) -> bool:
        """Whether it was written in the calendar itself."""
        return self.kind is ItemKind.event

    @property
    def begins_at(self) -> datetime:
        """When it begins."""
        return day_start(self.starts) if self.all_day else self.starts

    @property
    def first_day(self) -> date:
        """The day on which it begins, in Paris."""
        return self.starts if self.all_day else day_of(self.starts)

    @property
    def last_day(self) -> date:
        """The last day that it holds a moment of."""
        return self.ends if self.all_day else day_of(self.ends - timedelta(microseconds=1))

    @property
    def day_after(self) -> date:
        """The day after the last one: where calendars say that something all day ends."""
        return self.last_day + timedelta(days=1)

    @property
    def order(self) -> tuple[date, bool, datetime, str, int]:
        """Day by day, what is all day first."""
        return self.first_day, not self.all_day, self.begins_at, self.title.casefold(), self.key


class _Senseless(ValueError):
    """A row that is not as it should be."""


# Reading


def items(
    session: Session, window: Window, viewer: Viewer, *, limit: int | None = ITEMS_MAX
) -> Sequence[Item]:
    """What *viewer* sees of the calendar in *window*, the first ones of too many: one statement."""
    parts = [_events(window, limit), _performances(window), _baskets(window, viewer)]
    if viewer.sees_shows:
        parts.append(_shows(window))
    found = [item for item in _read(session, parts) if item.all_day or item.ends > window.since]
    return sorted(found, key=lambda item: item.order)[:limit]


def first_items(session: Session, window: Window, viewer: Viewer) -> tuple[Sequence[Item], bool]:
    """Likewise, as many as one answer holds; and whether there are more."""
    found = items(session, window, viewer, limit=ITEMS_MAX + 1)
    return found[:ITEMS_MAX], len(found) > ITEMS_MAX


def coming(session: Session, viewer: Viewer, *, now: datetime, limit: int) -> Sequence[Item]:
    """The next events, those that go on included, the shows that *viewer* goes to and the next
    performance: one statement.
    """
    window = Window(now)
    parts = [
        _first(_moments(window), Event.start_time, limit),
        _first(_days(window), Event.start_date, limit),
        _first(_performances(window), Representation.date, 1),
    ]
    if viewer.sees_shows:
        goes = ClubQSpectacle.id.in_(grants.told_to(viewer.pceen_id))
        parts.append(_first(_all_shows(window).where(goes), ClubQSpectacle.date, _OWN))
    found = [item for item in _read(session, parts) if item.all_day or item.ends > now]
    return sorted(found, key=lambda item: item.order)


def _read(session: Session, parts: Sequence[sa.Select[Any]]) -> Iterator[Item]:
    """What the rows of *parts* are; those that are nothing sensible are left out, and logged."""
    for row in session.execute(sa.union_all(*parts)):
        try:
            item = _MADE[row.kind](row)
            _checked = item.order, item.day_after  # what is too far has neither
        except (ArithmeticError, TypeError, ValueError) as error:
            logger.warning("%s %s is left out of the calendar: %s", row.kind, row.key, error)
        else:
            yield item


# What is asked: the columns of each part are these, in this order


def _columns(**values: Any) -> list[sa.Label[Any]]:
    """The columns of a part; what it has not is empty. They are read as they are stored."""
    empty: dict[str, Any] = {
        "kind": None,
        "key": None,
        "season_id": sa.cast(sa.null(), sa.Integer),
        "uid": sa.literal_column("''"),
        "series": sa.literal_column("''"),
        "title": sa.literal_column("''"),
        "description": sa.literal_column("''"),
        "place": sa.literal_column("''"),
        "address": sa.literal_column("''"),
        "starts": sa.cast(sa.null(), UtcDateTime),
        "ends": sa.cast(sa.null(), UtcDateTime),
        "first": sa.cast(sa.null(), sa.Date),
        "last": sa.cast(sa.null(), sa.Date),
        "minutes": sa.cast(sa.null(), sa.Integer),
        "cancelled": sa.literal_column("0 = 1"),
        "version": sa.literal_column("1"),
        "changed": sa.cast(sa.null(), UtcDateTime),
        "color": sa.literal_column("''"),
        "club_id": sa.cast(sa.null(), sa.Integer),
        "club": sa.literal_column("''"),
    }
    return [
        sa.type_coerce(value, sa.types.NullType()).label(name)
        for name, value in (empty | values).items()
    ]


def _kind(kind: ItemKind) -> sa.ColumnClause[Any]:
    return sa.literal_column(f"'{kind}'")


_CLUB = {"color": Club.color, "club_id": Club.id, "club": Club.name}


def _all_events() -> sa.Select[Any]:
    return sa.select(
        *_columns(
            kind=_kind(ItemKind.event),
            key=Event.id,
            uid=Event.uid,
            series=Event.series,
            title=Event.title,
            description=Event.description,
            place=Event.location,
            starts=Event.start_time,
            ends=Event.end_time,
            first=Event.start_date,
            last=Event.end_date,
            cancelled=Event.cancelled_at.is_not(None),
            version=Event.version,
            changed=Event.updated_at,
            **_CLUB,
        )
    ).join(Club, Club.id == Event.club_id)


def _moments(window: Window) -> sa.Select[Any]:
    """The events that last from an instant to another."""
    stmt = _all_events().where(
        sa.not_(Event.all_day),
        Event.end_time > window.since,
        Event.start_time >= _FIRST,
        Event.end_time < _LAST,
    )
    return stmt if window.until is None else stmt.where(Event.start_time < window.until)


def _days(window: Window) -> sa.Select[Any]:
    """Those that last whole days."""
    stmt = _all_events().where(
        Event.all_day,
        Event.end_date >= window.first_day,
        Event.start_date >= _FIRST.date(),
        Event.end_date < _LAST.date(),
    )
    return stmt if window.last_day is None else stmt.where(Event.start_date <= window.last_day)


def _first(stmt: sa.Select[Any], by: Any, limit: int | None) -> sa.Select[Any]:
    """The first ones of a part, apart: a part of several has no order of its own."""
    if limit is None:
        return stmt
    return sa.select(stmt.order_by(by).limit(limit).subquery())


def _events(window: Window, limit: int | None) -> sa.Select[Any]:
    moments, days = _first(_moments(window), Event.start_time, limit), _days(window)
    return sa.select(sa.union_all(moments, _first(days, Event.start_date, limit)).subquery())


def _all_shows(window: Window) -> sa.Select[Any]:
    """The shows of Club Q, whatever their season."""
    stmt = (
        sa.select(
            *_columns(
                kind=_kind(ItemKind.show),
                key=ClubQSpectacle.id,
                title=ClubQSpectacle.nom,
                description=ClubQSpectacle.description,
                place=sa.func.coalesce(ClubQSalle.nom, ""),
                address=sa.func.coalesce(ClubQSalle.adresse, ""),
                starts=ClubQSpectacle.date,
                minutes=ClubQSpectacle.duration,
                cancelled=ClubQSpectacle.cancelled,
                version=ClubQSpectacle.version,
                **{name: _of_club_q(column) for name, column in _CLUB.items()},
            )
        )
        .join(ClubQSeason, ClubQSeason.id == ClubQSpectacle.season_id)
        .outerjoin(ClubQSalle, ClubQSalle.id == ClubQSpectacle.salle_id)
        .where(ClubQSpectacle.date > window.since - timedelta(days=1))
    )
    return stmt if window.until is None else stmt.where(ClubQSpectacle.date < window.until)


def _shows(window: Window) -> sa.Select[Any]:
    """Those of the current season, and of those that began before."""
    is_current = sa.exists().where(
        StoredChoice.key == SEASON.key,
        sa.cast(StoredChoice.value, sa.String(20)) == sa.cast(ClubQSeason.id, sa.String(20)),
    )
    is_past = sa.or_(
        ClubQSeason.debut <= clock.today(),
        sa.and_(ClubQSeason.debut.is_(None), ClubQSeason.published_at.is_not(None)),
    )
    return _all_shows(window).where(sa.or_(is_current, is_past))


def _of_club_q(column: Any) -> sa.ScalarSelect[Any]:
    """What the row of Club Q says, if it is there."""
    return sa.select(column).where(Club.slug == Club.CLUB_Q).scalar_subquery()


def _performances(window: Window) -> sa.Select[Any]:
    """What the theatre club plays, in the seasons that everybody sees."""
    stmt = (
        sa.select(
            *_columns(
                kind=_kind(ItemKind.performance),
                key=Representation.id,
                season_id=Spectacle.saison_id,
                title=Spectacle.name,
                description=Spectacle.description,
                starts=Representation.date,
                version=Representation.version + Spectacle.version,
            )
        )
        .join(Spectacle, Spectacle.id == Representation.spectacle_id)
        .join(Saison, Saison.id == Spectacle.saison_id)
        .where(sa.not_(Saison.hidden), Representation.date > window.since - PERFORMANCE)
    )
    return stmt if window.until is None else stmt.where(Representation.date < window.until)


def _baskets(window: Window, viewer: Viewer) -> sa.Select[Any]:
    """The baskets that they have."""
    order = OrderPanierBio
    stmt = sa.select(
        *_columns(
            kind=_kind(ItemKind.basket),
            key=order.id,
            first=order.date,
            last=order.date,
            version=order.version,
            changed=sa.func.coalesce(order.confirmed_at, order.created_at),
        )
    ).where(
        order.live_pceen == viewer.pceen_id,
        order.status == BasketStatus.confirmed,
        order.date >= window.first_day,
    )
    return stmt if window.last_day is None else stmt.where(order.date <= window.last_day)


# What rows are


def _instant(stored: Any) -> datetime:
    """An instant, as any of the databases gives it."""
    read = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    if not isinstance(read, datetime):
        raise _Senseless(f"{stored!r} is no instant")
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _day(stored: Any) -> date:
    """A day, likewise."""
    read = date.fromisoformat(stored) if isinstance(stored, str) else stored
    if not isinstance(read, date) or isinstance(read, datetime):
        raise _Senseless(f"{stored!r} is no day")
    return read


def _event(row: Any) -> Item:
    if not row.title or not row.uid:
        raise _Senseless("it has no title, or nothing to know it by")
    is_moment, is_days = (
        any(part is not None for part in pair)
        for pair in ((row.starts, row.ends), (row.first, row.last))
    )
    if is_moment == is_days:
        raise _Senseless("it is neither a moment nor whole days, or both")
    read = _day if is_days else _instant
    starts, ends = (
        read(part) for part in ((row.first, row.last) if is_days else (row.starts, row.ends))
    )
    if ends < starts or (ends == starts and is_moment):
        raise _Senseless("it ends before it begins")
    return Item(
        kind=ItemKind.event,
        all_day=is_days,
        starts=starts,
        ends=ends,
        series=row.series or None,
        updated_at=_instant(row.changed),
        **_said(row),
    )


def _show(row: Any) -> Item:
    starts = _instant(row.starts)
    return Item(
        kind=ItemKind.show,
        all_day=False,
        starts=starts,
        ends=starts + timedelta(minutes=int(row.minutes)),
        updated_at=_version_date(row),
        **_said(row),
    )


def _performance(row: Any) -> Item:
    starts = _instant(row.starts)
    return Item(
        kind=ItemKind.performance,
        all_day=False,
        starts=starts,
        ends=starts + PERFORMANCE,
        has_end=False,
        season_id=int(row.season_id),
        updated_at=_version_date(row),
        **_said(row) | {"color": _THEATRE},
    )


def _basket(row: Any) -> Item:
    return Item(
        kind=ItemKind.basket,
        all_day=True,
        starts=_day(row.first),
        ends=_day(row.last),
        updated_at=_instant(row.changed),
        **_said(row) | {"color": _BASKET, "title": _("Panier Bio")},
    )


def _said(row: Any) -> dict[str, Any]:
    """What all kinds have."""
    color = row.color or ""
    return {
        "key": int(row.key),
        "uid": row.uid,
        "title": row.title,
        "description": row.description or "",
        "location": ", ".join(filter(None, (row.place, row.address))),
        "color": color if _COLOR.fullmatch(color) else _GREY,
        "club_id": row.club_id,
        "club": row.club or None,
        "cancelled": bool(row.cancelled),
        "version": int(row.version),
    }


def _version_date(row: Any) -> datetime:
    """When what keeps no date is said to have changed: later with each version."""
    return _EPOCH + timedelta(seconds=int(row.version))


_MADE: dict[str, Callable[[Any], Item]] = {
    ItemKind.event: _event,
    ItemKind.show: _show,
    ItemKind.performance: _performance,
    ItemKind.basket: _basket,
}
