"""What is done to people by who looks after them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import lock
from app.models import LoginSession, PCeen, Role, defer, public_role
from app.modules.account import queries as accounts
from app.modules.account.service import factors, lives, registration, sessions
from app.modules.account.service.lives import Described
from app.modules.account.service.registration import Identity
from app.modules.gris.errors import (
    NotOnOneself,
    NotWithinReach,
    RoleNotYours,
    SameName,
    SameNameAndPromo,
    SomeRefused,
)
from app.modules.gris.queries import person as queries, roles as roles_queries
from app.modules.gris.service import roles as roles_service
from app.modules.gris.service.gris_left import check_gri_left
from app.modules.intrarez.effects import RefreshNetwork


def check_within_reach(session: Session, *, pceen: PCeen, actor: PCeen) -> None:
    """Refuse to open or to close the account of someone who may do more than *actor*.

    Raises:
        NotWithinReach: If they may.
    """
    if not queries.is_covered(session, pceen=pceen, actor=actor):
        raise NotWithinReach(pceen=pceen.full_name)


def create(
    session: Session,
    *,
    identity: Identity,
    is_another: bool,
    roles: Iterable[Role],
    actor: PCeen,
) -> PCeen:
    """Make the account of someone with these roles, and mail them an invitation.

    Args:
        session: The database.
        identity: Who they are.
        is_another: Whether *actor* says that whoever has their name is not them.
        roles: What they may do at once.
        actor: Who makes the account, and may give those roles.

    Raises:
        AccountError: If a name has no letter, or the address is someone's already.
        SameNameAndPromo, SameName: If they may have an account already.
        RoleNotYours: If *actor* may not give one of these roles.
    """
    lock(session, public_role(session))  # two forms at once do not both find the name free
    _check_namesakes(session, identity, is_another=is_another)
    pceen = registration.make_account(session, identity=identity)
    mine = {role.id for role in roles_queries.roles_to_give(session, actor)}
    for role in roles:
        if role.id not in mine:
            raise RoleNotYours
        roles_service.give(session, pceen=pceen, role=role, actor=actor)
    lives.send_link(session, pceen=pceen)
    return pceen


def _check_namesakes(session: Session, identity: Identity, *, is_another: bool) -> None:
    alike = accounts.namesakes(
        session, prenom=identity.prenom, nom=identity.nom, promo=identity.promo
    )
    for one in alike:
        details = {"pceen": one.full_name, "key": one.id}
        if one.promo is not None and one.promo == identity.promo:
            raise SameNameAndPromo(**details)
        if not is_another:
            raise SameName(**details)


def describe(session: Session, *, pceen: PCeen, now: Described, version: int, actor: PCeen) -> bool:
    """Change who someone is; say whether anything was.

    Raises:
        NotWithinReach: If their address would change, and they may do more than *actor*: it
            is a way into the account.
        AccountError: If it cannot be.
    """
    if now.email != pceen.email:
        check_within_reach(session, pceen=pceen, actor=actor)
    return lives.describe(session, pceen=pceen, now=now, version=version)


def send_link(session: Session, *, pceen: PCeen, actor: PCeen) -> None:
    """Send someone the way into their account.

    Raises:
        NotWithinReach: If they may do more than *actor*.
        AccountError: If no link can leave.
    """
    check_within_reach(session, pceen=pceen, actor=actor)
    lives.send_link(session, pceen=pceen)


def end_sessions(
    session: Session, *, pceen: PCeen, actor: PCeen, but: LoginSession | None = None
) -> None:
    """End the log-ins of someone; of oneself, all but the one in use.

    Raises:
        NotWithinReach: If they may do more than *actor*.
    """
    check_within_reach(session, pceen=pceen, actor=actor)
    kept = but if but is not None and but.pceen_id == pceen.id else None
    lives.end_sessions(session, pceen=pceen, but=kept)


def end_session(session: Session, *, pceen: PCeen, key: int, actor: PCeen) -> None:
    """End one log-in of someone.

    Raises:
        NotWithinReach: If they may do more than *actor*.
        NoSuchSession: If it is not theirs.
    """
    check_within_reach(session, pceen=pceen, actor=actor)
    sessions.end(session, login=accounts.own_session(session, pceen, key))


def disable(session: Session, *, pceen: PCeen, reason: str, actor: PCeen) -> None:
    """Close an account to its person, and the network to their devices.

    Raises:
        NotOnOneself, LastGri: If it must stay open.
        NotWithinReach: If they may do more than *actor*.
        AccountDisabledAlready: If it is closed already.
    """
    if pceen.id == actor.id:
        raise NotOnOneself
    lock(session, pceen)
    check_within_reach(session, pceen=pceen, actor=actor)
    if pceen.is_gri:
        check_gri_left(session, without=pceen)
    lives.disable(session, pceen=pceen, reason=reason, by=actor)
    defer(session, RefreshNetwork())


def reset_second_factor(session: Session, *, pceen: PCeen, reason: str, actor: PCeen) -> None:
    """Take all their second factors from someone who lost them, and end their log-ins.

    Raises:
        NotOnOneself: One removes one's own on one's profile.
        NotWithinReach: If they may do more than *actor*.
        NoneToReset: If they have none.
    """
    if pceen.id == actor.id:
        raise NotOnOneself
    lock(session, pceen)
    check_within_reach(session, pceen=pceen, actor=actor)
    factors.reset(session, pceen=pceen, reason=reason)


def enable(session: Session, *, pceen: PCeen, actor: PCeen) -> None:
    """Give an account back to its person, and the network to their devices.

    Raises:
        NotWithinReach: If they may do more than *actor*.
        AccountEnabledAlready: If it is open already.
    """
    check_within_reach(session, pceen=pceen, actor=actor)
    lives.enable(session, pceen=pceen)
    defer(session, RefreshNetwork())


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing can be done for someone."""

    key: int
    why: str


def for_each(people: Sequence[PCeen], act: Callable[[PCeen], object]) -> None:
    """Do something for all of these people, or for none: always in the order of their numbers.

    Raises:
        SomeRefused: With those who were, in ``refusals``. What was done is to be rolled back.
    """
    refusals = []
    for pceen in sorted(people, key=lambda one: one.id):
        key = pceen.id
        try:
            act(pceen)
        except DomainError as refusal:
            refusals.append(Refusal(key, refusal.message))
    if refusals:
        raise SomeRefused(refusals=refusals)
