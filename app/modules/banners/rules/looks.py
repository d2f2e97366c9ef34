"""How a banner looks: what it says of its style, and what its preset says of the rest. Pure."""

import re
from dataclasses import dataclass

from app.enums import BannerLayout, TextAlignment
from app.models import InfoBanner, InfoBannerPreset
from app.modules.banners.rules.icons import ICONS

#: What a text needs to be read: WCAG 2.2, 1.4.3.
LEGIBLE = 4.5
#: How much the colour covers the picture when nobody says it, in percent.
OPACITY = 70
COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: the name of its file, and its size in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a banner looks, all things considered."""

    background: str
    text: str
    opacity: int
    icon: str | None
    alignment: TextAlignment
    layout: BannerLayout
    picture: Shot | None

    @property
    def key(self) -> str:
        """Its colours, as its class and the address of its style sheet say them."""
        return f"{self.background[1:]}-{self.text[1:]}-{self.opacity}"

    @property
    def contrast(self) -> float:
        """The least contrast that the text may have, whatever the picture under it shows."""
        if self.picture is None:
            return contrast(self.text, self.background)
        darkest = _luminance(_covered(self.background, 0, self.opacity))
        lightest = _luminance(_covered(self.background, 255, self.opacity))
        ink = _luminance(_parts(self.text))
        return _ratio(ink, min(max(ink, darkest), lightest))

    @property
    def is_legible(self) -> bool:
        """Whether everybody can read the text."""
        return self.contrast >= LEGIBLE


def look_of(banner: InfoBanner) -> Look:
    """How a banner looks.

    Its preset has the colours, if it has one; the rest is the banner's, then the preset's.
    """
    preset = banner.preset
    if preset is None:
        return Look(
            background=banner.background_color,
            text=banner.text_color,
            opacity=_first(banner.overlay_opacity, OPACITY),
            icon=_drawn(banner.icon),
            alignment=banner.text_alignment or TextAlignment.center,
            layout=banner.layout_style or BannerLayout.vertical,
            picture=shot(banner),
        )
    below = look_of_preset(preset)
    return Look(
        background=below.background,
        text=below.text,
        opacity=_first(banner.overlay_opacity, below.opacity),
        icon=_drawn(banner.icon) or below.icon,
        alignment=banner.text_alignment or below.alignment,
        layout=banner.layout_style or below.layout,
        picture=shot(banner) or below.picture,
    )


def look_of_preset(preset: InfoBannerPreset) -> Look:
    """How a banner looks that leaves everything to its preset."""
    return Look(
        background=preset.background_color,
        text=preset.text_color,
        opacity=preset.overlay_opacity,
        icon=_drawn(preset.icon),
        alignment=preset.text_alignment,
        layout=preset.layout_style,
        picture=shot(preset),
    )


def shot(row: InfoBanner | InfoBannerPreset) -> Shot | None:
    """The picture of a banner or of a preset, if it has one."""
    if row.image is None:
        return None
    return Shot(row.image, row.image_width or 1, row.image_height or 1)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, ``#rrggbb``: from 1 to 21 (WCAG 2.2)."""
    return _ratio(_luminance(_parts(one)), _luminance(_parts(other)))


def _first(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _drawn(icon: str | None) -> str | None:
    """An icon, if it is one of ours."""
    return icon if icon in ICONS else None


def _parts(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _covered(color: str, below: int, opacity: int) -> tuple[float, float, float]:
    """What a colour that covers a grey in part gives."""
    share = opacity / 100
    red, green, blue = (part * share + below * (1 - share) for part in _parts(color))
    return red, green, blue


def _luminance(parts: tuple[float, float, float]) -> float:
    red, green, blue = (_linear(part / 255) for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
