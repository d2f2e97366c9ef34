"""What other pages show of the school's log-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.context import Context
from app.models import PCeen
from app.modules.sso import around, queries
from app.modules.sso.service.accounts import difference
from app.web.module import Ribbon, WayIn


def way_in() -> WayIn | None:
    """The button that leads to the provider, if there is one."""
    provider = around.service_provider()
    if provider is None:
        return None
    trouble = None
    if not provider.is_available:
        trouble = _l("Le compte de l'école ne marche pas pour l'instant. Réessayez plus tard.")
    return WayIn(
        label=_l("Compte ESPCI"),
        endpoint="sso.login",
        icon="bank",
        title=_l("Je suis élève à l'ESPCI"),
        purpose=_l("Avec votre compte de l'école, rien à remplir."),
        trouble=trouble,
        proves=lambda pceen: pceen.espci_sso_enabled,
    )


@dataclass(frozen=True, slots=True)
class Link:
    """What a GRI is shown of the link of an account and the school."""

    is_linked: bool
    since: datetime | None
    espci_email: str | None
    #: What the provider says otherwise, and when it said so.
    difference: dict[str, Any]
    said_at: datetime | None


def person(session: Session, visitor: Context, pceen: PCeen) -> Link | None:  # noqa: ARG001
    """The link of an account and the school, where there is such a thing."""
    if around.service_provider() is None and not pceen.espci_sso_enabled:
        return None
    last = queries.last_difference(session, pceen)
    return Link(
        is_linked=pceen.espci_sso_enabled,
        since=queries.linked_at(session, pceen) if pceen.espci_sso_enabled else None,
        espci_email=pceen.espci_email,
        difference=difference(pceen, last.after) if last is not None and last.after else {},
        said_at=last.at if last is not None else None,
    )


def ribbon(session: Session, visitor: Context) -> Ribbon | None:  # noqa: ARG001
    """What asks who has no address any more for one."""
    pceen = visitor.pceen
    if pceen is None or pceen.email is not None or pceen.is_erased or visitor.is_doas:
        return None
    return Ribbon(
        kind="address",
        text=_l("Votre compte n'a plus d'adresse e-mail : donnez-en une autre."),
        label=_l("Donner une adresse"),
        url=url_for("account.modify_account"),
    )
