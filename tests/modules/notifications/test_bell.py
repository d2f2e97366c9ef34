"""The bell: what is unread, on every page, at no cost; read here, or there."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import LoginMethod, NotificationTopic
from app.models import LoginSession, NotificationRecipient, PCeen
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.calendar import NotificationFactory, told

HOSTILE = "<script>alert(1)</script>\"'><img onerror=x>"


@pytest.fixture
def ada(session: Session) -> PCeen:
    return PCeenFactory(prenom="Ada", nom="Lovelace")


def name(page: Page) -> str:
    return page.text("[data-bell-name]")


def rows(session: Session) -> dict[int, bool]:
    """Whether each notification is read."""
    session.expire_all()
    found = session.scalars(sa.select(NotificationRecipient))
    return {one.notification_id: one.read_at is not None for one in found}


@pytest.mark.parametrize(
    ("count", "said", "badge"),
    [
        (0, "Notifications", None),
        (1, "Notifications : 1 non lue", "1"),
        (3, "Notifications : 3 non lues", "3"),
        (12, "Notifications : 12 non lues", "9+"),
    ],
)
def test_the_bell_says_how_much_is_unread(
    login: Login, ada: PCeen, count: int, said: str, badge: str | None
) -> None:
    for _ in range(count):
        told(ada)
    told(PCeenFactory())

    page = login(ada).open_page("/legal")

    assert name(page) == said
    assert page.html.select(".bell > a[href='/notifications/']")
    shown = page.texts("[data-bell-count]:not([hidden])")
    assert shown == ([badge] if badge else [])


def test_what_is_read_or_not_for_the_bell_does_not_count(
    session: Session, login: Login, ada: PCeen
) -> None:
    told(ada)
    for columns in ({"read_at": clock.now()}, {"in_bell": False}):
        made = NotificationFactory()
        session.add(NotificationRecipient(notification_id=made.id, pceen_id=ada.id, **columns))
    session.commit()

    assert name(login(ada).open_page("/legal")) == "Notifications : 1 non lue"


def test_the_bell_costs_no_statement(
    session: Session, login: Login, ada: PCeen, queries: list[str]
) -> None:
    browser = login(ada)
    browser.open_page("/legal")

    def cost() -> list[str]:
        queries.clear()
        browser.open_page("/legal")
        return list(queries)

    before = cost()
    for _ in range(3):
        told(ada)

    assert len(cost()) == len(before)
    assert sum("notification_recipient" in statement for statement in cost()) == 1


def test_there_is_no_bell_for_strangers_nor_on_light_pages(
    client: Client, login: Login, ada: PCeen
) -> None:
    assert not client.open_page("/legal").html.select(".bell")

    page = login(ada).open_page("/contact")

    assert not page.html.select(".bell, script[src*='bell.js']")


def test_who_acts_for_someone_has_no_bell(client: Client, session: Session, ada: PCeen) -> None:
    gri = PCeenFactory(slugs=["gri"])
    told(ada)
    told(gri)
    begun = LoginSession(pceen=gri, method=LoginMethod.password, proved_at=clock.now())
    session.add(begun)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    client.post(f"/gris/pceens/{ada.id}/doas", data={"reason": "Elle me le demande"})

    assert not client.open_page("/legal").html.select(".bell")
    assert client.get("/notifications/").status_code == 403
    assert client.get("/api/push/notifications/navbar").status_code == 403


# The page


def test_the_page_shows_all_that_one_was_told_in_one_s_language(
    session: Session, login: Login, ada: PCeen
) -> None:
    told(ada, title="Coupure", body="Jeudi.", title_en="Power cut", body_en="On Thursday.")
    told(PCeenFactory(), title="Pas pour Ada")

    page = login(ada).open_page("/notifications/")
    assert page.texts(".told h2") == ["Coupure Non lue"]
    assert "Jeudi." in page.text(".told")
    assert "Pas pour Ada" not in page.text("main")

    ada.locale = "en"
    session.commit()
    assert "Power cut" in login(ada).open_page("/notifications/").text(".told")


def test_each_button_of_the_page_says_of_which_notification_it_is(login: Login, ada: PCeen) -> None:
    told(ada, title="Coupure")
    told(ada, title="Ailleurs", url="https://example.org/")

    page = login(ada).open_page("/notifications/")

    assert page.texts(".told-actions :is(a, button)") == [
        "Ouvrir example.org : Ailleurs",
        "Marquer comme lue : Ailleurs",
        "Ouvrir : Coupure",
    ]
    assert page.texts(".page-head a")[0] == "Choisir mes notifications"


def test_the_page_is_cut_and_costs_the_same_whatever_it_holds(
    login: Login, ada: PCeen, queries: list[str]
) -> None:
    browser = login(ada)
    told(ada)
    browser.open_page("/notifications/")
    queries.clear()
    browser.open_page("/notifications/")
    cost = len(queries)
    for _ in range(31):
        told(ada)

    queries.clear()
    page = browser.open_page("/notifications/")

    assert len(queries) == cost
    assert len(page.html.select(".told")) == 30
    assert len(browser.open_page("/notifications/?page=2").html.select(".told")) == 2
    assert len(browser.open_page("/notifications/?page=99").html.select(".told")) == 2


def test_who_was_told_nothing_reads_that(login: Login, ada: PCeen) -> None:
    assert "Rien pour l'instant" in login(ada).open_page("/notifications/").text(".empty")


def test_what_is_hostile_is_text(login: Login, ada: PCeen) -> None:
    told(ada, title=HOSTILE, body=HOSTILE, url='https://evil.org/"onclick=alert(1)')
    browser = login(ada)

    page = browser.open_page("/notifications/")
    assert HOSTILE in page.html.select_one(".told h2").get_text()
    assert not page.html.select(".told script, .told img, .told [onclick]")
    latest = browser.get("/api/push/notifications/navbar").get_json()["html"]
    assert "<script>" not in latest
    assert "<img" not in latest


def test_one_press_reads_a_notification_and_goes_where_it_leads(
    session: Session, login: Login, ada: PCeen
) -> None:
    first, other = told(ada, url="/legal"), told(ada)

    answer = login(ada).post(f"/notifications/{first.id}/read")

    assert (answer.status_code, answer.location) == (303, "/legal")
    assert rows(session) == {first.id: True, other.id: False}


@pytest.mark.parametrize("url", ["https://example.org/x", "//evil.org", "/\\evil.org"])
def test_nobody_is_sent_to_another_site(login: Login, ada: PCeen, url: str) -> None:
    made = told(ada, url=url)

    assert login(ada).post(f"/notifications/{made.id}/read").location == "/notifications/"


def test_all_are_read_at_once(session: Session, login: Login, ada: PCeen) -> None:
    mine = [told(ada).id for _ in range(2)]
    other = told(PCeenFactory()).id
    browser = login(ada)

    page = browser.submit("/notifications/read_all", came_from="/notifications/")

    assert page.flashes == ["2 notifications sont lues."]
    assert rows(session) == {**dict.fromkeys(mine, True), other: False}
    assert browser.submit("/notifications/read_all").flashes == ["Tout était lu."]


# For scripts


def test_reading_is_idempotent_and_of_one_s_own(session: Session, login: Login, ada: PCeen) -> None:
    mine, other = told(ada), told(PCeenFactory())
    browser = login(ada)

    def read(number: int) -> Any:
        return browser.post(f"/api/push/notifications/{number}/read")

    assert [read(mine.id).status_code for _ in range(2)] == [204, 204]
    at = session.scalars(
        sa.select(NotificationRecipient.read_at).where(NotificationRecipient.pceen_id == ada.id)
    ).one()
    assert at is not None
    assert clock.now() - at < timedelta(minutes=1)
    for number in (other.id, 999_999):
        answer = read(number)
        assert answer.status_code == 404
        assert answer.get_json()["error"]["message"] == "Cette notification n'existe pas."
    assert rows(session) == {mine.id: True, other.id: False}


def test_a_script_reads_them_all(session: Session, login: Login, ada: PCeen) -> None:
    numbers = [told(ada).id for _ in range(3)]
    browser = login(ada)

    for _ in range(2):
        assert browser.post("/api/push/notifications/read_all").status_code == 204
    assert rows(session) == dict.fromkeys(numbers, True)


def test_the_menu_holds_the_latest_and_how_many_are_unread(login: Login, ada: PCeen) -> None:
    for number in range(22):
        told(ada, title=f"Numéro {number}", topic=NotificationTopic.bekk)
    browser = login(ada)

    answer = browser.get("/api/push/notifications/navbar").get_json()

    assert answer["unread_count"] == 22
    assert answer["html"].count("bell-item") == 20
    assert answer["html"].index("Numéro 21") < answer["html"].index("Numéro 20")
    assert "Numéro 1<" not in answer["html"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/push/notifications/navbar"),
        ("POST", "/api/push/notifications/read_all"),
        ("POST", "/api/push/notifications/1/read"),
    ],
)
def test_strangers_are_answered_in_json(client: Client, method: str, path: str) -> None:
    answer = client.open(path, method=method)

    assert answer.status_code == 401
    assert answer.get_json()["error"]["status"] == 401


def test_the_menu_takes_few_statements(
    app: Flask, login: Login, ada: PCeen, queries: list[str]
) -> None:
    for _ in range(5):
        told(ada)
    browser = login(ada)
    browser.get("/api/push/notifications/navbar")
    queries.clear()

    browser.get("/api/push/notifications/navbar")

    assert len(queries) <= 5
