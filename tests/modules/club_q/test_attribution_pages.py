"""The pages of the attribution: rules, bonuses, runs, comparison, files, publication."""

import csv
import re
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import RunStatus, Strategy
from app.models import (
    AuditEvent,
    ClubQAttribution,
    ClubQRun,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
    StoredChoice,
)
from app.modules.club_q.choices import BONUS_1A, BONUS_OTHER, PROMO_1A
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import SeasonFactory, make_current, organiser, participant, wish
from tests.modules.club_q.attributions import Small, adopted, computed, launched

pytestmark = pytest.mark.once

BONUSES = {"promo": "144", "m1A": "4", "m2A": "3,5", "m3A": "2.0", "m4A": "-1", "mOther": "-10"}
RULES = {"strategy": "classic", "theta": "2", "use_bonus": "y"}
LAUNCH = {"strategy": "classic", "mode": "full", "theta": "4", "time_limit": "60"}


@pytest.fixture
def staff(login: Login) -> Client:
    return login(organiser(locale="fr", prenom="Colette", nom="Gauthier"))


def version(page: Page, form: str) -> str:
    """What a form of a page saw."""
    return str(page.html.select_one(f"form#{form} [name=version]")["value"])  # type: ignore[index]


def save_bonuses(staff: Client, season: ClubQSeason, *, status: int = 200, **fields: str) -> Page:
    path = f"/club_q/attribution?season_id={season.id}"
    seen = {"version": version(staff.open_page(path), "bonuses"), "save_attribution": "1"}
    return staff.submit(path, status=status, **(seen | BONUSES | fields))


def announce(staff: Client, season: ClubQSeason, *, status: int = 200, **fields: str) -> Page:
    path = f"/club_q/attribution?season_id={season.id}"
    seen = {"version": str(season.version), "save_rules": "1"}
    return staff.submit(path, status=status, **(seen | RULES | fields))


def stored(session: Session, key: str) -> Any:
    session.expire_all()
    row = session.get(StoredChoice, key)
    return row.value if row else None


# Parameters


def test_the_bonuses_are_saved_to_a_tenth(staff: Client, session: Session) -> None:
    page = save_bonuses(staff, SeasonFactory())

    assert page.flashes == ["Les bonus sont enregistrés."]
    assert stored(session, PROMO_1A.key) == 144
    assert stored(session, BONUS_1A.key) == "4.0"
    assert stored(session, "DISCONTENT_BONUS_2A") == "3.5"
    assert stored(session, BONUS_OTHER.key) == "-10.0"
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.action == "club_q.parameters.change"
    assert "4 / 3,5 / 2 / -1" in page.text("main")


def test_saving_the_same_bonuses_again_changes_nothing(staff: Client) -> None:
    season = SeasonFactory()
    save_bonuses(staff, season)

    assert save_bonuses(staff, season).flashes == ["Rien n'a changé."]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("promo", "0"),
        ("promo", "1000"),
        ("promo", "x"),
        ("promo", ""),
        ("m1A", "4.55"),
        ("m2A", "100"),
        ("m3A", ""),
        ("m4A", "²"),
        ("mOther", "1e3"),
    ],
)
def test_a_bonus_that_makes_no_sense_is_refused_and_kept(
    staff: Client, session: Session, field: str, value: str
) -> None:
    page = save_bonuses(staff, SeasonFactory(), status=422, **{field: value})

    assert page.html.select_one(f"#bonuses [name={field}]")["value"] == value  # type: ignore[index]
    assert page.html.select_one("details[open] .error-summary")
    assert stored(session, BONUS_1A.key) is None


def test_bonuses_that_someone_changed_meanwhile_are_not_overwritten(
    staff: Client, session: Session
) -> None:
    page = save_bonuses(staff, SeasonFactory(), status=409, version="12345")

    assert "Quelqu'un d'autre vient de modifier les bonus" in page.text("main")
    assert stored(session, BONUS_1A.key) is None


# Rules


