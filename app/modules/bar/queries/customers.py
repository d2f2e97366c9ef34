"""Who the bar knows."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.enums import PermissionScope
from app.models import BarAccount, PCeen, Permission, Role, pceen_role, role_permission
from app.modules.bar.errors import NoSuchCustomer


def is_called(username: str) -> sa.ColumnElement[bool]:
    """Whether someone has this username: no database compares anything to a NUL."""
    return sa.false() if "\x00" in username else PCeen.username == username


def is_customer() -> sa.ColumnElement[bool]:
    """Whether whom a statement reads from ``PCeen`` may read the bar: any permission lets one."""
    return sa.and_(
        PCeen.disabled_at.is_(None),
        sa.or_(_opens_the_bar(Role.PUBLIC), PCeen.id.in_(_holders())),
    )


def account_is_customers() -> sa.ColumnElement[bool]:
    """Likewise, for a statement that reads ``BarAccount`` alone."""
    enabled = sa.exists().where(
        PCeen.id == BarAccount.pceen_id,
        PCeen.disabled_at.is_(None),
    )
    return sa.and_(
        enabled, sa.or_(_opens_the_bar(Role.PUBLIC), BarAccount.pceen_id.in_(_holders()))
    )


def _opens_the_bar(role_id: int) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(role_permission.c.role_id == role_id)
        .where(Permission.id == role_permission.c.permission_id)
        .where(Permission.scope == PermissionScope.bar, Permission.ref_id.is_(None))
    )


def _holders() -> sa.Select[int]:
    """The numbers of those who have a role that opens the bar."""
    return (
        sa.select(pceen_role.c.pceen_id)
        .join(role_permission, role_permission.c.role_id == pceen_role.c.role_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(Permission.scope == PermissionScope.bar, Permission.ref_id.is_(None))
    )


def _accounts() -> sa.Select[BarAccount]:
    """The accounts of the customers, with who they are."""
    return (
        sa.select(BarAccount)
        .join(BarAccount.pceen)
        .options(contains_eager(BarAccount.pceen))
        .where(is_customer())
    )


def customer(session: Session, username: str) -> BarAccount:
    """The account of a customer, by their username.

    Raises:
        NoSuchCustomer: If nobody who has it may come to the bar.
    """
    found = session.scalars(_accounts().where(is_called(username))).one_or_none()
    if found is None:
        raise NoSuchCustomer
    return found


def customer_with_code(session: Session, code: str) -> BarAccount:
    """The account of the customer whose QR code says *code*.

    Raises:
        NoSuchCustomer: If it is nobody's, or no longer.
    """
    found = session.scalars(_accounts().where(BarAccount.qr_code == code)).one_or_none()
    if found is None:
        raise NoSuchCustomer
    return found


def account(session: Session, pceen: PCeen) -> BarAccount:
    """The account of someone, whether they come to the bar or not."""
    return session.get_one(BarAccount, pceen.id)


def owner_of_picture(session: Session, name: str) -> int | None:
    """The number of whose picture has that name, if it is somebody's."""
    return session.scalars(sa.select(BarAccount.pceen_id).where(BarAccount.avatar == name)).first()
