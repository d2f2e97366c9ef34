"""The roles, as they are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.pagination import Page, paginate
from app.enums import PermissionScope, PermissionType
from app.models import PCeen, Permission, Role, pceen_role, role_permission, roles_of
from app.models.gris import permission_key
from app.modules.account.errors import NoSuchRole
from app.modules.gris.queries import elements
from app.modules.gris.rules.covering import Actor, Effective, Held, effective, may_give

#: People on one page of those who hold a role.
PAGE_SIZE = 50


def roles_by_slug(session: Session) -> dict[str, Role]:
    """The roles that code calls by a name."""
    stmt = sa.select(Role).where(Role.slug.is_not(None)).options(selectinload(Role.permissions))
    return {str(role.slug): role for role in session.scalars(stmt)}


def role(session: Session, key: int) -> Role | None:
    """The role numbered *key*, if there is one."""
    return session.get(Role, key)


def called_or_refused(session: Session, name: str) -> Role:
    """The role that is called so, in the code or by people.

    Raises:
        NoSuchRole: If none is.
    """
    called = sa.or_(Role.slug == name, Role.name_key == name.casefold())
    first = sa.case((Role.slug == name, 0), else_=1)
    stmt = sa.select(Role).where(called).order_by(first, Role.id).limit(1)
    found = session.scalars(stmt).first()
    if found is None:
        raise NoSuchRole
    return found


def named(session: Session, name: str) -> Role | None:
    """The role that people call so, whatever the case."""
    stmt = sa.select(Role).where(Role.name_key == name.casefold())
    return session.scalars(stmt).one_or_none()


def permission(
    session: Session, type: PermissionType, scope: PermissionScope, ref_id: int | None
) -> Permission | None:
    """The permission to do that, if some role ever held it."""
    wanted = permission_key(type, scope, ref_id)
    return session.scalars(sa.select(Permission).where(Permission.key == wanted)).one_or_none()


def permissions_on(session: Session, scope: PermissionScope, ref_id: int) -> Sequence[Permission]:
    """The permissions that are about this element."""
    stmt = sa.select(Permission).where(Permission.scope == scope, Permission.ref_id == ref_id)
    return session.scalars(stmt.order_by(Permission.id)).all()


def holding(session: Session, permission: Permission) -> Sequence[Role]:
    """The roles that hold this permission."""
    held = sa.select(role_permission.c.role_id).where(
        role_permission.c.permission_id == permission.id
    )
    return session.scalars(sa.select(Role).where(Role.id.in_(held)).order_by(Role.id)).all()


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role, what it allows, and how many people hold it."""

    role: Role
    holders: int
    held: list[Held] = field(default_factory=list)


def role_lines(session: Session) -> list[RoleLine]:
    """The roles, by their order, with what they allow."""
    counted = sa.select(pceen_role.c.role_id, sa.func.count().label("holders")).group_by(
        pceen_role.c.role_id
    )
    holders = {row.role_id: row.holders for row in session.execute(counted)}
    roles = all_roles(session)
    held = held_by(session, roles)
    return [RoleLine(role, holders.get(role.id, 0), held[role.id]) for role in roles]


def all_roles(session: Session) -> Sequence[Role]:
    """The roles with their permissions, by their order."""
    stmt = sa.select(Role).options(joinedload(Role.permissions))
    return session.scalars(stmt.order_by(Role.index, Role.name)).unique().all()


def held_by(session: Session, roles: Iterable[Role]) -> dict[int, list[Held]]:
    """What each of these roles allows, orphans included, in a few statements for all."""
    kept = list(roles)
    permissions = {p.id: p for role in kept for p in role.permissions}
    by_id = {held.id: held for held in elements.held(session, permissions.values())}
    return {role.id: [by_id[p.id] for p in role.permissions] for role in kept}


def rights_of(session: Session, role: Role) -> list[Held]:
    """What this role allows, orphans included."""
    return elements.held(session, role.permissions)


def roles_to_give(session: Session, actor: Actor) -> list[Role]:
    """The roles that *actor* may give and take, by their order."""
    roles = all_roles(session)
    held = held_by(session, roles)
    return [role for role in roles if may_give(actor, role, held[role.id])]


def count_holders(session: Session, role: Role) -> int:
    """How many people hold this role, disabled ones included."""
    stmt = sa.select(sa.func.count()).where(pceen_role.c.role_id == role.id)
    return session.execute(stmt).scalar_one()


def holders(role: Role) -> sa.Select[PCeen]:
    """The people who hold this role, by their names."""
    ids = sa.select(pceen_role.c.pceen_id).where(pceen_role.c.role_id == role.id)
    stmt: sa.Select[PCeen] = sa.select(PCeen).where(PCeen.id.in_(ids))
    return stmt.order_by(PCeen.nom_key, PCeen.prenom_key, PCeen.id)


def holders_page(session: Session, role: Role, *, number: int) -> Page[PCeen]:
    """One page of the people who hold this role."""
    return paginate(session, holders(role), number=number, size=PAGE_SIZE)


@dataclass(frozen=True, slots=True)
class RightsPage:
    """What someone may do, and through which role."""

    lines: list[Effective]
    #: Roles of theirs that allow nothing.
    idle: list[Role]


def rights_page(session: Session, pceen: PCeen) -> RightsPage:
    """What someone may do, and through which role, the public one included."""
    roles = roles_of(session, pceen.id)
    held = held_by(session, roles)
    allowing = [(role, held[role.id]) for role in roles]
    idle = [role for role, rights in allowing if all(right.is_orphan for right in rights)]
    return RightsPage(effective(allowing), [role for role in idle if role.id != Role.PUBLIC])
