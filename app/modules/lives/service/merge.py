"""Two accounts of one person become one (network-a 3.10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import PermissionScope
from app.models import (
    LoginSession,
    MergedAccount,
    PCeen,
    Permission,
    SsoLink,
    TaskRun,
    audit,
    defer,
    public_role,
)
from app.models.gris import permission_key
from app.models.personal import CARE, Merge, table
from app.modules.account.errors import NoSuchPCeen
from app.modules.gris.queries import roles as roles_queries
from app.modules.gris.service.gris_left import check_gri_left
from app.modules.gris.service.people import check_within_reach
from app.modules.lives import queries, rules
from app.modules.lives.errors import MergeRefused, SamePerson, SelfAbsorbed
from app.modules.lives.mails import AccountsMerged
from app.modules.lives.service.parts import Parts


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts of one person: the one that is kept, and the one that disappears in it."""

    kept: PCeen
    absorbed: PCeen


def conflicts(session: Session, *, pair: Pair, parts: Parts) -> list[str]:
    """Why these two accounts cannot become one, in sentences."""
    return [
        *_own_conflicts(pair),
        *(why for keeper in parts.keepers for why in keeper.conflicts(session, *_both(pair))),
    ]


def _both(pair: Pair) -> tuple[PCeen, PCeen]:
    return pair.kept, pair.absorbed


def _own_conflicts(pair: Pair) -> Iterator[str]:
    for one in _both(pair):
        if one.is_erased:
            yield _("%(name)s est effacé.", name=one.username)
        elif one.erasure_requested_at is not None:
            yield _("L'effacement de %(name)s est demandé : annulez-le d'abord.", name=one.username)
    if rules.have_two_identities(*_both(pair)):
        yield _("L'école connaît ces deux comptes comme ceux de deux personnes différentes.")


def outline(session: Session, *, pair: Pair, parts: Parts) -> list[str]:
    """What a merge would do, line by line: for a terminal, and for a task."""
    found = queries.preview(session, kept=pair.kept, absorbed=pair.absorbed)
    return [
        f"{pair.absorbed.username} ({pair.absorbed.id}) → {pair.kept.username} ({pair.kept.id})",
        *(f"! {why}" for why in conflicts(session, pair=pair, parts=parts)),
        *(f"{'-' if one.goes else '→'} {one.count:6} {one.label}" for one in found.moving),
        *(f"→ {one.field}" for one in found.choices if one.moves),
        *(f"→ {role.name}" for role in found.roles),
    ]


def check_may_merge(session: Session, *, pair: Pair, actor: PCeen | None) -> None:
    """Refuse a merge that *actor* may not ask for; a terminal may.

    Raises:
        SamePerson: If it is one account.
        SelfAbsorbed: If it is that of *actor* that would disappear.
        NotWithinReach: If one of them may do more than *actor*.
    """
    if pair.kept.id == pair.absorbed.id:
        raise SamePerson
    if actor is None:
        return
    if pair.absorbed.id == actor.id:
        raise SelfAbsorbed
    for one in _both(pair):
        check_within_reach(session, pceen=one, actor=actor)


def merge(session: Session, *, pair: Pair, parts: Parts, actor: PCeen | None) -> MergedAccount:
    """Give all that an account has to another, and delete it.

    Raises:
        LifeError, NotWithinReach: If it may not be.
        NoSuchPCeen: If one of them disappeared meanwhile.
        LastGri: If there would be no GRI left.
    """
    check_may_merge(session, pair=pair, actor=actor)
    for keeper in parts.keepers:
        keeper.before_locks(session)
    _lock(session, pair)
    refusals = conflicts(session, pair=pair, parts=parts)
    if refusals:
        raise MergeRefused(refusals)
    kept, absorbed = _both(pair)
    number, username, was_gri = absorbed.id, absorbed.username, absorbed.is_gri
    mails = _mails(pair)
    copy: dict[str, Any] = {
        "kept": queries.as_json(session, "pceen", kept),
        "absorbed": queries.as_json(session, "pceen", absorbed),
    }
    merged = MergedAccount(
        kept_id=kept.id,
        absorbed_id=number,
        merged_by_id=actor.id if actor is not None else None,
    )
    session.add(merged)
    session.flush()  # the ledger of the bar lets its lines move once this is written
    for keeper in parts.keepers:
        keeper.before_merge(session, kept, absorbed)
    session.flush()
    copy["moved"], copy["deleted"] = _move_rows(session, pair)
    _move_numbers(session, pair, parts)
    _take(session, pair)
    if was_gri:
        check_gri_left(session)
    merged.copy = copy
    counts = {name: len(keys) for name, keys in copy["moved"].items() if keys}
    after = {"absorbed": number, "username": username, "moved": counts}
    audit(session, "account.pceen.merge", kept, after=after)
    for keeper in parts.keepers:
        keeper.after_merge(session, kept)
    for mail in mails:
        defer(session, mail)
    return merged


