"""What is written to people about their whole account."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReady(Mail):
    """Give the link of their archive."""

    kind: ClassVar = "lives.export_ready"
    template: ClassVar = "lives/mails/export_ready.html"
    subject: ClassVar = _l("Votre archive est prête")
    confidential: ClassVar = True

    prenom: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFailed(Mail):
    """Tell someone that their archive could not be made."""

    kind: ClassVar = "lives.export_failed"
    template: ClassVar = "lives/mails/export_failed.html"
    subject: ClassVar = _l("Votre archive n'a pas pu être faite")

    prenom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureBegun(Mail):
    """Tell someone that their account is closed, and when it will be erased."""

    kind: ClassVar = "lives.erasure_begun"
    template: ClassVar = "lives/mails/erasure_begun.html"
    subject: ClassVar = _l("Votre compte va être effacé")

    prenom: str
    #: The day, as ISO 8601 writes it.
    on: str
    #: Whether a GRI asked in their place.
    by_gri: bool

    @property
    def day(self) -> date:
        return date.fromisoformat(self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureCancelled(Mail):
    """Tell someone that their account stays."""

    kind: ClassVar = "lives.erasure_cancelled"
    template: ClassVar = "lives/mails/erasure_cancelled.html"
    subject: ClassVar = _l("Votre compte ne sera pas effacé")

    prenom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsMerged(Mail):
    """Tell someone that their two accounts are one, and which."""

    kind: ClassVar = "lives.accounts_merged"
    template: ClassVar = "lives/mails/accounts_merged.html"
    subject: ClassVar = _l("Vos deux comptes n'en font plus qu'un")

    prenom: str
    username: str
    former_username: str


MAILS: tuple[type[Mail], ...] = (
    ExportReady,
    ExportFailed,
    ErasureBegun,
    ErasureCancelled,
    AccountsMerged,
)
