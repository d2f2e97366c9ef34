"""Keeping a photo, or a report, from others: it may be gone meanwhile."""

from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.transaction import lock
from app.modules.photos.errors import NoSuchPhoto


def lock_or(session: Session, row: object, gone: type[NotFound] = NoSuchPhoto) -> None:
    """Read *row* afresh, and keep it from others until the commit.

    Raises:
        NotFound: *gone*, if it was deleted meanwhile.
    """
    try:
        lock(session, row)
    except InvalidRequestError:
        raise gone from None
