"""What is done to the account of someone by who looks after them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import TokenPurpose
from app.models import LoginSession, PCeen, audit, defer, public_role
from app.modules.account import queries, rules
from app.modules.account.errors import (
    AccountDisabledAlready,
    AccountEnabledAlready,
    AccountErased,
    AddressTaken,
    ErasureAsked,
    LinksEnough,
    NoAddress,
    StaleVersion,
)
from app.modules.account.mails import AccountDisabled, AccountEnabled, IdentityChanged
from app.modules.account.service import links, profile, registration, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Who someone is, as it was typed."""

    prenom: str
    nom: str
    promo: int | None
    email: str | None
    #: The language that they read; ``None`` until they choose.
    locale: str | None

    @classmethod
    def of(cls, pceen: PCeen) -> "Described":
        """Who they are now."""
        return cls(
            prenom=pceen.prenom,
            nom=pceen.nom,
            promo=pceen.promo,
            email=pceen.email,
            locale=pceen.locale,
        )

    @property
    def facts(self) -> dict[str, str | int | None]:
        """What is written down of it."""
        return {name: getattr(self, name) for name in self.__slots__}


def describe(session: Session, *, pceen: PCeen, now: Described, version: int) -> bool:
    """Write who someone is, as typed; say whether anything changed. They are told by mail.

    Raises:
        AccountError: If it was changed meanwhile, a name has no letter, or the address is
            someone else's.
    """
    rules.check_names(now.prenom, now.nom)
    lock(session, public_role(session))  # an address is taken by one at a time
    lock(session, pceen)
    if pceen.version != version:
        raise StaleVersion
    before = Described.of(pceen)
    if before == now:
        return False
    if now.email != before.email:
        _take_address(session, pceen, now.email)
    pceen.rename(prenom=now.prenom, nom=now.nom)
    pceen.promo, pceen.locale = now.promo, now.locale
    pceen.version += 1
    changed = {name for name, value in before.facts.items() if now.facts[name] != value}
    audit(
        session,
        "account.pceen.change",
        pceen,
        before={name: before.facts[name] for name in sorted(changed)},
        after={name: now.facts[name] for name in sorted(changed)},
    )
    if changed != {"locale"}:
        _tell(session, pceen, before)
    return True


def _take_address(session: Session, pceen: PCeen, email: str | None) -> None:
    """Give someone another address: the links sent to the former one are worth nothing."""
    other = queries.with_email(session, email) if email is not None else None
    if other is not None and other.id != pceen.id:
        raise AddressTaken
    pceen.email, pceen.email_confirmed_at = email, None
    links.drop(session, pceen=pceen)


def _tell(session: Session, pceen: PCeen, before: Described) -> None:
    """Tell someone what changed, at each of their addresses."""
    former = before.email if before.email != pceen.email else None
    for address in dict.fromkeys((former, pceen.email)):
        if address is not None:
            mail = IdentityChanged(
                to=address,
                locale=pceen.locale or "fr",
                full_name=pceen.full_name,
                promo=pceen.promo,
                email=pceen.email,
                former_email=former,
            )
            defer(session, mail)


def is_new(pceen: PCeen) -> bool:
    """Whether nobody has come into this account yet: it takes an invitation."""
    return not pceen.activated and pceen.password_hash is None


def send_link(session: Session, *, pceen: PCeen) -> None:
    """Send someone the way in: an invitation if they never came, else a new password.

    Raises:
        AccountError: If they are disabled, have no address, or had enough links lately.
    """
    lock(session, pceen)
    if pceen.is_disabled:
        raise AccountDisabledAlready(pceen=pceen.full_name)
    if pceen.email is None:
        raise NoAddress(pceen=pceen.full_name)
    if is_new(pceen):
        registration.send_invitation(session, pceen=pceen)
        audit(session, "account.invitation.send", pceen)
        return
    limit = profile.RESETS_FOR_PCEEN
    purpose = TokenPurpose.reset_password
    given = queries.tokens_given(session, pceen, purpose, within=limit.within)
    if given >= limit.times:
        raise LinksEnough(pceen=pceen.full_name, count=limit.times)
    profile.send_reset(session, pceen=pceen)


def end_sessions(session: Session, *, pceen: PCeen, but: LoginSession | None = None) -> None:
    """End the log-ins of someone, but one."""
    lock(session, pceen)
    sessions.end_all(session, pceen=pceen, but=but)


def disable(
    session: Session, *, pceen: PCeen, reason: str, by: PCeen | None = None, tells: bool = True
) -> None:
    """Close an account to its person: no log-in, no link; nothing is forgotten.

    They are told by mail, unless another one does.

    Raises:
        AccountDisabledAlready: If it is closed already.
    """
    lock(session, pceen)
    if pceen.is_disabled:
        raise AccountDisabledAlready(pceen=pceen.full_name)
    pceen.disabled_at, pceen.disabled_reason = clock.now(), reason
    pceen.disabled_by_id = by.id if by is not None else None
    pceen.version += 1
    links.drop(session, pceen=pceen)
    sessions.end_all(session, pceen=pceen)
    audit(
        session,
        "account.pceen.disable",
        pceen,
        before={"disabled": False},
        after={"disabled": True},
        reason=reason,
    )
    if tells and pceen.email is not None:
        mail = AccountDisabled(to=pceen.email, locale=pceen.locale or "fr", reason=reason)
        defer(session, mail)


def enable(session: Session, *, pceen: PCeen, tells: bool = True) -> None:
    """Give an account back to its person: all but the log-ins.

    They are told by mail, unless another one does.

    Raises:
        AccountEnabledAlready: If it is open already.
        AccountErased, ErasureAsked: If its person is forgotten, or asked to be.
    """
    lock(session, pceen)
    if pceen.is_erased:
        raise AccountErased
    if pceen.erasure_requested_at is not None:
        raise ErasureAsked(pceen=pceen.full_name)
    if not pceen.is_disabled:
        raise AccountEnabledAlready(pceen=pceen.full_name)
    reason = pceen.disabled_reason
    pceen.disabled_at = pceen.disabled_reason = pceen.disabled_by_id = None
    pceen.version += 1
    audit(
        session,
        "account.pceen.enable",
        pceen,
        before={"disabled": True, "reason": reason},
        after={"disabled": False},
    )
    if tells and pceen.email is not None:
        locale = pceen.locale or "fr"
        defer(session, AccountEnabled(to=pceen.email, locale=locale, username=pceen.username))
