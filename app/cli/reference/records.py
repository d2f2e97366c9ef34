"""Roles, what was done and what was sent, up to those of the reference school."""

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.reference import rows
from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.models import AuditEvent, OutboxEntry, PCeen, Role
from app.modules.gris.service import roles as roles_service
from app.web.actions import ACTIONS
from app.web.module import Demo

ROLES, AUDIT, OUTBOX = 25, 5000, 2000
_RIGHTS = ((T.write, S.bekk), (T.write, S.theatre), (T.write, S.calendar), (T.read, S.bar))
#: How many people hold each role that is added.
_HOLDERS = 12
#: How far back what was done goes, in minutes from one to the next.
_STEP = 47


def load(session: Session, demo: Demo) -> None:
    """Write all three."""
    session.flush()
    people = list(session.scalars(sa.select(PCeen).order_by(PCeen.id).limit(10 * _HOLDERS)))
    _add_roles(session, demo, people)
    _tell(session, demo, people)
    _sent(session, demo)


def _add_roles(session: Session, demo: Demo, people: list[PCeen]) -> None:
    """Roles of associations, each with a right."""
    for number in range(max(0, demo.count(ROLES) - rows.count(session, Role))):
        role = Role(name=f"Association {number + 1}", index=10, color="5bc0be")
        role.permissions = [roles_service.permission(session, *_RIGHTS[number % len(_RIGHTS)])]
        session.add(role)
        for holder in demo.chance.sample(people, min(_HOLDERS, len(people))):
            holder.roles.append(role)
    session.flush()


def _tell(session: Session, demo: Demo, people: list[PCeen]) -> None:
    """What people did, sealed at the commit as all that is done."""
    actions, now = sorted(ACTIONS), clock.now()
    many = max(0, demo.count(AUDIT) - rows.count(session, AuditEvent))
    for number in range(many):
        by, about = demo.chance.choice(people), demo.chance.choice(people)
        session.add(
            AuditEvent(
                at=now - timedelta(minutes=_STEP * (many - number)),
                action=actions[number % len(actions)],
                actor_id=by.id,
                object_type="PCeen",
                object_id=about.id,
                after={"number": number},
                address=f"10.0.{number % 7 + 1}.{number % 16 + 1}",
            )
        )
        demo.tick()
    session.flush()


def _sent(session: Session, demo: Demo) -> None:
    """Mails that were sent: of those, the words are forgotten."""
    now = clock.now()
    many = max(0, demo.count(OUTBOX) - rows.count(session, OutboxEntry))
    made = []
    for number in range(many):
        at = now - timedelta(minutes=9 * (many - number))
        made.append(
            {
                "kind": "account.password_changed",
                "payload": {},
                "fingerprint": hashlib.sha256(f"reference {number}".encode()).hexdigest(),
                "created_at": at,
                "due_at": at,
                "attempts": 1,
                "sent_at": at + timedelta(seconds=2),
            }
        )
    rows.write(session, OutboxEntry, made)
