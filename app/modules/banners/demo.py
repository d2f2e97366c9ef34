"""The banners of the demonstration: a preset, two texts and a picture."""

import hashlib
import math
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import current_app
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BannerLayout, TextAlignment
from app.integrations.folders import BannersFiles
from app.models import InfoBanner, InfoBannerPreset
from app.web.module import Demo
from app.web.pdf import BOLD, VENDOR

WEIGHT = 1
_WIDE, _HIGH = 1680, 720
_NAVY, _SKY, _SAND = "#152f4e", "#64b9e9", "#d5c0a9"


def load(session: Session, demo: Demo) -> None:
    """Write a preset, and banners that are shown; one is to come."""
    store: BannersFiles = current_app.extensions["banners_files"]
    store.prepare()
    preset = InfoBannerPreset(
        name="Soirée",
        background_color="#2b1d4e",
        text_color="#ffffff",
        icon="music-note-beamed",
        text_alignment=TextAlignment.left,
        layout_style=BannerLayout.horizontal,
        overlay_opacity=70,
        image=_drawn(store, "preset", _lights),
        image_width=_WIDE,
        image_height=_HIGH,
    )
    session.add(preset)
    session.flush()
    session.add_all(
        [
            InfoBanner(
                title="La rentrée des clubs",
                text_content="Tous les clubs, **un seul soir**, dans le hall.",
                icon="megaphone-fill",
                background_color=_NAVY,
                link_url="/calendar/",
                order_index=0,
            ),
            InfoBanner(
                title="Soirée au bar",
                text_content="Vendredi, concert de *la fanfare*. L'entrée est libre.",
                preset_id=preset.id,
                order_index=1,
            ),
            InfoBanner(
                title="Nettoyage de printemps",
                is_text=False,
                alt_text="Nettoyage de printemps : samedi, on vide les caves.",
                image=_drawn(store, "banner", _spring),
                image_width=_WIDE,
                image_height=_HIGH,
                background_color=_SAND,
                text_color=_NAVY,
                order_index=2,
            ),
            InfoBanner(
                title="Le gala approche",
                text_content="Les places partent vite.",
                icon="ticket-perforated-fill",
                background_color=_SKY,
                text_color=_NAVY,
                shown_from=clock.now() + timedelta(days=20),
                order_index=3,
            ),
        ]
    )
    demo.tick()


def _drawn(store: BannersFiles, of: str, draw: Callable[[Path], None]) -> str:
    """Draw a picture; the name of its file, the same each time."""
    name = f"{of}_{hashlib.sha256(of.encode()).hexdigest()[:32]}.webp"
    draw(store.file(name))
    return name


def _lights(path: Path) -> None:
    """Round lights, as those of a hall at night."""
    image = Image.new("RGB", (_WIDE, _HIGH), "#2b1d4e")
    pen = ImageDraw.Draw(image)
    for rank in range(40):
        x = _WIDE * (0.5 + 0.48 * math.sin(rank * 2.4))
        y = _HIGH * (0.5 + 0.42 * math.cos(rank * 1.7))
        size = 18 + 9 * (rank % 7)
        tone = ("#6c4bb0", "#b04b8f", "#4b74b0")[rank % 3]
        pen.ellipse([x - size, y - size, x + size, y + size], fill=tone)
    image.save(path, "WEBP", quality=80, method=2)


def _spring(path: Path) -> None:
    """A sun above hills, and what it is about."""
    image = Image.new("RGB", (_WIDE, _HIGH), _SKY)
    pen = ImageDraw.Draw(image)
    pen.ellipse([_WIDE - 420, 80, _WIDE - 180, 320], fill="#f5b63f")
    pen.ellipse([-500, _HIGH - 240, 900, _HIGH + 700], fill="#2fae7b")
    pen.ellipse([600, _HIGH - 190, _WIDE + 500, _HIGH + 800], fill="#258a62")
    letters = ImageFont.truetype(VENDOR / f"{BOLD}.ttf", 92)
    pen.text((110, 200), "Nettoyage de printemps", font=letters, fill=_NAVY, anchor="ls")
    smaller = ImageFont.truetype(VENDOR / f"{BOLD}.ttf", 54)
    pen.text((110, 290), "Samedi, on vide les caves.", font=smaller, fill=_NAVY, anchor="ls")
    image.save(path, "WEBP", quality=80, method=2)
