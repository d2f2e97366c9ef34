"""Lists of people, as spreadsheets write them."""

import base64

import pytest

from app.modules.promos.errors import (
    ColumnMissing,
    ColumnTwice,
    ListError,
    ListLost,
    ListTooBig,
    NobodyInTheList,
    NotAList,
    TooFewColumns,
    TooManyPeople,
)
from app.modules.promos.rules import lines as rules
from app.modules.promos.rules.lines import LONGEST, MOST, Fault, Line
from app.modules.promos.rules.matching import Judged, Known, Verdict, judge
from app.modules.promos.rules.years import is_of_the_school

pytestmark = pytest.mark.once

HEADER = "nom;prenom;email\n"
PEOPLE = [("Curie", "Irène", "irene@example.org"), ("Müller", "Chloé", "chloe@example.org")]
BOM = b"\xef\xbb\xbf"


def facts(found: tuple[Line, ...]) -> list[tuple[str, str, str]]:
    return [(line.nom, line.prenom, line.email) for line in found]


def written(*header: str, separator: str = ";", end: str = "\n") -> str:
    """The two people under this header; their numbers and a promo around them without one."""
    if not header:
        rows = [[str(i), *who, "P"] for i, who in enumerate(PEOPLE, 1)]
    else:
        known = dict(zip(("nom", "prenom", "email"), zip(*PEOPLE, strict=True), strict=True))
        columns = [known.get(name.lower(), ("x", "y")) for name in header]
        rows = [list(header), *map(list, zip(*columns, strict=True))]
    return end.join(separator.join(row) for row in rows) + end


@pytest.mark.parametrize(
    "content",
    [
        written("nom", "prenom", "email").encode(),
        BOM + written("nom", "prenom", "email").encode(),
        written("email", "password", "prenom", "nom").encode(),
        written("nom", "prenom", "email", separator=",").encode(),
        written("nom", "prenom", "email", separator="\t", end="\r\n").encode(),
        written("nom", "prenom", "email").encode("cp1252"),
        written("nom", "prenom", "email", end="\r").encode("cp1252"),
        written().encode(),
        BOM + written(separator=",").encode(),
        written(separator="\t").encode("cp1252"),
        written("nom", "prenom", "email").replace("nom;prenom;", "NOM d'usage;Prénom;").encode(),
        written("nom", "prenom", "email").replace(";email", ";Adresse e-mail").encode(),
        b"sep=;\r\n" + written("nom", "prenom", "email").encode(),
        written("nom", "prenom", "email").replace("Curie", '"Curie"').encode(),
        ("\n\n" + written("nom", "prenom", "email") + ";;\n\n").encode(),
    ],
    ids=str,
)
def test_a_list_is_read_however_it_is_written(content: bytes) -> None:
    assert facts(rules.read(content)) == PEOPLE


def test_lines_keep_the_numbers_of_the_file_and_addresses_are_as_compared() -> None:
    content = '\n"Nom";"Prenom";"Email"\nCurie;Ève; Eve@EXAMPLE.org \n\n"de La Tour";Léa;l@x.fr\n'

    assert rules.read(content.encode()) == (
        Line(3, "Curie", "Ève", "eve@example.org"),
        Line(5, "de La Tour", "Léa", "l@x.fr"),
    )


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Curie;Eve;", Fault.no_email),
        ("Curie;Eve", Fault.no_email),
        ("Curie;Eve;eve at example", Fault.bad_email),
        (f"Curie;Eve;{'e' * 120}@example.org", Fault.bad_email),
        ("Curie;Eve;a@x.fr, b@x.fr", Fault.bad_email),
        (";Eve;eve@x.fr", Fault.no_name),
        ("___;Eve;eve@x.fr", Fault.no_letter),
        ("🦄;Eve;eve@x.fr", Fault.no_letter),
        (f"{'C' * 65};Eve;eve@x.fr", Fault.long_name),
        ("=1+1;Eve;eve@x.fr", Fault.formula),
        ("Curie;@SUM(A1);eve@x.fr", Fault.formula),
        ("Curie;Eve;+eve@x.fr", Fault.formula),
        ("Curie;-Eve;eve@x.fr", Fault.formula),
        ('"\tCurie";Eve;eve@x.fr', Fault.formula),
        ('"\rCurie";Eve;eve@x.fr', Fault.formula),
        ("＝Curie;Eve;eve@x.fr", Fault.formula),  # wide on purpose
        ("  =cmd;Eve;eve@x.fr", Fault.formula),
        ("Cu\u202erie;Eve;eve@x.fr", Fault.forbidden),
        ("Cu\x07rie;Eve;eve@x.fr", Fault.forbidden),
        ("Curie;Eve;e\x07@x.fr", Fault.forbidden),
        ('"Cu\nrie";Eve;eve@x.fr', Fault.forbidden),
        ("CurieÃ©;Eve;eve@x.fr", Fault.unreadable),
        ("Curie;Eve,eve@x.fr;", Fault.no_email),
        ("Curie,Eve,eve@x.fr", Fault.columns),
        ("Curie;Eve;eve@x.fr;145", Fault.columns),
        ("Nom;Prénom;E-mail", Fault.titles),
    ],
)
def test_a_line_is_refused_for_a_reason_and_the_others_are_read(line: str, fault: Fault) -> None:
    text = f"{HEADER}Müller;Chloé;chloe@example.org\n{line}\nD;E;f@x.fr\n"

    first, wrong, last = rules.read(text.encode())

    assert (first.fault, wrong.fault, last.fault) == (None, fault, None)
    assert wrong.number == 3
    assert str(fault.label)


