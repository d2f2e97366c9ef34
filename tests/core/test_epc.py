"""The text of the QR code of a transfer."""

from dataclasses import replace

import pytest

from app.core.epc import Transfer, grouped, payload

pytestmark = pytest.mark.once

TRANSFER = Transfer(
    beneficiary="GRI ESPCI",
    iban="FR14 2004 1010 0505 0001 3M02 606",
    bic=None,
    amount_cents=15_00,
    reference="INTERNET EDARTAG 12MONTHS",
)
EXAMPLE = b"""\
BCD
002
1
SCT

GRI ESPCI
FR1420041010050500013M02606
EUR15.00


INTERNET EDARTAG 12MONTHS"""


def test_the_example_is_said_byte_for_byte() -> None:
    assert payload(TRANSFER).encode() == EXAMPLE


def test_a_bic_has_its_line() -> None:
    said = payload(replace(TRANSFER, bic="psst frpp par"))

    assert said.split("\n")[4] == "PSSTFRPPPAR"


def test_lines_that_are_empty_at_the_end_are_left_out() -> None:
    said = payload(replace(TRANSFER, reference=""))

    assert said.endswith("\nEUR15.00")


@pytest.mark.parametrize(
    ("cents", "written"),
    [(1, "0.01"), (10, "0.10"), (123_456, "1234.56"), (999_999_999_99, "999999999.99")],
)
def test_an_amount_has_a_dot_and_two_decimals(cents: int, written: str) -> None:
    assert f"\nEUR{written}\n" in payload(replace(TRANSFER, amount_cents=cents))


@pytest.mark.parametrize("cents", [0, -1, 999_999_999_99 + 1])
def test_an_amount_that_nobody_can_transfer_is_refused(cents: int) -> None:
    with pytest.raises(ValueError, match="amount"):
        payload(replace(TRANSFER, amount_cents=cents))


def test_the_longest_texts_pass() -> None:
    said = payload(replace(TRANSFER, beneficiary="b" * 70, reference="r" * 140))

    assert len(said.encode()) <= 331


@pytest.mark.parametrize(
    "values",
    [
        {"beneficiary": ""},
        {"beneficiary": "b" * 71},
        {"beneficiary": "GRI\nESPCI"},
        {"beneficiary": " GRI"},
        {"beneficiary": "GRI\u2028ESPCI"},
        {"iban": " "},
        {"reference": "r" * 141},
        {"reference": "one\r\nanother"},
        {"reference": "one\n"},
    ],
)
def test_what_no_line_can_hold_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"beneficiary|reference|IBAN|end of line"):
        payload(replace(TRANSFER, **values))


def test_the_whole_is_measured_in_bytes() -> None:
    most = replace(TRANSFER, reference="é" * 130 + "r" * 7)

    assert len(payload(most).encode()) == 331
    with pytest.raises(ValueError, match="332 bytes"):
        payload(replace(most, reference=f"{most.reference}r"))


@pytest.mark.parametrize("iban", [TRANSFER.iban, "fr1420041010050500013m02606"])
def test_an_iban_is_read_by_fours(iban: str) -> None:
    assert grouped(iban) == "FR14 2004 1010 0505 0001 3M02 606"
