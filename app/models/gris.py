"""Roles, and the permissions they carry."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, selectinload

from app.enums import PermissionScope, PermissionType
from app.models.base import Base
from app.models.choices import MAINTENANCE, SECOND_FACTOR_GRIS, Choice, StoredChoice
from app.models.types import Id, Name

pceen_role = sa.Table(
    "pceen_role",
    Base.metadata,
    sa.Column("pceen_id", sa.ForeignKey("pceen.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "role_id", sa.ForeignKey("role.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    sa.CheckConstraint("role_id <> 0", "public_has_no_members"),
)

role_permission = sa.Table(
    "role_permission",
    Base.metadata,
    sa.Column("role_id", sa.ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "permission_id",
        sa.ForeignKey("permission.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Permission(Base):
    """The right to do something within a scope, held by roles.

    With a ``ref_id``, the right is for that one element only.
    """

    __tablename__ = "permission"

    id: Mapped[Id]
    type: Mapped[PermissionType]
    scope: Mapped[PermissionScope]
    ref_id: Mapped[int | None]
    #: ``type/scope/ref_id``: unique even without an element, on every database.
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)

    def __init__(
        self, *, type: PermissionType, scope: PermissionScope, ref_id: int | None = None
    ) -> None:
        super().__init__(
            type=type, scope=scope, ref_id=ref_id, key=permission_key(type, scope, ref_id)
        )

    def grants(self, type: PermissionType, scope: PermissionScope, elem: Any = None) -> bool:
        """Whether this is enough to do that on *elem*, or on the whole scope."""
        return self.is_enough(type, tuple(scope.lineage(elem)))

    def is_enough(
        self, type: PermissionType, lineage: Sequence[tuple[PermissionScope, Any]]
    ) -> bool:
        """Whether this is enough to do that on the first of these, which the next ones enclose."""
        scope = self.scope
        for enclosing, target in lineage:
            if scope is enclosing and self.ref_id in (None, target and target.id):
                return self.type.covers(type)
        return False


def permission_key(type: PermissionType, scope: PermissionScope, ref_id: int | None) -> str:
    """What tells a permission from the others."""
    return f"{type}/{scope}/{'*' if ref_id is None else ref_id}"


class Role(Base):
    """A set of permissions, given to PCéens. The public role is everyone's."""

    __tablename__ = "role"

    #: The ``id`` of the public role.
    PUBLIC = 0

    id: Mapped[Id]
    #: What code calls a role; ``None`` for those that people made.
    slug: Mapped[Name | None] = mapped_column(unique=True)
    name: Mapped[Name]
    #: The name without its case: two roles do not share one.
    name_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    index: Mapped[int] = mapped_column(default=1000)
    #: Six hexadecimal digits.
    color: Mapped[str | None] = mapped_column(sa.String(6))
    #: Seeded: it may be edited, not deleted.
    system: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    permissions: Mapped[list[Permission]] = relationship(
        secondary=role_permission, order_by=(Permission.scope, Permission.type, Permission.id)
    )

    def __init__(self, *, name: str, **columns: Any) -> None:
        super().__init__(name=name, name_key=name.casefold(), **columns)

    @property
    def is_dark(self) -> bool:
        """Whether its colour wants a white text (network-a 7.1)."""
        color = self.color or "6c757d"
        red, green, blue = (int(color[i : i + 2], 16) for i in (0, 2, 4))
        return 0.299 * red**2 + 0.587 * green**2 + 0.114 * blue**2 < 19_500

    def has_permission(self, type: PermissionType, scope: PermissionScope, elem: Any) -> bool:
        """Whether one of its permissions is enough."""
        return self.is_enough(type, tuple(scope.lineage(elem)))

    def is_enough(
        self, type: PermissionType, lineage: Sequence[tuple[PermissionScope, Any]]
    ) -> bool:
        """Whether one is enough on the first of these, which the next ones enclose."""
        return any(held.is_enough(type, lineage) for held in self.permissions)


def public_role(session: Session) -> Role:
    """The role that everyone has, logged in or not; read once a session."""
    role: Role | None = session.info.get("public_role")
    if role is None or role not in session:
        role = session.get_one(Role, Role.PUBLIC, options=[selectinload(Role.permissions)])
        session.info["public_role"] = role
    return role


def roles_of(session: Session, pceen_id: int | None) -> Sequence[Role]:
    """The roles of someone and the public one, permissions included, in one statement.

    They tell, on the way, whether the site is closed for work, whether GRIs need a second
    factor, and how much is unread in the bell of that person: every request asks it all.
    """
    stmt = _asked_of(is_someone=pceen_id is not None)
    who = {} if pceen_id is None else {"pceen_id": pceen_id}
    rows = session.execute(stmt, who).unique(lambda row: row[0].id).all()
    session.info["maintenance"] = any(closed is True for _, closed, _, _ in rows)
    session.info["second_factor_gris"] = any(needed is True for _, _, needed, _ in rows)
    session.info["unread"] = rows[0][3]
    roles = [role for role, *_ in rows]
    session.info["public_role"] = next(role for role in roles if role.id == Role.PUBLIC)
    return roles


@cache
def _asked_of(*, is_someone: bool) -> sa.Select[Any]:
    """What every request asks, of someone or of nobody: made once."""
    wanted: sa.ColumnElement[bool] = Role.id == Role.PUBLIC
    unread: sa.ScalarSelect[int] | sa.Label[int] = sa.literal(0).label("unread")
    if is_someone:
        who = sa.bindparam("pceen_id", type_=sa.Integer)
        held = sa.select(pceen_role.c.role_id).where(pceen_role.c.pceen_id == who)
        wanted = sa.or_(wanted, Role.id.in_(held))
        unread = _unread(who)
    return (
        sa.select(Role, _switch(MAINTENANCE), _switch(SECOND_FACTOR_GRIS), unread)
        .where(wanted)
        .options(joinedload(Role.permissions))
        .order_by(Role.index, Role.name)
    )


def _unread(who: sa.BindParameter[int]) -> sa.ScalarSelect[int]:
    """How many notifications someone has not read in their bell, read along with the rest."""
    told = Base.metadata.tables["notification_recipient"].c
    counted = sa.select(sa.func.count()).where(
        told.pceen_id == who, told.in_bell.is_(True), told.read_at.is_(None)
    )
    return counted.scalar_subquery()


def _switch(choice: Choice[bool]) -> sa.ScalarSelect[Any]:
    """Whether something is on, read along with something else."""
    return sa.select(StoredChoice.value).where(StoredChoice.key == choice.key).scalar_subquery()
