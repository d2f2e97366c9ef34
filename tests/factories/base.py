"""The parent of all factories."""

from factory.alchemy import SQLAlchemyModelFactory
from sqlalchemy.orm import Session

_current: list[Session] = []


def use(session: Session) -> None:
    """Make the factories write through *session*."""
    _current[:] = [session]


def current() -> Session:
    """The session that the factories write through."""
    return _current[0]


class Factory(SQLAlchemyModelFactory):
    """Writes its objects at once, so that a request can see them."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = staticmethod(current)
        sqlalchemy_session_persistence = "commit"
