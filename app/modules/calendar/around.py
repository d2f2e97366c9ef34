"""What the visitor may do of the calendar."""

from collections.abc import Sequence

from app.context import current
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Club, Event
from app.modules.calendar.queries import clubs as queries


def may_read() -> bool:
    """Whether the visitor reads the calendar."""
    return current.has_permission(T.read, S.calendar)


def may_look() -> bool:
    """Whether the visitor opens the calendar: who reads it, and who writes in it for a club."""
    return may_read() or may_create()


def may_write_for(club: int) -> bool:
    """Whether the visitor may publish in the name of a club, by its number."""
    written = _written()
    return written is None or club in written


def may_edit(event: Event) -> bool:
    """Whether the visitor may change an event, or delete it."""
    return may_write_for(event.club_id)


def may_create() -> bool:
    """Whether the visitor may publish events, in the name of one club at least."""
    return _written() is None or bool(writable_clubs())


def may_manage() -> bool:
    """Whether the visitor runs the calendar: all events, and the clubs."""
    return current.has_permission(T.write, S.calendar)


def writable_clubs() -> Sequence[Club]:
    """The clubs in the name of which the visitor may publish events."""
    written = _written()
    if written is not None and not written:
        return []
    return queries.clubs(db.session(), written)


def _written() -> frozenset[int] | None:
    """The numbers of the clubs that the visitor writes for: ``None`` for all of them.

    It says what ``has_permission`` says, for many events at once, without loading their clubs.
    """
    who = current.pceen
    if who is None or who.is_disabled:
        return frozenset()
    if may_manage() or current.has_permission(T.write, S.club):
        return None
    held = [right for role in (*who.roles, current.public) for right in role.permissions]
    return frozenset(
        right.ref_id
        for right in held
        if right.scope is S.club and right.type.covers(T.write) and right.ref_id is not None
    )
