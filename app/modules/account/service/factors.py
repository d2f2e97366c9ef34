"""The second factors of someone: adding them, losing them, and the codes on paper."""

from typing import Any

import pyotp
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.sealing import SealBroken, Sealer
from app.core.transaction import lock
from app.enums import FactorKind, TokenPurpose
from app.models import (
    SECOND_FACTOR_GRIS,
    LoginSession,
    Origin,
    PCeen,
    RecoveryCode,
    SecondFactor,
    audit,
    defer,
)
from app.modules.account import queries, rules
from app.modules.account.errors import (
    FactorsEnough,
    LastFactor,
    NoFactorYet,
    NoneToReset,
    NoSuchFactor,
    OwnFactorFirst,
    PasskeyTaken,
    WrongCode,
)
from app.modules.account.mails import FactorAdded, FactorRemoved, FactorsReset
from app.modules.account.service import links, second_step, sessions
from app.modules.account.service.place import SITE_NAME, Site

#: How many one may have, and how many codes are on a paper.
MOST, RECOVERY_CODES = 10, 10
_WAITING = (TokenPurpose.second_step, TokenPurpose.passkey_challenge)


def is_offered(session: Session, pceen: PCeen) -> bool:
    """Whether second factors are shown to someone: their rights ask for one, or they have one."""
    return is_needed(pceen) or queries.has_factor(session, pceen)


def is_needed(pceen: PCeen) -> bool:
    """Whether the rights of someone ask for a second factor."""
    held = [permission for role in pceen.roles for permission in role.permissions]
    return rules.needs_factor(held)


def begin_totp(session: Session, *, pceen: PCeen, sealer: Sealer) -> None:
    """Make the key of an application of codes: it counts once it has shown a code.

    Raises:
        FactorsEnough: If they have as many factors as one may.
    """
    lock(session, pceen)
    _check_room(session, pceen)
    _forget_waiting(session, pceen)
    secret = sealer.seal(pyotp.random_base32())
    factor = SecondFactor(pceen_id=pceen.id, kind=FactorKind.totp, name="", secret=secret)
    session.add(factor)
    audit(session, "account.factor.add", pceen, after={"kind": str(factor.kind)})


def _check_room(session: Session, pceen: PCeen) -> None:
    if len(queries.factors_of(session, pceen)) >= MOST:
        raise FactorsEnough(count=MOST)


def _forget_waiting(session: Session, pceen: PCeen) -> None:
    waiting = sa.delete(SecondFactor).where(
        SecondFactor.pceen_id == pceen.id, SecondFactor.confirmed_at.is_(None)
    )
    session.execute(waiting)


def key_of_waiting(session: Session, *, pceen: PCeen, sealer: Sealer) -> str | None:
    """The key of the application of codes that waits for its first code, if there is one."""
    factor = queries.waiting_totp(session, pceen)
    try:
        return sealer.open(factor.secret or "") if factor is not None else None
    except SealBroken:
        return None


def address_of_key(pceen: PCeen, key: str) -> str:
    """What an application of codes reads in a QR code."""
    return pyotp.TOTP(key).provisioning_uri(name=pceen.username, issuer_name=SITE_NAME)


def confirm_totp(
    session: Session, *, login: LoginSession, name: str, code: str, sealer: Sealer
) -> None:
    """Have an application count from now on: it shows the right code.

    Raises:
        NoSuchFactor: If none waits for its first code.
        WrongCode: If that is not the code.
    """
    pceen = login.pceen
    lock(session, pceen)
    factor = queries.waiting_totp(session, pceen)
    if factor is None:
        raise NoSuchFactor
    _check_room(session, pceen)
    if not second_step.use_code(factor, code=code, sealer=sealer):
        raise WrongCode
    factor.name = name
    _have_count(session, login, factor)


def ask_passkey(session: Session, *, login: LoginSession, site: Site) -> str:
    """Ask the device in the hands of someone for a key; in JSON, for the browser.

    Raises:
        FactorsEnough: If they have as many factors as one may.
    """
    from app.modules.account.service import passkeys  # noqa: PLC0415  # large, few need it

    _check_room(session, login.pceen)
    return passkeys.ask_new(session, pceen=login.pceen, what=_for_adding(login), site=site)


def _for_adding(login: LoginSession) -> str:
    return f"add:{login.id}"


