"""Tables that people bring, out of spreadsheets and banks: bytes in, rows out."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

SEPARATORS = (";", "\t", ",")

#: How files that are no text begin: archives (and .xlsx), .xls, PDF, RTF, gzip, images.
_NO_TEXT = (
    b"PK",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"{\\rtf",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: Blanks, controls, and what turns or hides the text around it.
_BLANKS = re.compile(
    "[\\s\x00-\x20\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)
#: What stands for bytes that are no character.
UNREADABLE = "\ufffd"


class NotATable(ValueError):
    """A file that is no text."""


class MalformedTable(ValueError):
    """A quoted field that does not end as it should, in the row that begins at ``line``."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of a row, and the line of the file where it begins, from 1."""

    line: int
    cells: tuple[str, ...]


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 if it is, or else Windows-1252.

    Raises:
        NotATable: If it is none.
    """
    _check_text(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            raise NotATable from None
    return _checked(text)


def decoded_by_line(content: bytes) -> str:
    """Likewise, when a few lines may be ill written: what is no character is ``UNREADABLE``.

    It is UTF-8 if half of the lines that are more than ASCII are.

    Raises:
        NotATable: If it is no text at all.
    """
    _check_text(content)
    beyond = [line for line in content.splitlines() if not line.isascii()]
    has_mark = content.startswith(b"\xef\xbb\xbf")
    is_utf8 = has_mark or 2 * sum(map(_is_utf8, beyond)) >= len(beyond)
    return _checked(content.decode("utf-8-sig" if is_utf8 else "cp1252", "replace"))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_text(content: bytes) -> None:
    if content.startswith(_NO_TEXT) or b"\0" in content:
        raise NotATable


def _checked(text: str) -> str:
    if len(_CONTROLS.findall(text)) * 20 > len(text) or not squeezed(text):
        raise NotATable
    return text


def rows(text: str, separator: str) -> Iterator[Row]:
    """The rows of a text that are not empty.

    Raises:
        MalformedTable: If a quoted field does not end as it should.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(map(squeezed, cells)):
                yield Row(start, tuple(cells))
            start = reader.line_num + 1
    except csv.Error:
        raise MalformedTable(start) from None


def squeezed(text: str) -> str:
    """A text on one line, without what cannot be seen."""
    return _BLANKS.sub(" ", text).strip()
