"""Statements of bank accounts."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from app.modules.payments.errors import (
    BothWays,
    LayoutUnknown,
    MalformedStatement,
    NotAStatement,
    StatementTooLong,
    TooManyFields,
    UnreadableAmount,
    UnreadableDate,
)
from app.modules.payments.rules import statement
from app.modules.payments.rules.statement import (
    LONGEST,
    Credit,
    Layout,
    guess,
    parse_amount,
    parse_day,
    read_table,
)
from tests.timing import fastest

pytestmark = pytest.mark.once

HEADER = "Date;Libellé;Montant\n"
REFERENCE = "INTERNET EDARTAG 12MONTHS"

BANKS = {
    "La Banque Postale": f"""\
Numéro Compte   ;1234567A020
Type         ;CCP
Compte tenu en  ;euros
Date            ;30/11/2026
Solde (EUROS)   ;1 234,56
Solde (FRANCS)  ;8 098,18

Date;Libellé;Montant(EUROS);Montant(FRANCS)
24/11/2026;"VIREMENT DE M DARTAGNAN {REFERENCE}";15,00;98,39
23/11/2026;"PRELEVEMENT DE EDF";-45,67;-299,57
""",
    "Crédit Agricole": f"""\
Téléchargement du 30/11/2026;


ASSOCIATION DES ELEVES
Compte de Dépôt carte n° 12345678901;
Solde au 30/11/2026 1 234,56 €

Liste des opérations du compte entre le 01/11/2026 et le 30/11/2026;

Date;Libellé;Débit euros;Crédit euros;
24/11/2026;"VIREMENT EN VOTRE FAVEUR
M DARTAGNAN
{REFERENCE}
";;15,00;
23/11/2026;"PRELEVEMENT
EDF";45,67;;
""",
    "Société Générale": f"""\
="0330201234567890";01/11/2026;30/11/2026;2;30/11/2026;1234,56 EUR

Date de l'opération;Libellé;Détail de l'écriture;Montant de l'opération;Devise
24/11/2026;VIR RECU 960488;VIR RECU 9604881985 DE: M DARTAGNAN MOTIF: {REFERENCE};15,00;EUR
23/11/2026;PRELEVEMENT;PRELEVEMENT EUROPEEN EDF;-45,67;EUR
""",
    "BNP Paribas": f"""\
Compte de chèques;Compte de chèques;****1234;30/11/2026;;1 234,56

Date operation;Libelle court;Type operation;Libelle operation;Montant operation en euro
24/11/2026;VIR SEPA RECU;Virement recu;VIR SEPA RECU /DE M DARTAGNAN /MOTIF {REFERENCE};15,00
23/11/2026;PRLV;Prelevement;EDF;-45,67
""",
    "CIC": f"""\
Date;Date de valeur;Débit;Crédit;Libellé;Solde
24/11/2026;25/11/2026;;15,00;VIR M DARTAGNAN {REFERENCE};1 234,56
23/11/2026;23/11/2026;-45,67;;PRLV SEPA EDF;1 219,56
""",
    "Caisse d'Épargne": f"""\
Date de comptabilisation;Libelle simplifie;Libelle operation;Reference;\
Informations complementaires;Type operation;Categorie;Sous categorie;Debit;Credit;\
Date operation;Date de valeur;Pointage operation
24/11/2026;M DARTAGNAN;VIR SEPA M DARTAGNAN;AB12;{REFERENCE};Virement recu;A;B;;+15,00;\
23/11/2026;24/11/2026;0
23/11/2026;EDF;PRLV EDF;CD34;;Prelevement;A;B;-45,67;;23/11/2026;23/11/2026;0
""",
    "Caisse d'Épargne, before": f"""\
Code de la banque : 17515;Code de l'agence : 90000;Date de fin : 30/11/2026
Numéro de compte : 04000000001;Nom du compte : GRI;Devise : EUR

Date;Numéro d'opération;Libellé;Débit;Crédit;Détail;
Solde en fin de période;;;;1234,56;
24/11/2026;AB12;VIR SEPA M DARTAGNAN;;15,00;{REFERENCE};
23/11/2026;CD34;PRLV EDF;-45,67;;;
;;Solde en début de période;;1265,23;
""",
    "BoursoBank": f"""\
dateOp;dateVal;label;category;categoryParent;supplierFound;amount;comment;accountNum;\
accountLabel;accountbalance
2026-11-24;2026-11-24;"VIR M DARTAGNAN {REFERENCE}";"Virements";"Virements";"";15,00;"";\
00012345;"GRI";1234.56
2026-11-23;2026-11-23;"PRLV EDF";"Energie";"Logement";"edf";"-1 045,67";"";00012345;"GRI";1219.56
""",
    "Crédit Coopératif": f"""\
