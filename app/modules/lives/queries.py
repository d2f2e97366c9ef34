"""What is read of whole accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString
from sqlalchemy.orm import Session, joinedload

from app.core import clock, tokens
from app.models import DataExport, PCeen, Role
from app.models.personal import CARE, Merge, table
from app.modules.account import queries as accounts
from app.modules.account.errors import NoSuchPCeen
from app.modules.lives.errors import NobodyCalled, NoSuchExport
from app.modules.lives.rules import Choice, choices

#: What is never copied.
_SECRET = frozenset({"password_hash"})


def called(session: Session, text: str) -> PCeen:
    """Who has this username, this address or this number.

    Raises:
        NobodyCalled: If nobody does.
    """
    text = text.strip()
    found = accounts.called(session, text) if text else None
    if found is None and text.isascii() and text.isdigit() and len(text) < 10:
        found = accounts.pceen(session, int(text))
    if found is None:
        raise NobodyCalled
    return found


def one(session: Session, key: int) -> PCeen:
    """The PCéen numbered *key*.

    Raises:
        NoSuchPCeen: If there is none.
    """
    found = accounts.pceen(session, key)
    if found is None:
        raise NoSuchPCeen
    return found


# A merge


def keys_of(session: Session, name: str, column: str, pceen: PCeen) -> list[Any]:
    """The numbers of the rows of a table that refer to someone by a column."""
    place = table(name)
    keys = [one for one in place.primary_key.columns if one.name != column] or [place.c[column]]
    stmt = sa.select(*keys).where(place.c[column] == pceen.id).order_by(*keys)
    rows = session.execute(stmt).all()
    return [row[0] if len(keys) == 1 else list(row) for row in rows]


def as_json(session: Session, name: str, pceen: PCeen) -> dict[str, Any]:
    """The row of someone in a table, but its secrets, as JSON keeps it."""
    place, care = table(name), CARE[name]
    row = session.execute(sa.select(place).where(care.about(pceen))).mappings().one()
    return {
        column: value if isinstance(value, int | str | None) else value.isoformat()
        for column, value in row.items()
        if column not in _SECRET
    }


@dataclass(frozen=True, slots=True)
class Moving:
    """How many rows of a kind move, or go, in a merge."""

    label: LazyString | str
    count: int
    #: Whether they go with the account.
    goes: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do."""

    moving: list[Moving]
    choices: list[Choice]
    #: The roles that the account which is kept gets.
    roles: list[Role]


def preview(session: Session, *, kept: PCeen, absorbed: PCeen) -> Preview:
    """What a merge of two accounts would do, table by table."""
    moving = []
    for name, care in CARE.items():
        counts = {False: 0, True: 0}
        for column, fate in care.refers.items():
            theirs = table(name).c[column]
            goes = fate is Merge.delete or (
                fate is Merge.fill and _count(session, theirs, kept) > 0
            )
            if fate is not Merge.union:
                counts[goes] += _count(session, theirs, absorbed)
        moving += [Moving(care.label, count, goes) for goes, count in counts.items() if count]
    own = {role.id for role in kept.roles}
    return Preview(
        moving=moving,
        choices=[one for one in choices(kept, absorbed) if one.absorbed is not None],
        roles=[role for role in absorbed.roles if role.id not in own],
    )


def _count(session: Session, column: sa.ColumnElement[Any], pceen: PCeen) -> int:
    stmt = sa.select(sa.func.count()).where(column == pceen.id)
    return session.execute(stmt).scalar_one()


# Archives


def export_of(session: Session, *, pceen: PCeen, secret: str) -> DataExport:
    """The archive of someone that this secret opens.

    Raises:
        NoSuchExport: If there is none, or it is somebody else's, or too old.
    """
    stmt = sa.select(DataExport).where(
        DataExport.secret_hash == tokens.digest(secret),
        DataExport.pceen_id == pceen.id,
        DataExport.expires_at > clock.now(),
    )
    found = session.scalars(stmt).one_or_none()
    if found is None or found.file is None:
        raise NoSuchExport
    return found


def last_export(session: Session, pceen: PCeen) -> DataExport | None:
    """The last archive that was asked for someone, if one was."""
    stmt = (
        sa.select(DataExport)
        .where(DataExport.pceen_id == pceen.id)
        .order_by(DataExport.id.desc())
        .limit(1)
    )
    return session.scalars(stmt).first()


def running_export(session: Session, pceen: PCeen) -> int | None:
    """The number of the archive of someone that is being made, if one is."""
    stmt = sa.select(DataExport.id).where(
        DataExport.pceen_id == pceen.id,
        DataExport.built_at.is_(None),
        DataExport.failed_at.is_(None),
    )
    return session.scalars(stmt).first()


def exports_since(session: Session, pceen: PCeen, *, within: timedelta) -> int:
    """How many archives were asked for someone lately, but those that failed."""
    stmt = sa.select(sa.func.count(DataExport.id)).where(
        DataExport.pceen_id == pceen.id,
        DataExport.failed_at.is_(None),
        DataExport.requested_at > clock.now() - within,
    )
    return session.execute(stmt).scalar_one()


def files(session: Session) -> set[str]:
    """The names of the archives that are there to be taken."""
    stmt = sa.select(DataExport.file).where(DataExport.file.is_not(None))
    return {name for name in session.scalars(stmt) if name is not None}


# Erasures


def asked_before(session: Session, before: Any) -> Sequence[PCeen]:
    """Those who asked to be erased before an instant, and are not yet: who asked first, first."""
    stmt = (
        sa.select(PCeen)
        .where(PCeen.erasure_requested_at <= before, PCeen.erased_at.is_(None))
        .options(joinedload(PCeen.disabled_by))
        .order_by(PCeen.erasure_requested_at, PCeen.id)
    )
    return session.scalars(stmt).all()
