"""What is done to roles."""

from sqlalchemy.orm import Session

from app.enums import PermissionScope, PermissionType
from app.models import Permission, Role, audit
from app.modules.gris.queries import roles as queries
from app.modules.gris.rules.seeded import SEEDED, SeededRole


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


def reset_roles(session: Session) -> list[str]:
    """Restore the roles of the system as they are seeded; say what was different."""
    present = queries.roles_by_slug(session)
    differences: list[str] = []
    for seeded in SEEDED:
        if role := present.get(seeded.slug):
            differences += _reset(session, role, seeded)
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
    if found is None:
        found = Permission(type=type, scope=scope, ref_id=ref_id)
        session.add(found)
        session.flush()
    return found
