"""What a banner has to hold. Pure."""

from dataclasses import dataclass
from datetime import datetime

from app.modules.banners.errors import (
    AltTextNeeded,
    EndsBeforeItBegins,
    LinkOrFile,
    PictureNeeded,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What there is of a banner, once it is changed."""

    is_text: bool
    has_picture: bool
    alt_text: str
    link_url: str | None
    has_file: bool
    shown_from: datetime | None
    shown_until: datetime | None


def check_held(held: Held) -> None:
    """Refuse a banner that would show nothing, lead to two places, or never be shown.

    Raises:
        PictureNeeded, AltTextNeeded, LinkOrFile, EndsBeforeItBegins: Accordingly.
    """
    if not held.is_text and not held.has_picture:
        raise PictureNeeded
    if not held.is_text and not held.alt_text:
        raise AltTextNeeded
    if held.link_url and held.has_file:
        raise LinkOrFile
    if held.shown_from and held.shown_until and held.shown_until <= held.shown_from:
        raise EndsBeforeItBegins
