"""What the account reads."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.text import comparison_key
from app.enums import TokenPurpose
from app.models import LoginSession, OneTimeToken, PCeen, RecoveryCode, Role, SecondFactor
from app.modules.account import rules
from app.modules.account.errors import (
    LinkNoLongerGood,
    NoSuchFactor,
    NoSuchPCeen,
    NoSuchRole,
    NoSuchSession,
)

#: What the databases number rows with.
LARGEST_ID = 2**31 - 1


def pceen(session: Session, key: int) -> PCeen | None:
    """The PCéen numbered *key*, if there is one."""
    return session.get(PCeen, key) if key <= LARGEST_ID else None


def called(session: Session, name: str) -> PCeen | None:
    """Who has this username or this address, whatever the case, if anyone."""
    name = name.strip().lower()
    found = sa.or_(PCeen.username == name, PCeen.email == name)
    return session.scalars(sa.select(PCeen).where(found).order_by(PCeen.id).limit(1)).first()


def called_or_refused(session: Session, name: str) -> PCeen:
    """Who has this username or this address.

    Raises:
        NoSuchPCeen: If nobody does.
    """
    pceen = called(session, name)
    if pceen is None:
        raise NoSuchPCeen
    return pceen


def with_email(session: Session, email: str) -> PCeen | None:
    """Who has this address, if anyone."""
    return session.scalars(sa.select(PCeen).where(PCeen.email == email)).one_or_none()


def namesakes(session: Session, *, prenom: str, nom: str, promo: int | None) -> list[PCeen]:
    """Who may be the same person, by their names and promo (network-a 3.4); nobody erased."""
    prenom_key, nom_key = comparison_key(prenom), comparison_key(nom)
    if not prenom_key or not nom_key:
        return []
    stmt = (
        sa.select(PCeen)
        .where(PCeen.nom_key == nom_key, PCeen.prenom_key == prenom_key, PCeen.erased_at.is_(None))
        .order_by(PCeen.id)
    )
    return [p for p in session.scalars(stmt) if rules.are_same_promo(p.promo, promo)]


def usernames_from(session: Session, base: str) -> set[str]:
    """The usernames taken that begin like *base*."""
    stmt = sa.select(PCeen.username).where(PCeen.username.startswith(base, autoescape=True))
    return set(session.scalars(stmt))


def role(session: Session, slug: str) -> Role:
    """The role that code calls *slug*."""
    found = session.scalars(sa.select(Role).where(Role.slug == slug)).one_or_none()
    if found is None:
        raise NoSuchRole
    return found


def sessions_of(session: Session, pceen: PCeen) -> Sequence[LoginSession]:
    """The log-ins of someone that are not over, the latest seen first."""
    stmt = (
        sa.select(LoginSession)
        .where(LoginSession.pceen_id == pceen.id)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    gri, now = pceen.is_gri, clock.now()
    return [login for login in session.scalars(stmt) if not login.is_over(now, is_gri=gri)]


def own_session(session: Session, pceen: PCeen, key: int) -> LoginSession:
    """A log-in of this person."""
    login = session.get(LoginSession, key)
    if login is None or login.pceen_id != pceen.id:
        raise NoSuchSession
    return login


def token(session: Session, purpose: TokenPurpose, secret: str) -> OneTimeToken:
    """The token that this secret opens, if it is still good for this *purpose*.

    Raises:
        LinkNoLongerGood: If it is wrong, expired, used, or its account is disabled.
    """
    stmt = sa.select(OneTimeToken).where(
        OneTimeToken.secret_hash == tokens.digest(secret),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
    )
    found = session.scalars(stmt).one_or_none()
    if found is None or found.pceen.is_disabled:
        raise LinkNoLongerGood
    return found


def tokens_given(
    session: Session, pceen: PCeen, purpose: TokenPurpose, *, within: timedelta
) -> int:
    """How many tokens someone was given for this *purpose* lately."""
    stmt = sa.select(sa.func.count(OneTimeToken.id)).where(
        OneTimeToken.pceen_id == pceen.id,
        OneTimeToken.purpose == purpose,
        OneTimeToken.created_at > clock.now() - within,
    )
    return session.execute(stmt).scalar_one()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the profile tells of an account, and no column of it does."""

    #: The new address that waits for its confirmation, if there is one.
    pending_address: str | None
    has_factor: bool


