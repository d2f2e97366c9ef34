"""What the account reads."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.text import comparison_key
from app.enums import TokenPurpose
from app.models import LoginSession, OneTimeToken, PCeen, Role
from app.modules.account import rules
from app.modules.account.errors import LinkNoLongerGood, NoSuchPCeen, NoSuchRole, NoSuchSession

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
    """Who may be the same person, by their names and promo (network-a 3.4)."""
    prenom_key, nom_key = comparison_key(prenom), comparison_key(nom)
    if not prenom_key or not nom_key:
        return []
    stmt = (
        sa.select(PCeen)
        .where(PCeen.nom_key == nom_key, PCeen.prenom_key == prenom_key)
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


def pending_address(session: Session, pceen: PCeen) -> str | None:
    """The new address that waits for its confirmation, if there is one."""
    stmt = (
        sa.select(OneTimeToken)
        .where(
            OneTimeToken.pceen_id == pceen.id,
            OneTimeToken.purpose == TokenPurpose.confirm_email,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > clock.now(),
        )
        .order_by(OneTimeToken.id.desc())
        .limit(1)
    )
    token_ = session.scalars(stmt).first()
    return None if token_ is None else str(token_.data["email"])


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
