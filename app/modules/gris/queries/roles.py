"""The roles, as they are read."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.enums import PermissionScope, PermissionType
from app.models import Permission, Role, pceen_role


def roles_by_slug(session: Session) -> dict[str, Role]:
    """The roles that code calls by a name."""
    stmt = sa.select(Role).where(Role.slug.is_not(None)).options(selectinload(Role.permissions))
    return {str(role.slug): role for role in session.scalars(stmt)}


def permission(
    session: Session, type: PermissionType, scope: PermissionScope, ref_id: int | None
) -> Permission | None:
    """The permission to do that, if some role ever held it."""
    wanted = Permission(type=type, scope=scope, ref_id=ref_id).key
    return session.scalars(sa.select(Permission).where(Permission.key == wanted)).one_or_none()


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role, and how many people hold it."""

    role: Role
    holders: int


def role_lines(session: Session) -> list[RoleLine]:
    """The roles, by their order, with what they allow."""
    counted = sa.select(pceen_role.c.role_id, sa.func.count().label("holders")).group_by(
        pceen_role.c.role_id
    )
    holders = {row.role_id: row.holders for row in session.execute(counted)}
    stmt = sa.select(Role).options(selectinload(Role.permissions)).order_by(Role.index, Role.name)
    return [RoleLine(role, holders.get(role.id, 0)) for role in session.scalars(stmt)]
