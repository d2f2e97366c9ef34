"""Receipts, read again from their PDF."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from app.modules.payments.exports import Receipt, receipt_pdf

pytestmark = pytest.mark.once

RECEIPT = Receipt(
    number=42,
    payer="Élise d'Artagnan",
    email="elise@example.org",
    payed_at=datetime(2026, 7, 14, 22, 30, tzinfo=UTC),
    amount_cents=1_234_50,
    method="Virement",
    what="12 mois",
    details=(("Du", "15 juillet 2026"), ("Au", "15 juillet 2027")),
    transaction="LYD-8F2A",
    beneficiary="GRI ESPCI",
    site="https://pem.example.org",
    is_revoked=False,
)


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        yield


def read(receipt: Receipt) -> PdfReader:
    reader = PdfReader(BytesIO(receipt_pdf(receipt)))
    assert len(reader.pages) == 1
    return reader


def text_of(receipt: Receipt) -> str:
    """What its only page says, blanks made plain."""
    return " ".join(read(receipt).pages[0].extract_text().split())


def test_a_receipt_says_who_paid_what_when_and_how() -> None:
    said = text_of(RECEIPT)

    for part in (
        "Reçu n° 42",
        "1 234,50 €",
        "12 mois",
        "Payé par Élise d'Artagnan",
        "Adresse e-mail elise@example.org",
        "Payé le mercredi 15 juillet 2026 à 0 h 30",
        "Moyen de paiement Virement",
        "Transaction LYD-8F2A",
        "Du 15 juillet 2026",
        "Au 15 juillet 2027",
        "Bénéficiaire GRI ESPCI",
        "https://pem.example.org",
    ):
        assert part in said
    assert "Annulé" not in said


def test_figures_and_dates_are_written_as_the_reader_does(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        said = text_of(RECEIPT)
        reader = read(RECEIPT)

    assert "€1,234.50" in said
    assert "Wednesday 15 July 2026" in said
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_what_is_unknown_has_no_line() -> None:
    said = text_of(replace(RECEIPT, email=None, transaction=None, details=()))

    assert "e-mail" not in said
    assert "Transaction" not in said


def test_a_payment_that_was_cancelled_says_so() -> None:
    assert "Annulé" in text_of(replace(RECEIPT, is_revoked=True))


def test_the_file_says_what_it_is() -> None:
    reader = read(RECEIPT)

    assert (reader.metadata.title, reader.metadata.author) == ("Reçu n° 42", "GRI ESPCI")
    assert reader.trailer["/Root"]["/Lang"] == "fr"
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx(
        [595.28, 841.89], abs=0.01
    )


def test_the_same_receipt_is_the_same_file() -> None:
    assert receipt_pdf(RECEIPT) == receipt_pdf(RECEIPT)
    assert receipt_pdf(RECEIPT) != receipt_pdf(replace(RECEIPT, number=43))


def test_the_file_brings_its_fonts_and_asks_for_nothing() -> None:
    reader = read(RECEIPT)

    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    used = [font.get_object() for font in fonts if "+" in font.get_object()["/BaseFont"]]
    assert {re.sub(r".*\+", "", font["/BaseFont"]) for font in used} == {
        "DejaVuSans",
        "DejaVuSans-Bold",
    }
    assert all("/FontFile2" in font["/FontDescriptor"] for font in used)
    assert "/Annots" not in reader.pages[0]
    assert b"/URI" not in receipt_pdf(RECEIPT)


@pytest.mark.parametrize(
    ("payer", "shown"),
    [
        ("<b>Ada</b> &amp; <img src='x'/>", "<b>Ada</b> &amp; <img src='x'/>"),
        ("</para><para>", "</para><para>"),
        ("%s {} %(x)s \\n", "%s {} %(x)s \\n"),
        ("Жанна Дарк", "Жанна Дарк"),
        ("Łukasz Ñuñez", "Łukasz Ñuñez"),
        ("Ada 😀", "Ada :grinning:"),
        ("李 雷", "Li Lei"),
        ("🎭", ":performing_arts:"),
        ("Ada\0\u202e Lovelace\ud800", "Ada Lovelace"),
        ("", "Payé par"),
    ],
)
def test_a_name_is_no_markup_and_stays_readable(payer: str, shown: str) -> None:
    assert shown in text_of(replace(RECEIPT, payer=payer))


def test_a_name_written_from_the_right_is_not_drawn_backwards() -> None:
    assert "Payé par mhmd" in text_of(replace(RECEIPT, payer="محمد"))


@pytest.mark.parametrize("word", ["W" * 128, "Ada " * 32, "e\u0301" * 64])
def test_a_long_name_goes_on_on_the_next_line(word: str) -> None:
    places: list[float] = []

    def visit(text: str, _matrix: object, at: list[float], _font: object, _size: float) -> None:
        if text.strip():
            places.append(at[4])

    read(replace(RECEIPT, payer=word)).pages[0].extract_text(visitor_text=visit)
    plain = "".join(text_of(replace(RECEIPT, payer=word)).split())

    assert "".join(word.split()) in plain
    assert max(places) < 595


def test_whatever_its_length_a_receipt_is_one_page() -> None:
    long = replace(
        RECEIPT,
        payer="W" * 500,
        what="x " * 500,
        method="y" * 500,
        transaction="z" * 500,
        beneficiary="b" * 500,
        details=(("Label" * 20, "v" * 2000),) * 4,
    )

    assert "v" * 20 in text_of(long)
