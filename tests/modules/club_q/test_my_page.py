"""The page of someone: what they asked, have and owe, and why; and what is hidden."""

import re
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import DiscontentKind, ReturnState, RunMode, RunStatus, Strategy, WishReason
from app.models import (
    AuditEvent,
    ClubQAccount,
    ClubQDiscontent,
    ClubQReturn,
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from app.modules.club_q.routes.reasons import why
from tests.conftest import Login
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)
from tests.factories.people import PCeenFactory

pytestmark = pytest.mark.once


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    return make_current(SeasonFactory(nom="Hiver"))


@pytest.fixture
def show(season: ClubQSeason) -> ClubQSpectacle:
    return SpectacleFactory(season_id=season.id, nom="Phèdre")


def publish(session: Session, season: ClubQSeason) -> None:
    season.attributions_visible = True
    session.commit()


def run_of(session: Session, season: ClubQSeason, voeu: ClubQVoeu, **said: Any) -> ClubQRun:
    """An adopted run that says so of a wish."""
    run = ClubQRun(
        season_id=season.id,
        strategy=Strategy.fair,
        mode=RunMode.full,
        params={},
        seed_commitment=season.seed_commitment,
        status=RunStatus.adopted,
        adopted_season_id=season.id,
        adopted_at=clock.now(),
    )
    session.add(run)
    session.flush()
    said_of(session, run, voeu, **said)
    return run


def said_of(session: Session, run: ClubQRun, voeu: ClubQVoeu, **said: Any) -> None:
    """What a run said of a wish, and did of whose it is."""
    columns = {"granted": 1, "reason": WishReason.full, "reason_data": {}} | said
    session.add(
        ClubQRunWish(
            run_id=run.id,
            voeu_id=voeu.id,
            pceen_id=voeu.pceen_id,
            spectacle_id=voeu.spectacle_id,
            **columns,
        )
    )
    session.add(
        ClubQRunPerson(
            run_id=run.id,
            pceen_id=voeu.pceen_id,
            before=Decimal("1.5"),
            after=Decimal("-2.5"),
            satisfaction=2520,
            served=True,
            explanation={"mean": 1260},
        )
    )
    session.add(
        ClubQDiscontent(
            pceen_id=voeu.pceen_id,
            season_id=run.season_id,
            run_id=run.id,
            kind=DiscontentKind.run,
            before=Decimal("1.5"),
            delta=Decimal("-4.0"),
            after=Decimal("-2.5"),
        )
    )
    session.merge(ClubQAccount(pceen_id=voeu.pceen_id, discontent=Decimal("-2.5")))
    session.commit()


def path(pceen: PCeen) -> str:
    return f"/club_q/pceens/{pceen.id}"


# Who sees it


def test_ones_own_page_is_ones_own(login: Login, show: ClubQSpectacle) -> None:
    ada, bob = participant(), participant()
    browser = login(ada)

    browser.open_page(path(ada))
    browser.open_page(path(bob), status=404)
    browser.open_page("/club_q/pceens/99999999999999999999", status=404)
    browser.submit(f"{path(ada)}/discontent", discontent="4", reason="moi", status=403)


def test_the_team_sees_everybodys(login: Login, session: Session, show: ClubQSpectacle) -> None:
    ada = participant(promo=145, email="ada@example.org")
    grant(wish(ada, show, places=4), 3)

    page = login(organiser()).open_page(path(ada))

    assert "3 places" in page.text(".voeu-result")
    assert "Jauge 10, reste 7" in page.text(".voeu-staff")
    assert "ada@example.org" in page.text("main")
    login(organiser()).open_page("/club_q/pceens/987654", status=404)


def test_a_page_without_a_season_or_a_wish_says_so(login: Login, session: Session) -> None:
    ada = participant()
    browser = login(ada)
    page = browser.open_page(path(ada))
    assert "Aucune saison" in page.text(".empty")

    make_current(SeasonFactory(nom="Hiver"))
    page = browser.open_page(path(ada))
    assert "rien demandé pour « Hiver »" in page.text(".empty")


