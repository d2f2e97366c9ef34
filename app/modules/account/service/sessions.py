"""How a log-in begins and ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, passwords, tokens
from app.enums import LoginMethod
from app.integrations import metrics
from app.models import Attempt, Limit, LoginSession, OneTimeToken, PCeen, SecondFactor, audit
from app.modules.account import queries
from app.modules.account.errors import WrongCredentials

_FIVE_MINUTES = timedelta(minutes=5)
#: Failed log-ins (network-a 3.6): for one name, from one address, in all.
FAILED_FOR_NAME = Limit("login.name", 10, _FIVE_MINUTES)
FAILED_FROM_ADDRESS = Limit("login.address", 20, _FIVE_MINUTES)
FAILED_IN_ALL = Limit("login.site", 300, _FIVE_MINUTES)
#: … and from a browser that has logged into that very account before.
FAILED_FROM_KNOWN = Limit("login.known", 10, _FIVE_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What is known of the browser that asks."""

    #: Its address, or the /64 network of an IPv6 one.
    address: str
    user_agent: str
    locale: str
    #: What it was given when it first logged into the account, if it ever did.
    known_as: str | None = None


def check_attempts(session: Session, *, name: str, browser: Browser) -> None:
    """Refuse one log-in too many.

    Raises:
        TriedTooOften: If too many failed lately. A browser that the account
            knows is only answerable for itself.
    """
    if browser.known_as is not None:
        FAILED_FROM_KNOWN.check(session, browser.known_as)
        return
    FAILED_FOR_NAME.check(session, name.strip().lower())
    FAILED_FROM_ADDRESS.check(session, browser.address)
    FAILED_IN_ALL.check(session, "")


def recognise(session: Session, *, name: str, password: str) -> PCeen:
    """Who has this name and this password. Whatever is wrong, the answer is the same.

    A password that is right is kept from now on as passwords are kept today.

    Raises:
        WrongCredentials: If it is not the password of someone who may log in.
    """
    pceen = queries.called(session, name)
    kept = pceen.password_hash if pceen else None
    if not passwords.matches(password, kept) or pceen is None or pceen.is_disabled:
        raise WrongCredentials
    if pceen.password_hash and passwords.is_outdated(pceen.password_hash):
        pceen.password_hash = passwords.hashed(password)
    return pceen


def note_failure(session: Session, *, name: str, browser: Browser) -> None:
    """Count a log-in that failed, and write down why."""
    if browser.known_as is not None:
        FAILED_FROM_KNOWN.count(session, browser.known_as)
    else:
        FAILED_FOR_NAME.count(session, name.strip().lower())
        FAILED_FROM_ADDRESS.count(session, browser.address)
        FAILED_IN_ALL.count(session, "")
    pceen = queries.called(session, name)
    audit(session, "account.login.fail", pceen, reason=_why(pceen))
    metrics.logins().labels("failure").inc()


def _why(pceen: PCeen | None) -> str:
    if pceen is None:
        return "unknown"
    if pceen.is_disabled:
        return "disabled"
    return "wrong password" if pceen.password_hash else "no local password"


def log_in(
    session: Session, *, pceen: PCeen, method: LoginMethod, browser: Browser, remembered: bool
) -> LoginSession:
    """Begin the log-in of someone who has just proved who they are."""
    login = begin(session, pceen=pceen, browser=browser, method=method, remembered=remembered)
    login.proved_at = clock.now()
    session.flush()
    audit(session, "account.login.succeed", pceen)
    metrics.logins().labels("success").inc()
    return login


def begin(
    session: Session,
    *,
    pceen: PCeen,
    browser: Browser,
    method: LoginMethod,
    remembered: bool = False,
) -> LoginSession:
    """Begin a log-in, however the person was recognised."""
    pceen.activated = True
    if pceen.locale is None:
        pceen.locale = browser.locale
    login = LoginSession(
        pceen=pceen,
        method=method,
        remembered=remembered,
        address=browser.address,
        user_agent=browser.user_agent,
    )
    session.add(login)
    return login


def renew(session: Session, *, login: LoginSession) -> None:
    """Give a log-in another secret: a copy of its cookie is worth nothing any more."""
    login.secret = tokens.new_secret()
    login.token_hash = tokens.digest(login.secret)
    session.flush()


def end(session: Session, *, login: LoginSession) -> None:
    """End a log-in: its cookies are worth nothing any more."""
    audit(session, "account.login.end", login)
    session.delete(login)


def end_all(session: Session, *, pceen: PCeen, but: LoginSession | None = None) -> None:
    """End the log-ins of someone, but one."""
    others = sa.delete(LoginSession).where(LoginSession.pceen_id == pceen.id)
    if but is not None:
        others = others.where(LoginSession.id != but.id)
    session.execute(others.execution_options(synchronize_session="fetch"))
    audit(session, "account.login.end_all", pceen)


def forget_old(session: Session, *, before: datetime) -> None:
    """Forget the log-ins, links, attempts and unconfirmed factors that were over before a date."""
    session.execute(sa.delete(LoginSession).where(LoginSession.seen_at < before))
    session.execute(sa.delete(OneTimeToken).where(OneTimeToken.expires_at < before))
    session.execute(sa.delete(Attempt).where(Attempt.at < before))
    never_used = sa.and_(SecondFactor.confirmed_at.is_(None), SecondFactor.created_at < before)
    session.execute(sa.delete(SecondFactor).where(never_used))
