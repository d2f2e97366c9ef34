"""What the PDFs of Club Q share: numbered pages, titles, tables that go on over pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask_babel import get_locale, gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Table, TableStyle

from app.web.pdf import (
    BAND,
    BOLD,
    INK,
    LINE,
    MARGIN,
    NAVY,
    NO_PADDING,
    REGULAR,
    SOFT,
    TINT,
    drawable,
    drawing,
    fonts,
    paragraph,
)

#: How wide what is inside the margins is.
WIDTH = A4[0] - 2 * MARGIN
_LABELS = 42 * mm
_ROW = 9.0
#: What ReportLab leaves around what is in a page, inside the margins.
_FRAME = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file is, to who reads it and to their reader of PDF."""

    title: str
    #: The address of the site.
    site: str


class _NumberedCanvas(Canvas):
    """A canvas that knows how many pages there are once it is saved, and writes it on each."""

    def __init__(self, *args: Any, foot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._foot = foot
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # theirs
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # the stubs lack it

    def save(self) -> None:
        for state in self._kept:
            self.__dict__.update(state)
            self._draw_edges(len(self._kept))
            super().showPage()
        super().save()

    def _draw_edges(self, count: int) -> None:
        """A band at the top; at the foot, where it comes from and which page it is."""
        self.setFillColor(NAVY)
        self.rect(0, A4[1] - BAND, A4[0], BAND, stroke=0, fill=1)
        self.setFillColor(SOFT)
        self.setFont(REGULAR, 8.5)
        self.drawString(MARGIN, MARGIN / 2, drawable(self._foot))
        number = _("Page %(number)s sur %(count)s", number=self.getPageNumber(), count=count)
        self.drawRightString(A4[0] - MARGIN, MARGIN / 2, drawable(number))


def written(document: Document, story: Sequence[Flowable]) -> bytes:
    """A PDF of as many pages as it takes: the same bytes for the same content and language."""
    buffer = BytesIO()
    with drawing:
        fonts()
        template = SimpleDocTemplate(
            buffer,
            pagesize=A4,
            leftMargin=MARGIN - _FRAME,
            rightMargin=MARGIN - _FRAME,
            topMargin=MARGIN,
            bottomMargin=MARGIN,
            title=document.title,
            author="Club Q",
            creator=document.site,
            lang=str(get_locale()),
            invariant=1,
            displayDocTitle=1,
        )
        foot = f"{document.title} \N{MIDDLE DOT} {document.site}"

        def canvas(*args: Any, **kwargs: Any) -> Canvas:
            return _NumberedCanvas(*args, foot=_short(foot), **kwargs)

        template.build(list(story), canvasmaker=canvas)
    return buffer.getvalue()


def _short(text: str) -> str:
    """What fits at the foot of a page, beside its number."""
    most = 70
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def title(text: str) -> Paragraph:
    """What a file is, at its head."""
    return paragraph(text, 22, NAVY, fontName=BOLD, spaceAfter=4 * mm)


def subtitle(text: str) -> Paragraph:
    """What a part of it is."""
    return paragraph(text, 13, NAVY, fontName=BOLD, spaceBefore=8 * mm, spaceAfter=3 * mm)


def words(text: str) -> Paragraph:
    """A sentence or two."""
    return paragraph(text, 10, INK, spaceAfter=2 * mm)


def facts(pairs: Sequence[tuple[str, str]]) -> Table:
    """A label and a value a line."""
    lines = [[paragraph(label, 9, SOFT), paragraph(value, 10, INK)] for label, value in pairs]
    style = TableStyle(
        [
            *NO_PADDING,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 1.2 * mm),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2 * mm),
        ]
    )
    return Table(lines, [_LABELS, WIDTH - _LABELS], style=style, hAlign="LEFT")


def rows(
    heads: Sequence[str],
    lines: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    total: Sequence[str] | None = None,
) -> LongTable:
    """A table whose heads come again on each page; *widths* are parts of a hundred.

    Columns narrower than a sixth of the page hold numbers: they line up on the right.
    """
    is_number = [width <= 16 for width in widths]

    def cells(line: Sequence[str], **look: Any) -> list[Paragraph]:
        return [
            paragraph(one, _ROW, look.get("colour", INK), **_look(number=number, **look))
            for one, number in zip(line, is_number, strict=True)
        ]

    body = [cells(heads, colour=SOFT), *(cells(line) for line in lines)]
    if total is not None:
        body.append(cells(total, fontName=BOLD))
    style: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, 0), TINT),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2 * mm),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2 * mm),
        ("TOPPADDING", (0, 0), (-1, -1), 1.3 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5 * mm),
    ]
    return LongTable(
        body,
        [WIDTH * width / 100 for width in widths],
        style=TableStyle(style),
        repeatRows=1,
        hAlign="LEFT",
    )


def _look(*, number: bool, **look: Any) -> dict[str, Any]:
    look.pop("colour", None)
    return {**look, **({"alignment": 2} if number else {})}
