"""Whom a notification is for, in the database: what counts them and what tells them is the same."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import AudienceKind, NotificationTopic, PermissionScope, SubState
from app.models import PCeen, Permission, Role, pceen_role, role_permission
from app.modules.notifications.rules.audiences import SCOPES, Audience

#: The role of those who study.
_STUDENTS = "eleve"


def members(audience: Audience, topic: NotificationTopic) -> sa.Select[int]:
    """The numbers of those whom a notification of *topic* is for: open accounts alone."""
    found = sa.select(PCeen.id).where(PCeen.disabled_at.is_(None), PCeen.erased_at.is_(None))
    condition = _condition(audience, topic)
    return found if condition is None else found.where(condition)


def count(session: Session, audience: Audience, topic: NotificationTopic) -> int:
    """How many people a notification would be for."""
    wanted = members(audience, topic).subquery()
    return session.scalars(sa.select(sa.func.count()).select_from(wanted)).one()


def _condition(audience: Audience, topic: NotificationTopic) -> sa.ColumnElement[bool] | None:
    if audience.kind is AudienceKind.people:
        return PCeen.id.in_(audience.people)
    if audience.kind is AudienceKind.role:
        return _holds(Role.id.in_(audience.roles))
    if audience.kind is AudienceKind.eleves:
        return _holds(Role.slug == _STUDENTS)
    if audience.kind is AudienceKind.rez:
        return PCeen.sub_state.in_((SubState.subscribed, SubState.trial))
    scope = SCOPES.get(topic) if audience.kind is AudienceKind.followers else None
    return None if scope is None else _may_read(scope)


def _holds(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether someone holds one of these roles; everybody holds the public one."""
    held = (
        sa.select(pceen_role.c.pceen_id)
        .join(Role, Role.id == pceen_role.c.role_id)
        .where(condition)
    )
    is_public = sa.exists().where(Role.id == Role.PUBLIC, condition)
    return sa.or_(PCeen.id.in_(held), is_public)


def _may_read(scope: PermissionScope) -> sa.ColumnElement[bool]:
    """Whether someone may open the pages of a scope: every permission lets one read."""
    able = (
        sa.select(role_permission.c.role_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(Permission.scope == scope, Permission.ref_id.is_(None))
    )
    return _holds(Role.id.in_(able))
