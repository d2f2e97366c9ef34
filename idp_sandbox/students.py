"""Whom one may be there: nobody who exists."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

#: The year in which a promo enters the school, less its number; how many study at once.
OFFSET, CLASSES = 1881, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Someone, as the provider knows them, and what trying them shows."""

    key: str
    given_name: str
    surname: str
    emails: tuple[str, ...]
    services: tuple[str, ...]
    #: A sentence of ``words``.
    shows: str


def students(today: date) -> tuple[Student, ...]:
    """Those of the year of *today*; some are called like people of ``flask demo load``."""
    return tuple(_students(today.year - OFFSET))


def _students(entering: int) -> Iterator[Student]:
    """Everybody, when the promo that enters is *entering*."""
    second, leaving, gone = entering - 1, entering - CLASSES + 1, entering - CLASSES
    yield _student("Éloïse", "d'Artagnan", entering, shows="Élève : son compte est créé.")
    yield _student("ANNE-MARIE", "LE GOFF", entering, shows="Élève, au nom en majuscules.")
    yield _student(
        "李",
        "雷",
        second,
        emails=("li.lei@fictif.psl.eu",),
        shows="Élève, au nom en chinois.",
    )
    yield _student(
        "Rosalind",
        "Franklin",
        second,
        emails=("rosalind@example.org", "rosalind.franklin@fictif.psl.eu"),
        shows="Élève à deux adresses : celle de l'université est gardée.",
    )
    yield _student("Nicolas", "Léonard", leaving, shows="Élève de la promo qui part cet été.")
    yield _student(
        "Pierre",
        "Langevin",
        None,
        emails=("plangevi@example.org",),
        shows="A déjà un compte, à son adresse confirmée : il est lié.",
    )
    yield _student("Georges", "Charpak", None, shows="A déjà un compte à son nom : à prouver.")
    yield _student(
        "Irène",
        "Joliot-Curie",
        entering,
        emails=("ijoliot@fictif.psl.eu",),
        shows="Élève, au nom d'un compte de la démonstration : à prouver, ou un autre compte.",
    )
    yield _student("Alfred", "Kastler", gone, shows="D'une promo partie : refusé.")
    yield _student("Camille", "Chercheuse", None, shows="De l'école, sans promo : refusée.")
    yield _student(
        "Jean",
        "Zay",
        None,
        services=("promo9999", "promo²", f"PROMO{entering}", f"promo{entering}x"),
        shows="Aux promos mal écrites : refusé.",
    )


def _student(
    given_name: str,
    surname: str,
    promo: int | None,
    *,
    shows: str,
    emails: tuple[str, ...] = (),
    services: tuple[str, ...] = (),
) -> Student:
    key = _plain(f"{given_name}.{surname}")
    classes = (f"promo{promo}",) if promo is not None else ()
    return Student(
        key=key,
        given_name=given_name,
        surname=surname,
        emails=emails or (f"{key}@fictif.psl.eu",),
        services=("wifi", *classes, *services),
        shows=shows,
    )


def _plain(name: str) -> str:
    """A name as addresses have it: ``eloise.d-artagnan``."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z.]+", "-", letters.lower())
