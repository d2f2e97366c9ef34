"""One PCéen, for who looks after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.models import (
    AuditEvent,
    Ban,
    BarAccount,
    Device,
    LoginSession,
    OutboxEntry,
    Payment,
    PCeen,
    Rental,
    Role,
    RoomClaim,
    SecondFactor,
    Subscription,
)
from app.models.lives import numbers_of
from app.modules.gris.queries import elements
from app.modules.gris.rules.covering import covers_all, is_gri

#: How much of what happened to someone their page tells.
MAILS, EVENTS = 20, 50
#: What belongs to someone, and says so.
_OWNED: tuple[Any, ...] = (Device, Rental, RoomClaim, Ban, Subscription, Payment, LoginSession)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone, with their roles, their second factors, and who has the same names."""

    pceen: PCeen
    alike: Sequence[PCeen]
    factors: Sequence[SecondFactor]
    #: Kept for as long as the page is made: else the session would forget it.
    bar_account: BarAccount | None = None


def person(session: Session, key: int) -> Person | None:
    """The PCéen numbered *key* and who is called the same, in one statement.

    Their account of the bar comes with them: the session then has it for the card of the bar.
    """
    theirs = sa.select(PCeen.id).where(PCeen.id == key)
    nom = theirs.with_only_columns(PCeen.nom_key).scalar_subquery()
    prenom = theirs.with_only_columns(PCeen.prenom_key).scalar_subquery()
    confirmed = sa.and_(
        SecondFactor.pceen_id == PCeen.id,
        SecondFactor.pceen_id == key,
        SecondFactor.confirmed_at.is_not(None),
    )
    stmt = (
        sa.select(PCeen, SecondFactor, BarAccount)
        .outerjoin(SecondFactor, confirmed)
        .outerjoin(BarAccount, sa.and_(BarAccount.pceen_id == PCeen.id, PCeen.id == key))
        .where(
            sa.or_(
                PCeen.id == key,
                sa.and_(PCeen.nom_key == nom, PCeen.prenom_key == prenom, PCeen.nom_key != ""),
            )
        )
        .options(
            joinedload(PCeen.roles).joinedload(Role.permissions), joinedload(PCeen.disabled_by)
        )
        .order_by(PCeen.id, SecondFactor.id)
    )
    rows = session.execute(stmt).unique().all()
    found = list(dict.fromkeys(one for one, _, _ in rows))
    pceen = next((one for one in found if one.id == key), None)
    if pceen is None:
        return None
    factors = [factor for _, factor, _ in rows if factor is not None]
    account = next((account for _, _, account in rows if account is not None), None)
    return Person(pceen, [one for one in found if one is not pceen], factors, account)


def is_covered(session: Session, *, pceen: PCeen, actor: PCeen) -> bool:
    """Whether *actor* may do all that *pceen* may: who enters an account may do it all."""
    if is_gri(actor) or actor.id == pceen.id:
        return True
    held = [permission for role in pceen.roles for permission in role.permissions]
    return covers_all(actor, elements.held(session, held))


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail to someone: what it was is known, not what it said."""

    kind: str
    created_at: datetime
    sent_at: datetime | None
    parked_at: datetime | None
    cancelled_at: datetime | None


def mails_to(session: Session, pceen: PCeen) -> list[MailLine]:
    """The last mails to the address of someone."""
    if pceen.email is None:
        return []
    stmt = (
        sa.select(
            OutboxEntry.kind,
            OutboxEntry.created_at,
            OutboxEntry.sent_at,
            OutboxEntry.parked_at,
            OutboxEntry.cancelled_at,
        )
        .where(OutboxEntry.lane == f"mail:{pceen.email}"[:128])
        .order_by(OutboxEntry.id.desc())
        .limit(MAILS)
    )
    return [MailLine(*row) for row in session.execute(stmt)]


def events_about(session: Session, pceen: PCeen) -> Sequence[AuditEvent]:
    """The last things that someone did, or that were done for them, to them, to what is theirs.

    By the numbers of the accounts that became theirs, too.
    """
    numbers = session.scalars(numbers_of(pceen.id)).all()
    conditions = [
        AuditEvent.actor_id.in_(numbers),
        AuditEvent.as_id.in_(numbers),
        sa.and_(AuditEvent.object_type == "PCeen", AuditEvent.object_id.in_(numbers)),
        *(
            sa.and_(
                AuditEvent.object_type == model.__name__,
                AuditEvent.object_id.in_(sa.select(model.id).where(model.pceen_id == pceen.id)),
            )
            for model in _OWNED
        ),
    ]
    stmt = (
        sa.select(AuditEvent)
        .where(sa.or_(*conditions))
        .options(joinedload(AuditEvent.actor), joinedload(AuditEvent.target))
        .order_by(AuditEvent.id.desc())
        .limit(EVENTS)
    )
    return session.scalars(stmt).all()