def test_the_rules_are_announced_before_the_form_opens(staff: Client, session: Session) -> None:
    season = make_current(SeasonFactory(), is_open=False)

    page = announce(staff, season)

    assert page.flashes == ["Les règles sont annoncées."]
    session.refresh(season)
    assert season.rules == {"strategy": "classic", "theta": 2, "use_bonus": True}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"debut_inscription": clock.today() - timedelta(days=1)},
        {"debut_inscription": clock.today()},
    ],
)
def test_once_the_form_has_opened_the_rules_hold(
    staff: Client, session: Session, values: dict[str, Any]
) -> None:
    season = make_current(SeasonFactory(**values))

    page = announce(staff, season, status=409)

    assert "les règles annoncées ne changent plus" in page.text("main")
    assert not page.html.select("form#rules")
    session.refresh(season)
    assert season.rules == {}


def test_once_there_is_a_wish_the_rules_hold(staff: Client, session: Session) -> None:
    season = Small().season

    announce(staff, season, status=409)


@pytest.mark.parametrize(
    ("field", "value"), [("strategy", "random"), ("theta", "5"), ("theta", "-1"), ("theta", "")]
)
def test_rules_that_are_none_are_refused(staff: Client, field: str, value: str) -> None:
    page = announce(staff, SeasonFactory(), status=422, **{field: value})

    assert page.html.select_one("details[open] #rules .error-summary")


def test_rules_that_someone_changed_meanwhile_are_not_overwritten(staff: Client) -> None:
    announce(staff, SeasonFactory(), status=409, version="7")


# Launching


def launch(staff: Client, season: ClubQSeason, *, status: int = 200, **fields: str) -> Page:
    path = f"/club_q/attribution?season_id={season.id}"
    key = {"idempotency_key": fields.pop("key", "0123456789abcdef")}
    return staff.submit(path, status=status, **(key | LAUNCH | fields))


def test_a_run_is_launched_once_however_often_its_form_is_sent(
    staff: Client, session: Session
) -> None:
    season = Small().season

    first, again = launch(staff, season), launch(staff, season)

    (run,) = session.scalars(sa.select(ClubQRun))
    assert run.status is RunStatus.queued
    assert (run.strategy, run.time_limit) == (Strategy.classic, 60)
    assert run.params["theta"] == 4
    assert first.text("h1") == again.text("h1") == f"Attribution {run.id}"
    assert first.html.select_one("[data-run-progress] progress")
    assert first.html.select_one(f"form[action='/club_q/attribution/{run.id}/cancel']")


@pytest.mark.parametrize("seconds", ["9", "1801", "x", "", "-60", "²"])
def test_a_time_out_of_bounds_is_refused_and_kept(
    staff: Client, session: Session, seconds: str
) -> None:
    page = launch(staff, Small().season, status=422, time_limit=seconds)

    assert page.html.select_one("[name=time_limit]")["value"] == seconds  # type: ignore[index]
    assert not session.scalars(sa.select(ClubQRun)).all()


def test_one_run_of_a_season_is_computed_at_a_time(staff: Client, session: Session) -> None:
    season = Small().season
    launch(staff, season)

    page = launch(staff, season, status=409, key="another key of a form")

    assert "Un calcul est déjà en cours" in page.text("main")


def test_nothing_is_shared_out_without_a_wish(staff: Client) -> None:
    page = launch(staff, SeasonFactory(), status=422)

    assert "Personne n'a rien demandé" in page.text("main")


def test_without_a_season_the_page_explains_it(staff: Client) -> None:
    assert "aucune saison" in staff.open_page("/club_q/attribution").text(".empty")
    assert "aucune saison" in staff.submit("/club_q/attribution", **LAUNCH).text(".empty")


@pytest.mark.parametrize("asked", ["x", "-1", "99999999999999999999", ""])
def test_an_unknown_season_is_the_latest(staff: Client, asked: str) -> None:
    season = SeasonFactory(nom="Automne")

    page = staff.open_page(f"/club_q/attribution?season_id={asked}&page=x")

    assert page.text("h1") == f"Attribution, {season.nom}"


# One run


def test_scripts_are_told_how_far_a_run_is(staff: Client, session: Session) -> None:
    run = launched(session, Small().season)

    told = staff.get(f"/api/club_q/attribution/{run.id}").get_json()

    assert told == {
        "status": "queued",
        "label": "en attente",
        "is_over": False,
        "progress": 0,
        "message": "",
    }


