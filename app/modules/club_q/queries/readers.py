"""Who may open Club Q."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PermissionScope
from app.models import PCeen, Permission, Role, pceen_role, role_permission


def is_reader() -> sa.ColumnElement[bool]:
    """Whether whom a statement reads from ``PCeen`` may read Club Q: any permission lets one."""
    opens = (Permission.scope == PermissionScope.club_q, Permission.ref_id.is_(None))
    everybody = (
        sa.exists()
        .where(role_permission.c.role_id == Role.PUBLIC)
        .where(Permission.id == role_permission.c.permission_id)
        .where(*opens)
    )
    holders = (
        sa.select(pceen_role.c.pceen_id)
        .join(role_permission, role_permission.c.role_id == pceen_role.c.role_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(*opens)
    )
    return sa.and_(PCeen.disabled_at.is_(None), sa.or_(everybody, PCeen.id.in_(holders)))


def readers(session: Session) -> Sequence[PCeen]:
    """Everybody who may open Club Q, by name."""
    stmt = sa.select(PCeen).where(is_reader()).order_by(PCeen.nom_key, PCeen.prenom_key, PCeen.id)
    return session.scalars(stmt).all()


def reader_called(session: Session, text: str) -> PCeen | None:
    """Who of them has this username, or this name when nobody else has it."""
    if "\x00" in text:
        return None
    words = PCeen.prenom + " " + PCeen.nom
    named = sa.or_(PCeen.username == text.lower(), PCeen.email == text.lower(), words == text)
    found = session.scalars(sa.select(PCeen).where(is_reader(), named).limit(3)).all()
    exact = [one for one in found if one.username == text.lower()]
    return exact[0] if exact else found[0] if len(found) == 1 else None
