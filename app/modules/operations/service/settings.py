"""What GRIs choose while the site runs."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import (
    MAINTENANCE,
    MAINTENANCE_MESSAGE,
    MAINTENANCE_UNTIL,
    Choice,
    audit,
    public_role,
)
from app.modules.operations.errors import ChosenMeanwhile


def change(session: Session, choice: Choice[Any], *, value: object, seen: str | None) -> bool:
    """Choose another value, if it is another; say whether it was.

    Raises:
        ChosenMeanwhile: If it is no longer the value that was *seen*.
    """
    lock(session, public_role(session))  # a setting may have no row yet: one change at a time
    before = choice.get(session)
    if value == before:
        return False
    if seen is not None and seen != str(before):
        raise ChosenMeanwhile(now=before)
    choice.set(session, value)
    audit(
        session,
        "operations.setting.change",
        before={choice.key: before},
        after={choice.key: value},
    )
    return True


def close(session: Session, *, message: str, until: datetime | None) -> None:
    """Close the site for work, on the next request of everybody but the GRIs."""
    end = until.isoformat(timespec="seconds") if until else ""
    _switch(session, closed=True, message=message, until=end)


def reopen(session: Session) -> None:
    """Open the site again."""
    _switch(session, closed=False, message="", until="")


def _switch(session: Session, *, closed: bool, message: str, until: str) -> None:
    lock(session, public_role(session))
    was = MAINTENANCE.get(session)
    MAINTENANCE.set(session, closed)
    MAINTENANCE_MESSAGE.set(session, message)
    MAINTENANCE_UNTIL.set(session, until)
    audit(
        session,
        "operations.maintenance.switch",
        before={"on": was},
        after={"on": closed, "message": message, "until": until},
    )