def test_a_run_that_waits_can_be_cancelled(staff: Client, session: Session) -> None:
    run = launched(session, Small().season)

    page = staff.submit(f"/club_q/attribution/{run.id}/cancel")

    assert "annulé" in page.text("[data-run-state]")
    page = staff.submit(f"/club_q/attribution/{run.id}/cancel", status=409)
    assert "déjà fini" in page.text("main")


@pytest.mark.parametrize(
    ("view", "strategy"),
    [
        *((view, Strategy.classic) for view in ("figures", "fairness", "shows", "people", "log")),
        *((view, Strategy.fair) for view in ("figures", "log", "nonsense")),
    ],
)
def test_each_view_of_a_run_is_a_page(
    staff: Client, session: Session, strategy: Strategy, view: str
) -> None:
    run = computed(session, Small().season, strategy=strategy)

    page = staff.open_page(f"/club_q/attribution/{run.id}?view={view}&page=999")

    assert page.text("h1") == f"Attribution {run.id}"
    if view == "fairness":
        charts = page.html.select("figure.chart")
        assert len(charts) == 5
        assert all(one.select_one("details table tbody tr") for one in charts)
        assert "Sans rien" in page.texts("h2")


def test_the_best_partition_says_what_is_proven_and_what_classic_would_do(
    staff: Client, session: Session
) -> None:
    run = computed(session, Small().season, strategy=Strategy.fair)

    page = staff.open_page(f"/club_q/attribution/{run.id}")

    rows = [row.get_text(" ", strip=True) for row in page.html.select("tbody tr")]
    assert any(row.startswith("Personnes servies 2 2 0,00") and "prouvé" in row for row in rows)
    assert "À côté de l'attribution classique" in page.text("main")


def test_grants_are_shown_by_show_and_by_person(staff: Client, session: Session) -> None:
    small = Small()
    run = computed(session, small.season, strategy=Strategy.fair)
    path = f"/club_q/attribution/{run.id}"

    shows = staff.open_page(f"{path}?view=shows")
    assert shows.texts("tbody td.headline") == ["Don Giovanni", "Le Cid"]
    one = staff.open_page(f"{path}?view=shows&show={small.first.id}")
    assert set(one.texts("tbody td.headline")) == {"Ada Lovelace", "Bob Noyce"}
    people = staff.open_page(f"{path}?view=people")
    assert people.texts("tbody td.headline") == ["Ada Lovelace", "Bob Noyce"]
    ada = staff.open_page(f"{path}?view=people&person={small.ada.id}")
    assert "Le Cid" in ada.text("tbody tr:first-child")
    assert "servi en entier" in ada.text("tbody tr:first-child")
    for nonsense in ("show=x", "show=999999999", "person=-1"):
        staff.open_page(f"{path}?view=shows&{nonsense}")


def test_the_log_names_people_and_shows_when_it_is_shown(staff: Client, session: Session) -> None:
    small = Small()
    run = computed(session, small.season)
    assert "Ada" not in (run.log or "")

    text = staff.open_page(f"/club_q/attribution/{run.id}?view=log").text("pre")

    assert "Ada Lovelace" in text
    assert "« Don Giovanni »" in text
    assert "#" not in text


def test_a_note_is_kept_and_a_long_one_refused(staff: Client, session: Session) -> None:
    run = computed(session, Small().season)
    path = f"/club_q/attribution/{run.id}/note"

    page = staff.submit(path, note="Le <meilleur> & de loin")
    assert page.text("#note textarea") == "Le <meilleur> & de loin"
    page = staff.submit(path, note="x" * 501, status=422)
    assert page.text("textarea") == "x" * 501
    session.refresh(run)
    assert run.note == "Le <meilleur> & de loin"


def test_a_run_that_failed_says_why(staff: Client, session: Session) -> None:
    run = launched(session, Small().season)
    run.status, run.active_season_id = RunStatus.failed, None
    run.error = "La vérification a refusé ce résultat."
    session.commit()

    page = staff.open_page(f"/club_q/attribution/{run.id}")

    assert "La vérification a refusé ce résultat." in page.text(".notice-danger")
    assert not page.html.select("dialog")


