"""How an account begins."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock, passwords, tokens
from app.core.text import titled, username_base
from app.core.transaction import lock
from app.enums import LoginMethod, TokenPurpose
from app.models import Limit, LoginSession, PCeen, TriedTooOften, audit, defer, public_role
from app.modules.account import queries, rules
from app.modules.account.choices import REZIDENT_SELF_GRANT
from app.modules.account.errors import (
    ActivationOff,
    AddressTaken,
    LinkNoLongerGood,
    NameTaken,
)
from app.modules.account.mails import AccountRegistered, Invitation, RegistrationAttempted
from app.modules.account.service import links
from app.modules.account.service.sessions import Browser, begin

#: Accounts made, and tried to be made, from one address.
MADE = Limit("account.registered", 5, timedelta(hours=1))
TRIED = Limit("account.registration", 10, timedelta(hours=1))
#: Mails to the owner of an address that someone else tried.
WARNED = Limit("account.registration_attempted", 1, timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who someone says they are."""

    prenom: str
    nom: str
    promo: int | None
    email: str

    @property
    def known(self) -> tuple[str, ...]:
        """What others may know of them, and use to guess their password."""
        local_part = self.email.partition("@")[0]
        return (self.prenom, self.nom, f"{self.prenom} {self.nom}", local_part, str(self.promo))


def check_identity(identity: Identity, password: str) -> None:
    """Refuse names and passwords that nobody may have, whoever exists already.

    Raises:
        AccountError: The first thing wrong.
    """
    rules.check_names(identity.prenom, identity.nom)
    username = username_base(identity.prenom, identity.nom)
    rules.check_password(password, about=(*identity.known, username))


@dataclass(frozen=True, slots=True)
class Match:
    """Someone has this name or this address already: no account was made."""

    #: Makes a Rezident of the account found, if it is the one logged into next.
    secret: str


def register(
    session: Session, *, identity: Identity, password_hash: str, browser: Browser
) -> LoginSession | Match:
    """Make the account of a new Rezident, and log them in; or tell of a match.

    Raises:
        TriedTooOften: If too many were made from this address.
    """
    lock(session, public_role(session))  # one account is made at a time
    found = _found(session, identity)
    if found is not None:
        return Match(_keep_pending(session, found, identity))
    MADE.check(session, browser.address)
    MADE.count(session, browser.address)

    pceen = _make(session, identity, password_hash=password_hash)
    pceen.activated = True
    pceen.locale = browser.locale
    grant_rezident(session, pceen=pceen)
    secret = tokens.new_secret()
    purpose = TokenPurpose.confirm_email
    links.make(session, pceen=pceen, purpose=purpose, secret=secret, email=identity.email)
    defer(
        session,
        AccountRegistered(
            to=identity.email,
            locale=pceen.locale or "fr",
            username=pceen.username,
            full_name=pceen.full_name,
            promo=pceen.promo,
            secret=secret,
        ),
    )
    login = begin(session, pceen=pceen, browser=browser, method=LoginMethod.registration)
    session.flush()
    audit(session, "account.pceen.register", pceen, after={"username": pceen.username})
    return login


def _found(session: Session, identity: Identity) -> PCeen | None:
    """The account that may be theirs: by its address, else by their names."""
    by_email = queries.with_email(session, identity.email)
    if by_email is not None:
        return by_email
    alike = queries.namesakes(
        session, prenom=identity.prenom, nom=identity.nom, promo=identity.promo
    )
    return alike[0] if alike else None


def _keep_pending(session: Session, found: PCeen, identity: Identity) -> str:
    """Keep the role for whoever proves to own the account found; warn its owner."""
    secret = tokens.new_secret()
    links.make(session, pceen=found, purpose=TokenPurpose.pending_rezident, secret=secret)
    audit(session, "account.pceen.register_match", found)
    if found.email == identity.email:
        try:
            WARNED.check(session, found.id)
        except TriedTooOften:
            return secret
        WARNED.count(session, found.id)
        defer(session, RegistrationAttempted(to=identity.email, locale=found.locale or "fr"))
    return secret


def _make(session: Session, identity: Identity, *, password_hash: str | None) -> PCeen:
    prenom, nom = titled(identity.prenom), titled(identity.nom)
    pceen = PCeen(
        username=_free_username(session, prenom, nom),
        prenom=prenom,
        nom=nom,
        promo=identity.promo,
        email=identity.email,
        password_hash=password_hash,
    )
    session.add(pceen)
    session.flush()
    return pceen


