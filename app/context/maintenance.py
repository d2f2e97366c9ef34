"""The site closed for work: who still comes in (network-a 8.6)."""

from typing import cast

from flask import current_app, request

from app.context.current import Context
from app.context.refusals import UnderMaintenance
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.settings import Settings

#: What answers as ever: the way in for GRIs, and what programs ask.
_SPARED_PAGES = frozenset(
    {
        "account.login",
        "account.logout",
        "account.reauth",
        "account.reauth_code",
        "account.reauth_with_code",
        "account.reauth_with_recovery",
        "account.second_step",
        "account.second_step_with_recovery",
        "account.passkey_for_proof",
        "account.passkey_for_step",
        "account.prove_with_passkey",
        "account.second_step_with_passkey",
        "home.set_locale",
        "intrarez.captive_portal",
        "operations.metrics",
        "operations.readyz",
    }
)
_SPARED_PLACES = ("/saml/", "/sw.js")


def is_on() -> bool:
    """Whether the site is closed: by its switch, as this request read it, or by the environment."""
    settings = cast(Settings, current_app.extensions["settings"])
    return settings.maintenance or db.session().info.get("maintenance") is True


def check(context: Context) -> None:
    """Stop here who is not a GRI while the site is closed; under doas, the GRI is who counts.

    Raises:
        UnderMaintenance: With a page that says until when.
    """
    if not is_on() or request.endpoint in _SPARED_PAGES:
        return
    if request.path.startswith(_SPARED_PLACES):
        return
    user = context.user
    if user is None or not user.has_permission(PermissionType.all, PermissionScope.gris):
        raise UnderMaintenance