def test_a_line_in_another_encoding_is_refused_alone() -> None:
    content = (
        HEADER.encode() + "Müller;Chloé;c@x.fr\n".encode() + "Éric;É;e@x.fr\n".encode("cp1252")
    )

    right, wrong = rules.read(content)

    assert (right.nom, right.fault, wrong.fault) == ("Müller", None, Fault.unreadable)


def test_a_line_of_utf_8_among_others_of_windows_is_refused_alone() -> None:
    names = ["Müller", "Éric", "Noël"]
    lines = [f"{name};A;a{number}@x.fr\n".encode("cp1252") for number, name in enumerate(names)]
    found = rules.read(HEADER.encode() + b"".join(lines) + "Émile;B;b@x.fr\n".encode())

    assert [line.nom for line in found[:3]] == names
    assert [line.fault for line in found] == [None, None, None, Fault.unreadable]


def test_a_quote_astray_costs_its_line_alone() -> None:
    text = f'{HEADER}Curie;Eve;e@x.fr\n"Dup;Jean;j@x.fr\nMüller;Chloé;c@x.fr\n'

    assert [(one.number, one.fault) for one in rules.read(text.encode())] == [
        (2, None),
        (3, Fault.quotes),
        (4, None),
    ]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"\x89PNG\r\n\x1a\n;;;", NotAList),
        (b"PK\x03\x04xl/workbook.xml;;;", NotAList),
        (b"%PDF-1.7 a;b;c", NotAList),
        (HEADER.encode() + b"Cu\0rie;Eve;eve@x.fr\n", NotAList),
        (written("nom", "prenom", "email").encode("utf-16"), NotAList),
        (b"just a sentence\nand another\n", NotAList),
        (b" \n\n", NotAList),
        (HEADER.encode(), NobodyInTheList),
        (b"nom;prenom\nCurie;Eve\n", ColumnMissing),
        (b"nom;prenom;email;E-mail\nCurie;Eve;a@x.fr;b@x.fr\n", ColumnTwice),
        (b"Curie;Eve;eve@x.fr\n", TooFewColumns),
        (b"x" * (LONGEST + 1), ListTooBig),
        (HEADER.encode() + b"Curie;Eve;eve@x.fr\n" * (MOST + 1), TooManyPeople),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_no_list_is_refused_with_a_sentence(
    content: bytes, refusal: type[ListError]
) -> None:
    with pytest.raises(refusal) as caught:
        rules.read(content)

    assert "%(" not in caught.value.message


def test_the_longest_list_is_read() -> None:
    rows = b"".join(b"Curie;Eve;eve%d@x.fr\n" % number for number in range(MOST))

    assert len(rules.read(HEADER.encode() + rows)) == MOST


def test_lines_go_to_the_page_and_back() -> None:
    found = rules.read(f"{HEADER}Müller;Chloé;c@x.fr\n=1;x;y@x.fr\nA;B;\nz\n".encode())

    assert rules.unpacked(rules.packed(found)) == found


@pytest.mark.parametrize(
    "rows",
    [
        [],
        {},
        [[1, "a", "b", "c@x.fr"]],
        [["1", "a", "b", "c@x.fr", None]],
        [[True, "a", "b", "c@x.fr", None]],
        [[0, "a", "b", "c@x.fr", None]],
        [[1, None, "b", "c@x.fr", None]],
        [[1, "a", "b", "c@x.fr", "nonsense"]],
        [[1, "a", "b", "c@x.fr", None]] * 2,
        [[number, "a", "b", "c@x.fr", None] for number in range(1, MOST + 2)],
    ],
    ids=lambda rows: str(rows)[:30],
)
def test_nonsense_that_comes_back_is_refused(rows: object) -> None:
    with pytest.raises(ListLost):
        rules.unpacked(rules.pack(rows))  # type: ignore[arg-type]  # on purpose


