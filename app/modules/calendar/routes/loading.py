"""The event of an address, or a club, for who may see it or write for it."""

from flask import abort

from app.context import current
from app.context.current import check_any_permission, check_logged_in
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Club, Event
from app.modules.calendar import around
from app.modules.calendar.errors import NotJustDeleted
from app.modules.calendar.queries import clubs as club_queries, events as queries
from app.modules.calendar.queries.events import Deleted


def check_writer() -> None:
    """Stop here, with a 403 or a page to log in, who publishes for no club."""
    check_logged_in()
    if not around.may_create():
        abort(403)


def check_club(club: Club) -> None:
    """Stop here, with a 403, who may not publish in the name of a club."""
    check_any_permission((T.write, S.calendar), (T.write, S.club, club))


def event_to_read(key: int) -> Event:
    """An event, for who opens the calendar; else a 403, whether it is there or not.

    Raises:
        NoSuchEvent: There is none.
    """
    if not around.may_look():
        check_logged_in()
        abort(403)
    current.asked = True
    return queries.event(db.session(), key)


def event_to_write(key: int) -> Event:
    """An event, for who may change it; else a 403, whether it is there or not for most.

    Raises:
        NoSuchEvent: There is none.
    """
    check_writer()
    event = queries.event(db.session(), key)
    check_club(event.club)
    return event


def deleted_to_write(uid: str) -> Deleted:
    """What an event that was deleted lately was, for who may change it.

    Raises:
        NotJustDeleted: There is none, for them.
    """
    found = queries.deleted(db.session(), uid)
    if not around.may_write_for(found.club):
        raise NotJustDeleted
    return found


def club_to_write(key: int) -> Club:
    """A club, for who may publish in its name; else a 403.

    Raises:
        NoSuchClub: There is none.
    """
    club = club_queries.club(db.session(), key)
    check_club(club)
    return club
