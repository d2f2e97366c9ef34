"""What a log-in by the school makes of accounts (network-a 4.5)."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.text import comparison_key
from app.core.transaction import lock
from app.enums import TokenPurpose
from app.models import PCeen, RecoveryCode, SecondFactor, audit, defer, public_role
from app.modules.account.errors import AddressTaken
from app.modules.account.mails import AccountRegistered
from app.modules.account.service import links, registration, sessions
from app.modules.account.service.classes import promo_role, promo_slug
from app.modules.sso import queries
from app.modules.sso.errors import AskTheGris, Refused, StudentsOnly
from app.modules.sso.mails import AccountLinked
from app.modules.sso.rules import Person

#: What is still good once an account is linked: it opens nothing of it.
_SPARED = (TokenPurpose.pending_rezident, TokenPurpose.contest_room)
_DROPPED = tuple(purpose for purpose in TokenPurpose if purpose not in _SPARED)


class News(enum.Enum):
    """What a log-in by the school changed of an account."""

    nothing = enum.auto()
    linked = enum.auto()
    created = enum.auto()


@dataclass(frozen=True, slots=True)
class Entered:
    """Whose account a person enters, and what it is to them."""

    pceen: PCeen
    news: News = News.nothing


def settle(session: Session, *, person: Person, locale: str) -> Entered | Sequence[PCeen]:
    """Whose account a person enters; or the accounts that may be theirs, which they have to prove.

    Raises:
        SsoError: If they enter none.
    """
    prepare(session, person)
    found = queries.known(session, person)
    if found:
        pceen = _only(found)
        _complete(session, pceen=pceen, person=person)
        return Entered(pceen)
    found = queries.confirmed(session, person)
    if found:
        pceen = _only(found)
        return link(session, pceen=pceen, person=person)
    return queries.alike(session, person) or create(session, person=person, locale=locale)


def prepare(session: Session, person: Person) -> None:
    """Have accounts made and addresses taken by one at a time; a role is made before the rest."""
    if person.promo is not None:
        promo_role(session, person.promo)
    lock(session, public_role(session))


def _only(found: Sequence[PCeen]) -> PCeen:
    """The one account found, of someone who may enter."""
    if len(found) > 1:
        raise AskTheGris("addresses of several accounts")
    if found[0].is_disabled:
        raise Refused("the account is disabled")
    return found[0]


def _complete(session: Session, *, pceen: PCeen, person: Person) -> None:
    """Fill in what a linked account lacks; what it has stays, and a difference is noted.

    Raises:
        AskTheGris: If its address became someone else's at the school.
    """
    lock(session, pceen)
    if _is_someone_else(pceen, person):
        raise AskTheGris("the address of an account with another subject")
    before = _facts(pceen)
    _fill(session, pceen=pceen, person=person)
    after = _facts(pceen)
    if after != before:
        pceen.version += 1
        audit(session, "sso.account.complete", pceen, before=before, after=after)
    _give_roles(session, pceen=pceen, person=person)
    _note_difference(session, pceen=pceen, person=person)


def _is_someone_else(pceen: PCeen, person: Person) -> bool:
    """Whether the same provider calls the owner of this account otherwise."""
    known, said = pceen.sso_subject, person.subject
    same_provider = pceen.sso_issuer == person.issuer
    return same_provider and known is not None and said is not None and known != said


def _fill(session: Session, *, pceen: PCeen, person: Person) -> None:
    """Write what is empty of what only the provider says."""
    if pceen.espci_email is None and queries.with_espci_email(session, person.email) is None:
        pceen.espci_email = person.email
    if pceen.promo is None:
        pceen.promo = person.promo
    if pceen.sso_subject is None and person.subject is not None:
        pceen.sso_issuer, pceen.sso_subject = person.issuer, person.subject
    pceen.espci_sso_enabled = True


def _facts(pceen: PCeen) -> dict[str, Any]:
    """What the provider has a say in."""
    return {
        "prenom": pceen.prenom,
        "nom": pceen.nom,
        "promo": pceen.promo,
        "espci_email": pceen.espci_email,
        "sso": pceen.espci_sso_enabled,
    }


def _give_roles(session: Session, *, pceen: PCeen, person: Person) -> None:
    if person.promo is not None:
        for slug in ("eleve", promo_slug(person.promo)):
            registration.grant(session, pceen=pceen, slug=slug)


def difference(pceen: PCeen, said: dict[str, Any]) -> dict[str, Any]:
    """What of what the provider *said* of someone is not what is kept here."""
    names = ("prenom", "nom")
    other = {
        n: said[n] for n in names if comparison_key(said[n]) != comparison_key(getattr(pceen, n))
    }
    if said["promo"] not in (None, pceen.promo):
        other["promo"] = said["promo"]
    return other


def _note_difference(session: Session, *, pceen: PCeen, person: Person) -> None:
    """Write for the GRIs what the provider says otherwise, unless it is written already."""
    said = {"prenom": person.prenom, "nom": person.nom, "promo": person.promo}
    other = difference(pceen, said)
    last = queries.last_difference(session, pceen)
    if not other or (last is not None and last.after == said):
        return
    before = {name: getattr(pceen, name) for name in said}
    audit(session, "sso.identity.differ", pceen, before=before, after=said)


def link(
    session: Session, *, pceen: PCeen, person: Person, keeps_password: bool = False
) -> Entered:
    """Have the school open an account, and nobody else who does not hold its password.

    Raises:
        SsoError: If the account was disabled, or linked, meanwhile.
    """
    prepare(session, person)
    lock(session, pceen)
    if pceen.is_disabled:
        raise AskTheGris("the account is disabled")
    if not queries.is_free(pceen):
        raise AskTheGris("the account is linked already")
    before, was_confirmed = _facts(pceen), pceen.email_confirmed_at is not None
    pceen.rename(prenom=person.prenom, nom=person.nom)
    pceen.promo = person.promo or pceen.promo
    _fill(session, pceen=pceen, person=person)
    if pceen.email in person.emails and not was_confirmed:
        pceen.email_confirmed_at = clock.now()
    pceen.activated = True
    pceen.version += 1
    sessions.end_all(session, pceen=pceen)
    links.drop(session, pceen=pceen, purposes=_DROPPED)
    if not keeps_password:
        pceen.password_hash = None
        if not was_confirmed:
            _forget_factors(session, pceen)
    audit(session, "sso.account.link", pceen, before=before, after=_facts(pceen))
    _give_roles(session, pceen=pceen, person=person)
    if pceen.email is not None:
        defer(
            session,
            AccountLinked(
                to=pceen.email,
                locale=pceen.locale or "fr",
                username=pceen.username,
                full_name=pceen.full_name,
                promo=pceen.promo,
                keeps_password=pceen.password_hash is not None,
            ),
        )
    return Entered(pceen, News.linked)


def _forget_factors(session: Session, pceen: PCeen) -> None:
    """Drop what proved the presence of whoever made the account, who may be anybody."""
    for model in (SecondFactor, RecoveryCode):
        session.execute(sa.delete(model).where(model.pceen_id == pceen.id))


def create(session: Session, *, person: Person, locale: str) -> Entered:
    """Make the account of a student of now; an address of theirs that others gave is released.

    Raises:
        StudentsOnly: If they study in no class.
        AskTheGris: If their address is that of an account that proved it.
    """
    if person.promo is None:
        raise StudentsOnly
    prepare(session, person)
    for squatter in sorted(queries.unconfirmed(session, person), key=lambda other: other.id):
        _release(session, squatter)
    identity = registration.Identity(
        prenom=person.prenom, nom=person.nom, promo=person.promo, email=person.email
    )
    try:
        pceen = registration.make_account(session, identity=identity)
    except AddressTaken:
        raise AskTheGris("the address of another account") from None
    pceen.email_confirmed_at = clock.now()
    pceen.activated, pceen.locale = True, locale
    _fill(session, pceen=pceen, person=person)
    session.flush()
    audit(session, "sso.account.create", pceen, after=_facts(pceen))
    _give_roles(session, pceen=pceen, person=person)
    defer(
        session,
        AccountRegistered(
            to=person.email,
            locale=locale,
            username=pceen.username,
            full_name=pceen.full_name,
            promo=pceen.promo,
        ),
    )
    return Entered(pceen, News.created)


def _release(session: Session, pceen: PCeen) -> None:
    """Take from an account an address that it never proved: it is someone else's."""
    lock(session, pceen)
    pceen.email, pceen.email_confirmed_at = None, None
    pceen.version += 1
    session.flush()
    purposes = (TokenPurpose.confirm_email, TokenPurpose.reset_password)
    links.drop(session, pceen=pceen, purposes=(*purposes, TokenPurpose.invitation))
    audit(session, "sso.address.release", pceen)
