"""What is done to roles: nobody gives, takes or changes what they do not hold."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import PermissionScope, PermissionType
from app.models import PCeen, Permission, Role, audit
from app.modules.account import queries as accounts
from app.modules.account.errors import AccountErased, NoSuchRole
from app.modules.gris.errors import (
    AlreadyHeld,
    ElementMissing,
    ElementNotAllowed,
    HoldersChanged,
    NoSuchElement,
    NotCovered,
    NotForPublic,
    NotHeld,
    PermissionNotThere,
    PermissionThere,
    PublicHasNoMembers,
    RightNotCovered,
    RoleNameTaken,
    RoleNameTooLong,
    StaleRole,
    SystemRoleStays,
)
from app.modules.gris.queries import elements, roles as queries
from app.modules.gris.rules.covering import (
    Actor,
    Held,
    Terminal,
    covers,
    covers_all,
    is_for_everyone,
    touches_gris,
)
from app.modules.gris.rules.seeded import SEEDED, SeededRole
from app.modules.gris.service.gris_left import ALL_GRIS, check_gri_left, enabled_gris, lock_gris

#: What the column of the name without its case holds.
_LONGEST_KEY = 64


def seed_roles(session: Session) -> list[Role]:
    """Make the roles of the system that are missing; leave the others alone."""
    present = queries.roles_by_slug(session)
    return [_make(session, seeded) for seeded in SEEDED if seeded.slug not in present]


def _make(session: Session, seeded: SeededRole) -> Role:
    role = Role(
        slug=seeded.slug,
        name=seeded.name,
        index=seeded.index,
        color=seeded.color,
        system=True,
        permissions=[permission(session, *right) for right in seeded.rights],
    )
    if seeded.slug == "public":
        role.id = Role.PUBLIC
    session.add(role)
    session.flush()
    audit(session, "gris.role.seed", role)
    return role


def reset_roles(session: Session, *, slug: str | None = None) -> list[str]:
    """Restore the roles of the system, or one, as they are seeded; say what was different.

    Raises:
        NoSuchRole: If that one is none of the system's.
        LastGri: If there would be no GRI left.
    """
    wanted = [seeded for seeded in SEEDED if slug in (None, seeded.slug)]
    if not wanted:
        raise NoSuchRole
    lock_gris(session)
    were_gris = enabled_gris(session)
    present = queries.roles_by_slug(session)
    differences: list[str] = []
    for seeded in wanted:
        if role := present.get(seeded.slug):
            differences += _reset(session, role, seeded)
    if were_gris:
        check_gri_left(session)
    return differences


def _reset(session: Session, role: Role, seeded: SeededRole) -> list[str]:
    differences = []
    for column in ("name", "index", "color"):
        found, wanted = getattr(role, column), getattr(seeded, column)
        if found != wanted:
            differences.append(f"{seeded.slug}: {column} {found} → {wanted}")
            setattr(role, column, wanted)
    role.name_key = seeded.name.casefold()
    wanted_permissions = [permission(session, *right) for right in seeded.rights]
    found_keys = {held.key for held in role.permissions}
    wanted_keys = {held.key for held in wanted_permissions}
    if found_keys != wanted_keys:
        differences += [f"{seeded.slug}: - {key}" for key in sorted(found_keys - wanted_keys)]
        differences += [f"{seeded.slug}: + {key}" for key in sorted(wanted_keys - found_keys)]
        role.permissions = wanted_permissions
    if differences:
        role.version += 1
        audit(session, "gris.role.reset", role)
    return differences


def permission(
    session: Session, type: PermissionType, scope: PermissionScope, ref_id: int | None = None
) -> Permission:
    """The permission to do that, made if no role held it yet."""
    found = queries.permission(session, type, scope, ref_id)
    if found is not None:
        return found
    made = Permission(type=type, scope=scope, ref_id=ref_id)
    try:
        with session.begin_nested():
            session.add(made)
    except sa.exc.IntegrityError:  # another was quicker
        found = queries.permission(session, type, scope, ref_id)
        if found is None:
            raise
        return found
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What a role is called, where it stands, and its colour."""

    name: str
    index: int = 1000
    color: str | None = None


