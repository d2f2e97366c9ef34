"""The receipt of a payment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from flask_babel import get_locale, gettext as _
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Frame, KeepInFrame, Spacer, Table, TableStyle

from app.core.money import Cents
from app.web.filters import format_euros, format_instant
from app.web.pdf import (
    BAND,
    BOLD,
    INK,
    LINE,
    MARGIN,
    NAVY,
    NO_PADDING,
    RED,
    REGULAR,
    SOFT,
    TINT,
    drawing,
    fonts,
    paragraph,
)

_WIDTH = A4[0] - 2 * MARGIN
_LABELS = 48 * mm
_MARK = 38 * mm


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
    with drawing:
        fonts()
        canvas = Canvas(buffer, pagesize=A4, invariant=1, lang=str(get_locale()))
        _describe(canvas, receipt)
        _draw_edges(canvas, receipt)
        # whatever its length, a receipt is one page
        story = KeepInFrame(_WIDTH, 0, list(_story(receipt)), mode="shrink")
        _frame().addFromList([story], canvas)
        canvas.showPage()
        canvas.save()
    return buffer.getvalue()


def _describe(canvas: Canvas, receipt: Receipt) -> None:
    """What a reader of PDF says of the file."""
    canvas.setTitle(_title(receipt))
    canvas.setAuthor(receipt.beneficiary)
    canvas.setSubject(receipt.what)
    canvas.setCreator(receipt.site)
    canvas.setViewerPreference("DisplayDocTitle", "true")


def _draw_edges(canvas: Canvas, receipt: Receipt) -> None:
    """A band at the top of the page, and at its foot where it comes from."""
    canvas.setFillColor(NAVY)
    canvas.rect(0, A4[1] - BAND, A4[0], BAND, stroke=0, fill=1)
    canvas.setFillColor(SOFT)
    canvas.setFont(REGULAR, 8.5)
    canvas.drawString(MARGIN, MARGIN / 2, receipt.site)


def _frame() -> Frame:
    """What is inside the margins."""
    return Frame(
        *(MARGIN, MARGIN, _WIDTH, A4[1] - 2 * MARGIN),
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )


def _title(receipt: Receipt) -> str:
    return str(_("Reçu n° %(number)s", number=receipt.number))


def _story(receipt: Receipt) -> Iterator[Flowable]:
    """The page, from top to bottom."""
    yield paragraph(receipt.beneficiary, 11, SOFT, fontName=BOLD)
    yield Spacer(0, 8 * mm)
    yield _heading(receipt)
    yield Spacer(0, 8 * mm)
    yield _amount(receipt)
    yield Spacer(0, 8 * mm)
    yield _table(receipt)


def _heading(receipt: Receipt) -> Table:
    """The title; beside it, whether the payment was cancelled."""
    title = paragraph(_title(receipt), 24, NAVY, fontName=BOLD)
    style = [*NO_PADDING, ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    if not receipt.is_revoked:
        return Table([[title]], [_WIDTH], style=style, hAlign="LEFT")
    frame = {"borderColor": RED, "borderWidth": 1.2, "borderPadding": 5, "borderRadius": 3}
    mark = paragraph(_("Annulé"), 13, RED, fontName=BOLD, alignment=TA_CENTER, **frame)
    return Table([[title, mark]], [_WIDTH - _MARK, _MARK - 6], style=style, hAlign="LEFT")


def _amount(receipt: Receipt) -> Table:
    """How much, in large, and what for."""
    colour = SOFT if receipt.is_revoked else NAVY
    lines = [
        [paragraph(_("Montant"), 9, SOFT)],
        [paragraph(format_euros(receipt.amount_cents), 32, colour, fontName=BOLD)],
        [paragraph(receipt.what, 11, INK)],
    ]
    style = TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), TINT),
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
    lines = [
        [paragraph(label, 9, SOFT), paragraph(said, 10.5, INK)] for label, said in _lines(receipt)
    ]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.6, LINE),
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
