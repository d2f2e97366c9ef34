"""What is asked after the password, or the school's log-in: at log-in, and as a recent proof."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.sealing import SealBroken, Sealer
from app.core.transaction import lock
from app.enums import FactorKind, LoginMethod, TokenPurpose
from app.integrations import metrics
from app.models import (
    Limit,
    LoginSession,
    OneTimeToken,
    PCeen,
    RecoveryCode,
    SecondFactor,
    audit,
    defer,
)
from app.modules.account import queries, rules
from app.modules.account.errors import LinkNoLongerGood, StepOver
from app.modules.account.mails import FactorFailing, PasskeyCopied, RecoveryUsed
from app.modules.account.service import links, sessions
from app.modules.account.service.place import Site

logger = logging.getLogger(__name__)

#: Wrong second factors: for an account, and from a browser that has logged into it before.
FAILED = Limit("factor.pceen", 10, timedelta(hours=1))
FAILED_FROM_KNOWN = Limit("factor.known", 10, timedelta(hours=1))
#: … and those given as a proof, by someone logged in.
FAILED_PROOFS = Limit("factor.proof", 10, timedelta(hours=1))
#: How often one may be wrong before the password is asked again.
STEP_TRIES = 5


@dataclass(frozen=True, slots=True)
class Code:
    """Six digits of an application."""

    text: str


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A recovery code."""

    text: str


@dataclass(frozen=True, slots=True)
class Signed:
    """What a passkey signed, as the browser says it."""

    body: Any


Answer: TypeAlias = Code | OnPaper | Signed


def begin(session: Session, *, pceen: PCeen, method: LoginMethod, remembered: bool) -> str:
    """Have the log-in of someone recognised wait for their second factor; the secret of it."""
    secret = tokens.new_secret()
    purpose = TokenPurpose.second_step
    links.make(
        session,
        pceen=pceen,
        purpose=purpose,
        secret=secret,
        method=str(method),
        remembered=remembered,
    )
    return secret


def waiting(session: Session, secret: str) -> OneTimeToken:
    """The log-in that waits for a second factor.

    Raises:
        StepOver: If it waits no more.
    """
    try:
        return queries.token(session, TokenPurpose.second_step, secret)
    except LinkNoLongerGood:
        raise StepOver from None


def for_step(step: OneTimeToken) -> str:
    """What a passkey signs to log in."""
    return f"second:{step.id}"


def for_proof(login: LoginSession) -> str:
    """What a passkey signs to prove who is there."""
    return f"proof:{login.id}"


def log_in(
    session: Session,
    *,
    step: OneTimeToken,
    answer: Answer,
    browser: sessions.Browser,
    site: Site,
) -> LoginSession | None:
    """Begin the log-in that waits, if the second factor is right.

    Raises:
        StepOver: If it waits no more.
        TriedTooOften: If too many were wrong lately.
    """
    pceen = step.pceen
    lock(session, pceen)
    lock(session, step)
    if step.used_at is not None or pceen.is_disabled:
        raise StepOver
    limit, key = (FAILED_FROM_KNOWN, browser.known_as) if browser.known_as else (FAILED, pceen.id)
    limit.check(session, key)
    if not _is_right(session, pceen, answer, what=for_step(step), site=site):
        limit.count(session, key)
        _note_failure(session, step)
        return None
    links.consume(session, token=step)
    login = sessions.log_in(
        session,
        pceen=pceen,
        method=LoginMethod(step.data["method"]),
        browser=browser,
        remembered=step.data["remembered"] is True,
    )
    login.second_at = login.proved_at
    return login


def _note_failure(session: Session, step: OneTimeToken) -> None:
    """Count a wrong second factor; after five, the password is to be given again."""
    step.failures += 1
    pceen = step.pceen
    audit(session, "account.factor.fail", pceen)
    metrics.logins().labels("failure").inc()
    if step.failures < STEP_TRIES:
        return
    step.used_at = clock.now()
    if pceen.email is not None:
        defer(session, FactorFailing(to=pceen.email, locale=pceen.locale or "fr"))


