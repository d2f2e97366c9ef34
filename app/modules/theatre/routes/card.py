"""What the home page says of the theatre club."""

from sqlalchemy.orm import Session

from app.context import Context
from app.core import clock
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.queries.programme import Coming


def card(session: Session, visitor: Context) -> Coming | None:
    """The next performance, to whoever is logged in; nothing when there is none."""
    return queries.coming(session, clock.now()) if visitor.is_logged_in else None