Compte;Date de comptabilisation;Date opération;Libellé;Référence;Date valeur;Montant
41000012345;24/11/2026;24/11/2026;VIR M DARTAGNAN;{REFERENCE};24/11/2026;15,00
41000012345;23/11/2026;23/11/2026;PRLV EDF;AB;23/11/2026;-45,67
""",
    "Qonto": f"""\
Status,Settlement date (UTC),Settlement date (local),Operation date (UTC),\
Operation date (local),Counterparty name,Payment method,Total amount (incl. VAT),Currency,\
Reference,Note
settled,2026-11-24 10:00:00,2026-11-24 11:00:00,2026-11-24 10:00:00,2026-11-24 11:00:00,\
"DARTAGNAN, M",transfer,15.00,EUR,{REFERENCE},
settled,2026-11-23 10:00:00,2026-11-23 11:00:00,2026-11-23 10:00:00,2026-11-23 11:00:00,\
EDF,direct_debit,-45.67,EUR,AB,
""",
    "an English one": f"""\
Booking Date\tValue Date\tPartner Name\tPayment Reference\tAmount (EUR)
2026-11-24\t2026-11-24\tM DARTAGNAN\t{REFERENCE}\t15.00
2026-11-23\t2026-11-23\tEDF\t\t-45.67
""",
}


def read(text: str | bytes) -> list[Credit]:
    table = read_table(text.encode() if isinstance(text, str) else text)
    return statement.credits(table, guess(table))


def line_of(text: str) -> int:
    with pytest.raises(MalformedStatement) as refusal:
        read(text)
    line = refusal.value.details["line"]
    assert f"Ligne {line} : " in str(refusal.value.sentence) % refusal.value.details
    return int(line)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bank", BANKS)
def test_the_exports_of_every_bank_are_read(bank: str, encoding: str, end: str) -> None:
    content = BANKS[bank].replace("\n", end).encode(encoding)

    (credit,) = read(content)

    assert (credit.day, credit.amount_cents, credit.rank) == (date(2026, 11, 24), 1500, 0)
    assert REFERENCE in credit.label
    assert "DARTAGNAN" in credit.label


def test_the_columns_of_a_bank() -> None:
    table = read_table(BANKS["Caisse d'Épargne"].encode())

    assert guess(table) == Layout(
        separator=";", header=0, date=0, label=(1, 2, 3, 4), credit=9, debit=8
    )
    assert read(BANKS["Caisse d'Épargne"])[0].label == f"VIR SEPA M DARTAGNAN AB12 {REFERENCE}"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_separators_are_told_apart(separator: str) -> None:
    rows = ["Date|Libellé|Montant", '24/11/2026|"a;b,c\td ""e"""|"1 234,56"']

    (credit,) = read("\n".join(row.replace("|", separator) for row in rows))

    assert (credit.label, credit.amount_cents) == ('a;b,c d "e"', 123456)


def test_a_field_over_several_lines_counts_its_lines() -> None:
    text = HEADER + '24/11/2026;"a\nb\n\nc";1,00\n\n25/11/2026;d;2,00\n'

    first, second = read(text)

    assert (first.line, first.label) == (2, "a b c")
    assert second.line == 7


def test_a_label_is_cleaned_and_cut_but_nothing_of_it_is_run() -> None:
    labels = ["=cmd()|' /C calc'!A0", "a \x01\u202e\u200b\t b", "x" * 300, "e\u0301"]

    found = read(HEADER + "".join(f"24/11/2026;{label};1\n" for label in labels))

    assert [credit.label for credit in found] == ["=cmd()|' /C calc'!A0", "a b", "x" * 255, "é"]


def test_equal_lines_are_told_apart_by_their_rank() -> None:
    line = "24/11/2026;VIR;15,00\n"
    text = HEADER + line + "24/11/2026;VIR;4,00\n" + line + "25/11/2026;VIR;15,00\n" + line

    found = read(text)

    assert [credit.rank for credit in found] == [0, 0, 1, 0, 2]
    assert len({credit.digest for credit in found}) == 5
    assert all(len(credit.digest) == 64 for credit in found)


def test_a_file_read_again_or_saved_otherwise_gives_the_same_digests() -> None:
    rows = "24/11/2026;VIR  é;15,00\n24/11/2026;VIR é;15.00\n"
    again = "Libellé,Date,Montant\n" + "VIR é,2026-11-24,+15.0 EUR\n" * 2

    digests = [credit.digest for credit in read(HEADER + rows)]

    assert [credit.digest for credit in read((HEADER + rows).encode("cp1252"))] == digests
    assert [credit.digest for credit in read(again)] == digests


def test_debits_and_zeros_are_left_out() -> None:
    assert read(HEADER + "24/11/2026;a;-1,00\n24/11/2026;b;0,00\n") == []
    assert read("Date;Libellé;Crédit\n24/11/2026;a;\n24/11/2026;b;-1\n") == []
    assert read("Date;Libellé;Débit;Crédit\n24/11/2026;a;1,00;0,00\n24/11/2026;b;0;0\n") == []
    assert read(HEADER) == []


