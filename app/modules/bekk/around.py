"""What this installation brings to the Bekk."""

from typing import cast

from flask import current_app

from app.context import current
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.integrations.folders import BekkFiles
from app.modules.club_q.choices import PROMO_1A


def edits() -> bool:
    """Whether the visitor publishes the Bekk."""
    return current.has_permission(PermissionType.write, PermissionScope.bekk)


def store() -> BekkFiles:
    """Where the issues of the Bekk are."""
    return cast(BekkFiles, current_app.extensions["bekk_files"])


def first_year() -> int:
    """The promo in its first year."""
    return PROMO_1A.get(db.session())
