from collections.abc import Sequence

import pytest

from app.modules.bekk.rules.promos import chosen
from app.modules.bekk.rules.search import AROUND, Excerpt, asked_key, excerpt, search_key

pytestmark = pytest.mark.once


# The promo of the list


@pytest.mark.parametrize(
    ("asked", "promos", "expected"),
    [
        (None, [145, 144], 145),
        (None, [144, 141], 144),
        (None, [146, 141, 139], 141),
        (None, [147, 146], None),
        (None, [], None),
        ("", [145], 145),
        ("x", [144], 144),
        ("abc", [], None),
        ("-1", [144], 144),
        ("1.5", [144], 144),
        ("1e2", [144], 144),
        ("\u0661\u0664\u0664", [145], 145),
        ("9" * 40, [144], 144),
        ("0", [145, 144], None),
        ("000", [145], None),
        ("144", [145, 144], 144),
        ("12", [145, 144], 12),
        ("146", [146, 145], 146),
    ],
)
def test_the_promo_that_is_asked_for_or_the_nearest_older_one(
    asked: str | None, promos: Sequence[int], expected: int | None
) -> None:
    assert chosen(asked, promos, first_year=145) == expected


# How texts are compared


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Café", "cafe"),
        ("CAFE\u0301", "cafe"),
        ("L'œuvre d’Æsir", "l'oeuvre d'aesir"),
        ("la \ufb01n", "la fin"),
        ("Straße", "strasse"),
        ("deux   blancs\u00a0!\n\nfin", "deux blancs ! fin"),
        ("porte-feuille", "portefeuille"),
        ("porte-\nfeuille", "portefeuille"),
        ("porte\u2011feuille", "portefeuille"),
        ("impor\u00adtant", "important"),
        ("Une liste :\n- un\n- deux", "une liste : - un - deux"),
        ("fin -\nsuite", "fin - suite"),
        ("-5 degrés", "5 degres"),
        ("100 % d'accord_", "100 % d'accord_"),
        ("Привет", "privet"),
        ("", ""),
    ],
)
def test_a_key_has_neither_case_nor_accents_nor_hyphens_within_words(text: str, key: str) -> None:
    assert search_key(text) == key


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("café", "cafe"),
        ("  Café ", "cafe"),
        ("é", None),
        ("éa", "ea"),
        ("", None),
        (" a ", None),
        ("x" * 100, "x" * 100),
        ("x" * 101, None),
        ("-a", None),
        ("\u0301\u0301", None),
        ("a\x00b", "ab"),
        ("%%", "%%"),
    ],
)
def test_what_is_looked_for_has_two_to_a_hundred_letters(words: str, key: str | None) -> None:
    assert asked_key(words) == key


# What is shown of a match


@pytest.mark.parametrize(
    ("text", "words", "match"),
    [
        ("Un Café noir", "cafe", "Café"),
        ("Œuvre, cœur et sœur", "soeur", "sœur"),
        ("Œuvre, cœur et sœur", "coe", "cœ"),
        ("Œuvre, cœur et sœur", "co", "cœ"),
        ("le \ufb01l d'Ariane", "fil d", "\ufb01l d"),
        ("un porte-\nfeuille usé", "portefeuille", "porte- feuille"),
        ("un   mot\nensuite", "mot ensuite", "mot ensuite"),
        ("à 100 % ou 1000", "100 %", "100 %"),
    ],
)
def test_a_match_is_shown_as_it_is_written(text: str, words: str, match: str) -> None:
    key = asked_key(words)
    assert key is not None

    found = excerpt(text, key)

    assert found.match == match
    whole = f"{found.before}{found.match}{found.after}"
    assert whole == " ".join(text.split())


def test_what_stands_around_is_cut_between_words() -> None:
    text = f"{'début ' * 40}l'œuf de la poule{' suite' * 40}"

    found = excerpt(text, "oeuf")

    assert found.match == "œuf"
    assert found.before.startswith("…début ")
    assert found.before.endswith(" l'")
    assert found.after.startswith(" de la poule suite")
    assert found.after.endswith(" suite…")
    assert max(len(found.before), len(found.after)) <= AROUND + 1


def test_a_word_without_end_is_cut_anywhere() -> None:
    found = excerpt("a" * 500 + "bb" + "c" * 500, "bb")

    assert (found.before, found.match) == (f"…{'a' * AROUND}", "bb")
    assert found.after == f"{'c' * AROUND}…"


def test_what_is_not_there_shows_the_beginning() -> None:
    assert excerpt("Bonjour", "soir") == Excerpt(after="Bonjour")
    assert excerpt("Bonjour", "") == Excerpt(after="Bonjour")
    assert excerpt("", "soir") == Excerpt()
