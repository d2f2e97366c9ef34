"""Tables that people take away, for spreadsheets: values in, bytes out."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from functools import cache
from io import BytesIO
from typing import Any, TypeAlias

from app.core.clock import PARIS, day_of
from app.core.money import euros
from app.core.text import clean, has_forbidden

#: What a row holds, before its columns say what it means.
Value: TypeAlias = str | int | float | Decimal | date | None
_Cell: TypeAlias = str | int | float | Decimal | date | None

#: What no file of ours holds: controls, halves of characters, what is not one.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
#: What a spreadsheet may run when a text begins with it, in any width.
_RUNS = frozenset("=+-@\t\r\n|%")
_NEEDS_QUOTES = re.compile(r'[;,"\t\r\n]|^\s|\s$')
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|]')
_LONGEST_FILE_NAME = 100
#: The rows of a sheet, its header and its totals included.
_MOST_ROWS = 1_048_576
_FIRST_YEAR = 1900
_NARROWEST, _WIDEST = 9, 60


class Kind(Enum):
    """What the values of a column are."""

    text = auto()
    number = auto()
    #: Cents in, euros out.
    money = auto()
    day = auto()
    #: Aware in, the time in Paris out.
    instant = auto()


_FORMATS: Mapping[Kind, str] = {
    Kind.text: "@",
    Kind.number: "General",
    Kind.money: "#,##0.00",
    Kind.day: "dd/mm/yyyy",
    Kind.instant: "dd/mm/yyyy hh:mm:ss",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, whether its sum ends it."""

    label: str
    kind: Kind = Kind.text
    total: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A line above the table: what the whole of it is about."""

    label: str
    value: Value
    kind: Kind = Kind.text


@cache
def _plain_sheet() -> type[Any]:
    """A kind of sheet whose texts are never marks: those of ``<r>…</r>`` would be."""
    from xlsxwriter.worksheet import Worksheet  # noqa: PLC0415  # large, few need it

    class PlainSheet(Worksheet):  # type: ignore[misc]  # the library says nothing of its types
        def _xml_rich_inline_string(self, string: str, attributes: Any) -> None:
            self._xml_inline_string(string, False, attributes)  # noqa: FBT003  # theirs

    return PlainSheet


def xlsx(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    facts: Sequence[Fact] = (),
) -> bytes:
    """A workbook of one sheet: *facts*, an empty line, the table."""
    from xlsxwriter import Workbook  # noqa: PLC0415  # large, few need it

    content = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(content, options) as book:
        sheet = book.add_worksheet(_title(title), worksheet_class=_plain_sheet())
        _fill(book, sheet, columns, rows, facts)
    return content.getvalue()


def csv(
    columns: Sequence[Column], rows: Iterable[Sequence[Value]], facts: Sequence[Fact] = ()
) -> bytes:
    """The same table, as text: UTF-8 with its mark, semicolons, decimal commas."""
    lines = [
        f"{_text_field(_text(one.label))};{_field(_cell(one.kind, one.value))}" for one in facts
    ]
    if facts:
        lines.append("")
    lines.append(";".join(_text_field(_text(column.label)) for column in columns))
    lines.extend(";".join(map(_field, cells)) for cells, _ in _table(columns, rows))
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def file_name(stem: str, extension: str) -> str:
    """A name that every system takes, for a file that someone downloads."""
    ending = f".{_name(extension)}"[:_LONGEST_FILE_NAME]
    room = _LONGEST_FILE_NAME - len(ending)
    return (_name(stem)[:room].rstrip(" .") or "export"[:room]) + ending


def _name(text: str) -> str:
    """A part of the name of a file."""
    flat = _NOT_IN_FILE_NAMES.sub("-", " ".join(text.split()))
    return clean("".join(c for c in flat if not has_forbidden(c))).strip(" .")


def _title(text: str) -> str:
    """The name of a sheet: 31 units of UTF-16, without what separates paths."""
    flat = " ".join(_NOT_IN_TITLES.sub(" ", _UNWRITABLE.sub("", text)).split()).strip("'")
    short = flat.encode("utf-16-le")[:62].decode("utf-16-le", "ignore").strip(" '")
    return "Export" if short.lower() in ("", "history") else short  # Excel keeps that one


def _text(text: str) -> str:
    """A text, without what a file cannot hold."""
    return _UNWRITABLE.sub("", text)


def _cell(kind: Kind, value: Value) -> _Cell:
    """What a cell holds: a text, a number, a date, a time without its zone.

    Raises:
        TypeError: If the value is not of the kind that the column says.
        ValueError: If an instant is not aware.
    """
    if value is None:
        return None
    if kind is Kind.text:
        return _text(str(value))
    if kind is Kind.money and isinstance(value, int):
        return euros(value)
    if kind is Kind.number and isinstance(value, int | float | Decimal):
        return value if math.isfinite(value) else None
    if kind is Kind.instant and isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"a naive instant: {value!r}")
        return value.astimezone(PARIS).replace(tzinfo=None, microsecond=0)
    if kind is Kind.day and isinstance(value, date):
        return day_of(value) if isinstance(value, datetime) else value
    raise TypeError(f"not a {kind.name}: {value!r}")


def _table(
    columns: Sequence[Column], rows: Iterable[Sequence[Value]]
) -> Iterator[tuple[list[_Cell], bool]]:
    """The cells of each row, then the totals if they are asked for; whether they are those."""
    sums: list[Any] = [0 for _ in columns]
    summed = [index for index, column in enumerate(columns) if column.total]
    for row in rows:
        for index in summed:
            sums[index] += row[index] or 0
        cells = [_cell(column.kind, value) for column, value in zip(columns, row, strict=True)]
        yield cells, False
    if summed:
        totals: list[_Cell] = [
            _cell(column.kind, total) if column.total else None
            for column, total in zip(columns, sums, strict=True)
        ]
        if not columns[0].total:
            totals[0] = "Total"
        yield totals, True


def _field(cell: _Cell) -> str:
    """A cell, as a field of a CSV file."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _text_field(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{Decimal(str(int(cell) if isinstance(cell, bool) else cell)):f}".replace(".", ",")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may run a text rather than show it."""
    return text != "" and unicodedata.normalize("NFKC", text[0])[:1] in _RUNS


def _text_field(text: str) -> str:
    """A text, as a field of a CSV file that no spreadsheet runs."""
    runs = is_formula(text)
    if not runs and not _NEEDS_QUOTES.search(text):
        return text
    doubled = text.replace('"', '""')
    return f'"\'{doubled}"' if runs else f'"{doubled}"'


def _fill(
    book: Any,
    sheet: Any,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    facts: Sequence[Fact],
) -> None:
    """Write the facts, the header, the rows and the totals of a sheet.

    Raises:
        ValueError: If there are more rows than a sheet can hold.
    """
    bold = book.add_format({"bold": True})
    plain = [book.add_format({"num_format": _FORMATS[column.kind]}) for column in columns]
    strong = [
        book.add_format({"num_format": _FORMATS[column.kind], "bold": True}) for column in columns
    ]
    widths = [len(column.label) for column in columns]
    for line, fact in enumerate(facts):
        sheet.write_string(line, 0, _text(fact.label), bold)
        widths[0] = max(widths[0], len(fact.label))
        if (said := _cell(fact.kind, fact.value)) is not None:
            # on the left, as texts are: the figures of the table are what lines up on the right
            style = {"num_format": _FORMATS[fact.kind], "align": "left"}
            _write(sheet, line, 1, said, book.add_format(style))
    head = len(facts) + 1 if facts else 0
    for index, column in enumerate(columns):
        sheet.write_string(head, index, _text(column.label), bold)
    last = line = head
    for line, (cells, is_total) in enumerate(_table(columns, rows), start=head + 1):
        if line >= _MOST_ROWS:
            raise ValueError(f"more than {_MOST_ROWS} rows")
        last = last if is_total else line
        for index, cell in enumerate(cells):
            if cell is not None:
                _write(sheet, line, index, cell, (strong if is_total else plain)[index])
                widths[index] = max(widths[index], _width(cell))
    _arrange(sheet, widths, head, last)


def _write(sheet: Any, row: int, column: int, cell: _Cell, style: Any) -> None:
    """Write a cell as what it is."""
    if isinstance(cell, date):
        if cell.year >= _FIRST_YEAR:
            sheet.write_datetime(row, column, cell, style)
            return
        cell = cell.isoformat()  # there are no such dates in a spreadsheet
    if isinstance(cell, str):
        sheet.write_string(row, column, cell.replace("\r\n", "\n").replace("\r", "\n"), style)
    else:
        sheet.write_number(row, column, cell, style)


def _width(cell: _Cell) -> int:
    """About how many characters wide a cell is."""
    if isinstance(cell, datetime):
        return 19
    if isinstance(cell, date):
        return 10
    return len(str(cell))


def _arrange(sheet: Any, widths: Sequence[int], head: int, last: int) -> None:
    """Make a sheet easy to read: its header stays, its rows are filtered, totals aside."""
    sheet.freeze_panes(head + 1, 0)
    sheet.autofilter(head, 0, last, len(widths) - 1)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, min(max(width + 2, _NARROWEST), _WIDEST))