@pytest.mark.parametrize("key", ["0", "999999", "99999999999999999999"])
def test_an_unknown_run_is_missing(staff: Client, key: str) -> None:
    assert staff.get(f"/club_q/attribution/{key}").status_code == 404
    assert staff.get(f"/club_q/attribution/{key}/export").status_code == 404
    assert staff.get(f"/api/club_q/attribution/{key}").status_code == 404
    for verb in ("adopt", "revert", "cancel", "note"):
        assert staff.post(f"/club_q/attribution/{key}/{verb}").status_code == 404


# Adoption


def test_a_run_is_adopted_then_undone(staff: Client, session: Session) -> None:
    small = Small()
    run = computed(session, small.season, strategy=Strategy.fair)
    path = f"/club_q/attribution/{run.id}"
    assert staff.open_page(path).html.select_one("a[href$='view=adopt']")
    said = staff.open_page(f"{path}?view=adopt").text("main")
    assert "2 vœux changent de nombre de places" in said
    assert "(2 personnes)." in said

    page = staff.submit(f"{path}/adopt", replaces="0")

    assert page.flashes == [f"L'attribution {run.id} est adoptée."]
    assert session.scalar(sa.select(sa.func.sum(ClubQAttribution.places_attribuees))) == 2
    assert "Colette Gauthier" in page.text("main")
    page = staff.submit(f"{path}/revert")
    assert page.flashes == [f"L'attribution {run.id} est défaite : tout est comme avant."]
    assert not session.scalar(sa.select(sa.func.sum(ClubQAttribution.places_attribuees)))


def test_other_rules_than_those_announced_ask_why(staff: Client, session: Session) -> None:
    run = computed(session, Small().season, strategy=Strategy.classic)
    path = f"/club_q/attribution/{run.id}"
    assert staff.open_page(f"{path}?view=adopt").html.select_one("[name=reason]")

    page = staff.submit(f"{path}/adopt", replaces="0", status=422)
    assert "dites pourquoi" in page.text("main")
    page = staff.submit(f"{path}/adopt", replaces="0", reason="Le solveur est en panne")
    assert "est adoptée" in page.flashes[0]
    session.refresh(run)
    assert run.adoption_reason == "Le solveur est en panne"


def test_another_run_adopted_meanwhile_is_told(staff: Client, session: Session) -> None:
    small = Small()
    second = computed(session, small.season, strategy=Strategy.fair)
    adopted(session, small.season)

    page = staff.submit(f"/club_q/attribution/{second.id}/adopt", replaces="0", status=409)

    assert "vient d'adopter une autre attribution" in page.text("main")


def test_what_changed_since_a_run_is_named_and_it_is_not_adopted(
    staff: Client, session: Session
) -> None:
    small = Small()
    run = computed(session, small.season, strategy=Strategy.fair)
    wish(small.bob, small.second, 2)

    page = staff.open_page(f"/club_q/attribution/{run.id}?view=adopt")

    assert "Bob Noyce" in page.text(".notice-warning")
    assert not page.html.select("form[action$=adopt]")
    page = staff.submit(f"/club_q/attribution/{run.id}/adopt", replaces="0", status=409)
    assert "ont changé depuis" in page.text("main")
    assert not session.scalars(sa.select(ClubQAttribution)).all()


# Comparison


def test_runs_are_compared_and_who_differs_is_named(staff: Client, session: Session) -> None:
    season = Small().season
    fair = computed(session, season, strategy=Strategy.fair)
    classic = computed(session, season, strategy=Strategy.classic)

    by_comma = staff.open_page(f"/club_q/attribution/compare?runs={fair.id},{classic.id}")
    by_boxes = staff.open_page(f"/club_q/attribution/compare?runs={fair.id}&runs={classic.id}")

    assert by_comma.texts("tbody tr") == by_boxes.texts("tbody tr")
    assert f"équitable, {fair.id}" in by_comma.text("main")
    assert "Pour qui elles diffèrent" in by_comma.text("main")
    staff.open_page(f"/club_q/attribution/compare?runs={fair.id},{fair.id},{classic.id}&page=x")


