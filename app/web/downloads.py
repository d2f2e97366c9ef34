"""Files that people take away, rather than pages."""

from collections.abc import Iterable, Iterator, Sequence
from io import RawIOBase
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from anyascii import anyascii
from flask import Response, request, send_file

from app.core import sheets
from app.core.sheets import Column, Fact, Value

#: The formats of a table.
Sheet: TypeAlias = Literal["xlsx", "csv"]

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "json": "application/json",
    "ics": "text/calendar; charset=utf-8",
}
#: When the files of an archive were made: the same whenever it is.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
#: What RFC 8187 leaves as it is, letters and digits aside.
_PLAIN = "!#$&+-.^_`|~"


def download(content: bytes, *, stem: str, extension: str) -> Response:
    """A file to keep, called *stem* by the browsers that can write it."""
    answer = Response(content, content_type=_TYPES[extension])
    answer.headers["Content-Disposition"] = _disposition(stem, extension)
    return answer


def stream(
    chunks: Iterable[bytes], *, stem: str, extension: str, length: int | None = None
) -> Response:
    """Likewise, of *length* bytes, if that is known, made or read as they leave: none is kept."""
    answer = Response(chunks, content_type=_TYPES[extension])
    if length is not None:
        answer.content_length = length
    answer.headers["Content-Disposition"] = _disposition(stem, extension)
    answer.headers["Accept-Ranges"] = "none"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def attached(path: Path, *, stem: str, extension: str, media_type: str) -> Response:
    """A file that someone sent, under the name that it had: browsers keep it, and never show it.

    Raises:
        FileNotFoundError: If it is not there.
    """
    answer = send_file(path, mimetype=media_type, conditional=True)
    answer.headers["Content-Disposition"] = _disposition(stem, extension)
    return answer


def _disposition(stem: str, extension: str) -> str:
    """The name of a file: in ASCII for the oldest browsers, then as it is (RFC 6266)."""
    name = sheets.file_name(stem, extension).removesuffix(".")  # of what has no extension
    # some browsers read "%41" as "A", even there
    plain = sheets.file_name(anyascii(stem).replace("%", "-"), anyascii(extension))
    plain = plain.removesuffix(".")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_PLAIN)}"


def archived(entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A ZIP of files that are made one after the other, by name: no more than one is held."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(ZipInfo(name, _ZIP_EPOCH), content, ZIP_DEFLATED)
            yield sink.taken()
    yield sink.taken()


class _Sink(RawIOBase):
    """Where an archive is written before it leaves: nobody goes back in it."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._kept += content
        return len(content)

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        content = bytes(self._kept)
        self._kept.clear()
        return content


def asked_sheet() -> Sheet | None:
    """The format that the address asks a table in; ``None`` for a page, or for nonsense."""
    asked = request.args.get("format")
    return "xlsx" if asked == "xlsx" else "csv" if asked == "csv" else None


def wanted_sheet() -> Sheet:
    """The format of a table at an address that is a file: a workbook, unless text is asked."""
    return "csv" if request.args.get("format") == "csv" else "xlsx"


def table_download(
    stem: str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    sheet: Sheet,
    facts: Sequence[Fact] = (),
) -> Response:
    """A table to keep, as a workbook whose sheet has a *title*, or as text; *facts* come first."""
    if sheet == "csv":
        return download(sheets.csv(columns, rows, facts), stem=stem, extension=sheet)
    return download(sheets.xlsx(title, columns, rows, facts), stem=stem, extension=sheet)