def prove(session: Session, *, login: LoginSession, answer: Answer, site: Site) -> bool:
    """Believe for a while who gives their second factor; say whether it is right.

    Raises:
        TriedTooOften: If too many were wrong lately.
    """
    pceen = login.pceen
    lock(session, pceen)
    FAILED_PROOFS.check(session, pceen.id)
    if not _is_right(session, pceen, answer, what=for_proof(login), site=site):
        FAILED_PROOFS.count(session, pceen.id)
        audit(session, "account.factor.fail", pceen)
        return False
    login.proved_at = login.second_at = clock.now()
    audit(session, "account.proof.give", pceen)
    return True


def _is_right(session: Session, pceen: PCeen, answer: Answer, *, what: str, site: Site) -> bool:
    """Whether an answer is right; it is not a second time. The person is locked."""
    if isinstance(answer, OnPaper):
        return _use_recovery_code(session, pceen, answer.text)
    used = (
        _by_code(session, pceen, answer.text, site.sealer)
        if isinstance(answer, Code)
        else _by_passkey(session, pceen, answer.body, what=what, site=site)
    )
    if used is None:
        return False
    used.last_used_at = clock.now()
    audit(session, "account.factor.use", pceen, after={"kind": str(used.kind), "name": used.name})
    return True


def _by_code(session: Session, pceen: PCeen, code: str, sealer: Sealer) -> SecondFactor | None:
    """The application of codes of someone that shows *code*, if one does."""
    for factor in queries.factors_of(session, pceen):
        if factor.kind is FactorKind.totp and use_code(factor, code=code, sealer=sealer):
            return factor
    return None


def use_code(factor: SecondFactor, *, code: str, sealer: Sealer) -> bool:
    """Use a code of an application up, if it is one; its key is sealed afresh on the way."""
    try:
        secret = sealer.open(factor.secret or "")
    except SealBroken:
        logger.warning("the key of second factor %s cannot be read", factor.id)
        return False
    step = rules.step_of_code(secret, code, now=clock.now(), after=factor.last_step)
    if step is None:
        return False
    factor.last_step, factor.secret = step, sealer.seal(secret)
    return True


def _by_passkey(
    session: Session, pceen: PCeen, body: Any, *, what: str, site: Site
) -> SecondFactor | None:
    """The passkey of someone that signed, unless it seems to be a copy."""
    from app.modules.account.service import passkeys  # noqa: PLC0415  # large, few need it

    found = passkeys.read(session, pceen=pceen, body=body, what=what, site=site)
    if found is None:
        return None
    factor, sign_count = found
    if rules.is_copied(factor.sign_count, sign_count):
        _warn_of_copy(session, factor, sign_count)
        return None
    factor.sign_count = sign_count
    return factor


def _warn_of_copy(session: Session, factor: SecondFactor, sign_count: int) -> None:
    logger.warning("passkey %s may have been copied: its counter went back", factor.id)
    pceen = factor.pceen
    audit(
        session,
        "account.factor.fail",
        pceen,
        before={"count": factor.sign_count},
        after={"count": sign_count, "name": factor.name},
        reason="counter went back",
    )
    if pceen.email is not None:
        mail = PasskeyCopied(to=pceen.email, locale=pceen.locale or "fr", name=factor.name)
        defer(session, mail)


def _use_recovery_code(session: Session, pceen: PCeen, typed: str) -> bool:
    """Use a recovery code up, if it is one that was not; the person is told."""
    unused = sa.update(RecoveryCode).where(
        RecoveryCode.pceen_id == pceen.id,
        RecoveryCode.code_hash == recovery_digest(pceen, typed),
        RecoveryCode.used_at.is_(None),
    )
    result = session.execute(unused.values(used_at=clock.now()))
    if result.rowcount != 1:  # type: ignore[attr-defined]  # an update's result has it
        return False
    left = queries.recovery_codes_left(session, pceen)
    audit(session, "account.recovery.use", pceen, after={"left": left})
    if pceen.email is not None:
        defer(session, RecoveryUsed(to=pceen.email, locale=pceen.locale or "fr", left=left))
    return True


def recovery_digest(pceen: PCeen, code: str) -> str:
    """What is kept of a recovery code of someone, however they write it."""
    return tokens.digest(f"{pceen.id}:{rules.recovery_code(code)}")