def _free_username(session: Session, prenom: str, nom: str) -> str:
    base = username_base(prenom, nom)
    taken = queries.usernames_from(session, base)
    number = 0
    while (username := base + (str(number) if number else "")) in taken:
        number += 1
    return username


def invite(session: Session, *, identity: Identity, roles: tuple[str, ...] = ()) -> str:
    """Make an account for someone, and return the secret of their invitation.

    Raises:
        AccountError: If the name or the address is someone's already.
    """
    rules.check_names(identity.prenom, identity.nom)
    lock(session, public_role(session))
    if queries.with_email(session, identity.email) is not None:
        raise AddressTaken
    if queries.namesakes(session, prenom=identity.prenom, nom=identity.nom, promo=identity.promo):
        raise NameTaken
    pceen = make_account(session, identity=identity)
    for slug in roles:
        grant(session, pceen=pceen, slug=slug)
    return send_invitation(session, pceen=pceen)


def make_account(session: Session, *, identity: Identity) -> PCeen:
    """Make the account of someone, without a password, whoever else has their name.

    Raises:
        AccountError: If a name has no letter, or the address is someone's already.
    """
    rules.check_names(identity.prenom, identity.nom)
    lock(session, public_role(session))  # one account is made at a time
    if queries.with_email(session, identity.email) is not None:
        raise AddressTaken
    pceen = _make(session, identity, password_hash=None)
    audit(
        session,
        "account.pceen.create",
        pceen,
        after={"username": pceen.username, "promo": pceen.promo, "email": pceen.email},
    )
    return pceen


def send_invitation(session: Session, *, pceen: PCeen) -> str:
    """Send an invitation, which cancels the former one; return its secret."""
    secret = tokens.new_secret()
    links.make(session, pceen=pceen, purpose=TokenPurpose.invitation, secret=secret)
    if pceen.email is not None:
        defer(
            session,
            Invitation(
                to=pceen.email,
                locale=pceen.locale or "fr",
                prenom=pceen.prenom,
                username=pceen.username,
                secret=secret,
            ),
        )
    return secret


def grant(session: Session, *, pceen: PCeen, slug: str) -> bool:
    """Give a role of the system; say whether it was not held yet."""
    lock(session, pceen)
    role = queries.role(session, slug)
    if role in pceen.roles:
        return False
    pceen.roles.append(role)
    audit(session, "account.role.give", pceen, after={"role": role.slug})
    return True


def grant_rezident(session: Session, *, pceen: PCeen) -> bool:
    """Make someone a Rezident; say whether they were not yet."""
    return grant(session, pceen=pceen, slug="rezident")


def activate_rezident(session: Session, *, pceen: PCeen) -> bool:
    """Let someone who is in the residence become a Rezident alone.

    Raises:
        ActivationOff: If the GRIs closed it.
    """
    if not REZIDENT_SELF_GRANT.get(session):
        raise ActivationOff
    return grant_rezident(session, pceen=pceen)


def claim_pending_rezident(session: Session, *, pceen: PCeen, secret: str) -> bool:
    """Make a Rezident of who has just logged in, if the role was kept for them."""
    try:
        token = queries.token(session, TokenPurpose.pending_rezident, secret)
        if token.pceen_id != pceen.id:
            return False
        links.consume(session, token=token)
    except LinkNoLongerGood:
        return False
    return grant_rezident(session, pceen=pceen)


def hash_of(password: str) -> str:
    """What is kept of a password; slow on purpose, so done outside of transactions."""
    return passwords.hashed(password)


def confirm_address(session: Session, *, pceen: PCeen, email: str) -> None:
    """Take an address that someone proved to read as theirs.

    Raises:
        AddressTaken: If it became another account's meanwhile.
    """
    lock(session, public_role(session))  # an address is taken by one at a time
    lock(session, pceen)
    other = queries.with_email(session, email)
    if other is not None and other.id != pceen.id:
        raise AddressTaken
    before = pceen.email
    pceen.email, pceen.email_confirmed_at = email, clock.now()
    if before != email:
        pceen.version += 1
        links.drop(session, pceen=pceen, purposes=(TokenPurpose.reset_password,))
    audit(session, "account.email.confirm", pceen)