def add_passkey(
    session: Session, *, login: LoginSession, name: str, body: Any, site: Site
) -> SecondFactor | None:
    """Have the key that a device made count from now on; nothing if it is not what was asked.

    Raises:
        FactorsEnough: If they have as many factors as one may.
        PasskeyTaken: If somebody has this key already.
    """
    from app.modules.account.service import passkeys  # noqa: PLC0415  # large, few need it

    pceen = login.pceen
    lock(session, pceen)
    _check_room(session, pceen)
    made = passkeys.read_new(session, pceen=pceen, body=body, what=_for_adding(login), site=site)
    if made is None:
        return None
    factor = SecondFactor(
        pceen_id=pceen.id,
        kind=FactorKind.passkey,
        name=name,
        credential_id=made.credential_id,
        credential_hash=queries.credential_digest(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
    )
    try:
        with session.begin_nested():
            session.add(factor)
    except IntegrityError:
        raise PasskeyTaken from None
    _have_count(session, login, factor)
    return factor


def _have_count(session: Session, login: LoginSession, factor: SecondFactor) -> None:
    """Have a factor count: an invitation, which asks for none, is worth nothing any more."""
    pceen = login.pceen
    factor.confirmed_at = factor.last_used_at = login.second_at = clock.now()
    links.drop(session, pceen=pceen, purposes=(TokenPurpose.invitation,))
    audit(session, "account.factor.confirm", pceen, after=_described(factor))
    if pceen.email is not None:
        mail = FactorAdded(to=pceen.email, locale=pceen.locale or "fr", name=factor.name)
        defer(session, mail)


def _described(factor: SecondFactor) -> dict[str, str]:
    return {"kind": str(factor.kind), "name": factor.name}


def rename(session: Session, *, pceen: PCeen, key: int, name: str) -> None:
    """Call a factor otherwise.

    Raises:
        NoSuchFactor: If it is not theirs.
    """
    factor = queries.own_factor(session, pceen, key)
    before, factor.name = _described(factor), name
    after = _described(factor)
    if before != after:
        audit(session, "account.factor.rename", pceen, before=before, after=after)


def remove(session: Session, *, pceen: PCeen, key: int) -> None:
    """Take one of their factors from someone; with the last one go the codes on paper.

    Raises:
        NoSuchFactor: If it is not theirs.
        LastFactor: If they must keep one.
    """
    lock(session, pceen)
    factor = queries.own_factor(session, pceen, key)
    is_last = len(queries.factors_of(session, pceen)) == 1
    if is_last and pceen.is_gri and SECOND_FACTOR_GRIS.get(session):
        raise LastFactor
    audit(session, "account.factor.remove", pceen, before=_described(factor))
    session.delete(factor)
    links.drop(session, pceen=pceen, purposes=_WAITING)
    if is_last:
        _drop_recovery_codes(session, pceen)
    if pceen.email is not None:
        mail = FactorRemoved(to=pceen.email, locale=pceen.locale or "fr", name=factor.name)
        defer(session, mail)


def _drop_recovery_codes(session: Session, pceen: PCeen) -> None:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.pceen_id == pceen.id))


def make_recovery_codes(session: Session, *, pceen: PCeen) -> list[str]:
    """Ten codes to keep on paper; the former ones are worth nothing any more.

    Raises:
        NoFactorYet: If there is no factor that they would stand for.
    """
    lock(session, pceen)
    if not queries.has_factor(session, pceen):
        raise NoFactorYet
    _drop_recovery_codes(session, pceen)
    codes = [tokens.new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(pceen_id=pceen.id, code_hash=second_step.recovery_digest(pceen, code))
        for code in codes
    )
    audit(session, "account.recovery.make", pceen)
    return codes


def reset(session: Session, *, pceen: PCeen, reason: str) -> None:
    """Take all their factors from someone who lost them, and end their log-ins.

    Raises:
        NoneToReset: If they have none.
    """
    lock(session, pceen)
    lost = queries.factors_of(session, pceen)
    if not lost:
        raise NoneToReset(pceen=pceen.full_name)
    before = {"factors": [factor.name for factor in lost]}
    session.execute(sa.delete(SecondFactor).where(SecondFactor.pceen_id == pceen.id))
    _drop_recovery_codes(session, pceen)
    links.drop(session, pceen=pceen, purposes=_WAITING)
    sessions.end_all(session, pceen=pceen)
    audit(session, "account.factor.reset", pceen, before=before, reason=reason)
    if pceen.email is not None:
        mail = FactorsReset(to=pceen.email, locale=pceen.locale or "fr", reason=reason)
        defer(session, mail)


def check_mandatory(session: Session, value: object) -> None:
    """Refuse that who has no second factor makes it mandatory: nobody locks oneself out.

    Raises:
        OwnFactorFirst: If they have none.
    """
    origin: Origin = session.info.get("origin", Origin())
    me = queries.pceen(session, origin.actor_id) if origin.actor_id is not None else None
    if value is True and me is not None and not queries.has_factor(session, me):
        raise OwnFactorFirst
