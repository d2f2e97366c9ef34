"""There is always a GRI: the last one cannot stop being one."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PermissionScope, PermissionType
from app.models import PCeen, Permission, pceen_role, role_permission
from app.models.gris import permission_key
from app.modules.gris.errors import LastGri

#: What makes a GRI of whoever holds it.
ALL_GRIS = permission_key(PermissionType.all, PermissionScope.gris, None)


def lock_gris(session: Session) -> None:
    """Keep who is a GRI from changing elsewhere until the commit."""
    session.flush()
    stmt = sa.select(Permission.id).where(Permission.key == ALL_GRIS).with_for_update()
    session.execute(stmt)


def enabled_gris(session: Session) -> set[int]:
    """The numbers of the GRIs whose account is not disabled."""
    stmt = (
        sa.select(PCeen.id)
        .join(pceen_role, pceen_role.c.pceen_id == PCeen.id)
        .join(role_permission, role_permission.c.role_id == pceen_role.c.role_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(Permission.key == ALL_GRIS, PCeen.disabled_at.is_(None))
    )
    return set(session.scalars(stmt))


def check_gri_left(session: Session, *, without: PCeen | None = None) -> None:
    """Refuse what would leave the site without a GRI; those who ask at once are asked in turn.

    To be asked before *without* stops being one (disabled, erased, merged), or without anybody
    once what was given is taken. Lock the rows of people and roles before, never after.

    Raises:
        LastGri: If no enabled holder of ``all/gris`` would be left.
    """
    lock_gris(session)
    left = enabled_gris(session)
    if without is None:
        if not left:
            raise LastGri
    elif left == {without.id}:
        raise LastGri
