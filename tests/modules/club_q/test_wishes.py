"""The form of the wishes: what it shows, what it keeps, when it is open, and who is faster."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import RunMode, RunStatus, Strategy
from app.models import (
    AuditEvent,
    ClubQAttribution,
    ClubQPreference,
    ClubQRun,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from app.modules.club_q.choices import MAX_PLACES
from app.modules.club_q.mails import WishesSaved
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories.club_q import (
    SalleFactory,
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)

Row = tuple[ClubQSpectacle, object, object] | tuple[ClubQSpectacle, object, object, object]


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    return make_current(SeasonFactory(nom="Hiver"))


@pytest.fixture
def shows(season: ClubQSeason) -> list[ClubQSpectacle]:
    return [SpectacleFactory(season_id=season.id, nom=name) for name in ("Phèdre", "Carmen", "Go")]


def fields(*rows: Row, version: int = 0, **more: Any) -> dict[str, Any]:
    """What a browser sends."""
    sent: dict[str, Any] = {"version": version, **more}
    for show, rank, places, *minimum in rows:
        sent |= {f"priorite_{show.id}": rank, f"places_{show.id}": places}
        sent[f"minimum_{show.id}"] = minimum[0] if minimum else "1"
    return sent


def kept(session: Session, pceen: PCeen) -> list[tuple[str, int, int, int]]:
    """The wishes of someone, by rank."""
    session.expire_all()
    stmt = sa.select(ClubQVoeu).where(ClubQVoeu.pceen_id == pceen.id).order_by(ClubQVoeu.priorite)
    return [
        (one.spectacle.nom, one.priorite, one.places_demandees, one.places_minimum)
        for one in session.scalars(stmt)
    ]


def adopt(session: Session, season: ClubQSeason) -> None:
    """Have a run of a season be adopted."""
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
    session.commit()


def errors_of(page: Page) -> list[str]:
    return page.texts(".error-summary li")


# What it shows


def test_a_page_without_any_season_says_so(login: Login) -> None:
    page = login(participant()).open_page("/club_q")

    assert "Aucune saison" in page.text(".empty")


def test_the_form_has_a_row_for_each_show_to_come(
    login: Login, session: Session, season: ClubQSeason, shows: list[ClubQSpectacle]
) -> None:
    shows[0].salle_id = SalleFactory(nom="Odéon").id
    shows[1].cancelled = True
    shows[2].date = clock.now() - timedelta(minutes=1)
    SpectacleFactory(season_id=SeasonFactory().id, nom="Ailleurs")
    session.commit()

    page = login(participant()).open_page("/club_q")

    assert page.texts(".wish-name") == ["Phèdre"]
    assert "Odéon" in page.text(".wish-note")
    assert page.html.select_one(".wish-name a")["href"] == f"/club_q/spectacles/{shows[0].id}"
    assert season.seed_commitment in page.text(".wish-promise")
    assert "dû" in page.text(".wish-promise")


@pytest.mark.parametrize(
    ("asked", "is_table"),
    [("", False), ("?compact=0", False), ("?compact=1", True), ("?compact=abc", False)],
)
def test_the_layout_is_a_list_or_a_table(
    login: Login, shows: list[ClubQSpectacle], asked: str, is_table: bool
) -> None:
    page = login(participant()).open_page(f"/club_q{asked}")

    assert bool(page.html.select("main table[data-sortable]")) is is_table
    assert len(page.html.select("[data-wish]")) == 3


def test_former_wishes_are_there_already(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    wish(ada, shows[2], priority=1, places=4, minimum=2)
    wish(ada, shows[0], priority=2, places=3, minimum=3)
    session.add(
        ClubQPreference(
            pceen_id=ada.id, season_id=shows[0].season_id, budget=4000, max_shows=2, version=5
        )
    )
    session.commit()

    page = login(ada).open_page("/club_q")

    def value(name: str, show: ClubQSpectacle) -> str:
        return str(page.html.select_one(f"#{name}_{show.id}")["value"])

    assert (value("priorite", shows[2]), value("places", shows[2])) == ("1", "4")
    assert (value("priorite", shows[0]), value("priorite", shows[1])) == ("2", "")
    chosen = [one["value"] for one in page.html.select("main option[selected]")]
    assert chosen == ["all", "2"]
    assert page.html.select_one("input[name=version]")["value"] == "5"
    assert page.html.select_one("#budget")["value"] == "40,00"
    assert page.texts(".wish-order-name") == ["Go", "Phèdre"]


def test_what_is_not_on_the_form_leaves_no_hole_in_the_ranks(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    for rank, show in enumerate(shows, start=1):
        wish(ada, show, priority=rank)
    shows[0].cancelled = True
    session.commit()

    browser = login(ada)
    page = browser.open_page("/club_q")
    ranks = [one["value"] for one in page.html.select("main input[name^=priorite_]")]
    browser.submit("/club_q", **fields((shows[1], 2, 1), (shows[2], 1, 1)))

    assert ranks == ["1", "2"]
    assert [one[:2] for one in kept(session, ada)] == [("Go", 1), ("Carmen", 2), ("Phèdre", 3)]


# What it keeps


def test_wishes_are_saved_as_a_whole_and_said_again(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    sent = fields(
        (shows[0], "2", "4", "2"),
        (shows[1], "1", "1"),
        (shows[2], "", ""),
        budget="120,50",
        max_shows="2",
        accept_clashes="y",
    )

    page = login(ada).submit("/club_q", **sent)

    assert kept(session, ada) == [("Carmen", 1, 1, 1), ("Phèdre", 2, 4, 2)]
    own = session.scalars(sa.select(ClubQPreference)).one()
    assert (own.budget, own.max_shows, own.accept_clashes, own.version) == (12050, 2, True, 1)
    receipt = page.text(".notice-success")
    assert "Carmen 1 place" in receipt
    assert "Phèdre 4 places, au moins 2" in receipt
    assert "75,00" in receipt
    assert page.flashes == ["Vos vœux sont enregistrés."]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "club_q.wishes.save"))
    assert event.one().after["wishes"] == [[shows[1].id, 1, 1], [shows[0].id, 4, 2]]


def test_ranks_are_exchanged_and_wishes_taken_away(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    browser = login(ada)
    browser.submit("/club_q", **fields((shows[0], 1, 1), (shows[1], 2, 2), (shows[2], 3, 3)))
    before = session.scalars(sa.select(ClubQVoeu.id).order_by(ClubQVoeu.id)).all()

    browser.submit(
        "/club_q", **fields((shows[0], 2, 1), (shows[1], "", ""), (shows[2], 1, 3), version=1)
    )

    assert kept(session, ada) == [("Go", 1, 3, 1), ("Phèdre", 2, 1, 1)]
    after = session.scalars(sa.select(ClubQVoeu.id).order_by(ClubQVoeu.id)).all()
    assert after == [before[0], before[2]]


def test_a_show_that_is_not_sent_keeps_its_wish(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    wish(ada, shows[2], priority=1, places=5)

    login(ada).submit("/club_q", **fields((shows[0], 2, 1)))

    assert kept(session, ada) == [("Go", 1, 5, 1), ("Phèdre", 2, 1, 1)]


def test_saving_the_same_again_changes_nothing(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    browser = login(ada)
    browser.submit("/club_q", **fields((shows[0], 1, 2)))

    for _ in range(3):
        page = browser.submit("/club_q", **fields((shows[0], 1, 2), version=1))

    assert page.flashes == ["Rien n'a changé."]
    assert session.scalars(sa.select(ClubQPreference.version)).one() == 1
    assert session.scalars(sa.select(ClubQVoeu.version)).one() == 1


def test_a_copy_is_mailed_to_who_asks_for_it(
    login: Login, session: Session, outbox: Outbox, shows: list[ClubQSpectacle]
) -> None:
    ada = participant(email="ada@example.org", locale="en")
    browser = login(ada)

    browser.submit("/club_q", **fields((shows[0], 1, 4, "all"), budget="10"), send_copy="y")
    browser.submit("/club_q", **fields((shows[0], 1, 3), version=1))

    (mail,) = outbox()
    assert isinstance(mail, WishesSaved)
    assert (mail.to, mail.locale, mail.season) == ("ada@example.org", "en", "Hiver")
    assert [list(line) for line in mail.lines] == [[1, "Phèdre", 4, 4]]
    assert (mail.most_cents, mail.budget_cents) == (1000, 1000)


# What it refuses


def test_all_that_is_wrong_is_said_at_once_and_all_that_is_typed_stays(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    wish(ada, shows[0], priority=1, places=2)
    sent = fields(
        (shows[0], "1", "<b>2", "1"),
        (shows[1], "1", "500", "0"),
        (shows[2], "", "3", "7"),
        budget="beaucoup",
        max_shows="0",
    )

    page = login(ada).submit("/club_q", **sent, status=422)

    assert kept(session, ada) == [("Phèdre", 1, 2, 1)]
    said = "\n".join(errors_of(page))
    for show in shows:
        assert show.nom in said
    assert "Budget" in said
    assert "Spectacles, au plus" in said
    value = {one["name"]: one["value"] for one in page.html.select("main input[name]")}
    assert value[f"places_{shows[0].id}"] == "<b>2"
    assert value[f"places_{shows[1].id}"] == "500"
    assert value["budget"] == "beaucoup"
    chosen = [one["value"] for one in page.html.select("main option[selected]")]
    assert chosen == ["1", "0", "7"]
    (field,) = page.html.select(f"#places_{shows[1].id}")
    errors = page.html.select_one(f"#{field['aria-describedby']}")
    assert "Demandez de 1 à 10 places." in errors.text


@pytest.mark.parametrize(
    "rows",
    [
        [("0", "1"), ("0", "1"), ("0", "1")],
        [("-7", "1"), ("10", "1")],
        [("1", "1"), ("1", "1")],
        [("1", "1"), ("3", "1")],
        [("²", "1")],
        [("1.0", "1")],
        [("1", "-5")],
        [("1", "0")],
        [("1", "500")],
        [("1", "2147483648")],
        [("1", "4", "0")],
        [("1", "4", "5")],
        [("1", "")],
        [("", "1")],
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    login: Login,
    session: Session,
    shows: list[ClubQSpectacle],
    rows: list[tuple[object, object]],
) -> None:
    ada = participant()

    page = login(ada).submit(
        "/club_q",
        **fields(*[(show, *row) for show, row in zip(shows, rows, strict=False)]),
        status=422,
    )

    assert errors_of(page)
    assert kept(session, ada) == []
    assert session.scalars(sa.select(ClubQPreference)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"priorite": 0},
        {"places_demandees": 0},
        {"places_demandees": -5},
        {"places_demandees": 500},
        {"places_minimum": 0},
        {"places_minimum": 3},
    ],
)
def test_the_database_refuses_the_same(
    session: Session, shows: list[ClubQSpectacle], wrong: dict[str, int]
) -> None:
    columns = {"priorite": 1, "places_demandees": 2, "places_minimum": 1} | wrong
    session.add(
        ClubQVoeu(
            pceen_id=participant().id,
            spectacle_id=shows[0].id,
            season_id=shows[0].season_id,
            **columns,
        )
    )

    with pytest.raises(sa.exc.DBAPIError):
        session.flush()


def test_a_show_of_another_season_is_refused(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada, other = participant(), SpectacleFactory(season_id=SeasonFactory().id)

    page = login(ada).submit("/club_q", **fields((shows[0], 1, 1), (other, 2, 1)), status=422)

    assert "n'est plus proposé" in errors_of(page)[0]
    assert kept(session, ada) == []


def test_the_most_places_are_those_of_the_options(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    MAX_PLACES.set(session, 2)
    session.commit()

    page = login(participant()).submit("/club_q", **fields((shows[0], 1, 3)), status=422)

    assert "Demandez de 1 à 2 places." in errors_of(page)[0]


def test_an_older_page_is_told_what_is_saved_and_keeps_what_it_has(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    browser = login(ada)
    browser.submit("/club_q", **fields((shows[0], 1, 2)))

    page = browser.submit("/club_q", **fields((shows[1], 1, 7)), status=409)

    assert kept(session, ada) == [("Phèdre", 1, 2, 1)]
    assert "Phèdre 2 places" in page.text(".wish-now")
    assert page.html.select_one(f"#places_{shows[1].id}")["value"] == "7"
    assert page.html.select_one("input[name=version]")["value"] == "1"


@pytest.mark.parametrize("version", ["-1", "x", "9" * 30, "²", "2"])
def test_a_version_that_is_none_is_refused(
    login: Login, session: Session, shows: list[ClubQSpectacle], version: str
) -> None:
    ada = participant()

    login(ada).submit("/club_q", **fields((shows[0], 1, 1)) | {"version": version}, status=409)

    assert kept(session, ada) == []


def test_naming_another_account_changes_nothing(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada, bob = participant(), participant()

    login(ada).submit("/club_q", **fields((shows[0], 1, 1)), pceen=bob.id, pceen_id=bob.id)

    assert kept(session, bob) == []
    assert kept(session, ada) == [("Phèdre", 1, 1, 1)]


def test_what_is_granted_is_never_touched(
    login: Login, session: Session, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    grant(wish(ada, shows[0], priority=1, places=4), 3, locked=True)
    browser = login(ada)

    taken = browser.submit("/club_q", **fields((shows[0], "", "")), status=422)
    fewer = browser.submit("/club_q", **fields((shows[0], 1, 2)), status=422)
    browser.submit("/club_q", **fields((shows[0], 2, 4), (shows[1], 1, 1)))

    for page in (taken, fewer):
        assert "L'équipe s'occupe déjà de ce vœu" in errors_of(page)[0]
        assert "3" not in errors_of(page)[0]
    assert kept(session, ada) == [("Carmen", 1, 1, 1), ("Phèdre", 2, 4, 1)]
    assert session.scalars(sa.select(ClubQAttribution.places_attribuees)).one() == 3


# When it is open


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.PARIS).astimezone(UTC)


@pytest.fixture
def dated(session: Session, season: ClubQSeason) -> ClubQSpectacle:
    """A show of a season whose form is open from the 3rd to the 9th of March."""
    season.debut_inscription, season.fin_inscription = date(2027, 3, 3), date(2027, 3, 9)
    show = SpectacleFactory(season_id=season.id, nom="Phèdre", date=paris("2027-05-01T20:00"))
    session.commit()
    return show


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2027-03-02T23:59:59", 409),
        ("2027-03-03T00:00:00", 200),
        ("2027-03-09T23:59:59", 200),
        ("2027-03-10T00:00:00", 409),
    ],
)
def test_wishes_are_taken_to_the_second(
    login: Login, session: Session, dated: ClubQSpectacle, at: str, status: int
) -> None:
    with time_machine.travel(paris(at), tick=False):
        ada = participant()
        page = login(ada).submit("/club_q", **fields((dated, 1, 1)), status=status)

    assert len(kept(session, ada)) == (status == 200)
    if status == 409:
        assert "Rien n'a été changé" in page.text(".notice-danger")


def test_who_is_late_is_shown_what_was_saved(
    login: Login, session: Session, dated: ClubQSpectacle
) -> None:
    with time_machine.travel(paris("2027-03-09T23:59:00"), tick=False):
        ada = participant()
        browser = login(ada)
        browser.submit("/club_q", **fields((dated, 1, 4, "2")))
    with time_machine.travel(paris("2027-03-10T00:00:00"), tick=False):
        page = browser.submit("/club_q", **fields((dated, 1, 9), version=1), status=409)

    assert page.texts(".wish-kept li") == ["Phèdre 4 places, au moins 2"]
    assert not page.html.select("main form.wishes")


def switched_off(session: Session, season: ClubQSeason) -> None:
    make_current(season, is_open=False)


def another_season(session: Session, season: ClubQSeason) -> None:
    make_current(SeasonFactory())


@pytest.mark.parametrize(
    ("close", "status"), [(switched_off, 409), (adopt, 409), (another_season, 422)]
)
def test_a_form_that_is_closed_takes_nothing(
    login: Login,
    session: Session,
    season: ClubQSeason,
    shows: list[ClubQSpectacle],
    close: Callable[[Session, ClubQSeason], None],
    status: int,
) -> None:
    ada = participant()
    wish(ada, shows[0], priority=1)
    close(session, season)
    browser = login(ada)

    for sent in (fields((shows[0], "", "")), fields((shows[1], 1, 2), budget="x")):
        browser.submit("/club_q", **sent, status=status)

    assert kept(session, ada) == [("Phèdre", 1, 1, 1)]
    assert session.scalars(sa.select(ClubQPreference)).all() == []


def test_wishes_sent_again_after_the_adoption_change_no_grant(
    login: Login, session: Session, season: ClubQSeason, shows: list[ClubQSpectacle]
) -> None:
    ada = participant()
    grant(wish(ada, shows[0], priority=1, places=2), 2)
    adopt(session, season)
    browser = login(ada)

    for _ in range(10):
        browser.submit("/club_q", **fields((shows[0], 1, 2)), status=409)
    browser.submit("/club_q", **fields((shows[0], "", "")), status=409)

    assert kept(session, ada) == [("Phèdre", 1, 2, 1)]
    assert session.scalars(sa.select(ClubQAttribution.places_attribuees)).one() == 2


def test_the_team_has_a_preview_of_a_form_that_is_closed(
    login: Login, season: ClubQSeason, shows: list[ClubQSpectacle]
) -> None:
    make_current(season, is_open=False)
    browser = login(organiser())

    page = browser.open_page("/club_q")

    assert len(page.html.select("[data-wish] input[disabled]")) == 6
    assert not page.html.select("main button[type=submit]:not(.season-bar *)")
    browser.submit("/club_q", **fields((shows[0], 1, 1)), status=409)


def test_a_student_has_no_form_while_it_is_closed(
    login: Login, season: ClubQSeason, shows: list[ClubQSpectacle]
) -> None:
    make_current(season, is_open=False)

    page = login(participant()).open_page("/club_q")

    assert not page.html.select("main form.wishes")
    assert "fermé" in page.text(".notice-info")


# How much it costs


@pytest.mark.once
@pytest.mark.parametrize("asked", ["", "?compact=1"])
def test_a_form_of_forty_shows_is_light(
    login: Login, session: Session, season: ClubQSeason, queries: list[str], asked: str
) -> None:
    ada = participant()
    for number in range(40):
        show = SpectacleFactory(
            season_id=season.id,
            nom=f"Le Bourgeois gentilhomme, comédie-ballet n° {number}",
            description="Une soirée au théâtre. " * 100,
            image="0123456789abcdef0123456789abcdef.webp",
            salle_id=SalleFactory(nom=f"Théâtre national de la Colline {number}").id,
        )
        if number < 10:
            wish(ada, show, priority=number + 1, places=4)
    browser: Client = login(ada)
    queries.clear()

    response = browser.get(f"/club_q{asked}")

    assert len(queries) <= 12, "\n".join(queries)
    assert len(response.data) <= 120_000
