"""The receipt of a payment."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from anyascii import anyascii
from flask_babel import get_locale, gettext as _
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Frame, KeepInFrame, Paragraph, Spacer, Table, TableStyle

from app.core.money import Cents
from app.core.text import has_forbidden
from app.web.filters import format_euros, format_instant

VENDOR = Path(__file__).parents[2] / "static/vendor"

_REGULAR, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_NAVY, _INK, _SOFT = HexColor("#152f4e"), HexColor("#11273f"), HexColor("#53647a")
_LINE, _TINT, _RED = HexColor("#d9dee5"), HexColor("#f5f1ec"), HexColor("#c3003b")
_MARGIN = 22 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_LABELS = 48 * mm
_MARK = 38 * mm
_BAND = 4 * mm
_NO_PADDING = [
    (f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")
]
#: Scripts that are written from the right, which needs more than a font.
_FROM_THE_RIGHT = frozenset(("R", "AL"))
#: A font's file is read while a page is drawn: one page at a time.
_drawing = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt says."""

    number: int
    payer: str
    email: str | None
    payed_at: datetime
    amount_cents: Cents
    #: In the words of the reader, like *what* and *details*.
    method: str
    what: str
    #: A label and a value each: from when, until when…
    details: tuple[tuple[str, str], ...]
    transaction: str | None
    #: Who has the money.
    beneficiary: str
    #: The address of the site.
    site: str
    is_revoked: bool


def receipt_pdf(receipt: Receipt) -> bytes:
    """A receipt, as a page in PDF: the same bytes for the same receipt and language."""
    buffer = BytesIO()
    with _drawing:
        _fonts()
        canvas = Canvas(buffer, pagesize=A4, invariant=1, lang=str(get_locale()))
        _describe(canvas, receipt)
        _draw_edges(canvas, receipt)
        # whatever its length, a receipt is one page
        story = KeepInFrame(_WIDTH, 0, list(_story(receipt)), mode="shrink")
        _frame().addFromList([story], canvas)
        canvas.showPage()
        canvas.save()
    return buffer.getvalue()


@cache
def _fonts() -> dict[str, TTFont]:
    """The fonts, by name, known to ReportLab from then on."""
    fonts = {name: TTFont(name, VENDOR / f"{name}.ttf") for name in (_REGULAR, _BOLD)}
    for font in fonts.values():
        registerFont(font)
    return fonts


def _describe(canvas: Canvas, receipt: Receipt) -> None:
    """What a reader of PDF says of the file."""
    canvas.setTitle(_title(receipt))
    canvas.setAuthor(receipt.beneficiary)
    canvas.setSubject(receipt.what)
    canvas.setCreator(receipt.site)
    canvas.setViewerPreference("DisplayDocTitle", "true")


def _draw_edges(canvas: Canvas, receipt: Receipt) -> None:
    """A band at the top of the page, and at its foot where it comes from."""
    canvas.setFillColor(_NAVY)
    canvas.rect(0, A4[1] - _BAND, A4[0], _BAND, stroke=0, fill=1)
    canvas.setFillColor(_SOFT)
    canvas.setFont(_REGULAR, 8.5)
    canvas.drawString(_MARGIN, _MARGIN / 2, receipt.site)


def _frame() -> Frame:
    """What is inside the margins."""
    return Frame(
        *(_MARGIN, _MARGIN, _WIDTH, A4[1] - 2 * _MARGIN),
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )


def _title(receipt: Receipt) -> str:
    return str(_("Reçu n° %(number)s", number=receipt.number))


def _story(receipt: Receipt) -> Iterator[Flowable]:
    """The page, from top to bottom."""
    yield _text(receipt.beneficiary, 11, _SOFT, fontName=_BOLD)
    yield Spacer(0, 8 * mm)
    yield _heading(receipt)
    yield Spacer(0, 8 * mm)
    yield _amount(receipt)
    yield Spacer(0, 8 * mm)
    yield _table(receipt)


def _heading(receipt: Receipt) -> Table:
    """The title; beside it, whether the payment was cancelled."""
    title = _text(_title(receipt), 24, _NAVY, fontName=_BOLD)
    style = [*_NO_PADDING, ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    if not receipt.is_revoked:
        return Table([[title]], [_WIDTH], style=style, hAlign="LEFT")
    frame = {"borderColor": _RED, "borderWidth": 1.2, "borderPadding": 5, "borderRadius": 3}
    mark = _text(_("Annulé"), 13, _RED, fontName=_BOLD, alignment=TA_CENTER, **frame)
    return Table([[title, mark]], [_WIDTH - _MARK, _MARK - 6], style=style, hAlign="LEFT")


def _amount(receipt: Receipt) -> Table:
    """How much, in large, and what for."""
    colour = _SOFT if receipt.is_revoked else _NAVY
    lines = [
        [_text(_("Montant"), 9, _SOFT)],
        [_text(format_euros(receipt.amount_cents), 32, colour, fontName=_BOLD)],
        [_text(receipt.what, 11, _INK)],
    ]
    style = TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), _TINT),
            ("ROUNDEDCORNERS", [8, 8, 8, 8]),
            ("LEFTPADDING", (0, 0), (-1, -1), 7 * mm),
            ("RIGHTPADDING", (0, 0), (-1, -1), 7 * mm),
            ("TOPPADDING", (0, 0), (-1, 0), 5 * mm),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 6 * mm),
        ]
    )
    return Table(lines, [_WIDTH], style=style)


def _table(receipt: Receipt) -> Table:
    """Who paid, when and how: a label and a value a line."""
    lines = [[_text(label, 9, _SOFT), _text(said, 10.5, _INK)] for label, said in _lines(receipt)]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.6, _LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2.6 * mm),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.8 * mm),
            ("TOPPADDING", (0, 0), (0, -1), 2.6 * mm + 1.5),
        ]
    )
    return Table(lines, [_LABELS, _WIDTH - _LABELS], style=style)


def _lines(receipt: Receipt) -> Iterator[tuple[str, str]]:
    yield _("Payé par"), receipt.payer
    if receipt.email:
        yield _("Adresse e-mail"), receipt.email
    yield _("Payé le"), format_instant(receipt.payed_at)
    yield _("Moyen de paiement"), receipt.method
    if receipt.transaction:
        yield _("Transaction"), receipt.transaction
    yield from receipt.details
    yield _("Bénéficiaire"), receipt.beneficiary


def _text(text: str, size: float, colour: Color, **style: Any) -> Paragraph:
    """Words as they are, whatever they look like, on as many lines as they need."""
    look: dict[str, Any] = {"fontName": _REGULAR, "leading": size * 1.35} | style
    return Paragraph(
        escape(_drawable(text), quote=False),
        ParagraphStyle("", fontSize=size, textColor=colour, **look),
    )


def _drawable(text: str) -> str:
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
    return code <= 0xFFFF and all(code in font.face.charToGlyph for font in _fonts().values())