def standing(session: Session, pceen: PCeen) -> Standing:
    """How the account of someone stands, in one statement."""
    waiting = (
        sa.select(OneTimeToken.data)
        .where(
            OneTimeToken.pceen_id == pceen.id,
            OneTimeToken.purpose == TokenPurpose.confirm_email,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > clock.now(),
        )
        .order_by(OneTimeToken.id.desc())
        .limit(1)
    )
    factors = sa.exists().where(
        SecondFactor.pceen_id == pceen.id, SecondFactor.confirmed_at.is_not(None)
    )
    data, has_factor = session.execute(sa.select(waiting.scalar_subquery(), factors)).one()
    return Standing(None if data is None else str(data["email"]), bool(has_factor))


def waiting_code(session: Session, pceen: PCeen) -> OneTimeToken | None:
    """The code that was mailed to someone and is still good, if there is one."""
    stmt = (
        sa.select(OneTimeToken)
        .where(
            OneTimeToken.pceen_id == pceen.id,
            OneTimeToken.purpose == TokenPurpose.proof_code,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > clock.now(),
        )
        .order_by(OneTimeToken.id.desc())
        .limit(1)
    )
    return session.scalars(stmt).first()


def factors_of(session: Session, pceen: PCeen) -> Sequence[SecondFactor]:
    """What someone proves who they are with after their password, the oldest first."""
    stmt = (
        sa.select(SecondFactor)
        .where(SecondFactor.pceen_id == pceen.id, SecondFactor.confirmed_at.is_not(None))
        .order_by(SecondFactor.id)
    )
    return session.scalars(stmt).all()


def has_factor(session: Session, pceen: PCeen) -> bool:
    """Whether someone has a second factor."""
    stmt = sa.select(SecondFactor.id).where(
        SecondFactor.pceen_id == pceen.id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalars(stmt.limit(1)).first() is not None


def own_factor(session: Session, pceen: PCeen, key: int) -> SecondFactor:
    """A second factor of this person.

    Raises:
        NoSuchFactor: If they have none of that number.
    """
    factor = session.get(SecondFactor, key)
    if factor is None or factor.pceen_id != pceen.id or factor.confirmed_at is None:
        raise NoSuchFactor
    return factor


def waiting_totp(session: Session, pceen: PCeen) -> SecondFactor | None:
    """The application of codes that waits for its first code, if there is one."""
    stmt = sa.select(SecondFactor).where(
        SecondFactor.pceen_id == pceen.id, SecondFactor.confirmed_at.is_(None)
    )
    return session.scalars(stmt.order_by(SecondFactor.id.desc()).limit(1)).first()


def passkey(session: Session, pceen: PCeen, credential_id: bytes) -> SecondFactor | None:
    """The passkey of this person that its device calls so, if there is one."""
    stmt = sa.select(SecondFactor).where(
        SecondFactor.pceen_id == pceen.id,
        SecondFactor.credential_hash == credential_digest(credential_id),
    )
    return session.scalars(stmt).one_or_none()


def credential_digest(credential_id: bytes) -> str:
    """What tells a passkey from the others: databases index no name as long as theirs."""
    return hashlib.sha256(credential_id).hexdigest()


def recovery_codes_left(session: Session, pceen: PCeen) -> int:
    """How many recovery codes someone may still use."""
    stmt = sa.select(sa.func.count(RecoveryCode.id)).where(
        RecoveryCode.pceen_id == pceen.id, RecoveryCode.used_at.is_(None)
    )
    return session.execute(stmt).scalar_one()


def challenge(session: Session, pceen: PCeen, secret: str, what: str) -> OneTimeToken | None:
    """What a passkey of this person was asked to sign for *what*, if it still may."""
    try:
        found = token(session, TokenPurpose.passkey_challenge, secret)
    except LinkNoLongerGood:
        return None
    return found if (found.pceen_id, found.data.get("for")) == (pceen.id, what) else None