@pytest.mark.parametrize(
    "around",
    [
        "{};;\n",
        ";{};1 234,56\n",
        "{} ;; 1 234,56\n",
        ";;\n \t;;\n",
    ],
)
@pytest.mark.parametrize("word", ["Solde", "TOTAL", "Total des crédits", "Nouveau solde au 1/12"])
def test_sums_around_the_operations_are_left_out(around: str, word: str) -> None:
    extra = around.format(word)

    assert len(read(HEADER + extra + "24/11/2026;a;1,00\n" + extra)) == 1


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("24/11/2026;a;1\n;Solde;5\n24/11/2026;b;1\n", 3),  # among the operations
        ("24/11/2026;a;1\n;VIR DUPONT;5\n", 3),
        ("24/11/2026;a;1\n31/02/2026;Solde;5\n", 3),
        ("24/11/2026;a;1\n;Soldevila;5\n", 3),
        ("24/11/2026;a;1\nfin du fichier;;\n", 3),
        ("24/11/2026\n", 2),
        ("24/11/2026;a;1\n\n\n24/11/26;b;1\n", 5),
        ("2026/11/24;a;1\n", 2),
        ("24-11-2026;a;1\n", 2),
        ("2026-11-24T10:00:00Z;a;1\n", 2),
        ("24/11/0026;a;1\n", 2),
        ('24/11/2026;"a\nb";1\n24/11/2026;c;un\n', 4),
        ("24/11/2026;a;\n", 2),
        ("24/11/2026;a;1,234\n", 2),
        ("24/11/2026;a;1;5\n", 2),  # a separator in a label
        ('24/11/2026;"a;1\n24/11/2026;b;1\n', 2),  # a quote that never ends
        ('24/11/2026;a;1\n24/11/2026;"b"c;1\n', 3),
        ("Date;Libellé;Montant\n24/11/2026;a;1\n", 2),
    ],
)
def test_a_malformed_line_is_told_by_its_number(rows: str, line: int) -> None:
    assert line_of(HEADER + rows) == line


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        ("hier;a;;1", UnreadableDate),
        ("24/11/2026;a;;x", UnreadableAmount),
        ("24/11/2026;a;x;1", UnreadableAmount),
        ("24/11/2026;a;;", UnreadableAmount),
        ("24/11/2026;a;1;1", BothWays),
        ("24/11/2026;a;;1;x", TooManyFields),
    ],
)
def test_the_refusal_says_what_is_wrong(row: str, refusal: type[MalformedStatement]) -> None:
    with pytest.raises(refusal):
        read(f"Date;Libellé;Débit;Crédit\n{row}\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n\t\n",
        b"\xef\xbb\xbf",
        b"PK\x03\x04 a;b;c",
        b"%PDF-1.7\nDate;Montant",
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        "Date;Libellé;Montant\n".encode("utf-16"),
        b"Date;Label;Amount\n24/11/2026;a\0b;1\n",
        b"Date;Label\x81\n",  # neither of the two encodings
        b"\x01\x02\x03;\x04\x05;\x06",
        b"Bonjour\nvoici mon fichier\n",
    ],
)
def test_what_is_no_statement_is_refused(content: bytes) -> None:
    with pytest.raises(NotAStatement):
        read_table(content)


def test_a_statement_has_five_megabytes_at_most() -> None:
    filled = HEADER.encode().ljust(LONGEST, b"\n")

    assert len(read_table(filled).rows) == 1
    with pytest.raises(StatementTooLong):
        read_table(filled + b"\n")


@pytest.mark.parametrize(
    "header",
    [
        "24/11/2026;VIR;15,00",
        "Date;Libellé;Solde",
        "Date;Montant;Solde",
        "Libellé;Montant;Solde",
        "Date;Libellé;Montant;Montant",
        "Date;Date;Libellé;Montant",
        "Date;Libellé;Crédit;Credit;Montant(FRANCS)",
    ],
)
def test_columns_that_cannot_be_told_are_not_guessed(header: str) -> None:
    with pytest.raises(LayoutUnknown):
        guess(read_table(f"{header}\n".encode()))


def test_a_file_without_header_is_read_once_its_columns_are_told() -> None:
    table = read_table(b"24/11/2026;15,00;Virement;VIR M DARTAGNAN\n")

    (credit,) = statement.credits(table, Layout(";", -1, date=0, label=(2, 3), amount=1))

    assert (credit.line, credit.label) == (1, "Virement VIR M DARTAGNAN")


