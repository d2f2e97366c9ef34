"""People."""

from datetime import UTC, datetime

import factory
import sqlalchemy as sa

from app.context.rules import Right
from app.models import PCeen, Permission, Role
from tests.factories.base import Factory, current


class RoleFactory(Factory):
    class Meta:
        model = Role

    name = factory.Sequence(lambda n: f"role-{n}")


def permission(*right: object) -> Permission:
    """The permission to do that, made if it is missing."""
    made = Permission(**dict(zip(("type", "scope", "ref_id"), right, strict=False)))
    found = current().scalars(sa.select(Permission).where(Permission.key == made.key)).first()
    return found or made


def role_with(*rights: Right) -> Role:
    """A role that holds these rights, each on all elements or with the id of one."""
    return RoleFactory.build(permissions=[permission(*right) for right in rights])


def system_role(slug: str) -> Role:
    """A role of the system."""
    return current().scalars(sa.select(Role).where(Role.slug == slug)).one()


class PCeenFactory(Factory):
    """``PCeenFactory(can=[(T.write, S.bar)])`` may do just that; ``slugs=["gri"]`` is a GRI."""

    class Meta:
        model = PCeen

    username = factory.Sequence(lambda n: f"pceen{n}")
    prenom = "Marie"
    nom = factory.Sequence(lambda n: f"Curie {n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.org")
    email_confirmed_at = datetime(2026, 1, 1, tzinfo=UTC)
    promo = 140
    activated = True
    locale = "fr"

    class Params:
        can: tuple[Right, ...] = ()
        slugs: tuple[str, ...] = ()

    roles = factory.LazyAttribute(
        lambda o: [
            *([role_with(*o.can)] if o.can else []),
            *(system_role(slug) for slug in o.slugs),
        ]
    )
