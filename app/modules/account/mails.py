"""What the account writes."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRegistered(Mail):
    """Welcome someone, and ask to confirm their address."""

    kind: ClassVar = "account.registered"
    template: ClassVar = "account/mails/registered.html"
    subject: ClassVar = _l("Votre compte est créé")
    confidential: ClassVar = True

    username: str
    full_name: str
    promo: int | None
    #: What confirms their address; ``None`` for one that the school vouches for.
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationAttempted(Mail):
    """Tell the owner of an address that someone tried to register with it."""

    kind: ClassVar = "account.registration_attempted"
    template: ClassVar = "account/mails/registration_attempted.html"
    subject: ClassVar = _l("Quelqu'un a voulu créer un compte avec votre adresse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(Mail):
    """Invite someone into the account that was made for them."""

    kind: ClassVar = "account.invitation"
    template: ClassVar = "account/mails/invitation.html"
    subject: ClassVar = _l("Votre compte vous attend")
    confidential: ClassVar = True

    prenom: str
    username: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword(Mail):
    """Give the link to a new password."""

    kind: ClassVar = "account.reset_password"
    template: ClassVar = "account/mails/reset_password.html"
    subject: ClassVar = _l("Votre nouveau mot de passe")
    confidential: ClassVar = True

    username: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Mail):
    """Tell someone that their password is another."""

    kind: ClassVar = "account.password_changed"
    template: ClassVar = "account/mails/password_changed.html"
    subject: ClassVar = _l("Votre mot de passe a changé")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmEmail(Mail):
    """Ask the new address whether it is theirs."""

    kind: ClassVar = "account.confirm_email"
    template: ClassVar = "account/mails/confirm_email.html"
    subject: ClassVar = _l("Confirmez votre adresse")
    confidential: ClassVar = True

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanging(Mail):
    """Tell the former address that another is to take its place."""

    kind: ClassVar = "account.email_changing"
    template: ClassVar = "account/mails/email_changing.html"
    subject: ClassVar = _l("Votre adresse va changer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofCode(Mail):
    """Give six digits that prove who is there."""

    kind: ClassVar = "account.proof_code"
    template: ClassVar = "account/mails/proof_code.html"
    subject: ClassVar = _l("Votre code : il est valable dix minutes")
    confidential: ClassVar = True

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChanged(Mail):
    """Tell someone what a GRI changed of who they are."""

    kind: ClassVar = "account.identity_changed"
    template: ClassVar = "account/mails/identity_changed.html"
    subject: ClassVar = _l("Vos informations ont changé")

    full_name: str
    promo: int | None
    #: The address from now on, and the former one when it changed.
    email: str | None
    former_email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDisabled(Mail):
    """Tell someone that their account is closed to them, and why."""

    kind: ClassVar = "account.disabled"
    template: ClassVar = "account/mails/disabled.html"
    subject: ClassVar = _l("Votre compte est désactivé")

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEnabled(Mail):
    """Tell someone that their account is theirs again."""

    kind: ClassVar = "account.enabled"
    template: ClassVar = "account/mails/enabled.html"
    subject: ClassVar = _l("Votre compte est rouvert")

    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAdded(Mail):
    """Tell someone that their account has one second factor more."""

    kind: ClassVar = "account.factor_added"
    template: ClassVar = "account/mails/factor_added.html"
    subject: ClassVar = _l("Un second facteur protège votre compte")

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRemoved(Mail):
    """Tell someone that their account has one second factor less."""

    kind: ClassVar = "account.factor_removed"
    template: ClassVar = "account/mails/factor_removed.html"
    subject: ClassVar = _l("Un second facteur de votre compte est retiré")

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsReset(Mail):
    """Tell someone that a GRI took their second factors away, and why."""

    kind: ClassVar = "account.factors_reset"
    template: ClassVar = "account/mails/factors_reset.html"
    subject: ClassVar = _l("Vos seconds facteurs sont retirés")

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorFailing(Mail):
    """Tell someone that whoever has their password has not their second factor."""

    kind: ClassVar = "account.factor_failing"
    template: ClassVar = "account/mails/factor_failing.html"
    subject: ClassVar = _l("Quelqu'un connaît peut-être votre mot de passe")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyCopied(Mail):
    """Tell someone that one of their passkeys may have been copied."""

    kind: ClassVar = "account.passkey_copied"
    template: ClassVar = "account/mails/passkey_copied.html"
    subject: ClassVar = _l("Une de vos clés d'accès a peut-être été copiée")

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryUsed(Mail):
    """Tell someone that a recovery code was used, and how many are left."""

    kind: ClassVar = "account.recovery_used"
    template: ClassVar = "account/mails/recovery_used.html"
    subject: ClassVar = _l("Un de vos codes de secours vient de servir")

    left: int


MAILS: tuple[type[Mail], ...] = (
    AccountRegistered,
    RegistrationAttempted,
    Invitation,
    ResetPassword,
    PasswordChanged,
    ConfirmEmail,
    EmailChanging,
    ProofCode,
    IdentityChanged,
    AccountDisabled,
    AccountEnabled,
    FactorAdded,
    FactorRemoved,
    FactorsReset,
    FactorFailing,
    PasskeyCopied,
    RecoveryUsed,
)
