"""What the account is told by what surrounds it: where the site is, and what seals its secrets."""

from typing import cast

from flask import current_app

from app.core.sealing import Sealer
from app.modules.account.service.place import Site
from app.settings import Settings


def site() -> Site:
    """Where we are: as the settings say, never as the request claims."""
    settings = cast(Settings, current_app.extensions["settings"])
    return Site(settings.origin, cast(Sealer, current_app.extensions["sealer"]))
