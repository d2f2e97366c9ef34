"""Tables for spreadsheets."""

import csv as reader
import io
import time
import tracemalloc
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.core.sheets import Column, Kind, Value, csv, file_name, xlsx

pytestmark = pytest.mark.once

TEXT = (Column("Texte"),)
COLUMNS = (
    Column("Nom"),
    Column("Nombre", Kind.number),
    Column("Montant", Kind.money, total=True),
    Column("Jour", Kind.day),
    Column("Instant", Kind.instant),
)
ROW: Sequence[Value] = (
    "Éric d'Artagnan",
    3,
    1250,
    date(2026, 11, 24),
    datetime(2026, 11, 24, 17, 30, 5, 123456, tzinfo=UTC),
)
HOSTILE = [
    '=HYPERLINK("x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "－1",  # full width
    "＝1",
    "＋1",
    "＠A1",
    "｜cmd",
    "％1",
    "\t=1",
    "\r=1",
    "\n=1",
    "|cmd",
    "%1",
    "\x00=1",
]


def sheet_of(content: bytes) -> Worksheet:
    sheet = load_workbook(io.BytesIO(content)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def fields_of(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(reader.reader(io.StringIO(text, newline=""), delimiter=";"))


def raw_parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_sheet_holds_real_numbers_dates_and_times_in_paris() -> None:
    sheet = sheet_of(xlsx("Paiements", COLUMNS, [ROW]))

    header, row, totals = sheet.iter_rows()
    assert [cell.value for cell in header] == ["Nom", "Nombre", "Montant", "Jour", "Instant"]
    assert all(cell.font.b for cell in header)
    assert [cell.value for cell in row] == [
        "Éric d'Artagnan",
        3,
        12.5,
        datetime(2026, 11, 24),  # noqa: DTZ001  # that is how openpyxl reads a date
        datetime(2026, 11, 24, 18, 30, 5),  # noqa: DTZ001
    ]
    assert [cell.data_type for cell in row] == ["s", "n", "n", "d", "d"]
    assert [cell.number_format for cell in row][2:4] == ["#,##0.00", "dd/mm/yyyy"]
    assert [cell.value for cell in totals] == ["Total", None, 12.5, None, None]


def test_a_sheet_keeps_its_header_in_sight_and_filters_its_rows() -> None:
    sheet = sheet_of(xlsx("Paiements", COLUMNS, [ROW, ROW]))

    assert (sheet.title, sheet.freeze_panes) == ("Paiements", "A2")
    assert sheet.auto_filter.ref == "A1:E3"  # not the totals
    assert sheet.column_dimensions["A"].width > len("Éric d'Artagnan")


def test_a_csv_file_has_the_same_rows() -> None:
    content = csv(COLUMNS, [ROW])

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines() == [
        "Nom;Nombre;Montant;Jour;Instant",
        "Éric d'Artagnan;3;12,50;2026-11-24;2026-11-24 18:30:05",
        "Total;;12,50;;",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_ever_run(text: str) -> None:
    content = xlsx("Noms", (Column(text),), [(text,)])

    cells = [cell for row in sheet_of(content).iter_rows() for cell in row]
    assert [cell.data_type for cell in cells] == ["s", "s"]
    assert [cell.hyperlink for cell in cells] == [None, None]
    parts = raw_parts(content)
    assert "<f>" not in parts["xl/worksheets/sheet1.xml"]
    assert not any("hyperlink" in part.lower() for part in parts if part.endswith(".rels"))
    written = csv((Column(text),), [(text,)]).decode("utf-8-sig")
    assert written.count("\"'") == 2
    assert fields_of(written.encode()) == [["'" + text.lstrip("\0")]] * 2


@pytest.mark.parametrize(
    "text", ["<r><t>x</t></r>", "<r>&</r>", "_x0041_", "https://example.org", "007", " x ", "x\ny"]
)
def test_texts_come_back_as_they_went(text: str) -> None:
    (cell,) = list(sheet_of(xlsx("T", TEXT, [(text,)])).iter_rows())[1]

    assert isinstance(cell.value, str)
    assert cell.value.replace("_x005F", "") == text  # how the format writes a literal _x0041_
    assert cell.hyperlink is None
    assert fields_of(csv(TEXT, [(text,)]))[1] == [text]


@pytest.mark.parametrize("text", ["a\ud800b", "a\x00b", "a\x1bb", "a\uffffb", "a\x85b"])
def test_what_no_file_can_hold_is_left_out(text: str) -> None:
    assert sheet_of(xlsx(text, TEXT, [(text,)]))["A2"].value == "ab"
    assert fields_of(csv(TEXT, [(text,)]))[1] == ["ab"]


@settings(database=None, deadline=None)
@given(st.text(), st.text())
def test_any_text_makes_a_valid_file(title: str, text: str) -> None:
    sheet = sheet_of(xlsx(title, TEXT, [(text,), ("fin",)]))

    assert sheet["A3"].value == "fin"
    rows = fields_of(csv(TEXT, [(text,), ("fin",)]))
    assert (len(rows), rows[-1]) == (3, ["fin"])


def test_an_export_without_rows_has_its_header_and_totals_of_zero() -> None:
    sheet = sheet_of(xlsx("Vide", COLUMNS, []))

    assert [cell.value for cell in sheet[2]] == ["Total", None, 0, None, None]
    assert fields_of(csv(COLUMNS, []))[1:] == [["Total", "", "0,00", "", ""]]
    assert sheet_of(xlsx("Vide", TEXT, [])).max_row == 1
    assert fields_of(csv(TEXT, [])) == [["Texte"]]


def test_nothing_is_an_empty_cell() -> None:
    nothing = (None,) * 5

    assert [cell.value for cell in sheet_of(xlsx("Rien", COLUMNS, [nothing]))[2]] == [None] * 5
    assert fields_of(csv(COLUMNS, [nothing]))[1] == [""] * 5


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (Kind.money, -5, "-0,05"),
        (Kind.money, 123456789, "1234567,89"),
        (Kind.number, Decimal("1.50"), "1,50"),
        (Kind.number, 0.1, "0,1"),
        (Kind.number, 1e-7, "0,0000001"),
        (Kind.number, float("nan"), ""),
        (Kind.number, True, "1"),
        (Kind.text, 12, "12"),
        (Kind.day, datetime(2026, 12, 23, 23, 30, tzinfo=UTC), "2026-12-24"),
        (Kind.instant, datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "2026-07-02 00:00:00"),
    ],
)
def test_how_a_value_is_written(kind: Kind, value: Value, written: str) -> None:
    assert fields_of(csv((Column("C", kind), Column("D")), [(value, "")]))[1] == [written, ""]


def test_dates_that_spreadsheets_have_not_are_texts() -> None:
    sheet = sheet_of(xlsx("Vieux", (Column("J", Kind.day),), [(date(1815, 6, 18),)]))

    assert sheet["A2"].value == "1815-06-18"


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        (Kind.money, 1.5, TypeError),
        (Kind.number, "1", TypeError),
        (Kind.day, "2026-01-01", TypeError),
        (Kind.instant, date(2026, 1, 1), TypeError),
        (Kind.instant, datetime(2026, 1, 1), ValueError),  # noqa: DTZ001  # what is refused
    ],
)
def test_a_value_that_is_not_of_its_column_is_a_mistake(
    kind: Kind, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        csv((Column("C", kind),), [(value,)])


def test_a_row_has_as_many_values_as_there_are_columns() -> None:
    with pytest.raises(ValueError, match="zip"):
        csv(TEXT, [("a", "b")])


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Paiements [2026]: a/b\\c*?", "Paiements 2026 a b c"),
        ("x" * 40, "x" * 31),
        ("'a'", "a"),
        ("[]", "Export"),
        ("History", "Export"),
        ("😀" * 20, "😀" * 15),
    ],
)
def test_the_name_of_a_sheet(title: str, name: str) -> None:
    assert sheet_of(xlsx(title, TEXT, [])).title == name


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("paiements 2026", "paiements 2026.csv"),
        ("../../etc/passwd", "-..-etc-passwd.csv"),
        ("a\\b:c\r\nd\x00e\u202ef", "a-b-c def.csv"),
        ("x" * 200, "x" * 96 + ".csv"),
        ("...", "export.csv"),
        ("Éléonore", "Éléonore.csv"),
    ],
)
def test_the_name_of_a_file(stem: str, name: str) -> None:
    assert file_name(stem, "csv") == name
    assert file_name(stem, ".csv") == name


@settings(database=None, deadline=None)
@given(st.text(), st.text(max_size=120))
def test_no_name_of_a_file_is_a_path(stem: str, extension: str) -> None:
    name = file_name(stem, extension)

    assert 0 < len(name) <= 100
    assert not set(name) & set("/\\\r\n\t\0")


def test_a_hundred_thousand_rows_are_soon_written_in_little_memory() -> None:
    columns = COLUMNS[:4]
    rows = (("=x", number, number, date(2026, 1, 1)) for number in range(100_000))

    started = time.monotonic()
    content = xlsx("Beaucoup", columns, rows)

    assert time.monotonic() - started < 30
    assert len(content) < 6_000_000
    tracemalloc.start()
    xlsx("Moins", columns, (("=x", number, number, None) for number in range(10_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000
