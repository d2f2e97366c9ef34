"""Proving that an account is one's own, before the school opens it (network-a 4.6)."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.transaction import lock
from app.enums import TokenPurpose
from app.integrations.saml import Identity
from app.models import Limit, OneTimeToken, PCeen, SsoLink, audit, defer
from app.modules.account import queries as account_queries
from app.modules.account.service import links
from app.modules.sso import queries
from app.modules.sso.errors import (
    AskTheGris,
    NoAddressToWriteTo,
    NothingToProve,
    OtherBrowser,
    SecondFactorInTheWay,
)
from app.modules.sso.mails import ProveLink
from app.modules.sso.rules import PROPOSED_AT_MOST, Person
from app.modules.sso.service import accounts
from app.modules.sso.service.accounts import Entered

#: How long one has to prove it.
PROOF_LASTS = timedelta(minutes=30)
#: Links mailed about one account.
MAILED = Limit("sso.prove_link", 3, timedelta(hours=1))


def ask(
    session: Session, *, identity: Identity, candidates: Sequence[PCeen], browser: str, then: str
) -> None:
    """Have a browser prove which of the *candidates* is whom the provider vouches for.

    Raises:
        AskTheGris: If the first of them is disabled.
    """
    if candidates[0].is_disabled:
        raise AskTheGris("the account that may be theirs is disabled")
    begun = SsoLink(
        browser_hash=tokens.digest(browser),
        identity=identity.to_json(),
        candidates=[pceen.id for pceen in candidates],
        next=then,
        expires_at=clock.now() + PROOF_LASTS,
    )
    session.add(begun)
    session.flush()


def waiting(session: Session, browser: str) -> SsoLink:
    """What this browser has to prove.

    Raises:
        NothingToProve: If there is nothing, or no longer.
    """
    found = queries.open_link(session, browser) if browser else None
    if found is None:
        raise NothingToProve
    return found


def proposed(session: Session, link: SsoLink) -> PCeen:
    """The account that is to be proved now.

    Raises:
        AskTheGris: If it was disabled, or linked, meanwhile, or too many were proposed.
    """
    if link.position >= min(len(link.candidates), PROPOSED_AT_MOST):
        raise AskTheGris("none of the accounts proposed is theirs")
    pceen = session.get(PCeen, link.candidates[link.position])
    if pceen is None or pceen.is_disabled or not queries.is_free(pceen):
        raise AskTheGris("the account that may be theirs is disabled, or someone else's")
    return pceen


def address_of(pceen: PCeen, person: Person) -> str | None:
    """Where a link proves something: a confirmed address, or one that the school vouches for."""
    is_sure = pceen.email_confirmed_at is not None or pceen.email in person.emails
    return pceen.email if is_sure else None


def mail(session: Session, *, link: SsoLink, person: Person) -> str:
    """Mail the link that proves it, and return the address that it goes to.

    Raises:
        SsoError: If there is nowhere to send it.
        TriedTooOften: If too many were sent.
    """
    _hold(session, link)
    pceen = proposed(session, link)
    address = address_of(pceen, person)
    if address is None:
        raise NoAddressToWriteTo
    MAILED.check(session, pceen.id)
    MAILED.count(session, pceen.id)
    secret = tokens.new_secret()
    links.make(session, pceen=pceen, purpose=TokenPurpose.sso_link, secret=secret, link=link.id)
    locale = pceen.locale or "fr"
    defer(session, ProveLink(to=address, locale=locale, username=pceen.username, secret=secret))
    audit(session, "sso.link.mail", pceen)
    return address


def check_browser(session: Session, *, token: OneTimeToken, browser: str) -> SsoLink:
    """What a mailed link proves, for the browser that asked for it.

    Raises:
        OtherBrowser: If it is another, or if the attempt is over.
    """
    link = queries.open_link(session, browser) if browser else None
    if link is None or token.data.get("link") != link.id:
        raise OtherBrowser
    return link


def prove_by_mail(
    session: Session, *, link: SsoLink, token: OneTimeToken, person: Person
) -> Entered:
    """Link the account of who followed the mailed link.

    Raises:
        DomainError: If the link was used, or the account changed, meanwhile.
    """
    accounts.prepare(session, person)
    _hold(session, link)
    if token.pceen_id != proposed(session, link).id:
        raise OtherBrowser
    links.consume(session, token=token)
    link.ended_at = clock.now()
    return accounts.link(session, pceen=token.pceen, person=person)


def prove_by_password(session: Session, *, link: SsoLink, pceen: PCeen, person: Person) -> Entered:
    """Link the account of who gave its password.

    Raises:
        SsoError: If the account changed, or another is proposed, meanwhile.
    """
    accounts.prepare(session, person)
    _hold(session, link)
    if proposed(session, link).id != pceen.id:
        raise NothingToProve
    if account_queries.has_factor(session, pceen):
        raise SecondFactorInTheWay
    link.ended_at = clock.now()
    return accounts.link(session, pceen=pceen, person=person, keeps_password=True)


def decline(
    session: Session, *, link: SsoLink, position: int, person: Person, locale: str
) -> Entered | None:
    """Note that the account proposed at a *position* is not theirs; return one made for them.

    There is none as long as another may be theirs.

    Raises:
        SsoError: If none is made: it takes a GRI.
    """
    accounts.prepare(session, person)
    _hold(session, link)
    if position != link.position:
        return None  # the button was pressed twice
    proposed(session, link)  # one that takes a GRI is not declined
    link.position += 1
    if link.position < len(link.candidates):
        proposed(session, link)
        return None
    if person.promo is None:
        raise AskTheGris("none of the accounts proposed is theirs, and they are no student")
    link.ended_at = clock.now()
    return accounts.create(session, person=person, locale=locale)


def _hold(session: Session, link: SsoLink) -> None:
    """Keep an attempt for oneself, as long as it is not over.

    Raises:
        NothingToProve: If it is.
    """
    lock(session, link)
    if link.ended_at is not None or link.expires_at <= clock.now():
        raise NothingToProve