def looks_of(role: Role) -> Looks:
    """What a role is called, where it stands, and its colour, now."""
    return Looks(name=role.name, index=role.index, color=role.color)


def create(session: Session, *, looks: Looks) -> Role:
    """Make a role, which allows nothing yet.

    Raises:
        RoleNameTaken, RoleNameTooLong: If it cannot have this name.
    """
    _check_name(session, looks.name, but=None)
    role = Role(**asdict(looks))
    try:
        with session.begin_nested():
            session.add(role)
    except sa.exc.IntegrityError:
        raise RoleNameTaken from None  # someone was quicker
    audit(session, "gris.role.create", role, after=asdict(looks))
    return role


def change(session: Session, *, role: Role, looks: Looks, version: int, actor: Actor) -> None:
    """Rename a role, move it, or give it another colour.

    Raises:
        NotCovered: If it allows more than *actor* may do.
        StaleRole: If it was changed meanwhile.
        RoleNameTaken, RoleNameTooLong: If it cannot have this name.
    """
    lock(session, role)
    check_covers(session, actor, role)
    if role.version != version:
        raise StaleRole
    _check_name(session, looks.name, but=role)
    before = looks_of(role)
    if before == looks:
        return
    try:
        with session.begin_nested():
            role.name, role.name_key = looks.name, looks.name.casefold()
            role.index, role.color = looks.index, looks.color
            role.version += 1
    except sa.exc.IntegrityError:
        raise RoleNameTaken from None  # someone was quicker
    audit(session, "gris.role.change", role, before=asdict(before), after=asdict(looks))


def _check_name(session: Session, name: str, *, but: Role | None) -> None:
    if len(name.casefold()) > _LONGEST_KEY:
        raise RoleNameTooLong
    if queries.named(session, name) not in (None, but):
        raise RoleNameTaken


def delete(session: Session, *, role: Role, holders: int, actor: Actor) -> None:
    """Delete a role, of which the number of *holders* was read and confirmed.

    The permissions that are about it go with it.

    Raises:
        NotCovered: If it allows more than *actor* may do.
        SystemRoleStays: If the site needs it.
        HoldersChanged: If it has not that many holders.
        LastGri: If there would be no GRI left.
    """
    lock(session, role)
    check_covers(session, actor, role)
    if role.system or role.id == Role.PUBLIC:
        raise SystemRoleStays(role=role.name)
    held = queries.rights_of(session, role)
    gris = touches_gris(held)
    if gris:
        lock_gris(session)
    people = session.scalars(queries.holders(role)).all()
    if len(people) != holders:
        raise HoldersChanged(holders=len(people))
    called = role.slug or role.name
    for pceen in people:
        audit(session, "account.role.take", pceen, before={"role": called}, reason="role deleted")
    drop_permissions_on(session, PermissionScope.role, role.id)
    audit(session, "gris.role.delete", role, before=_described(role))
    session.delete(role)
    session.flush()
    if gris:
        check_gri_left(session)


def _described(role: Role) -> dict[str, object]:
    return asdict(looks_of(role)) | {"permissions": [held.key for held in role.permissions]}


def add_permission(session: Session, *, role: Role, right: Held, actor: Actor) -> Held:
    """Let the holders of a role do one thing more; what it is then.

    Raises:
        ElementMissing, ElementNotAllowed, NoSuchElement, NotForPublic: If it makes no sense.
        NotCovered, RightNotCovered: If *actor* may not do it, or not all that the role allows.
        PermissionThere: If the role allows it already.
    """
    lock(session, role)
    wanted = _checked(session, right)
    if role.id == Role.PUBLIC and not is_for_everyone(wanted.type, wanted.scope):
        raise NotForPublic
    if not covers(actor, wanted):
        # without the name of an element that *actor* may not even see
        raise RightNotCovered(right=f"{wanted.type.label} / {wanted.scope.label}")
    check_covers(session, actor, role)
    if touches_gris([wanted]):
        lock_gris(session)
    added = permission(session, wanted.type, wanted.scope, wanted.ref_id)
    if added in role.permissions:
        raise PermissionThere(right=wanted.label)
    role.permissions.append(added)
    audit(session, "gris.permission.add", role, after={"permission": added.key})
    return Held(wanted.type, wanted.scope, wanted.ref_id, wanted.elem, added.id)


