"""Addresses at which programs read the calendar: made, ended, seen to be read."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.transaction import lock
from app.models import CalendarFeed, PCeen, audit
from app.modules.calendar.errors import NoSuchFeed, TooManyFeeds
from app.modules.calendar.queries import feeds as queries

#: How many of them somebody has at most.
FEEDS_MAX = 5
#: How often, at most, it is written that one was read.
READ_EVERY = timedelta(hours=1)


def create(session: Session, *, pceen: PCeen, name: str) -> str:
    """Make a feed; return its secret, which nothing else ever tells.

    Raises:
        TooManyFeeds: They have as many as one may.
    """
    lock(session, pceen)
    if queries.count_of(session, pceen) >= FEEDS_MAX:
        raise TooManyFeeds(maximum=FEEDS_MAX)
    secret = tokens.new_secret()
    feed = CalendarFeed(pceen_id=pceen.id, name=name, token_hash=tokens.digest(secret))
    session.add(feed)
    audit(session, "calendar.feed.create", feed, after={"name": name})
    return secret


def revoke(session: Session, *, key: int, by: PCeen) -> CalendarFeed:
    """End a feed of one's own, or anybody's for a GRI; one that is ended stays so.

    Raises:
        NoSuchFeed: There is none, for them.
    """
    found = session.get(CalendarFeed, key)
    if found is None or (found.pceen_id != by.id and not by.is_gri):
        raise NoSuchFeed
    if found.revoked_at is None:
        found.revoked_at = clock.now()
        audit(session, "calendar.feed.revoke", found, before={"name": found.name})
    return found


def is_due(feed: CalendarFeed, now: datetime) -> bool:
    """Whether it is worth writing that a feed is read."""
    return feed.read_at is None or now - feed.read_at >= READ_EVERY


def mark_read(session: Session, *, key: int, now: datetime) -> None:
    """Write that a feed is read."""
    stmt = sa.update(CalendarFeed).where(CalendarFeed.id == key).values(read_at=now)
    session.execute(stmt)
