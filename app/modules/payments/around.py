"""What this installation has around it: who takes money online, what follows from it."""

from typing import cast

from flask import current_app

from app.integrations.lydia import Lydia
from app.modules.payments.service.till import Till
from app.web import installation
from app.web.module import all_deliveries


def lydia() -> Lydia | None:
    """Who takes money online; ``None`` where nobody does."""
    return cast(Lydia | None, current_app.extensions["lydia"])


def till() -> Till:
    """What money needs here."""
    return Till(
        deliveries=all_deliveries(),
        lydia=lydia(),
        admins=installation.settings().admins[:1],
    )