@pytest.mark.parametrize("runs", ["", "x", "1", "1,2,3,4,5", "a,b", "-1,-2", "²,³", "1,x"])
def test_a_comparison_of_nothing_explains_itself(staff: Client, runs: str) -> None:
    page = staff.open_page(f"/club_q/attribution/compare?runs={runs}")

    assert "deux à quatre calculs" in page.text(".empty")


def test_a_comparison_with_a_run_that_is_none_or_of_another_season_is_missing(
    staff: Client, session: Session
) -> None:
    mine, other = (computed(session, Small().season) for _ in range(2))

    for runs in (f"{mine.id},999999", f"999999,{mine.id}", f"{mine.id},{other.id}"):
        assert staff.get(f"/club_q/attribution/compare?runs={runs}").status_code == 404
    waiting = launched(session, mine.season)
    page = staff.open_page(f"/club_q/attribution/compare?runs={mine.id},{waiting.id}")
    assert page.html.select(".empty")


# Files


def test_grants_and_figures_are_taken_away(staff: Client, session: Session) -> None:
    run = computed(session, Small().season, strategy=Strategy.fair)
    path = f"/club_q/attribution/{run.id}/export"

    sheet = load_workbook(BytesIO(staff.get(path).data)).active
    header, *rows, totals = sheet.iter_rows(values_only=True)
    assert header[0] == "Personne"
    assert [row[0] for row in rows] == ["Ada Lovelace", "Ada Lovelace", "Bob Noyce"]
    assert totals[6] == 2
    text = staff.get(f"{path}?format=csv&what=figures").data.decode("utf-8-sig")
    figures = list(csv.reader(StringIO(text), delimiter=";"))
    assert ["Personnes", "Servies", "2"] in figures
    assert any(line[0].startswith("Promo 145") for line in figures)
    assert staff.get(f"{path}?format=pdf&what=x").mimetype.endswith("sheet")


def test_a_run_without_a_result_has_no_file(staff: Client, session: Session) -> None:
    run = launched(session, Small().season)

    assert staff.get(f"/club_q/attribution/{run.id}/export").status_code == 404


# Publication


def test_publishing_shows_a_summary_then_publishes_and_hiding_asks_why(
    staff: Client, session: Session
) -> None:
    season = Small().season
    run = adopted(session, season, strategy=Strategy.fair)
    path = f"/club_q/saisons/attrib_visible/{season.id}"

    page = staff.submit(path, visible="1")
    assert f"Attribution {run.id}, équitable" in page.text(".definitions")
    session.refresh(season)
    assert not season.attributions_visible

    page = staff.submit(path, visible="1", confirmed="1")
    assert page.flashes == ["L'attribution est publiée."]
    session.refresh(season)
    assert season.attributions_visible
    assert season.published_at is not None

    assert "Masquer" in staff.submit(path, visible="0").text("h1")
    page = staff.submit(path, visible="0", confirmed="1", status=422)
    assert page.html.select_one("[name=reason][aria-invalid=true]")
    page = staff.submit(path, visible="0", confirmed="1", reason="Une erreur de saisie")
    assert page.flashes == ["L'attribution est masquée."]
    session.refresh(season)
    assert not season.attributions_visible


def test_nothing_is_published_without_any_grant(staff: Client, session: Session) -> None:
    season = Small().season
    path = f"/club_q/saisons/attrib_visible/{season.id}"

    assert "Il n'y a rien à publier" in staff.submit(path, visible="1").text("main")
    page = staff.submit(path, visible="1", confirmed="1", status=409)
    assert "Il n'y a rien à publier" in page.text("main")
    session.refresh(season)
    assert not season.attributions_visible


@pytest.mark.parametrize("key", ["0", "99999999999999999999"])
def test_an_unknown_season_is_not_published(staff: Client, key: str) -> None:
    answer = staff.post(f"/club_q/saisons/attrib_visible/{key}", data={"visible": "1"})
    assert answer.status_code == 404