@pytest.mark.parametrize("asked", ["?season_id=x", "?season_id=99999", ""])
def test_an_unknown_season_is_the_current_one(
    login: Login, season: ClubQSeason, show: ClubQSpectacle, asked: str
) -> None:
    SeasonFactory(nom="Été", debut=clock.today())
    ada = participant()
    wish(ada, show)

    page = login(ada).open_page(f"{path(ada)}{asked}")

    assert "Phèdre" in page.text(".voeu-name")
    assert page.text("#season-bar-choice option[selected]") == "Hiver"


# Before publication


@pytest.mark.parametrize("url", ["/club_q", "/club_q?compact=1", "/", "own"])
def test_nothing_tells_of_grants_before_they_are_published(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle, url: str
) -> None:
    ada = participant()
    session.add(ClubQAccount(pceen_id=ada.id, discontent=Decimal("1.5")))
    session.commit()
    voeu = wish(ada, show, places=4)
    url = path(ada) if url == "own" else url
    other = SpectacleFactory(season_id=season.id, nom="Ailleurs")
    # a run that is adopted is public: what it gives is not
    bob = wish(participant(), other)
    run_of(session, season, bob)
    browser = login(ada)

    before = browser.get(url)
    grant(voeu, 4)
    run = session.scalars(sa.select(ClubQRun)).one()
    said_of(session, run, voeu, granted=4)
    after = browser.get(url)

    assert len(after.data) == len(before.data)
    assert nothing_random(after.text) == nothing_random(before.text)


def nothing_random(text: str) -> str:
    """A page without what is drawn at each request."""
    text = re.sub(r'data-at="[^"]*"', "", text)
    return re.sub(r'(?:nonce-|nonce="|value="|content=")[\w.+/=-]{16,}', "", text)


def test_what_is_published_is_told(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle
) -> None:
    ada = participant()
    voeu = wish(ada, show, places=4)
    grant(voeu, 4)
    run_of(session, season, voeu, granted=4)
    publish(session, season)

    page = login(ada).open_page(path(ada))

    assert "4 places" in page.text(".voeu-result")
    assert "60,00" in page.text(".voeux-total")
    assert page.text(".voeu-why") == "Tout ce que vous demandiez."
    assert "12,0 points" in page.text(".person-head")
    assert "6,0 points" in page.text(".person-head")
    assert "-2,5" in page.text(".person-head")
    assert page.html.select("main figure.chart")
    assert f"{path(ada)}/generate_pdf?season_id={season.id}" in str(page.html)


def test_a_show_that_is_cancelled_costs_nothing(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle
) -> None:
    ada = participant()
    grant(wish(ada, show, places=4), 4)
    show.cancelled = True
    publish(session, season)

    page = login(ada).open_page(path(ada))

    assert "annulé" in page.text(".voeu-result")
    assert "0,00" in page.text(".voeux-total")


def test_what_the_team_decided_is_said_with_its_note(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle
) -> None:
    ada = participant()
    voeu = wish(ada, show, places=4)
    run_of(session, season, voeu, granted=4)
    grant(voeu, 1, locked=True).note = "Deux places de moins <b>"
    publish(session, season)

    page = login(ada).open_page(path(ada))

    assert "équipe" in page.text(".voeu-why")
    assert "Deux places de moins <b>" in page.text(".voeu-why")


def test_a_discontent_that_nobody_may_know_yet_is_the_one_before(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle
) -> None:
    ada = participant()
    voeu = wish(ada, show)
    run_of(session, season, voeu)

    own = login(ada).open_page(path(ada)).text("main")
    theirs = login(organiser()).open_page(path(ada)).text("main")

    assert "Aujourd'hui : 1,5" in own
    assert "Aujourd'hui : -2,5" in theirs