def _lock(session: Session, pair: Pair) -> None:
    """Keep both people from others, and addresses from being taken.

    Raises:
        NoSuchPCeen: If one of them disappeared meanwhile.
    """
    lock(session, public_role(session))
    try:
        for one in sorted(_both(pair), key=lambda one: one.id):
            lock(session, one)
    except sa.exc.InvalidRequestError:
        raise NoSuchPCeen from None


def _mails(pair: Pair) -> list[AccountsMerged]:
    """What tells the person, at each of their addresses."""
    addresses = dict.fromkeys(one.email for one in _both(pair) if one.email is not None)
    return [
        AccountsMerged(
            to=address,
            locale=pair.kept.locale or pair.absorbed.locale or "fr",
            prenom=pair.kept.prenom,
            username=pair.kept.username,
            former_username=pair.absorbed.username,
        )
        for address in addresses
    ]


# The rows that refer to the account


def _move_rows(session: Session, pair: Pair) -> tuple[dict[str, Any], dict[str, Any]]:
    """Move, or delete, every row that refers to the account: what moved, and what went."""
    moved: dict[str, Any] = {}
    deleted: dict[str, Any] = {}
    for name, care in CARE.items():
        for column, fate in care.refers.items():
            keys = queries.keys_of(session, name, column, pair.absorbed)
            if not keys:
                continue
            if _goes(session, name, column, fate, pair):
                deleted[f"{name}.{column}"] = keys
                theirs = table(name).c[column] == pair.absorbed.id
                session.execute(sa.delete(table(name)).where(theirs))
            else:
                moved[f"{name}.{column}"] = keys
                _point(session, name, column, fate, pair)
    return moved, deleted


def _goes(session: Session, name: str, column: str, fate: Merge, pair: Pair) -> bool:
    """Whether the rows of the account go with it."""
    if fate is Merge.fill:
        return bool(queries.keys_of(session, name, column, pair.kept))
    return fate is Merge.delete


def _point(session: Session, name: str, column: str, fate: Merge, pair: Pair) -> None:
    """Have the rows that refer to the account refer to the other, or to nobody."""
    place = table(name)
    theirs = place.c[column] == pair.absorbed.id
    if fate is Merge.union:
        _unite(session, name, column, pair)
    elif fate is Merge.clear:
        session.execute(sa.update(place).where(theirs).values({column: None}))
    else:
        session.execute(sa.update(place).where(theirs).values({column: pair.kept.id}))


def _unite(session: Session, name: str, column: str, pair: Pair) -> None:
    """Give what is tied to the account to the other, which may be tied to some of it."""
    place = table(name)
    (other,) = (one for one in place.primary_key.columns if one.name != column)
    theirs = place.c[column] == pair.absorbed.id
    held = session.scalars(sa.select(other).where(place.c[column] == pair.kept.id)).all()
    session.execute(sa.delete(place).where(theirs, other.in_(held)))
    session.execute(sa.update(place).where(theirs).values({column: pair.kept.id}))


# The numbers that are no references


def _move_numbers(session: Session, pair: Pair, parts: Parts) -> None:
    """Move the permissions about the account, and what was asked of tasks about it."""
    for about in roles_queries.permissions_on(session, PermissionScope.pceen, pair.absorbed.id):
        _move_permission(session, about, pair.kept)
    runs = sa.select(TaskRun).where(TaskRun.task.in_(parts.people_asked))
    for run in session.scalars(runs):
        names = parts.people_asked[run.task]
        if any(run.params.get(name) == pair.absorbed.id for name in names):
            new = {name: pair.kept.id for name in names if run.params[name] == pair.absorbed.id}
            run.params = {**run.params, **new}
    for link in session.scalars(sa.select(SsoLink).where(SsoLink.ended_at.is_(None))):
        if pair.absorbed.id in link.candidates:
            link.ended_at = clock.now()  # whoever comes is asked again
    ends = sa.update(LoginSession).where(
        LoginSession.doas_id.is_(None), LoginSession.doas_since.is_not(None)
    )
    session.execute(ends.values(doas_reason=None, doas_since=None))
    session.flush()


def _move_permission(session: Session, about: Permission, kept: PCeen) -> None:
    key = permission_key(about.type, about.scope, kept.id)
    there = session.scalars(sa.select(Permission).where(Permission.key == key)).one_or_none()
    if there is None:
        about.ref_id, about.key = kept.id, key
        return
    for role in roles_queries.holding(session, about):
        role.permissions.remove(about)
        if there not in role.permissions:
            role.permissions.append(there)
        role.version += 1
    session.flush()
    session.delete(about)


def _take(session: Session, pair: Pair) -> None:
    """Fill the account that is kept from the other, which disappears."""
    kept, absorbed = _both(pair)
    values = rules.taken(kept, absorbed)
    session.flush()
    session.execute(
        sa.delete(PCeen).where(PCeen.id == absorbed.id).execution_options(synchronize_session=False)
    )
    session.expunge(absorbed)
    for column, value in values.items():
        setattr(kept, column, value)
    kept.version += 1
    session.flush()
    session.expire_all()
