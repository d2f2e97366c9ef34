"""What the home page says of the theatre club."""

from sqlalchemy.orm import Session

from app.context import Context
from app.core import clock
from app.enums import PermissionScope, PermissionType
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.queries.programme import Coming


def card(session: Session, visitor: Context) -> Coming | None:
    """The next performance, to who has no calendar to see it in; nothing when there is none."""
    if visitor.has_permission(PermissionType.read, PermissionScope.calendar):
        return None
    return queries.coming(session, clock.now()) if visitor.is_logged_in else None