def test_halves_of_characters_that_come_back_are_refused() -> None:
    packed = base64.urlsafe_b64encode(b'[[1,"a\\ud800","b","c\\ud800@x.fr",null]]').decode()

    (line,) = rules.unpacked(packed)

    assert (line.fault, line.nom) == (Fault.forbidden, "a")


@pytest.mark.parametrize("text", ["", "é", "====", "bm9wZQ==", "W" * 9, "W1tb" * 3000])
def test_what_is_no_list_of_rows_is_refused(text: str) -> None:
    with pytest.raises(ListLost):
        rules.unpacked(text)


# Who has an account already


def known(key: int, nom: str, prenom: str, promo: int | None, *emails: str) -> Known:
    return Known(
        key=key,
        full_name=f"{prenom} {nom}",
        name_key=(nom.lower(), prenom.lower()),
        promo=promo,
        emails=frozenset(emails),
    )


def judged(text: str, *people: Known, others: tuple[int, ...] = ()) -> list[Judged]:
    lines = rules.read((HEADER + text).encode())
    return list(judge(lines, people, promo=145, others=frozenset(others)))


@pytest.mark.parametrize(
    ("someone", "verdict"),
    [
        (known(1, "Martin", "Eve", 145), Verdict.new),
        (known(1, "Curie", "Eve", 145), Verdict.there),
        (known(1, "Curie", "Eve", 144), Verdict.doubtful),
        (known(1, "Curie", "Eve", None), Verdict.doubtful),
        (known(1, "Curie", "Eve", 144, "eve@x.fr"), Verdict.there),
        (known(1, "Curie", "Genevieve", None, "eve@x.fr"), Verdict.there),
        (known(1, "Joliot", "Eve", 140, "eve@x.fr"), Verdict.there),
        (known(1, "Martin", "Paul", 145, "eve@x.fr"), Verdict.wrong),
    ],
)
def test_a_line_is_matched_by_its_address_then_by_its_names(
    someone: Known, verdict: Verdict
) -> None:
    (one,) = judged("CURIE;Ève;Eve@X.fr\n", someone)

    assert one.verdict is verdict
    assert (one.known is someone) is (verdict is not Verdict.new)
    assert bool(one.why) is (verdict in (Verdict.doubtful, Verdict.wrong))


def test_a_doubtful_line_is_new_once_someone_says_so() -> None:
    (one,) = judged("Curie;Eve;eve@x.fr\n", known(1, "Curie", "Eve", 144), others=(2,))

    assert (one.verdict, one.known) == (Verdict.new, None)


def test_nothing_said_of_a_line_makes_a_wrong_one_right() -> None:
    (one,) = judged("Curie;Eve;\n", others=(2,))

    assert one.verdict is Verdict.wrong


def test_the_same_line_again_is_in_double_and_the_first_is_kept() -> None:
    found = judged("Curie;Eve;eve@x.fr\nCURIE;Ève;EVE@x.fr\n")

    assert [one.verdict for one in found] == [Verdict.new, Verdict.wrong]
    assert found[1].why == "en double : la ligne 2 dit la même chose"


def test_two_people_with_one_address_are_both_refused() -> None:
    found = judged("Curie;Eve;eve@x.fr\nMartin;Paul;eve@x.fr\n")

    assert [one.verdict for one in found] == [Verdict.wrong, Verdict.wrong]


def test_a_namesake_in_the_file_is_doubtful_until_someone_says_so() -> None:
    text = "Curie;Eve;eve@x.fr\nCurie;Eve;eve.curie@x.fr\n"

    assert [one.verdict for one in judged(text)] == [Verdict.new, Verdict.doubtful]
    assert [one.verdict for one in judged(text, others=(3,))] == [Verdict.new, Verdict.new]


@pytest.mark.parametrize(
    ("email", "ours"),
    [
        ("eve@espci.fr", True),
        ("eve@etu.espci.psl.eu", True),
        ("eve@PSL.eu", True),
        ("eve@notespci.fr", False),
        ("eve@espci.fr.example.org", False),
        ("espci.fr@example.org", False),
    ],
)
def test_the_addresses_of_the_school_are_known(email: str, *, ours: bool) -> None:
    assert is_of_the_school(email) is ours
