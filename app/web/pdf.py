"""What the PDFs of the site share: their fonts, their colours, and texts that are only texts."""

import unicodedata
from functools import cache
from html import escape
from pathlib import Path
from threading import Lock
from typing import Any

from anyascii import anyascii
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from app.core.text import has_forbidden

VENDOR = Path(__file__).parents[1] / "static/vendor"

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
NAVY, INK, SOFT = HexColor("#152f4e"), HexColor("#11273f"), HexColor("#53647a")
LINE, TINT, RED = HexColor("#d9dee5"), HexColor("#f5f1ec"), HexColor("#c3003b")
#: Around a page, and the band at its top.
MARGIN, BAND = 22 * mm, 4 * mm
NO_PADDING = [
    (f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")
]
#: Scripts that are written from the right, which needs more than a font.
_FROM_THE_RIGHT = frozenset(("R", "AL"))
#: A font's file is read while a page is drawn: one file at a time.
drawing = Lock()


@cache
def fonts() -> dict[str, TTFont]:
    """The fonts, by name, known to ReportLab from then on."""
    found = {name: TTFont(name, VENDOR / f"{name}.ttf") for name in (REGULAR, BOLD)}
    for font in found.values():
        registerFont(font)
    return found


def paragraph(text: str, size: float, colour: Color, **style: Any) -> Paragraph:
    """Words as they are, whatever they look like, on as many lines as they need."""
    look: dict[str, Any] = {"fontName": REGULAR, "leading": size * 1.35} | style
    return Paragraph(
        escape(drawable(text), quote=False),
        ParagraphStyle("", fontSize=size, textColor=colour, **look),
    )


def drawable(text: str) -> str:
    """*text* in letters that the fonts have; in ASCII, those that they lack."""
    return "".join(_drawn(letter) for letter in text)


def _drawn(letter: str) -> str:
    if has_forbidden(letter):
        return " "
    if _has_glyph(letter) and unicodedata.bidirectional(letter) not in _FROM_THE_RIGHT:
        return letter
    return str(anyascii(letter))


def _has_glyph(letter: str) -> bool:
    """Whether the fonts draw it, and ReportLab lets it be copied from the page."""
    code = ord(letter)
    return code <= 0xFFFF and all(code in font.face.charToGlyph for font in fonts().values())
