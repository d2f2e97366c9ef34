"""What this installation brings to the Panier Bio."""

from typing import cast

from flask import g

from app.context import current
from app.enums import PermissionScope, PermissionType
from app.modules.panier_bio.queries.options import options_of
from app.modules.panier_bio.rules.options import Options
from app.web.chosen import chosen


def manages() -> bool:
    """Whether the visitor is of the team of the Panier Bio."""
    return current.has_permission(PermissionType.write, PermissionScope.panier_bio)


def options() -> Options:
    """What the team has chosen, read once a request."""
    if "panier_bio_options" not in g:
        g.panier_bio_options = options_of(chosen())
    return cast(Options, g.panier_bio_options)