def test_a_page_of_forty_wishes_takes_few_statements(
    login: Login, session: Session, season: ClubQSeason, queries: list[str]
) -> None:
    ada = participant()
    for rank in range(1, 41):
        voeu = wish(ada, SpectacleFactory(season_id=season.id), priority=rank)
        grant(voeu, 1)
    publish(session, season)
    own = path(ada)
    for visitor in (ada, organiser()):
        browser = login(visitor)
        queries.clear()
        browser.open_page(own)
        assert len(queries) <= 12, "\n".join(queries)


# Why


@pytest.mark.once
@pytest.mark.parametrize(
    ("reason", "data", "said"),
    [
        ("full", {}, ["Tout ce que vous demandiez."]),
        (
            "partial",
            {"granted": 2, "places": 4, "offered": 37, "asked": 112, "cause": "none_left"},
            ["2 sur 4.", "37 places pour 112 demandées.", "Il n'en restait plus."],
        ),
        (
            "none_left",
            {
                "offered": 1,
                "asked": 3,
                "more": 1,
                "same": 2,
                "less": 3,
                "forbidden": {"clash": 1, "served": 2},
            },
            [
                "1 place pour 3 demandées.",
                "1 personne qui en a perdrait plus que vous n'y gagneriez.",
                "Avec 2 personnes, c'était égal : le tirage au sort a décidé.",
                (
                    "3 personnes auraient perdu moins que vous n'y auriez gagné, mais l'échange ne"
                    " se pouvait pas\xa0: pour 1, vous auriez eu deux spectacles en même temps, 2"
                    " n'auraient plus rien eu du tout."
                ),
            ],
        ),
        (
            "minimum",
            {"left": 1, "minimum": 3},
            ["Il restait 1 place : moins que votre minimum de 3."],
        ),
        ("clash", {"shows": [7]}, ["Vous avez déjà «\xa0Phèdre\xa0» à ce moment-là."]),
        (
            "shows",
            {"reached": 2},
            ["Vous aviez déjà vos 2 spectacles : vous n'en vouliez pas plus."],
        ),
        ("returned", {"returned": 2}, ["Vous avez rendu 2 places : quelqu'un d'autre les a."]),
        ("cancelled", {}, ["Le spectacle est annulé : rien n'est dû."]),
    ],
)
def test_reasons_are_plain_words(
    app: Flask, reason: str, data: dict[str, Any], said: list[str]
) -> None:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        assert why(WishReason(reason), data, shows={7: "Phèdre"}) == said


@pytest.mark.once
@pytest.mark.parametrize("reason", list(WishReason))
def test_every_reason_has_words_even_without_figures(app: Flask, reason: WishReason) -> None:
    with app.test_request_context():
        assert all(why(reason, {}, shows={}))


# The discontent, by hand


@pytest.mark.parametrize(
    ("typed", "value"),
    [("4,7", "4.7"), ("0", "0.0"), ("99.5", "99.5"), ("-12", "-12.0"), ("-9999,9", "-9999.9")],
)
def test_the_team_sets_a_discontent(
    login: Login, session: Session, season: ClubQSeason, typed: str, value: str
) -> None:
    ada, cara = participant(), organiser()
    session.add(ClubQAccount(pceen_id=ada.id, discontent=Decimal("3.3")))
    session.commit()

    page = login(cara).submit(
        f"{path(ada)}/discontent", discontent=typed, reason="Un oubli", seen="3.3"
    )

    session.expire_all()
    assert session.get_one(ClubQAccount, ada.id).discontent == Decimal(value)
    line = session.scalars(sa.select(ClubQDiscontent)).one()
    assert (line.kind, line.reason, line.actor_id) == (DiscontentKind.manual, "Un oubli", cara.id)
    assert (line.before, line.after) == (Decimal("3.3"), Decimal(value))
    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "club_q.discontent.set")
    ).one()
    assert (event.object_id, event.reason) == (ada.id, "Un oubli")
    assert value.replace(".", ",").replace("9999", "9 999") in page.text("main")


