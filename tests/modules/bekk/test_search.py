from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.models import Bekk, BekkPage
from app.modules.bekk.queries import search as searching
from app.modules.bekk.queries.search import Found, search
from tests.factories.community import BekkFactory, draw_issue


def found(session: Session, words: str, *, promo: int | None = None, page: int = 1) -> list[Found]:
    return list(search(session, words, promo=promo, page=page).items)


def pages(session: Session, words: str) -> list[tuple[str, list[int]]]:
    """The issues where it is found, and their pages."""
    return [(one.issue.name, [hit.page for hit in one.hits]) for one in found(session, words)]


@pytest.mark.parametrize("words", ["cafe", "CAFÉ", "Cafe\u0301", "café crème", "  cafe  "])
def test_neither_case_nor_accents_count(session: Session, words: str) -> None:
    draw_issue(BekkFactory(name="Rentrée"), "Couverture", "Un Café crème au foyer", "Rien")

    (only,) = found(session, words)

    assert (only.issue.name, only.count, only.others) == ("Rentrée", 1, 0)
    (hit,) = only.hits
    assert (hit.page, hit.before) == (2, "Un ")
    assert hit.match.startswith("Café")
    assert f"{hit.before}{hit.match}{hit.after}" == "Un Café crème au foyer"


def test_names_are_looked_in_too(session: Session) -> None:
    BekkFactory(name="Spécial Été", promo=143)
    draw_issue(BekkFactory(name="Hiver", promo=144), "C'est l'été")

    assert pages(session, "ete") == [("Hiver", [1]), ("Spécial Été", [])]
    assert [one.issue.name for one in found(session, "ete", promo=143)] == ["Spécial Été"]
    assert found(session, "ete", promo=142) == []


@pytest.mark.parametrize(
    ("words", "name"),
    [("0 %", "percent"), ("a_b", "underscore"), ("a\\b", "backslash"), ("c/d", "slash")],
)
def test_signs_of_patterns_match_themselves_alone(session: Session, words: str, name: str) -> None:
    for called, text in [
        ("percent", "à 100 % pour"),
        ("underscore", "le nom a_b"),
        ("backslash", "chemin a\\b"),
        ("slash", "chemin c/d"),
        ("none", "1000 xx a b axb c d"),
    ]:
        draw_issue(BekkFactory(name=called), text)

    assert pages(session, words) == [(name, [1])]
    assert found(session, "%%") == []
    assert found(session, "__") == []


def test_a_percent_sign_alone_is_too_short(session: Session) -> None:
    draw_issue(BekkFactory(), "100 %")

    for words in ("%", "", "é", "x" * 101):
        answer = search(session, words)
        assert (list(answer.items), answer.total, answer.count) == ([], 0, 1)


def test_a_word_is_found_although_a_line_ends_in_it(session: Session) -> None:
    draw_issue(BekkFactory(name="Coupé"), "un porte-\nfeuille en\ncuir", "un porte-feuille")

    assert pages(session, "portefeuille") == [("Coupé", [1, 2])]
    assert pages(session, "porte-feuille") == [("Coupé", [1, 2])]
    assert pages(session, "en cuir") == [("Coupé", [1])]


def test_only_what_is_shown_is_found(session: Session) -> None:
    issue: Bekk = draw_issue(BekkFactory(), "l'ancien texte")
    BekkFactory(name="Pas prêt")
    issue.revision = 2
    session.add(
        BekkPage(
            bekk_id=issue.id,
            revision=2,
            number=1,
            width=1,
            height=1,
            text="nouveau",
            text_key="nouveau",
        )
    )
    session.commit()

    assert len(found(session, "ancien")) == 1
    assert found(session, "nouveau") == []

    issue.shown_revision = 2
    session.commit()

    assert found(session, "ancien") == []
    assert len(found(session, "nouveau")) == 1


def test_the_latest_comes_first_page_by_page_and_each_issue_shows_its_first_hits(
    session: Session, monkeypatch: pytest.MonkeyPatch, queries: list[str]
) -> None:
    monkeypatch.setattr(searching, "SIZE", 2)
    monkeypatch.setattr(searching, "HITS", 3)
    for day, name in ((1, "Un"), (3, "Trois"), (2, "Deux"), (3, "Trois bis")):
        draw_issue(BekkFactory(name=name, date=date(2026, 1, day)), *["le gala"] * 5, "rien")
    session.expire_all()
    queries.clear()

    answer = search(session, "gala")

    assert [one.issue.name for one in answer.items] == ["Trois bis", "Trois"]
    assert (answer.total, answer.count, answer.has_next) == (4, 2, True)
    for one in answer.items:
        assert [hit.page for hit in one.hits] == [1, 2, 3]
        assert (one.count, one.others) == (5, 2)
    assert len(queries) == 3
    assert [one.issue.name for one in found(session, "gala", page=2)] == ["Deux", "Un"]
    assert [one.issue.name for one in found(session, "gala", page=99)] == ["Deux", "Un"]


def test_what_cannot_be_written_in_a_database_is_found_nowhere(session: Session) -> None:
    draw_issue(BekkFactory(), "ab")

    assert found(session, "\ud800\ud800") == []
    assert len(found(session, "a\x00b")) == 1
