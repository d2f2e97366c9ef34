"""What people type."""

import pytest

from app.core.text import clean, comparison_key, has_forbidden, has_letter, titled, username_base

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada ", "Ada"),
        ("\u00a0Ada\u3000", "Ada"),
        ("E\u0301loi\u0308se", "Éloïse"),  # NFD, as macOS sends it
        ("", ""),
        (" \t\n", ""),
        ("李 雷", "李 雷"),
    ],
)
def test_text_is_kept_trimmed_and_composed(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize(
    "text",
    ["a\0b", "a\rb", "a\nb", "a\tb", "\x7f", "\x85", "\u202egnp", "\u2066", "\u200f", "\x1b"],
)
def test_controls_and_overrides_are_forbidden_in_a_line(text: str) -> None:
    assert has_forbidden(text)


@pytest.mark.parametrize("text", ["", "Ada", "<b>x", "O'Neil", "李 雷", "🧲", "a\u200db", "\u00a0"])
def test_what_people_write_is_allowed(text: str) -> None:
    assert not has_forbidden(text)


@pytest.mark.parametrize(
    ("text", "forbidden"), [("a\r\n\tb", False), ("a\0", True), ("\x0b", True)]
)
def test_a_text_of_several_lines_may_hold_ends_of_lines_only(text: str, *, forbidden: bool) -> None:
    assert has_forbidden(text, lines=True) is forbidden


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada", "Ada"),
        ("ADA", "Ada"),
        ("jean-luc", "Jean-Luc"),
        ("de la tour", "De La Tour"),
        ("d'artagnan", "D'Artagnan"),
        ("d\u2019artagnan", "D\u2019Artagnan"),
        ("éloïse", "Éloïse"),
        ("o'NEIL", "O'Neil"),
        ("ÑUÑEZ", "Ñuñez"),
        ("李 雷", "李 雷"),
        ("<b>x", "<b>x"),
        ("", ""),
        ("  ada   lovelace ", "Ada   Lovelace"),
    ],
)
def test_a_name_takes_a_capital_after_a_blank_a_hyphen_an_apostrophe(typed: str, kept: str) -> None:
    assert titled(typed) == kept
    assert titled(kept) == kept


@pytest.mark.parametrize("letter", ["İ", "ß-", "ŉ ", "ﬁ-", "ΐ'", "a"])
def test_a_name_that_fits_its_column_still_does_once_titled(letter: str) -> None:
    name = (letter * 64)[:64]

    assert len(titled(name)) <= 64


@pytest.mark.parametrize("text", ["a", "1a", "李", "é", "-ß-"])
def test_a_letter_of_any_script_is_one(text: str) -> None:
    assert has_letter(text)


@pytest.mark.parametrize("text", ["", " ", "-", "1", "______", "'", "²", "\u0661", "🧲"])
def test_what_is_no_letter_is_none(text: str) -> None:
    assert not has_letter(text)


@pytest.mark.parametrize(
    "spellings",
    [
        ("DUPONT-MARTIN", "Dupont  Martin", "dupont martin", " Dupont_Martin ", "dupont.martin"),
        ("d'Artagnan", "D Artagnan", "d\u2019artagnan", "d_artagnan"),
        ("Éloïse", "eloise", "E\u0301LOI\u0308SE"),
        ("Müller", "muller"),
        ("Ñuñez", "nunez"),
        ("Straße", "strasse"),
    ],
)
def test_the_spellings_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({comparison_key(name) for name in spellings}) == 1


@pytest.mark.parametrize("name", ["", " ", "______", "---", "'"])
def test_a_name_of_nothing_has_an_empty_key(name: str) -> None:
    assert comparison_key(name) == ""


def test_different_names_have_different_keys() -> None:
    assert comparison_key("Dupont") != comparison_key("Dupond")
    assert comparison_key("Dupont Martin") != comparison_key("Dupontmartin")


@pytest.mark.parametrize("letter", ["\ufdfa", "李", "Ω", "a-"])
def test_a_key_fits_its_column(letter: str) -> None:
    key = comparison_key((letter * 64)[:64])

    assert 0 < len(key) <= 190
    assert key == key.strip()


@pytest.mark.parametrize(
    ("prenom", "nom", "username"),
    [
        ("Éloïse", "d'Artagnan", "edartag"),
        ("Jean-Luc", "de La Tour", "jdelat"),
        ("Chloé", "Müller", "cmuller"),
        (" Ada ", " Lovelace ", "alovelac"),
        ("李", "雷", "lilei"),
        ("'", "---", "pceen"),
        ("Bo", "Li", "bli"),
    ],
)
def test_a_username_is_a_letter_then_seven(prenom: str, nom: str, username: str) -> None:
    assert username_base(prenom, nom) == username


def test_a_username_leaves_room_for_a_number_in_its_column() -> None:
    assert len(username_base("\ufdfa", "\ufdfa" * 7)) <= 56