@pytest.mark.parametrize(
    ("typed", "reason", "status"),
    [
        ("", "x", 422),
        ("4.77", "x", 422),
        ("1e3", "x", 422),
        ("nan", "x", 422),
        ("²", "x", 422),
        ("10000", "x", 422),
        ("4,7", "", 422),
        ("4,7", "x" * 281, 422),
    ],
)
def test_a_discontent_that_makes_no_sense_is_refused(
    login: Login, session: Session, season: ClubQSeason, typed: str, reason: str, status: int
) -> None:
    ada = participant()

    page = login(organiser()).submit(
        f"{path(ada)}/discontent", discontent=typed, reason=reason, seen="0", status=status
    )

    assert page.html.select_one("#hand-discontent")["value"] == typed
    assert session.scalars(sa.select(ClubQDiscontent)).all() == []


def test_a_discontent_that_changed_meanwhile_stays(
    login: Login, session: Session, season: ClubQSeason
) -> None:
    ada = participant()
    session.add(ClubQAccount(pceen_id=ada.id, discontent=Decimal("3.3")))
    session.commit()
    browser = login(organiser())

    for seen in ("1.0", "x", ""):
        browser.submit(f"{path(ada)}/discontent", discontent="4", reason="x", seen=seen, status=409)

    session.expire_all()
    assert session.get_one(ClubQAccount, ada.id).discontent == Decimal("3.3")


def test_nobody_has_a_discontent_set(login: Login, season: ClubQSeason) -> None:
    login(organiser()).submit(
        "/club_q/pceens/98765/discontent", discontent="4", reason="x", seen="0", status=404
    )


# Places given back


def holding(
    session: Session, season: ClubQSeason, show: ClubQSpectacle, **columns: Any
) -> tuple[PCeen, ClubQVoeu]:
    """Someone who has three places, as everybody may know."""
    ada = participant(**columns)
    voeu = wish(ada, show, places=4)
    grant(voeu, 3)
    publish(session, season)
    return ada, voeu


def test_places_are_offered_back_and_kept_after_all(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle
) -> None:
    ada, voeu = holding(session, season, show)
    browser = login(ada)

    page = browser.submit(f"/club_q/voeux/{voeu.id}/return", places="2")
    assert "2 places proposées" in page.text(".voeu-offer")
    browser.submit(f"/club_q/voeux/{voeu.id}/return", withdraw="1")

    session.expire_all()
    given = session.scalars(sa.select(ClubQReturn)).one()
    assert (given.places, given.state) == (2, ReturnState.withdrawn)


@pytest.mark.parametrize("places", ["", "x", "0", "4", "500", "-1"])
def test_no_more_is_offered_than_is_had(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle, places: str
) -> None:
    ada, voeu = holding(session, season, show)

    page = login(ada).submit(f"/club_q/voeux/{voeu.id}/return", places=places, status=422)

    assert page.html.select(".voeu-return .field-errors p")
    assert session.scalars(sa.select(ClubQReturn)).all() == []


def test_nobody_gives_back_what_is_somebody_elses(
    login: Login, session: Session, season: ClubQSeason, show: ClubQSpectacle
) -> None:
    _ada, voeu = holding(session, season, show)

    for visitor in (participant(), organiser()):
        login(visitor).submit(f"/club_q/voeux/{voeu.id}/return", places="1", status=404)
    login(participant()).submit("/club_q/voeux/99999999999/return", places="1", status=404)

    assert session.scalars(sa.select(ClubQReturn)).all() == []


def test_who_has_no_right_has_no_page(login: Login, season: ClubQSeason) -> None:
    stranger = PCeenFactory()

    login(stranger).open_page(path(stranger), status=403)
    login(stranger).open_page("/club_q", status=403)
