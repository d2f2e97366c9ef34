"""What an identity says, without a database."""

from typing import Any

import pytest

from app.core.promos import Calendar
from app.integrations.saml import Identity
from app.modules.sso import rules
from app.modules.sso.errors import Refused

pytestmark = pytest.mark.once

CALENDAR = Calendar(offset=1881, classes=5)


def identity(**values: Any) -> Identity:
    given: dict[str, Any] = {
        "issuer": "https://idp",
        "subject": "1",
        "given_name": "ada",
        "surname": "LOVELACE",
        "emails": ("ada@psl.eu",),
        "services": (),
    }
    return Identity(**{**given, **values})


def read(year: int = 2026, **values: Any) -> rules.Person:
    return rules.read(identity(**values), calendar=CALENDAR, year=year)


@pytest.mark.parametrize(
    ("services", "year", "promo"),
    [
        (("promo141",), 2026, 141),
        (("promo140",), 2026, None),
        (("promo146",), 2026, None),
        (("promo146",), 2027, 146),
        (("promo141",), 2027, None),
        (("promo142", "promo145", "promo143"), 2026, 145),
        (("promo9999", "promo²", "promo145x", "PROMO145", "promo 145", "promo0145"), 2026, None),
        (("promo١٤٥", "xpromo145", "promo145\n", "promo-145", "promo"), 2026, None),
        ((), 2026, None),
    ],
)
def test_the_class_is_the_highest_that_is_current(
    services: tuple[str, ...], year: int, promo: int | None
) -> None:
    assert read(year, services=services).promo == promo


@pytest.mark.parametrize(
    ("emails", "kept"),
    [
        (("a@gmail.com", "b@psl.eu"), "b@psl.eu"),
        (("a@gmail.com", "b@espci.psl.eu", "c@psl.eu"), "b@espci.psl.eu"),
        (("a@psl.eu.evil.fr", "b@notpsl.eu"), "a@psl.eu.evil.fr"),
        (("A@Gmail.com",), "a@gmail.com"),
        (("a@b@psl.eu", "c@gmail.com"), "c@gmail.com"),
        (("x" * 115 + "@psl.eu", "c@gmail.com"), "c@gmail.com"),
    ],
)
def test_the_address_kept_is_that_of_the_university(emails: tuple[str, ...], kept: str) -> None:
    assert read(emails=emails).email == kept


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"emails": ("x" * 115 + "@psl.eu",)}, "no address that can be kept"),
        ({"given_name": "—"}, "a name without a letter"),
        ({"surname": "\u202e"}, "a name without a letter"),
        ({"subject": "s" * 256}, "a subject that cannot be kept"),
    ],
)
def test_what_cannot_be_kept_is_refused(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(**values)

    assert refused.value.reason == reason


def test_names_are_those_of_the_site() -> None:
    person = read(given_name=" jean-LUC\u202e ", surname="de la tour d'auvergne")

    assert (person.prenom, person.nom) == ("Jean-Luc", "De La Tour D'Auvergne")


def test_no_subject_is_none() -> None:
    assert read(subject="").subject is None


@pytest.mark.parametrize(
    ("email", "masked"), [("ada@gmail.com", "a…@g…"), ("x@y.fr", "x…@y…"), ("é@psl.eu", "é…@p…")]
)
def test_a_masked_address_tells_two_letters(email: str, masked: str) -> None:
    assert rules.masked(email) == masked
