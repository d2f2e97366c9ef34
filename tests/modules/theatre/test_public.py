"""What everybody sees of the theatre club: seasons, previews, calendars."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.integrations.folders import TheatreFiles
from app.models import ModuleText, Representation, Spectacle
from app.web.headers import FILE_POLICY
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.community import (
    PlayFactory,
    RepresentationFactory,
    SaisonFactory,
    stage_manager,
)

pytestmark = pytest.mark.once

NAME = "saison_" + "0" * 32 + ".webp"


@pytest.fixture(autouse=True)
def _in_french(client: Client) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"


def in_paris(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS).astimezone(UTC)  # type: ignore[arg-type, misc]


def staged(*nights: datetime, saison: dict[str, Any] | None = None, **columns: Any) -> Spectacle:
    """A play of a season of its own, performed on these nights."""
    play = PlayFactory(saison_id=SaisonFactory(**(saison or {})).id, **columns)
    for night in nights:
        RepresentationFactory(spectacle_id=play.id, date=night)
    return play


def meta(page: Page, name: str) -> str | None:
    found = page.html.select_one(f"meta[property='{name}'], meta[name='{name}']")
    return str(found["content"]) if found else None


# Pages


def test_there_is_a_friendly_page_before_any_season(client: Client) -> None:
    page = client.open_page("/theatre")
    assert "rideau" in page.text(".empty")

    SaisonFactory(hidden=True)

    assert "rideau" in client.open_page("/theatre").text(".empty")


def test_the_latest_season_is_shown_with_all_that_is_known_of_its_plays(
    client: Client, session: Session
) -> None:
    SaisonFactory(name="Ancienne", start_date=date(2020, 9, 1))
    tomorrow = clock.now() + timedelta(days=1)
    play = staged(
        tomorrow - timedelta(days=9),
        tomorrow,
        tomorrow + timedelta(days=1),
        saison={"name": "Saison 2026", "description": "**Bienvenue** à tous"},
        name="Antigone",
        author="Jean Anouilh",
        director="Camille Roÿer",
        description="Elle *entre* quand même.",
        ticket_link="https://tickets.example.org/a?b=1",
        places="https://seats.example.org",
    )

    page = client.open_page("/theatre")

    assert page.text("h1") == "Saison 2026"
    assert page.text(".playbill-text strong") == "Bienvenue"
    assert page.texts(".play-people span") == ["De Jean Anouilh", "Mise en scène : Camille Roÿer"]
    assert page.text(f"#spectacle-{play.id} .md em") == "entre"
    links = {one.get_text(strip=True): one for one in page.html.select(".play-actions a")}
    assert links["Prendre des places"]["href"] == "https://tickets.example.org/a?b=1"
    assert links["Prendre des places"]["rel"] == ["noopener", "nofollow"]
    assert links["Choisir sa place"]["href"] == "https://seats.example.org"
    nights = page.html.select(".night")
    assert [("is-past" in one["class"], "is-next" in one["class"]) for one in nights] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert page.texts(".night-note") == ["Déjà jouée", "La prochaine"]
    assert page.text(".stage-next-play") == "Antigone"
    assert page.html.select_one(".stage-action a")["href"].startswith("https://tickets")


def test_what_is_not_known_is_not_shown(client: Client) -> None:
    play = staged(saison={"name": "Vide"}, name="Sans rien")
    text = client.get("/theatre").text
    page = client.open_page(f"/theatre/{play.saison_id}")

    assert "None" not in text
    assert page.html.select("main img, .night, .play-people, .playbill-text, .stage-next") == []
    assert page.text(".play-actions") == "Billetterie bientôt"

    empty = SaisonFactory(name="Nue", start_date=date(2030, 1, 1))
    page = client.open_page("/theatre")
    assert page.text("h1") == empty.name
    assert "bientôt" in page.text(".playbill-soon")
    assert page.html.select("script[type='application/ld+json']") == []


def test_a_play_that_is_over_sells_nothing(client: Client) -> None:
    staged(clock.now() - timedelta(days=1), ticket_link="https://t.example.org")

    page = client.open_page("/theatre")

    assert page.html.select(".play-actions, .stage-next, .playbill-end") == []
    assert page.texts(".night-note") == ["Déjà jouée"]


@pytest.mark.parametrize("path", ["", "/representations.ics"])
def test_a_season_that_is_hidden_is_the_team_s(
    client: Client, login: Login, session: Session, path: str
) -> None:
    shown = SaisonFactory(name="Vue", start_date=date(2020, 9, 1))
    hidden = SaisonFactory(name="Cachée", start_date=date(2026, 9, 1), hidden=True)
    play = PlayFactory(saison_id=hidden.id)
    session.commit()

    for visitor in (client, login(PCeenFactory(locale="fr"))):
        assert visitor.get(f"/theatre/{hidden.id}{path}").status_code == 404
        assert visitor.get(f"/theatre/{hidden.id + 99}{path}").status_code == 404
        assert visitor.get(f"/theatre/spectacle/{play.id}/representations.ics").status_code == 404
        assert visitor.open_page("/theatre").text("h1") == shown.name

    staff = login(stage_manager(locale="fr"))
    assert staff.get(f"/theatre/{hidden.id}{path}").status_code == 200
    if not path:
        page = staff.open_page(f"/theatre/{hidden.id}")
        assert "masquée" in page.text(".notice-warning")
        assert hidden.name not in page.texts(".seasons a")


def test_five_seasons_have_a_button_and_the_others_are_in_a_menu(client: Client) -> None:
    for year in range(2001, 2021):
        SaisonFactory(name=f"Saison {year}", start_date=date(year, 9, 1))
    SaisonFactory(name="Cachée", hidden=True)

    page = client.open_page("/theatre")

    assert page.texts(".seasons li > a") == [f"Saison {y}" for y in range(2020, 2015, -1)]
    assert page.texts(".seasons li > a[aria-current]") == ["Saison 2020"]
    older = page.html.select(".seasons details .menu-item")
    assert [one.get_text(strip=True) for one in older] == [
        f"Saison {y}" for y in range(2015, 2000, -1)
    ]
    assert client.open_page(older[-1]["href"]).text("h1") == "Saison 2001"


def test_twenty_seasons_cost_at_most_ten_statements(
    client: Client, session: Session, queries: list[str]
) -> None:
    session.add(ModuleText(slug="theatre", content="Bonjour", version=1, updated_at=clock.now()))
    for year in range(2001, 2021):
        saison = SaisonFactory(start_date=date(year, 9, 1))
        for _play in range(3):
            play = PlayFactory(saison_id=saison.id)
            for _night in range(4):
                RepresentationFactory(spectacle_id=play.id)
    session.commit()
    queries.clear()

    page = client.open_page("/theatre")

    assert len(page.html.select(".night")) == 12
    assert len(queries) <= 10, "\n".join(queries)


def test_a_night_is_told_as_the_clock_in_paris_shows_it(client: Client, session: Session) -> None:
    staged(in_paris(2026, 6, 12, 23, 30))
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC)):
        french = client.open_page("/theatre").texts(".night time")
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        english = client.open_page("/theatre").texts(".night time")

    assert french == ["vendredi 12 juin 2026 à 23 h 30"]
    assert "12 June 2026" in english[0]
    assert "23:30" in english[0]


def test_the_introduction_is_changed_by_the_team(
    client: Client, login: Login, session: Session
) -> None:
    SaisonFactory()
    staff = login(stage_manager(locale="fr"))
    staff.submit("/theatre/edit_text", content="Le **club** joue.", version="0")

    assert staff.open_page("/theatre").text(".introduction strong") == "club"
    assert login(PCeenFactory()).get("/theatre/edit_text").status_code == 403


def test_what_is_typed_is_text_and_loads_nothing(client: Client) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) ![a](https://evil.org/a.png)"
    staged(
        clock.now() + timedelta(days=1),
        saison={"name": "<b>Saison</b>", "description": evil},
        name="</script><img src=x onerror=alert(1)>",
        description=evil,
        author="<i>A</i>",
    )

    page = client.open_page("/theatre")

    assert page.html.select("main :is(script, img, b:not(.leaf b), i)") == []
    assert page.html.select("main a[href^=javascript]") == []
    (data,) = page.html.select("script[type='application/ld+json']")
    assert json.loads(data.string)[0]["name"] == "</script><img src=x onerror=alert(1)>"


# Posters, and previews


def test_a_page_that_is_shared_shows_its_poster_and_its_text(
    client: Client, session: Session
) -> None:
    saison = SaisonFactory(
        name="Saison 2026", description="# Bienvenue\n\nQuatre **soirs** « au \"top\" » & plus.",
        poster=NAME, poster_width=1400, poster_height=2000,
    )  # fmt: skip
    night = clock.now() + timedelta(days=1)
    play = PlayFactory(
        saison_id=saison.id, name="Antigone", director="Ada", ticket_link="https://t.org"
    )
    RepresentationFactory(spectacle_id=play.id, date=night)

    page = client.open_page("/theatre")

    here = f"http://localhost/theatre/{saison.id}"
    poster = f"http://localhost/theatre_posters/saison_{saison.id}/{NAME}"
    assert {name: meta(page, f"og:{name}") for name in ("title", "description", "url", "type")} == {
        "title": "Saison 2026, au théâtre",
        "description": 'Bienvenue Quatre soirs « au "top" » & plus.',
        "url": here,
        "type": "website",
    }
    assert meta(page, "og:image") == poster
    assert (meta(page, "og:image:width"), meta(page, "og:image:height")) == ("1400", "2000")
    assert meta(page, "twitter:card") == "summary_large_image"
    assert page.html.select_one("link[rel=canonical]")["href"] == here
    image = page.html.select_one(".stage img")
    assert (image["width"], image["height"], image["alt"]) == (
        "1400",
        "2000",
        "Affiche : Saison 2026",
    )
    assert image["src"] == f"/theatre_posters/saison_{saison.id}/{NAME}"
    (data,) = page.html.select("script[type='application/ld+json']")
    (event,) = json.loads(data.string)
    assert (event["@type"], event["url"]) == ("TheaterEvent", f"{here}#spectacle-{play.id}")
    assert datetime.fromisoformat(event["startDate"]) == night
    assert event["image"] == poster


def test_a_preview_without_text_nor_poster_says_what_is_played(
    client: Client, session: Session
) -> None:
    play = staged(name="Antigone")
    page = client.open_page("/theatre")
    assert meta(page, "og:description") == "Au programme : Antigone."
    assert meta(page, "og:image") is None
    assert meta(page, "twitter:card") == "summary"

    play.poster, play.poster_width, play.poster_height = NAME, 3, 4
    session.commit()

    page = client.open_page("/theatre")
    assert (meta(page, "og:image") or "").endswith(NAME)
    assert page.html.select_one(".play img")["loading"] == "lazy"


def test_posters_are_everybody_s_and_nothing_else_is(client: Client, shelf: TheatreFiles) -> None:
    for name in (NAME, "saison_a.svg", "saison_b.html"):
        path = shelf.saison(3) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"RIFF....WEBP")
    (shelf.incoming / "secret.webp").write_bytes(b"x")

    answer = client.get(f"/theatre_posters/saison_3/{NAME}")

    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=2592000"
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()
    for path in (
        "saison_4/" + NAME,
        "saison_3/saison_a.svg",
        "saison_3/saison_b.html",
        "_incoming/secret.webp",
        "saison_3/..%2f_incoming%2fsecret.webp",
        "%2e%2e/x",
        "saison_3/",
    ):
        assert client.get(f"/theatre_posters/{path}").status_code == 404, path


# Calendars


def entries(client: Client, path: str) -> list[Any]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(answer.data).walk("VEVENT"))


def test_calendars_hold_the_performances_and_the_same_names_each_time(
    client: Client, session: Session
) -> None:
    saison = SaisonFactory(name="Saison, été")
    one = PlayFactory(
        saison_id=saison.id, name="Antigone; ou l'été", author="Jean Anouilh",
        description="Elle **entre**,\nquand même.", ticket_link="https://t.example.org/a",
    )  # fmt: skip
    other = PlayFactory(saison_id=saison.id, name="Rhinocéros")
    second = RepresentationFactory(spectacle_id=one.id, date=in_paris(2027, 2, 2, 20, 30))
    first = RepresentationFactory(spectacle_id=other.id, date=in_paris(2027, 1, 1, 20, 30))

    found = entries(client, f"/theatre/{saison.id}/representations.ics")

    assert [str(event["uid"]) for event in found] == [
        f"representation-{night.id}@localhost" for night in (first, second)
    ]
    assert [event["dtstart"].dt for event in found] == [first.date, second.date]
    event = found[1]
    assert str(event["summary"]) == "Antigone; ou l'été"
    assert str(event["url"]) == f"http://localhost/theatre/{saison.id}#spectacle-{one.id}"
    assert str(event["description"]) == (
        "De Jean Anouilh\nElle entre, quand même.\nBilletterie : https://t.example.org/a"
    )
    assert abs(event["dtstamp"].dt - clock.now()) < timedelta(minutes=1)
    again = entries(client, f"/theatre/spectacle/{one.id}/representations.ics")
    assert [str(event["uid"]) for event in again] == [f"representation-{second.id}@localhost"]
    named = client.get(f"/theatre/spectacle/{other.id}/representations.ics").headers
    assert "Rhinoceros.ics" in named["Content-Disposition"]
    assert client.get("/theatre/spectacle/999/representations.ics").status_code == 404


def test_a_night_when_clocks_change_is_right_in_a_calendar(
    client: Client, session: Session
) -> None:
    summer, winter = (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    spring = in_paris(2026, 3, 29, 3, 15)
    play = staged(summer, winter, spring)

    found = entries(client, f"/theatre/spectacle/{play.id}/representations.ics")

    assert [event["dtstart"].dt for event in found] == [spring, summer, winter]
    assert [one.date for one in session.query(Representation).order_by(Representation.date)] == [
        spring, summer, winter,
    ]  # fmt: skip
    text = client.get(f"/theatre/spectacle/{play.id}/representations.ics").text
    assert "DTSTART:20260329T011500Z" in text
    assert "DTSTART:20261025T003000Z" in text
    assert "TZID" not in text


def test_a_calendar_of_nothing_is_one(client: Client) -> None:
    saison = SaisonFactory()
    assert entries(client, f"/theatre/{saison.id}/representations.ics") == []


# At home


def test_the_home_page_tells_of_the_next_performance(
    login: Login, session: Session, queries: list[str]
) -> None:
    visitor = login(PCeenFactory(locale="fr"))

    def said() -> list[str]:
        page = visitor.open_page("/")
        return [text for text in page.texts("main .card") if "Théâtre" in text]

    staged(clock.now() - timedelta(days=1))
    staged(clock.now() + timedelta(days=1), saison={"hidden": True})
    assert said() == []

    play = staged(clock.now() + timedelta(days=3), name="Antigone", ticket_link="https://t.org")
    staged(clock.now() + timedelta(days=4))
    session.commit()
    queries.clear()

    (card,) = said()

    assert "Antigone" in card
    assert "Prendre des places" in card
    page = visitor.open_page("/")
    assert page.html.select(f"main .card a[href='/theatre/{play.saison_id}#spectacle-{play.id}']")
    told = [one for one in queries if "representation" in one and "SELECT" in one]
    assert len(told) == 2  # one for each time that the page was opened


def test_the_theatre_is_in_everybody_s_menu(client: Client) -> None:
    assert client.open_page("/theatre").html.select(".bar-nav a[href='/theatre']")
