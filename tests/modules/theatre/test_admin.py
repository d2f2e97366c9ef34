"""What the team of the theatre club changes, from its pages."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import PARIS
from app.models import AuditEvent, Representation, Saison, Spectacle
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.community import PlayFactory, RepresentationFactory, SaisonFactory
from tests.modules.theatre.conftest import fields

pytestmark = pytest.mark.once

ADMIN = "/theatre/admin"


@pytest.fixture
def saison(session: Session) -> Saison:
    return SaisonFactory(name="Saison 2026", start_date=date(2026, 9, 1))


@pytest.fixture
def play(saison: Saison) -> Spectacle:
    return PlayFactory(saison_id=saison.id, name="Antigone")


def fresh(session: Session, row: Any) -> Any:
    session.commit()
    session.expire_all()
    return row


def count(session: Session, model: Any) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


# Seasons


def test_a_season_is_made_once_hidden_then_shown_by_a_button(
    staff: Client, client: Client, session: Session
) -> None:
    assert "aucune saison" in staff.open_page(ADMIN).text(".empty")
    sent = fields(
        staff.open_page(f"{ADMIN}/saison/new"),
        name="Saison 2026",
        start_date="2026-09-01",
        description="**Bienvenue**",
    )
    page = staff.submit(f"{ADMIN}/saison/new", **sent)
    staff.submit(f"{ADMIN}/saison/new", **sent)

    (saison,) = session.scalars(sa.select(Saison)).all()
    assert page.text("h1") == "Saison 2026 masquée"
    assert (saison.hidden, saison.description) == (True, "**Bienvenue**")
    assert client.get("/theatre").text.count("rideau") == 1

    shown = fields(page, form=f"form[action$='/saison/show/{saison.id}']")
    page = staff.submit(f"{ADMIN}/saison/show/{saison.id}", **shown)

    assert page.text("h1") == "Saison 2026 visible"
    assert "visible du public" in page.flashes[0]
    assert client.open_page("/theatre").text("h1") == "Saison 2026"
    stale = staff.submit(f"{ADMIN}/saison/show/{saison.id}", **(shown | {"visible": "0"}))
    assert "Quelqu'un d'autre" in stale.flashes[0]
    assert not fresh(session, saison).hidden


def test_a_season_is_changed_by_who_saw_it_as_it_is(
    staff: Client, session: Session, saison: Saison
) -> None:
    path = f"{ADMIN}/saison/edit/{saison.id}"
    sent = fields(staff.open_page(path))
    assert (sent["name"], sent["start_date"], sent["visible"]) == ("Saison 2026", "2026-09-01", "y")
    saison.name, saison.version = "Autre", 2
    session.commit()

    page = staff.submit(path, status=409, **(sent | {"name": "La mienne"}))

    assert page.html.select_one("#name")["value"] == "La mienne"
    assert "Valeur actuelle : Autre" in page.text("#name-errors")
    page = staff.submit(path, **(fields(page) | {"name": "La mienne"}))
    assert fresh(session, saison).name == "La mienne"
    assert page.text("h1") == "La mienne visible"
    page = staff.submit(path, **fields(staff.open_page(path)))
    assert page.flashes == ["Rien n'a changé."]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"description": "x" * 20_001}, "description"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"start_date": ""}, "start_date"),
    ],
)
def test_what_is_wrong_of_a_season_is_said_next_to_it(
    staff: Client, session: Session, typed: dict[str, str], wrong: str
) -> None:
    path = f"{ADMIN}/saison/new"
    given = {"name": "Saison", "start_date": "2026-09-01", "description": "Gardé"}
    sent = fields(staff.open_page(path), **(given | typed))

    page = staff.submit(path, status=422, **sent)

    assert page.html.select(f"#{wrong}-errors")
    assert page.html.select_one("#description").get_text().strip() == sent["description"]
    assert count(session, Saison) == 0


# Plays


def test_a_play_is_made_once_and_changed(staff: Client, session: Session, saison: Saison) -> None:
    path = f"{ADMIN}/spectacle/new/{saison.id}"
    sent = fields(
        staff.open_page(path),
        name="Antigone",
        author="Jean Anouilh",
        ticket_link="HTTPS://tickets.example.org/a?b=é#c",
        places="http://seats.example.org",
    )
    page = staff.submit(path, **sent)
    staff.submit(path, **sent)

    (play,) = session.scalars(sa.select(Spectacle)).all()
    assert page.text("h1") == "Antigone"
    assert (play.ticket_link, play.director) == ("HTTPS://tickets.example.org/a?b=é#c", "")
    edit = f"{ADMIN}/spectacle/edit/{play.id}"
    former = fields(staff.open_page(edit))
    page = staff.submit(edit, **(former | {"director": "Ada", "ticket_link": ""}))
    assert (fresh(session, play).director, play.ticket_link, play.version) == ("Ada", "", 2)
    page = staff.submit(edit, status=409, **(former | {"director": "Eve"}))
    assert page.html.select_one("#director")["value"] == "Eve"
    assert "Valeur actuelle : Ada" in page.text("#director-errors")


@pytest.mark.parametrize("field", ["ticket_link", "places"])
@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,<b>x</b>",
        "//evil.example",
        "/theatre",
        "evil.example",
        "ftp://evil.example",
        "https:///evil.example",
        "https://user@evil.example",
        r"https://evil.example\x",
        "https://evil .example",
        "mailto:a@b.fr",
    ],
)
def test_a_link_leads_to_a_site_or_is_refused(
    staff: Client, session: Session, saison: Saison, field: str, link: str
) -> None:
    path = f"{ADMIN}/spectacle/new/{saison.id}"
    sent = fields(staff.open_page(path), name="Antigone", **{field: link})

    page = staff.submit(path, status=422, **sent)

    assert "https://" in page.text(f"#{field}-errors")
    assert page.html.select_one(f"#{field}")["value"] == link
    assert count(session, Spectacle) == 0


# Performances


def test_a_performance_is_added_as_the_clock_in_paris_shows_it(
    staff: Client, session: Session, play: Spectacle
) -> None:
    page = staff.open_page(f"{ADMIN}/spectacle/{play.id}")
    path = f"{ADMIN}/representation/new/{play.id}"
    sent = fields(page, form="form.nights-new", date="2026-06-12", time="23:30")
    page = staff.submit(path, **sent)
    staff.submit(path, **sent)

    assert page.texts("#representations time") == ["vendredi 12 juin 2026 à 23 h 30"]
    (one,) = session.scalars(sa.select(Representation)).all()
    assert one.date == datetime(2026, 6, 12, 21, 30, tzinfo=UTC)
    assert fields(page, form="form.nights-new")["time"] == "23:30"

    again = fields(page, form="form.nights-new", date="2026-06-12", time="23:30")
    page = staff.submit(path, status=409, **again)
    assert "déjà joué" in page.text("#time-errors")


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ("2026-03-29", "02:30", "n'existe pas"),
        ("2026-03-29", "02:00", "n'existe pas"),
        ("2026-02-30", "20:00", "n'existe pas"),
        ("2026-02-20", "25:00", "n'existe pas"),
        ("", "20:00", "obligatoire"),
        ("2026-02-20", "", "obligatoire"),
    ],
)
def test_a_time_that_does_not_exist_is_refused_with_an_explanation(
    staff: Client, session: Session, play: Spectacle, day: str, time: str, said: str
) -> None:
    path = f"{ADMIN}/representation/new/{play.id}"
    sent = fields(staff.open_page(path), date=day, time=time)

    page = staff.submit(path, status=422, **sent)

    assert said in page.text(".field-errors")
    assert page.html.select_one("#time")["value"] == time
    assert count(session, Representation) == 0


def test_of_a_time_that_clocks_show_twice_the_first_is_meant(
    staff: Client, session: Session, play: Spectacle
) -> None:
    path = f"{ADMIN}/representation/new/{play.id}"
    for time in ("02:30", "03:00"):
        staff.submit(path, **fields(staff.open_page(path), date="2026-10-25", time=time))

    found = session.scalars(sa.select(Representation.date).order_by(Representation.date)).all()

    assert found == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 3, 0, tzinfo=PARIS).astimezone(UTC),
    ]


# Deletions


def test_what_goes_is_shown_and_nothing_goes_before_it_is_confirmed(
    staff: Client, session: Session, saison: Saison, play: Spectacle
) -> None:
    play.poster, play.poster_width, play.poster_height = "spectacle_a.webp", 3, 4
    PlayFactory(saison_id=saison.id)
    night = RepresentationFactory(spectacle_id=play.id)
    RepresentationFactory(spectacle_id=play.id)
    session.commit()
    paths = {
        "saison": f"{ADMIN}/saison/delete/{saison.id}",
        "spectacle": f"{ADMIN}/spectacle/delete/{play.id}",
        "representation": f"{ADMIN}/representation/delete/{night.id}",
    }
    pages = {name: staff.open_page(path) for name, path in paths.items()}
    assert pages["saison"].texts(".notice li") == ["2 spectacles", "2 représentations", "1 affiche"]
    assert pages["spectacle"].texts(".notice li") == ["2 représentations", "1 affiche"]
    assert [count(session, one) for one in (Saison, Spectacle, Representation)] == [1, 2, 2]
    for name, page in pages.items():
        staff.submit(paths[name], status=409, **(fields(page) | {"version": "0"}))
    assert [count(session, one) for one in (Saison, Spectacle, Representation)] == [1, 2, 2]

    staff.submit(paths["representation"], **fields(pages["representation"]))
    assert count(session, Representation) == 1
    page = staff.submit(paths["spectacle"], **fields(pages["spectacle"]))
    assert page.text("h1") == "Saison 2026 visible"
    assert [count(session, one) for one in (Spectacle, Representation)] == [1, 0]
    page = staff.submit(paths["saison"], **fields(pages["saison"]))
    assert "aucune saison" in page.text(".empty")
    assert [count(session, one) for one in (Saison, Spectacle)] == [0, 0]
    for path in paths.values():
        assert staff.get(path).status_code == 404
        assert staff.post(path).status_code == 404


@pytest.mark.usefixtures("play")
def test_a_token_is_asked_for_whatever_is_changed(
    app: Any, staff: Client, session: Session, saison: Saison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)
    session.commit()
    for path in (
        f"saison/delete/{saison.id}",
        f"saison/show/{saison.id}",
        f"picture_upload/saison/{saison.id}",
        f"picture_delete/saison/{saison.id}",
        "saison/new",
    ):
        assert staff.post(f"{ADMIN}/{path}", data={"version": "1"}).status_code == 403
    assert count(session, Saison) == 1


# Who may, and what is written down


@pytest.mark.parametrize(
    "path",
    ["", "/saison/new", "/saison/{0}", "/saison/edit/{0}", "/saison/delete/{0}",
     "/spectacle/new/{0}", "/spectacle/{1}", "/representation/new/{1}"],
)  # fmt: skip
def test_the_others_may_not_enter(
    client: Client, login: Login, saison: Saison, play: Spectacle, path: str
) -> None:
    address = ADMIN + path.format(saison.id, play.id)
    assert client.get(address).status_code == 302
    assert login(PCeenFactory()).get(address).status_code == 403


def test_nothing_that_is_added_to_an_address_leads_elsewhere(
    staff: Client, saison: Saison, play: Spectacle
) -> None:
    path = f"{ADMIN}/spectacle/edit/{play.id}"
    sent = fields(staff.open_page(path), name="Autre", next="https://evil.example")

    answer = staff.post(f"{path}?next=//evil.example&url=https://evil.example", data=sent)

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"{ADMIN}/spectacle/{play.id}",
    )


def test_the_list_says_what_there_is_of_each_season(
    staff: Client, session: Session, saison: Saison, play: Spectacle, queries: list[str]
) -> None:
    for _night in range(3):
        RepresentationFactory(spectacle_id=play.id)
    PlayFactory(saison_id=saison.id)
    SaisonFactory(name="Future", start_date=date(2027, 9, 1), hidden=True)
    session.commit()
    queries.clear()

    page = staff.open_page(ADMIN)

    rows = [row.get_text(" ", strip=True).split() for row in page.html.select("tbody tr")]
    assert [(row[0], row[-3:]) for row in rows] == [
        ("Future", ["masquée", "0", "0"]),
        ("Saison", ["visible", "2", "3"]),
    ]
    assert len(queries) <= 12


def test_what_the_team_does_is_written_down(
    staff: Client, session: Session, saison: Saison, play: Spectacle
) -> None:
    path = f"{ADMIN}/representation/new/{play.id}"
    staff.submit(path, **fields(staff.open_page(path), date="2027-01-02", time="20:30"))
    edit = f"{ADMIN}/spectacle/edit/{play.id}"
    staff.submit(edit, **(fields(staff.open_page(edit)) | {"author": "Anouilh"}))

    found = session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action.startswith("theatre."))
        .order_by(AuditEvent.id)
    ).all()

    assert [(one.action, one.object_type) for one in found] == [
        ("theatre.performance.add", "Representation"),
        ("theatre.play.change", "Spectacle"),
    ]
    assert found[1].before == {"author": ""}
    assert found[1].after == {"author": "Anouilh"}
    assert found[1].actor_id is not None
