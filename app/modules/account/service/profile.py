"""What one changes of one's account."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock, passwords, tokens
from app.core.text import titled
from app.core.transaction import lock
from app.enums import LoginMethod, TokenPurpose
from app.models import Limit, LoginSession, OneTimeToken, PCeen, audit, defer
from app.modules.account import queries, rules
from app.modules.account.errors import (
    FactorAsked,
    NameTaken,
    StaleVersion,
    WrongCurrentPassword,
)
from app.modules.account.mails import (
    ConfirmEmail,
    EmailChanging,
    PasswordChanged,
    ProofCode,
    ResetPassword,
)
from app.modules.account.service import links, sessions
from app.modules.account.service.registration import confirm_address

#: Links to a new password: for one account, from one address.
RESETS_FOR_PCEEN = Limit("reset.pceen", 3, timedelta(hours=1))
RESETS_FROM_ADDRESS = Limit("reset.address", 10, timedelta(hours=1))
ADDRESS_CHANGES = Limit("email.change", 3, timedelta(days=1))
CODES = Limit("proof.code", 5, timedelta(hours=1))
#: Wrong passwords given as a proof.
PROOFS = Limit("proof.password", 10, timedelta(minutes=5))
#: How long a proof of who is there is good for.
PROOF_LASTS = timedelta(minutes=10)
#: How often a code may be mistyped.
CODE_TRIES = 5


def about(pceen: PCeen) -> tuple[str, ...]:
    """What others may know of someone, and use to guess their password."""
    local_part = (pceen.email or "").partition("@")[0]
    names = (pceen.prenom, pceen.nom, pceen.full_name)
    return (*names, pceen.username, local_part, str(pceen.promo or ""))


def rename(session: Session, *, pceen: PCeen, prenom: str, nom: str, version: int) -> None:
    """Change one's names, unless the school says what they are.

    Raises:
        AccountError: If they are another account's, or were changed meanwhile.
    """
    rules.check_names(prenom, nom)
    lock(session, pceen)
    if pceen.version != version:
        raise StaleVersion
    if pceen.espci_sso_enabled:
        return
    before = {"prenom": pceen.prenom, "nom": pceen.nom}
    after = {"prenom": titled(prenom), "nom": titled(nom)}
    if before in (after, {"prenom": prenom, "nom": nom}):
        return
    alike = queries.namesakes(session, **after, promo=pceen.promo)
    if any(other.id != pceen.id for other in alike):
        raise NameTaken
    pceen.rename(**after)
    pceen.version += 1
    audit(session, "account.names.change", pceen, before=before, after=after)


def ask_address(session: Session, *, pceen: PCeen, email: str) -> None:
    """Ask a new address whether it is theirs; until it answers, the old one stays.

    Raises:
        TriedTooOften: If it was asked too often today.
    """
    ADDRESS_CHANGES.check(session, pceen.id)
    ADDRESS_CHANGES.count(session, pceen.id)
    secret = tokens.new_secret()
    purpose = TokenPurpose.confirm_email
    links.make(session, pceen=pceen, purpose=purpose, secret=secret, email=email)
    locale = pceen.locale or "fr"
    defer(session, ConfirmEmail(to=email, locale=locale, secret=secret))
    if pceen.email is not None and pceen.email != email:
        defer(session, EmailChanging(to=pceen.email, locale=locale))
    audit(session, "account.email.ask", pceen)


def confirm_email(session: Session, *, token: OneTimeToken) -> None:
    """Take the address that the link was sent to.

    Raises:
        AccountError: If the link was used, or the address taken, meanwhile.
    """
    links.consume(session, token=token)
    confirm_address(session, pceen=token.pceen, email=str(token.data["email"]))


def choose_locale(session: Session, *, pceen: PCeen, locale: str) -> None:
    """Change the language one reads."""
    before, pceen.locale = pceen.locale, locale
    if before != locale:
        audit(session, "account.locale.change", pceen, after={"locale": locale})


def change_password(
    session: Session, *, pceen: PCeen, password_hash: str, kept_login: LoginSession | None
) -> None:
    """Change a password, and end every other log-in and link of *pceen*.

    The one that is kept has another secret: its cookie is to be given again.
    """
    lock(session, pceen)
    pceen.password_hash = password_hash
    links.drop(session, pceen=pceen)
    sessions.end_all(session, pceen=pceen, but=kept_login)
    if kept_login is not None:
        sessions.renew(session, login=kept_login)
    audit(session, "account.password.change", pceen)
    if pceen.email is not None:
        defer(session, PasswordChanged(to=pceen.email, locale=pceen.locale or "fr"))


def check_current(*, pceen: PCeen, password: str) -> None:
    """Refuse a password that is not the current one.

    Raises:
        WrongCurrentPassword: If it is not.
    """
    if not passwords.matches(password, pceen.password_hash):
        raise WrongCurrentPassword


def ask_reset(session: Session, *, email: str, address: str) -> None:
    """Send the link to a new password, if someone has this address.

    Raises:
        TriedTooOften: If too many were asked from this *address*.
    """
    RESETS_FROM_ADDRESS.check(session, address)
    RESETS_FROM_ADDRESS.count(session, address)
    pceen = queries.with_email(session, email)
    if pceen is None or pceen.is_disabled:
        return
    send_reset(session, pceen=pceen)


def send_reset(session: Session, *, pceen: PCeen) -> None:
    """Send the link to a new password, which cancels the former one; three an hour at most."""
    purpose = TokenPurpose.reset_password
    given = queries.tokens_given(session, pceen, purpose, within=RESETS_FOR_PCEEN.within)
    if pceen.email is None or given >= RESETS_FOR_PCEEN.times:
        return
    secret = tokens.new_secret()
    links.make(session, pceen=pceen, purpose=purpose, secret=secret, email=pceen.email)
    mail = ResetPassword(
        to=pceen.email, locale=pceen.locale or "fr", username=pceen.username, secret=secret
    )
    defer(session, mail)
    audit(session, "account.password.ask_reset", pceen)


def reset_password(session: Session, *, token: OneTimeToken, password_hash: str) -> None:
    """Set the password of who followed a link of ours, and confirm their address.

    Raises:
        LinkNoLongerGood: If the link was used meanwhile.
    """
    links.consume(session, token=token)
    pceen = token.pceen
    if token.data.get("email", pceen.email) == pceen.email and pceen.email is not None:
        pceen.email_confirmed_at = clock.now()
    change_password(session, pceen=pceen, password_hash=password_hash, kept_login=None)


def accept_invitation(
    session: Session, *, token: OneTimeToken, password_hash: str, browser: sessions.Browser
) -> LoginSession:
    """Let someone into the account that was made for them.

    Raises:
        LinkNoLongerGood: If the invitation was used meanwhile.
    """
    links.consume(session, token=token)
    pceen = token.pceen
    lock(session, pceen)
    pceen.password_hash = password_hash
    if pceen.email is not None:
        pceen.email_confirmed_at = clock.now()
    links.drop(session, pceen=pceen)
    login = sessions.begin(session, pceen=pceen, browser=browser, method=LoginMethod.invitation)
    session.flush()
    audit(session, "account.invitation.accept", pceen)
    return login


def is_proved(login: LoginSession) -> bool:
    """Whether the person proved who they are a moment ago."""
    return login.proved_at is not None and clock.now() - login.proved_at < PROOF_LASTS


def send_code(session: Session, *, pceen: PCeen) -> None:
    """Send six digits to the confirmed address, to prove who is there.

    Raises:
        TriedTooOften: If too many were asked.
        FactorAsked: If they have a second factor: it is what proves who they are.
    """
    _check_no_factor(session, pceen)
    CODES.check(session, pceen.id)
    CODES.count(session, pceen.id)
    if pceen.email is None or pceen.email_confirmed_at is None:
        return
    code = tokens.new_code()
    purpose = TokenPurpose.proof_code
    links.make(session, pceen=pceen, purpose=purpose, secret=f"{pceen.id}:{code}")
    defer(session, ProofCode(to=pceen.email, locale=pceen.locale or "fr", code=code))


def note_proof(session: Session, *, login: LoginSession) -> None:
    """Believe for a while that this is the person: they gave their password again, or the school's.

    Raises:
        FactorAsked: If they have a second factor: it is what proves who they are.
    """
    _check_no_factor(session, login.pceen)
    login.proved_at = clock.now()
    audit(session, "account.proof.give", login.pceen)


def _check_no_factor(session: Session, pceen: PCeen) -> None:
    if queries.has_factor(session, pceen):
        raise FactorAsked


def prove_by_code(session: Session, *, login: LoginSession, code: str) -> bool:
    """Believe who copies the code that was mailed; say whether it is the right one.

    After five wrong ones the code is worth nothing.

    Raises:
        FactorAsked: If they have a second factor: it is what proves who they are.
    """
    _check_no_factor(session, login.pceen)
    token = queries.waiting_code(session, login.pceen)
    if token is None:
        return False
    lock(session, token)
    if token.used_at is not None:
        return False
    if token.secret_hash != tokens.digest(f"{login.pceen_id}:{code}"):
        token.failures += 1
        if token.failures >= CODE_TRIES:
            token.used_at = clock.now()
        return False
    links.consume(session, token=token)
    login.proved_at = clock.now()
    audit(session, "account.proof.give", login.pceen)
    return True
