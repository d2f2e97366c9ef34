"""What the staff of the bar changes of a customer (community 3.2 and 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import PermissionScope, PermissionType
from app.models import BarAccount, PCeen, Role, audit, defer, pceen_role, roles_of
from app.modules.account import queries as accounts
from app.modules.bar.effects import RemovePicture
from app.modules.bar.errors import StaleBar
from app.modules.gris.rules.covering import Actor
from app.modules.gris.service import roles

#: The role of who serves.
BARMAN = "barman"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How someone is known at the bar."""

    nickname: str | None
    #: The name of the file of their new picture; ``None`` to keep the one that they have.
    picture: str | None = None
    removes_picture: bool = False


def edit(session: Session, account: BarAccount, looks: Looks, *, version: int) -> None:
    """Change how someone is known; a picture that is replaced goes once this is committed.

    Raises:
        StaleBar: If it was changed meanwhile.
    """
    lock(session, account)
    if account.version != version:
        raise StaleBar
    before = {"nickname": account.nickname}
    after = {"nickname": looks.nickname or None}
    avatar = looks.picture or (None if looks.removes_picture else account.avatar)
    if avatar != account.avatar:
        before["picture"], after["picture"] = account.avatar, avatar
    if before == after:
        return
    if avatar != account.avatar and account.avatar is not None:
        defer(session, RemovePicture(account.avatar))
    account.call(looks.nickname)
    account.avatar = avatar
    account.version += 1
    audit(session, "bar.account.change", account, before=before, after=after)


def is_barman(session: Session, pceen: PCeen) -> bool:
    """Whether someone has the role of who serves."""
    held = (
        sa.select(Role.id)
        .join(pceen_role, pceen_role.c.role_id == Role.id)
        .where(pceen_role.c.pceen_id == pceen.id, Role.slug == BARMAN)
    )
    return session.scalars(held).first() is not None


def set_barman(session: Session, pceen: PCeen, *, wanted: bool, actor: Actor) -> Sequence[str]:
    """Give the role of who serves, or take it; the names of the others that let them serve.

    Raises:
        GriError: If *actor* may not give that role, or if it has just been done.
    """
    role = accounts.role(session, BARMAN)
    lock(session, pceen)
    if (role in pceen.roles) is not wanted:
        act = roles.give if wanted else roles.take
        act(session, pceen=pceen, role=role, actor=actor)
    session.flush()
    return [one.name for one in roles_of(session, pceen.id) if one != role and _serves(one)]


def _serves(role: Role) -> bool:
    return role.has_permission(PermissionType.write, PermissionScope.bar, None)