@pytest.mark.parametrize("bank", BANKS)
def test_a_layout_is_remembered(bank: str) -> None:
    table = read_table(BANKS[bank].encode())
    layout = guess(table)

    assert Layout.from_text(layout.to_text()) == layout
    longer = read_table(b"Bonjour\n" + BANKS[bank].encode())
    assert longer.signature == table.signature
    assert layout.on(longer) == guess(longer)


def test_the_signature_of_another_bank_is_another() -> None:
    tables = [read_table(text.encode()) for text in BANKS.values()]

    assert len({table.signature for table in tables}) == len(BANKS)


def test_the_layout_of_another_file_is_refused() -> None:
    layout = guess(read_table(BANKS["Caisse d'Épargne"].encode()))

    for bank in ("CIC", "Qonto", "La Banque Postale"):
        with pytest.raises(LayoutUnknown):
            statement.credits(read_table(BANKS[bank].encode()), layout)


@pytest.mark.parametrize(
    "changes",
    [
        {"separator": "|"},
        {"header": -2},
        {"header": "0"},
        {"header": 0.0},
        {"date": -1},
        {"date": True},
        {"date": 1},  # as the label
        {"label": []},
        {"label": [[1]]},
        {"label": "1"},
        {"label": None},
        {"amount": None},
        {"credit": 3},
        {"debit": 3},
        {"other": 1},
    ],
)
def test_a_layout_posted_by_hand_is_checked(changes: dict[str, Any]) -> None:
    good = {"separator": ";", "header": 0, "date": 0, "label": [1], "amount": 2}
    assert Layout.from_text(json.dumps(good)).label == (1,)

    with pytest.raises(LayoutUnknown):
        Layout.from_text(json.dumps({**good, **changes}))


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '"x"', "null", "{}", "[" * 100_000])
def test_what_is_no_layout_is_refused(text: str) -> None:
    with pytest.raises(LayoutUnknown):
        Layout.from_text(text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("15,00", 1500),
        ("15.00", 1500),
        ("15", 1500),
        ("15,5", 1550),
        ("1 234,56", 123456),
        ("1\u00a0234,56", 123456),
        ("1\u202f234,56\u00a0€", 123456),
        ("1.234,56", 123456),
        ("1.234.567,89", 123456789),
        ("1 234", 123400),
        ("+15,00", 1500),
        ("- 15,00 EUR", -1500),
        ("\u221215,00€", -1500),
        ("0,00", 0),
        ("21474836,47", 2**31 - 1),
        ("", None),
        ("21474836,48", None),
        ("9" * 50, None),
        ("1,234", None),
        ("1.234", None),
        ("1,234.56", None),
        ("1 23,00", None),
        ("1234 567,00", None),
        ("15,", None),
        (",50", None),
        ("--1", None),
        ("15,00-", None),
        ("1e3", None),
        ("NaN", None),
        ("١٥,00", None),
        ("15,00 USD", None),
        ("=15", None),
    ],
)
def test_amounts(text: str, cents: int | None) -> None:
    assert parse_amount(text) == cents


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("24/11/2026", date(2026, 11, 24)),
        (" 2026-11-24 ", date(2026, 11, 24)),
        ("2026-11-24 18:30:05", date(2026, 11, 24)),
        ("2026-11-24T18:30:05.123", date(2026, 11, 24)),
        ("29/02/2026", None),
        ("11/24/2026", None),
        ("1/1/2026", None),
        ("20261124", None),
        ("٢٤/11/2026", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert parse_day(text) == day


@settings(database=None, deadline=None)
@given(
    cents=st.integers(-(2**31) + 1, 2**31 - 1),
    style=st.sampled_from(["{:.2f}", "{:,.2f}"]),
    thousands=st.sampled_from([" ", "\u00a0", "\u202f", "."]),
    plus=st.sampled_from(["", "+", "+ "]),
    unit=st.sampled_from(["", " €", "\u00a0EUR", "€"]),
)
def test_every_way_to_write_an_amount_is_read(
    cents: int, style: str, thousands: str, plus: str, unit: str
) -> None:
    whole, left = divmod(abs(cents), 100)
    text = (f"{whole:,}" if "," in style else str(whole)).replace(",", thousands)
    text = ("-" if cents < 0 else plus) + f"{text},{left:02}{unit}"

    assert parse_amount(text) == cents


@settings(database=None, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read(HEADER.encode() + content)
        read_table(content)
    except (NotAStatement, MalformedStatement, LayoutUnknown):
        pass


def test_ten_thousand_lines_are_read_at_once() -> None:
    text = BANKS["BNP Paribas"] + "".join(
        f"24/11/2026;VIR;Virement;VIR SEPA RECU /DE M {number} /MOTIF {REFERENCE};15,00\n"
        for number in range(10_000)
    )

    found = read(text)

    assert len(found) == 10_001
    assert len({credit.digest for credit in found}) == 10_001
    assert fastest(lambda: read(text), within=2) < 2
