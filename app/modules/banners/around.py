"""What this installation brings to the banners."""

from collections.abc import Iterable, Mapping
from typing import cast

from flask import current_app, url_for

from app.context import current
from app.enums import PermissionScope, PermissionType
from app.integrations.folders import BannersFiles
from app.modules.banners.rules import sheets
from app.modules.banners.rules.looks import Look
from app.modules.banners.rules.options import Options


def manages() -> bool:
    """Whether the visitor is of the team that writes the banners."""
    return current.has_permission(PermissionType.write, PermissionScope.calendar)


def store() -> BannersFiles:
    """Where the files are."""
    return cast(BannersFiles, current_app.extensions["banners_files"])


def sheet_urls(options: Options, looks: Iterable[Look]) -> list[str]:
    """The style sheets of a page with these looks."""
    return [url_for("banners.looks", name=name) for name in sheets.names(options, looks)]


def said(look: Look) -> Mapping[str, object]:
    """A look, as the script of the preview reads it."""
    return {
        "background": look.background,
        "text": look.text,
        "opacity": look.opacity,
        "icon": look.icon or "",
        "alignment": look.alignment.value,
        "layout": look.layout.value,
        "picture": url_for("banners.image", name=look.picture.name) if look.picture else "",
    }
