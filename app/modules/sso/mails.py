"""What the school's log-in writes."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveLink(Mail):
    """Ask the owner of an account whether it is them who log in with the school."""

    kind: ClassVar = "sso.prove_link"
    template: ClassVar = "sso/mails/prove_link.html"
    subject: ClassVar = _l("Est-ce vous qui vous connectez avec l'école ?")
    confidential: ClassVar = True

    username: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLinked(Mail):
    """Tell someone that the school opens their account from now on."""

    kind: ClassVar = "sso.account_linked"
    template: ClassVar = "sso/mails/account_linked.html"
    subject: ClassVar = _l("Votre compte s'ouvre maintenant avec celui de l'école")

    username: str
    full_name: str
    promo: int | None
    #: Whether the local password still opens it.
    keeps_password: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataNotRefreshed(Mail):
    """Tell the GRIs that nobody knows the school's provider better than before."""

    kind: ClassVar = "sso.metadata_not_refreshed"
    template: ClassVar = "sso/mails/metadata_not_refreshed.html"
    subject: ClassVar = _l("Alerte : les métadonnées de l'école ne se lisent plus")

    cause: str
    #: Whether people can still log in with the school.
    is_available: bool


MAILS: tuple[type[Mail], ...] = (MetadataNotRefreshed, ProveLink, AccountLinked)
