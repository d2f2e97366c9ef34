"""Files that people take away."""

from email.message import EmailMessage
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.http import parse_options_header

from app.core.sheets import Column, Kind
from app.web.downloads import asked_sheet, download, table_download

pytestmark = pytest.mark.once

COLUMNS = (Column("Qui"), Column("Montant", Kind.money, total=True))
ROWS = (("Ada Lovelace", 400), ("=cmd()", 1250))


def disposition(stem: str, extension: str = "csv") -> tuple[str, str]:
    """The name that an old browser reads, then the one that the others do."""
    header = download(b"", stem=stem, extension=extension).headers["Content-Disposition"]
    header.encode("ascii")
    kind, names = parse_options_header(header)
    assert kind == "attachment"
    message = EmailMessage()
    message["Content-Disposition"] = header.partition("; filename*=")[0]
    return str(message.get_filename()), names["filename"]


@pytest.mark.parametrize(
    ("extension", "type_"),
    [
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("csv", "text/csv; charset=utf-8"),
        ("pdf", "application/pdf"),
    ],
)
def test_a_file_says_what_it_is(extension: str, type_: str) -> None:
    answer = download(b"\x00\xff", stem="x", extension=extension)

    assert answer.headers["Content-Type"] == type_
    assert answer.get_data() == b"\x00\xff"


@pytest.mark.parametrize(
    ("stem", "plain", "name"),
    [
        ("paiements", "paiements.csv", "paiements.csv"),
        ("Relevé d'août", "Releve d'aout.csv", "Relevé d'août.csv"),
        ("100 %41", "100 -41.csv", "100 %41.csv"),
        ("50 ½ “x”", "50 1-2 -x-.csv", "50 ½ “x”.csv"),
        ('a"; filename="b', "a-; filename=-b.csv", "a-; filename=-b.csv"),
        ("../../etc", "-..-etc.csv", "-..-etc.csv"),
        ("", "export.csv", "export.csv"),
    ],
)
def test_its_name_is_there_in_ascii_then_as_it_is(stem: str, plain: str, name: str) -> None:
    assert disposition(stem) == (plain, name)


def test_a_name_breaks_no_header() -> None:
    for name in disposition("a\r\nSet-Cookie: x\x00\u202e"):
        assert not set("\r\n\x00\u202e") & set(name)


def test_a_long_name_is_cut() -> None:
    assert [len(name) <= 100 for name in disposition("é" * 500)] == [True, True]


def test_a_table_is_a_workbook_or_a_text() -> None:
    book = load_workbook(
        BytesIO(table_download("x", "Paiements", COLUMNS, ROWS, "xlsx").get_data())
    )
    text = table_download("x", "Paiements", COLUMNS, ROWS, "csv").get_data().decode("utf-8-sig")

    assert book.sheetnames == ["Paiements"]
    assert [cell.value for cell in book["Paiements"][2]] == ["Ada Lovelace", 4]
    assert text.splitlines()[1:] == ["Ada Lovelace;4,00", '"\'=cmd()";12,50', "Total;16,50"]


@pytest.mark.parametrize(
    ("query", "sheet"),
    [("", None), ("format=xlsx", "xlsx"), ("format=csv", "csv"), ("format=exe", None)],
)
def test_the_address_asks_for_a_format_or_for_a_page(
    app: Flask, query: str, sheet: str | None
) -> None:
    with app.test_request_context(f"/?{query}"):
        assert asked_sheet() == sheet