def test_nonsense_publishes_nothing(staff: Client, session: Session) -> None:
    season = Small().season
    adopted(session, season)
    path = f"/club_q/saisons/attrib_visible/{season.id}"

    for visible in ("2", "", "x"):
        assert staff.post(path, data={"visible": visible, "confirmed": "1"}).status_code == 422
    session.refresh(season)
    assert not season.attributions_visible


# Rights


@pytest.mark.parametrize("kind", ["participant", "nobody"])
def test_a_student_opens_no_page_of_the_attribution_and_changes_nothing(
    login: Login, session: Session, kind: str
) -> None:
    season = Small().season
    run = computed(session, season)
    client = login(participant() if kind == "participant" else PCeenFactory())

    for path in ("", f"/{run.id}", f"/{run.id}/export", f"/compare?runs={run.id},{run.id}"):
        assert client.get(f"/club_q/attribution{path}").status_code == 403
    assert client.get(f"/api/club_q/attribution/{run.id}").status_code == 403
    for verb in ("adopt", "revert", "cancel", "note"):
        assert client.post(f"/club_q/attribution/{run.id}/{verb}").status_code == 403
    data = {"visible": "1", "confirmed": "1"}
    answer = client.post(f"/club_q/saisons/attrib_visible/{season.id}", data=data)
    assert answer.status_code == 403
    assert client.post("/club_q/attribution", data=LAUNCH).status_code == 403
    session.refresh(run)
    assert run.status is RunStatus.done


# Size


def crowd(session: Session) -> ClubQSeason:
    """400 people, 40 shows, about 3,100 wishes."""
    season = SeasonFactory()
    model = PCeenFactory()
    columns = {
        one.key: getattr(model, one.key)
        for one in sa.inspect(PCeen).column_attrs
        if one.key not in {"id", "username", "email", "promo"}
    }
    session.execute(
        sa.insert(PCeen),
        [
            columns | {"username": f"crowd{rank}", "email": None, "promo": 142 + rank % 4}
            for rank in range(400)
        ],
    )
    session.execute(
        sa.insert(ClubQSpectacle),
        [
            {
                "nom": f"Soirée {rank}",
                "date": clock.now() + timedelta(days=30 + rank),
                "nb_tickets": 24,
                "unit_price": 1500,
                "season_id": season.id,
            }
            for rank in range(40)
        ],
    )
    people = session.scalars(sa.select(PCeen.id).where(PCeen.username.like("crowd%"))).all()
    shows = session.scalars(
        sa.select(ClubQSpectacle.id).where(ClubQSpectacle.season_id == season.id)
    ).all()
    session.execute(sa.insert(ClubQVoeu), _wishes(season, people, shows))
    session.commit()
    return season


def _wishes(season: ClubQSeason, people: Sequence[int], shows: Sequence[int]) -> list[Any]:
    return [
        {
            "pceen_id": person,
            "spectacle_id": shows[(7 * rank + 3 * priority) % 40],
            "season_id": season.id,
            "priorite": priority,
            "places_demandees": 1 + rank % 3,
            "places_minimum": 1,
        }
        for rank, person in enumerate(people)
        for priority in range(1, 8 + rank % 3)
    ]


def test_the_pages_of_a_large_season_take_few_statements(
    staff: Client, session: Session, queries: list[str]
) -> None:
    season = crowd(session)
    run = computed(session, season)
    other = computed(session, season, theta=2)
    staff.get("/legal")
    paths = [
        f"/club_q/attribution?season_id={season.id}",
        *(f"/club_q/attribution/{run.id}?view={view}" for view in ("figures", "adopt", "log")),
        *(f"/club_q/attribution/{run.id}?view={view}" for view in ("fairness", "shows", "people")),
        f"/club_q/attribution/compare?runs={run.id},{other.id}",
        f"/club_q/attribution/{run.id}/export?format=csv",
    ]

    for path in paths:
        queries.clear()
        answer = staff.get(path)
        assert answer.status_code == 200
        assert len(queries) <= 12, "\n".join([path, *queries])
        assert len(re.findall("<tr", answer.text)) <= 260, path
