"""The tables of the calendar: clubs, their events, and the feeds that people follow."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, LongText, reference

#: The longest of each text, in characters.
CLUB_NAME_MAX, EVENT_TITLE_MAX, EVENT_LOCATION_MAX, EVENT_TEXT_MAX = 64, 128, 128, 5000
FEED_NAME_MAX = 64
#: An event is all day, or from one instant to another: never both, never neither.
_ONE_PAIR = (
    "(all_day AND start_time IS NULL AND end_time IS NULL"
    " AND start_date IS NOT NULL AND end_date IS NOT NULL AND end_date >= start_date)"
    " OR (NOT all_day AND start_date IS NULL AND end_date IS NULL"
    " AND start_time IS NOT NULL AND end_time IS NOT NULL AND end_time > start_time)"
)


class Club(Base):
    """A club, in whose name events are published."""

    __tablename__ = "club"

    id: Mapped[Id]
    #: What code calls it; ``None`` for those that people made.
    slug: Mapped[str | None] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(CLUB_NAME_MAX))
    #: The name without its case: two clubs do not share one.
    name_key: Mapped[str] = mapped_column(sa.String(190), unique=True)
    #: ``#rrggbb``.
    color: Mapped[str] = mapped_column(sa.String(7), default="#000000")
    version: Mapped[int] = mapped_column(default=1)

    #: The slugs of those that the site needs.
    CLUB_Q, OTHER = "club_q", "autre"

    def __init__(self, *, name: str, **columns: Any) -> None:
        super().__init__(name=name, name_key=name.casefold(), **columns)

    def rename(self, name: str) -> None:
        """Give another name, with the key that it is compared by."""
        self.name, self.name_key = name, name.casefold()


class Event(Base):
    """What a club announces: a moment, or days, the last of which is one of them."""

    __tablename__ = "event"
    __table_args__ = (sa.CheckConstraint(_ONE_PAIR, "one_pair_in_order"),)

    id: Mapped[Id]
    #: What calendars know it by: it never changes.
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    title: Mapped[str] = mapped_column(sa.String(EVENT_TITLE_MAX))
    #: In Markdown.
    description: Mapped[str] = mapped_column(LongText, default="")
    location: Mapped[str] = mapped_column(sa.String(EVENT_LOCATION_MAX), default="")
    all_day: Mapped[bool]
    start_time: Mapped[datetime | None] = mapped_column(index=True)
    end_time: Mapped[datetime | None] = mapped_column(index=True)
    start_date: Mapped[date | None] = mapped_column(index=True)
    end_date: Mapped[date | None] = mapped_column(index=True)
    club_id: Mapped[int] = reference("club.id")
    #: Who wrote it; nobody once they are erased.
    author_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    #: What those that are repeated together share.
    series: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    #: When it was called off: it is still shown.
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
    version: Mapped[int] = mapped_column(default=1)
    #: The GRI who did it in their place, if one did.
    by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")

    club: Mapped[Club] = relationship()
    author: Mapped[PCeen | None] = relationship(foreign_keys=[author_id])


class CalendarFeed(Base):
    """An address at which a program of someone reads the calendar."""

    __tablename__ = "calendar_feed"

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    name: Mapped[str] = mapped_column(sa.String(FEED_NAME_MAX))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When it was last read, to the hour.
    read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    pceen: Mapped[PCeen] = relationship()
