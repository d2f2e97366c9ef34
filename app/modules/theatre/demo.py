"""The theatre club of the demonstration: three seasons, and one that is being prepared."""

import math
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from flask import current_app
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.integrations.folders import TheatreFiles
from app.models import ModuleText, Representation, Saison, Spectacle
from app.web.module import Demo
from app.web.pdf import BOLD, VENDOR

WEIGHT = 3
_WIDE, _HIGH = 800, 1130
_INTRODUCTION = """\
Le **club théâtre** monte deux ou trois pièces par an, de septembre à juin.

Jamais monté sur scène ? Tant mieux. On cherche aussi de la lumière, des costumes, une buvette.
"""


class _Play(NamedTuple):
    name: str
    author: str
    director: str
    text: str
    colours: tuple[str, str]


_PLAYS = (
    _Play(
        "Le Malade imaginaire",
        "Molière",
        "Adèle Aubert et Hugo Caron",
        "Argan va bien, et n'en veut rien savoir.\n\n*Deux heures, avec entracte et lavement.*",
        ("#152f4e", "#d5c0a9"),
    ),
    _Play(
        "Rhinocéros",
        "Eugène Ionesco",
        "Inès Périer",
        "Un dimanche, un rhinocéros traverse la place. Le lundi, il y en a **deux**.",
        ("#9f4216", "#f2d8a7"),
    ),
    _Play(
        "Les Physiciens",
        "Friedrich Dürrenmatt",
        "Samuel Brégançon",
        "Trois physiciens dans un asile. Lequel est fou, lequel fait semblant de l'être ?",
        ("#2b2d6e", "#ff9b85"),
    ),
    _Play(
        "Antigone",
        "Jean Anouilh",
        "Camille Roÿer",
        "Elle sait comment cela finira. Elle entre quand même.",
        ("#3a1d2e", "#e9b7b0"),
    ),
)


def load(session: Session, demo: Demo) -> None:
    """Write an introduction, seasons with their plays and posters, and performances."""
    # drawn apart: what comes after does not depend on how many plays there are
    chance = Random(demo.chance.getrandbits(64))  # noqa: S311  # the same everywhere
    store: TheatreFiles = current_app.extensions["theatre_files"]
    store.prepare()
    session.add(ModuleText(slug="theatre", content=_INTRODUCTION))
    today = clock.today()
    first = today.year - (today.month < 9)
    for age in range(demo.count(3)):
        begins = date(first - age, 9, 1)
        saison = _saison(session, f"Saison {begins.year}-{begins.year + 1}", begins)
        for rank in range(2 if age else 3):
            what = _PLAYS[(rank + age) % len(_PLAYS)]
            near = today + timedelta(days=24 + 60 * rank)
            day = near if not age else begins + timedelta(days=120 + 90 * rank)
            _play(session, chance, saison, what, day, store)
        demo.tick()
    draft = _saison(session, "Saison d'été", today + timedelta(days=200))
    draft.hidden = True


def _saison(session: Session, name: str, begins: date) -> Saison:
    saison = Saison(
        name=name,
        start_date=begins,
        description="Deux mois de répétitions par pièce, et autant de trous de mémoire.",
    )
    session.add(saison)
    session.flush()
    return saison


def _play(
    session: Session, chance: Random, saison: Saison, what: _Play, day: date, store: TheatreFiles
) -> None:
    """Put a play on, on three evenings from a *day*, with a poster."""
    name = f"spectacle_{chance.getrandbits(128):032x}.webp"
    _draw(store.poster(saison.id, name), what)
    play = Spectacle(
        saison_id=saison.id,
        name=what.name,
        author=what.author,
        director=what.director,
        description=what.text,
        ticket_link="https://billetterie.example.org/theatre" if day > clock.today() else "",
        poster=name,
        poster_width=_WIDE,
        poster_height=_HIGH,
    )
    session.add(play)
    session.flush()
    for evening in range(3):
        wall = datetime.combine(day + timedelta(days=evening), time(20, 30), tzinfo=PARIS)
        session.add(Representation(spectacle_id=play.id, date=wall))


def _draw(path: Path, what: _Play) -> None:
    """Draw a poster: curtains, a light, a title."""
    dark, light = what.colours
    image = Image.new("RGB", (_WIDE, _HIGH), dark)
    pen = ImageDraw.Draw(image)
    pen.polygon([(_WIDE / 2, 0), (120, _HIGH), (_WIDE - 120, _HIGH)], fill=light)
    for fold in range(9):
        x = _WIDE * fold / 8
        swing = 26 * math.sin(fold * 1.7)
        pen.polygon([(x - 34, 0), (x + 34, 0), (x + swing, 250)], fill=dark)
    pen.ellipse([90, _HIGH - 150, _WIDE - 90, _HIGH + 90], fill=dark)
    title = _fitting(pen, what.name)
    pen.text((_WIDE / 2, 520), what.name, font=title, fill=dark, anchor="mm")
    pen.text((_WIDE / 2, 610), what.author, font=_letters(34), fill=dark, anchor="mm")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "WEBP", quality=80, method=2)


def _fitting(pen: ImageDraw.ImageDraw, text: str) -> ImageFont.FreeTypeFont:
    """The largest letters in which a title holds in the light."""
    size = 76
    while pen.textlength(text, font=_letters(size)) > _WIDE * 0.62 and size > 20:
        size -= 4
    return _letters(size)


def _letters(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(VENDOR / f"{BOLD}.ttf", size)
