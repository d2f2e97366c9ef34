"""What was done, as the GRIs read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, load_only

from app.core.clock import PARIS
from app.core.pagination import Page, paginate
from app.core.text import comparison_key
from app.models import AuditEvent, MergedAccount, PCeen

#: Events on one page.
PAGE_SIZE = 50
#: Lines of an export at most.
EXPORTED = 100_000

_NAMES = load_only(PCeen.prenom, PCeen.nom)
_WITH_PEOPLE = (
    joinedload(AuditEvent.actor).options(_NAMES),
    joinedload(AuditEvent.target).options(_NAMES),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are asked for."""

    #: Someone, by a name, a username or a number: who acted, for whom, or about whom.
    text: str = ""
    #: The beginning of the actions: ``payments`` for all of money.
    action: str = ""
    #: What it is about, and which one.
    kind: str = ""
    key: int | None = None
    since: date | None = None
    until: date | None = None
    number: int = 1


def page_of(session: Session, wanted: Wanted) -> Page[AuditEvent]:
    """One page of what was done, the latest first."""
    stmt = _found(wanted).options(*_WITH_PEOPLE)
    return paginate(session, stmt, number=wanted.number, size=PAGE_SIZE)


def all_of(session: Session, wanted: Wanted) -> Sequence[AuditEvent]:
    """All that is asked for, to be taken away."""
    return session.scalars(_found(wanted).options(*_WITH_PEOPLE).limit(EXPORTED)).all()


def _found(wanted: Wanted) -> sa.Select[AuditEvent]:
    stmt = sa.select(AuditEvent).order_by(AuditEvent.id.desc())
    if wanted.action:
        stmt = stmt.where(
            sa.or_(
                AuditEvent.action == wanted.action,
                AuditEvent.action.startswith(f"{wanted.action}.", autoescape=True),
            )
        )
    if wanted.kind:
        stmt = stmt.where(AuditEvent.object_type == wanted.kind)
    if wanted.key is not None:
        stmt = stmt.where(AuditEvent.object_id == wanted.key)
    if wanted.since is not None:
        stmt = stmt.where(AuditEvent.at >= _midnight(wanted.since))
    if wanted.until is not None:
        stmt = stmt.where(AuditEvent.at < _midnight(wanted.until + timedelta(days=1)))
    return stmt.where(_concerns(wanted.text)) if wanted.text else stmt


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def _concerns(text: str) -> sa.ColumnElement[bool]:
    """Whether someone called *text* acted, was acted for, or is whom it is about."""
    conditions: list[sa.ColumnElement[bool]] = [PCeen.username == text.lower()]
    if key := comparison_key(text):
        names = (PCeen.prenom_key + " " + PCeen.nom_key, PCeen.nom_key + " " + PCeen.prenom_key)
        conditions += [name.contains(key, autoescape=True) for name in names]
    if number := _number(text):
        conditions.append(PCeen.id == number)
    theirs = sa.select(PCeen.id).where(sa.or_(*conditions))
    absorbed = sa.select(MergedAccount.absorbed_id).where(MergedAccount.kept_id.in_(theirs))
    people = theirs.union_all(absorbed)
    return sa.or_(
        AuditEvent.actor_id.in_(people),
        AuditEvent.as_id.in_(people),
        sa.and_(AuditEvent.object_type == "PCeen", AuditEvent.object_id.in_(people)),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def kinds(session: Session) -> Sequence[str]:
    """What events are about."""
    stmt = sa.select(AuditEvent.object_type).where(AuditEvent.object_type.is_not(None)).distinct()
    return sorted(str(kind) for kind in session.scalars(stmt))


def names_of(session: Session, events: Sequence[AuditEvent]) -> Mapping[int, str]:
    """The names of those whom events are about."""
    numbers = {event.object_id for event in events if event.object_type == "PCeen"}
    stmt = sa.select(PCeen).where(PCeen.id.in_(numbers)).options(_NAMES)
    return {pceen.id: pceen.full_name for pceen in session.scalars(stmt)}


def choices_changed(session: Session, *, limit: int = 20) -> Sequence[AuditEvent]:
    """The last changes of the settings, the latest first."""
    stmt = (
        sa.select(AuditEvent)
        .where(AuditEvent.action == "operations.setting.change")
        .order_by(AuditEvent.id.desc())
        .options(*_WITH_PEOPLE)
        .limit(limit)
    )
    return session.scalars(stmt).all()
