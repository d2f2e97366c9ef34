"""The rules of accounts."""

import pytest

from app.modules.account import rules
from app.modules.account.errors import (
    NomWithoutLetter,
    PasswordForbidden,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooPersonal,
    PasswordTooShort,
    PrenomWithoutLetter,
)
from tests.timing import fastest

pytestmark = pytest.mark.once

ADA = ("Ada", "Lovelace-King", "Ada Lovelace-King", "alovelac", "ada.king", "145")


@pytest.mark.parametrize(
    "password",
    [
        "azertyui1o",  # 10 characters
        "cheval vert, dix fois",
        "x" * 5 + "y" * 123,  # 128 characters
        "🧲🧲🧲🧲🧲🧲🧲🧲🧲aimants",
        "李雷李雷李雷李雷李雷",
        "  un mot entre blancs  ",
        "e\u0301" * 9 + "ab",  # 11 characters once composed
        "adalovelacekingrocks",
        "espci est une belle ecole",
        "' OR 1=1; --abc",
    ],
)
def test_a_password_hard_to_guess_is_accepted(password: str) -> None:
    rules.check_password(password, about=ADA)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("", PasswordTooShort),
        ("cheval be", PasswordTooShort),  # 9 characters
        ("e\u0301" * 9, PasswordTooShort),  # 18 of which accents
        ("ch\0val bleu et vert", PasswordForbidden),
        ("cheval\nbleu et vert", PasswordForbidden),
        ("cheval\x85bleu et vert", PasswordForbidden),
        (" " * 12, PasswordForbidden),
        ("\u00a0" * 12, PasswordForbidden),
        ("x" * 129, PasswordTooLong),
        ("x" * 10**6, PasswordTooLong),
        ("e\u0301" * 10**6, PasswordTooLong),
        ("1234567890", PasswordTooCommon),
        ("qwertyuiop", PasswordTooCommon),
        ("QwertyUiop", PasswordTooCommon),
    ],
)
def test_a_password_is_refused_for_the_rule_that_it_breaks(
    password: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        rules.check_password(password, about=ADA)


@pytest.mark.parametrize(
    "password",
    [
        "adalovelace",
        "Ada Lovelace!",
        "lovelaceking",
        "LOVELACE-KING 1815",
        "alovelac145",
        "ada.king.145",
        "motdepasse145",
        "Mot de passe !",
        "espci-pc-1882",
        "pcestmagique",
        "PC est magique !!",
        "intrarez2026",
        "rezident-ada",
        "pem pem pem pem",
        "Adä Lövelace",
        "8436021975",
        "!!!???...;;;",
    ],
)
def test_a_password_made_of_what_is_known_of_someone_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooPersonal):
        rules.check_password(password, about=ADA)


def test_what_is_known_of_others_does_not_count() -> None:
    rules.check_password("adalovelace", about=("Marie", "Curie", "mcurie"))


def test_a_password_of_a_million_characters_costs_nothing() -> None:
    password = "e\u0301" * 500_000

    def work() -> None:
        with pytest.raises(PasswordTooLong):
            rules.check_password(password, about=ADA)

    assert fastest(work, within=0.05) < 0.05


@pytest.mark.parametrize(
    ("prenom", "nom"), [("O'Neil", "Ñuñez"), ("李", "雷"), ("<b>x", "a"), ("É", "-ß-")]
)
def test_a_name_with_a_letter_is_a_name(prenom: str, nom: str) -> None:
    rules.check_names(prenom, nom)


@pytest.mark.parametrize("name", ["", " ", "-", "1", "______", "'", "²", "1-2", "🧲"])
def test_a_name_without_a_letter_is_refused_where_it_is(name: str) -> None:
    with pytest.raises(PrenomWithoutLetter) as of_prenom:
        rules.check_names(name, "Curie")
    with pytest.raises(NomWithoutLetter) as of_nom:
        rules.check_names("Marie", name)

    assert (of_prenom.value.field, of_nom.value.field) == ("prenom", "nom")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (145, 145, True),
        (145, None, True),
        (None, 145, True),
        (None, None, True),
        (145, 144, False),
    ],
)
def test_an_absent_promo_may_be_any(one: int | None, other: int | None, *, same: bool) -> None:
    assert rules.are_same_promo(one, other) is same
