"""What changed of a row, for the audit."""

import enum
from datetime import datetime
from typing import Any

from app.models import InfoBanner, InfoBannerPreset

_STYLE = (
    *("background_color", "text_color", "icon", "text_alignment", "layout_style"),
    *("overlay_opacity", "image"),
)
_PRESET = ("name", *_STYLE)
_BANNER = (
    *("title", "is_text", "text_content", "alt_text", "preset_id", *_STYLE),
    *("link_url", "file", "file_name", "shown_from", "shown_until"),
)


def said(row: InfoBanner | InfoBannerPreset) -> dict[str, Any]:
    """What the audit tells of a banner, or of a preset."""
    names = _BANNER if isinstance(row, InfoBanner) else _PRESET
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
