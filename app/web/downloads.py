"""Files that people take away, rather than pages."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias
from urllib.parse import quote

from anyascii import anyascii
from flask import Response, request

from app.core import sheets
from app.core.sheets import Column, Value

#: The formats of a table.
Sheet: TypeAlias = Literal["xlsx", "csv"]

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
#: What RFC 8187 leaves as it is, letters and digits aside.
_PLAIN = "!#$&+-.^_`|~"


def download(content: bytes, *, stem: str, extension: str) -> Response:
    """A file to keep, called *stem* by the browsers that can write it."""
    answer = Response(content, content_type=_TYPES[extension])
    answer.headers["Content-Disposition"] = _disposition(stem, extension)
    return answer


def stream(chunks: Iterable[bytes], *, stem: str, extension: str, length: int) -> Response:
    """Likewise, of *length* bytes that are read as they leave: the web server keeps none."""
    answer = Response(chunks, content_type=_TYPES[extension])
    answer.content_length = length
    answer.headers["Content-Disposition"] = _disposition(stem, extension)
    answer.headers["Accept-Ranges"] = "none"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _disposition(stem: str, extension: str) -> str:
    """The name of a file: in ASCII for the oldest browsers, then as it is (RFC 6266)."""
    name = sheets.file_name(stem, extension)
    # some browsers read "%41" as "A", even there
    plain = sheets.file_name(anyascii(stem).replace("%", "-"), extension)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_PLAIN)}"


def asked_sheet() -> Sheet | None:
    """The format that the address asks a table in; ``None`` for a page, or for nonsense."""
    asked = request.args.get("format")
    return "xlsx" if asked == "xlsx" else "csv" if asked == "csv" else None


def table_download(
    stem: str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    sheet: Sheet,
) -> Response:
    """A table to keep, as a workbook whose sheet has a *title*, or as text."""
    if sheet == "csv":
        return download(sheets.csv(columns, rows), stem=stem, extension=sheet)
    return download(sheets.xlsx(title, columns, rows), stem=stem, extension=sheet)