def _checked(session: Session, right: Held) -> Held:
    """This right with its element, if it makes sense."""
    if right.ref_id is None:
        if right.scope.need_elem:
            raise ElementMissing
        return right
    if not right.scope.allow_elem:
        raise ElementNotAllowed
    elem = elements.element(session, right.scope, right.ref_id)
    if elem is None:
        raise NoSuchElement
    return Held(right.type, right.scope, right.ref_id, elem)


def remove_permission(
    session: Session, *, role: Role, permission: Permission, actor: Actor
) -> None:
    """Let the holders of a role do one thing less.

    Raises:
        NotCovered: If *actor* may not do all that the role allows.
        PermissionNotThere: If the role does not allow it.
        LastGri: If there would be no GRI left.
    """
    lock(session, role)
    check_covers(session, actor, role)
    if permission not in role.permissions:
        raise PermissionNotThere
    gris = permission.scope is PermissionScope.gris
    if gris:
        lock_gris(session)
    role.permissions.remove(permission)
    session.flush()
    if gris:
        check_gri_left(session)
    audit(session, "gris.permission.remove", role, before={"permission": permission.key})


def drop_permissions_on(session: Session, scope: PermissionScope, ref_id: int) -> None:
    """Delete the permissions about an element that is being deleted."""
    for about in queries.permissions_on(session, scope, ref_id):
        for role in queries.holding(session, about):
            role.permissions.remove(about)
            audit(session, "gris.permission.remove", role, before={"permission": about.key})
        session.delete(about)
    session.flush()


def give(session: Session, *, pceen: PCeen, role: Role, actor: Actor) -> None:
    """Give a role to someone.

    Raises:
        PublicHasNoMembers: If it is everyone's already.
        NotCovered: If it allows more than *actor* may do.
        AlreadyHeld: If they have it.
        AccountErased: If they are erased.
    """
    lock(session, pceen)
    lock(session, role)
    if pceen.is_erased:
        raise AccountErased
    if role.id == Role.PUBLIC:
        raise PublicHasNoMembers
    check_covers(session, actor, role)
    if role in pceen.roles:
        raise AlreadyHeld(pceen=pceen.full_name, role=role.name)
    pceen.roles.append(role)
    audit(session, "account.role.give", pceen, after={"role": role.slug or role.name})


def take(session: Session, *, pceen: PCeen, role: Role, actor: Actor) -> None:
    """Take a role from someone.

    Raises:
        NotCovered: If it allows more than *actor* may do.
        NotHeld: If they do not have it.
        LastGri: If there would be no GRI left.
    """
    lock(session, pceen)
    lock(session, role)
    check_covers(session, actor, role)
    if role not in pceen.roles:
        raise NotHeld(pceen=pceen.full_name, role=role.name)
    gris = touches_gris(queries.rights_of(session, role))
    if gris:
        lock_gris(session)
    pceen.roles.remove(role)
    session.flush()
    if gris and not pceen.is_disabled:
        check_gri_left(session)
    audit(session, "account.role.take", pceen, before={"role": role.slug or role.name})


def make_gri(session: Session, *, pceen: PCeen) -> None:
    """Make a GRI of someone, from a terminal of the machine.

    Raises:
        AlreadyHeld: If they are one.
    """
    give(session, pceen=pceen, role=accounts.role(session, "gri"), actor=Terminal())


def unmake_gri(session: Session, *, pceen: PCeen) -> list[Role]:
    """Take from someone each role that makes a GRI, from a terminal; these roles.

    Raises:
        LastGri: If there would be no GRI left.
    """
    lock(session, pceen)
    taken = [role for role in pceen.roles if any(p.key == ALL_GRIS for p in role.permissions)]
    for role in taken:
        take(session, pceen=pceen, role=role, actor=Terminal())
    return taken


def check_covers(session: Session, actor: Actor, role: Role) -> None:
    """Refuse a role that allows more than *actor* may do.

    Raises:
        NotCovered: If it does.
    """
    if not covers_all(actor, queries.rights_of(session, role)):
        raise NotCovered(role=role.name)
