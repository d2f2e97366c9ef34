"""What this installation has around it: the provider, and which classes study this year."""

from typing import cast

from flask import abort, current_app

from app.core import clock
from app.integrations.saml import Identity, ServiceProvider
from app.modules.sso import rules
from app.modules.sso.rules import Person
from app.web import installation


def service_provider() -> ServiceProvider | None:
    """Our part in the school's log-in, if there is one."""
    return cast(ServiceProvider | None, current_app.extensions["saml"])


def service_provider_or_404() -> ServiceProvider:
    """Our part in the school's log-in, on a page that exists with it only."""
    provider = service_provider()
    if provider is None:
        abort(404)
    return provider


def person_of(identity: Identity) -> Person:
    """Whom the provider vouches for, with the class that they study in this year.

    Raises:
        Refused: If what it says cannot be kept.
    """
    calendar = installation.settings().promos
    return rules.read(identity, calendar=calendar, year=clock.today().year)
