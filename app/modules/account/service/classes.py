"""The role that those of one promo share, and the accounts of a whole class."""

from collections.abc import Callable, Sequence
from itertools import chain, count

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.text import titled, username_base
from app.core.transaction import lock
from app.models import PCeen, Role, audit, public_role
from app.modules.account import rules
from app.modules.account.service import registration
from app.modules.account.service.registration import Identity


def promo_slug(promo: int) -> str:
    """What code calls the role of a promo."""
    return f"promo-{promo}"


def promo_role(session: Session, promo: int) -> Role:
    """The role of a promo, made if it is missing: it then allows nothing yet.

    It is to be asked for before people are locked: who makes it locks the public role.
    """
    found = _called(session, promo)
    if found is not None:
        return found
    lock(session, public_role(session))  # one is made at a time
    found = _called(session, promo)
    if found is not None:
        return found
    role = Role(slug=promo_slug(promo), name=_free_name(session, promo), index=promo)
    session.add(role)
    session.flush()
    audit(session, "account.role.create", role, after={"slug": role.slug, "name": role.name})
    return role


def _called(session: Session, promo: int) -> Role | None:
    stmt = sa.select(Role).where(Role.slug == promo_slug(promo))
    return session.scalars(stmt).one_or_none()


def _free_name(session: Session, promo: int) -> str:
    """Its number, unless people called a role of theirs so."""
    taken = set(session.scalars(sa.select(Role.name_key)))
    others = (f"Promo {promo} ({rank})" for rank in count(2))
    names = chain((str(promo), f"Promo {promo}"), others)
    return next(name for name in names if name.casefold() not in taken)


def make_accounts(
    session: Session,
    *,
    identities: Sequence[Identity],
    roles: Sequence[Role],
    tell: Callable[[], object] = lambda: None,
) -> list[PCeen]:
    """Make the accounts of a class at once, with these roles, and mail their invitations.

    Likewise to ``registration.make_account``, in a few statements a person: nobody has one of
    these addresses, as was checked under the lock of the public role.

    Raises:
        AccountError: If a name has no letter.
    """
    lock(session, public_role(session))
    taken = set(session.scalars(sa.select(PCeen.username)))
    people = [_made(identity, roles, taken) for identity in identities]
    session.add_all(people)
    session.flush()
    with session.no_autoflush:  # what is written for everyone leaves at once
        for pceen in people:
            registration.send_invitation(session, pceen=pceen)
    for pceen in people:
        _tell_made(session, pceen)
        tell()
    return people


def _made(identity: Identity, roles: Sequence[Role], taken: set[str]) -> PCeen:
    rules.check_names(identity.prenom, identity.nom)
    prenom, nom = titled(identity.prenom), titled(identity.nom)
    base = username_base(prenom, nom)
    numbered = chain((base,), (f"{base}{number}" for number in count(1)))
    username = next(name for name in numbered if name not in taken)
    taken.add(username)
    return PCeen(
        username=username,
        prenom=prenom,
        nom=nom,
        promo=identity.promo,
        email=identity.email,
        roles=list(roles),
    )


def _tell_made(session: Session, pceen: PCeen) -> None:
    """Write down that an account was made, and each of its roles."""
    facts = {"username": pceen.username, "promo": pceen.promo, "email": pceen.email}
    audit(session, "account.pceen.create", pceen, after=facts)
    for role in pceen.roles:
        audit(session, "account.role.give", pceen, after={"role": role.slug or role.name})
