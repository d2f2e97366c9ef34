"""The site closed for work: who still comes in, what still answers (network-a 8.6)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import LoginMethod
from app.models import (
    MAINTENANCE,
    MAINTENANCE_MESSAGE,
    MAINTENANCE_UNTIL,
    LoginSession,
    PCeen,
)
from tests.client import Client, Page
from tests.factories import PCeenFactory


def close(session: Session, message: str = "", until: str = "") -> None:
    MAINTENANCE.set(session, value=True)
    MAINTENANCE_MESSAGE.set(session, message)
    MAINTENANCE_UNTIL.set(session, until)
    session.commit()


@pytest.fixture(autouse=True)
def _in_french(client: Client) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"


@pytest.fixture
def gri(session: Session) -> PCeen:
    return PCeenFactory(slugs=["gri"])


class TestWhenItIsClosed:
    @pytest.mark.parametrize(
        "path", ["/", "/contact", "/legal", "/profile/", "/nowhere", "/portal"]
    )
    def test_a_visitor_reads_until_when(self, client: Client, session: Session, path: str) -> None:
        until = clock.now() + timedelta(hours=2)
        close(session, "On change <b>tout</b>", until.isoformat())

        response = client.get(path)

        page = Page(response)
        assert response.status_code == 503
        assert 7100 < int(response.headers["Retry-After"]) <= 7200
        assert page.text("h1") == "Le site est en maintenance."
        assert "On change <b>tout</b>" in page.text("main")

    @pytest.mark.parametrize("until", ["", "nonsense", "2020-01-01T00:00:00+00:00", "2020-01-01"])
    def test_without_an_end_to_come_one_tries_again_in_ten_minutes(
        self, client: Client, session: Session, until: str
    ) -> None:
        close(session, until=until)

        assert client.get("/").headers["Retry-After"] == "600"

    def test_an_end_in_a_second_is_a_minute_away(self, client: Client, session: Session) -> None:
        close(session, until=(clock.now() + timedelta(seconds=2)).isoformat())

        assert client.get("/").headers["Retry-After"] == "60"

    def test_programs_are_answered_in_json(self, client: Client, session: Session) -> None:
        close(session, "Bientôt")

        response = client.get("/api/connection")

        assert response.status_code == 503
        assert response.json == {
            "error": {"status": 503, "name": "Service Unavailable", "message": "Bientôt"}
        }

    def test_a_form_that_is_sent_is_not_done(
        self, login: Callable[[PCeen], Client], session: Session
    ) -> None:
        ada = PCeenFactory(prenom="Ada")
        browser = login(ada)
        close(session)

        sent = {"prenom": "Eve", "nom": "L", "email": "", "version": "1"}
        response = browser.post("/profile/modify_account", data=sent)

        session.expire_all()
        assert response.status_code == 503
        assert ada.prenom == "Ada"
        assert Page(response).html.select_one("a[href='/logout']") is not None

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/login", 200),
            ("/logout", 200),
            ("/healthz", 200),
            ("/readyz", 200),
            ("/api/captive-portal", 200),
            ("/static/js/forms.js", 200),
            ("/robots.txt", 200),
        ],
    )
    def test_the_way_in_and_what_programs_ask_answer_as_ever(
        self, client: Client, session: Session, path: str, status: int
    ) -> None:
        close(session)
        accept = "application/captive+json" if "captive" in path else "text/html"

        with client.get(path, headers={"Accept": accept}) as response:
            assert response.status_code == status

    def test_the_language_and_the_look_are_chosen(self, client: Client, session: Session) -> None:
        close(session)

        assert client.post("/set_locale/en").status_code == 303
        assert client.post("/set_mode/dark").status_code == 303
        assert Page(client.get("/")).html.html["lang"] == "en"  # type: ignore[index]

    def test_a_gri_works_and_is_reminded(
        self, login: Callable[[PCeen], Client], session: Session, gri: PCeen
    ) -> None:
        browser = login(gri)
        close(session)

        page = browser.open_page("/gris/")

        assert page.texts(".ribbon-maintenance p") == ["Le site est fermé à tous, GRI exceptés."]
        assert browser.get("/").status_code == 200

    def test_a_gri_who_acts_for_someone_works_too(
        self, app: Flask, session: Session, gri: PCeen
    ) -> None:
        ada = PCeenFactory()
        begun = LoginSession(
            pceen=gri,
            method=LoginMethod.password,
            doas=ada,
            doas_reason="pour voir",
            doas_since=clock.now(),
        )
        session.add(begun)
        close(session)
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret

        assert browser.get("/").status_code == 200

    def test_a_person_logs_in_and_then_waits(self, client: Client, session: Session) -> None:
        close(session)

        response = client.post("/login", data={"identifier": "ada", "password": "x"})

        assert response.status_code == 422

    def test_lydia_is_answered_as_ever(self, client: Client, session: Session) -> None:
        open_ = client.post("/payments/lydia_callback/confirm", data={})
        close(session)

        closed = client.post("/payments/lydia_callback/confirm", data={})

        assert closed.status_code == open_.status_code != 503


class TestTheSwitch:
    def test_a_gri_closes_and_reopens(
        self, login: Callable[[PCeen], Client], client: Client, session: Session, gri: PCeen
    ) -> None:
        browser = login(gri)

        closed = browser.submit(
            "/gris/maintenance", on="1", message="Bientôt", until="2030-01-01T18:00"
        )
        visitor = client.application.test_client()
        seen = visitor.get("/").status_code, visitor.get("/").headers["Retry-After"]
        reopened = browser.submit("/gris/maintenance", on="0")

        assert closed.flashes == ["Le site est fermé à tous, GRI exceptés."]
        assert seen[0] == 503
        assert int(seen[1]) > 86_400
        assert reopened.flashes == ["Le site est de nouveau ouvert."]
        assert visitor.get("/").status_code == 302

    @pytest.mark.parametrize(
        "typed", [{"message": "x" * 256}, {"until": "2030-02-30T10:00"}, {"message": "\u202e"}]
    )
    def test_what_is_wrong_is_said_and_closes_nothing(
        self,
        login: Callable[[PCeen], Client],
        session: Session,
        gri: PCeen,
        typed: dict[str, str],
    ) -> None:
        page = login(gri).submit("/gris/maintenance", status=422, on="1", **typed)

        assert page.texts(".field-errors")
        assert not MAINTENANCE.get(session)

    def test_a_terminal_does_it_too(
        self, cli: FlaskCliRunner, client: Client, session: Session
    ) -> None:
        before = cli.invoke(args=["maintenance", "status"]).output
        on = cli.invoke(
            args=["maintenance", "on", "--message", "Travaux", "--until", "2030-01-01T18:00"]
        )
        status = cli.invoke(args=["maintenance", "status"]).output
        seen = client.get("/").status_code
        off = cli.invoke(args=["maintenance", "off"])

        assert before == "open\n"
        assert on.exit_code == off.exit_code == 0
        assert status == "closed 2030-01-01T18:00:00+01:00 Travaux\n"
        assert (seen, client.get("/").status_code) == (503, 302)

    def test_a_message_too_long_is_refused_there(self, cli: FlaskCliRunner) -> None:
        assert cli.invoke(args=["maintenance", "on", "--message", "x" * 256]).exit_code == 2

    def test_the_environment_closes_it_whatever_the_switch_says(
        self,
        app: Flask,
        login: Callable[[PCeen], Client],
        session: Session,
        gri: PCeen,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        settings = app.extensions["settings"].model_copy(update={"maintenance": True})
        monkeypatch.setitem(app.extensions, "settings", settings)
        browser = login(gri)

        page = browser.open_page("/gris/settings")

        assert app.test_client().get("/").status_code == 503
        assert "MAINTENANCE" in page.text(".notice")
        assert page.html.select_one("form[action='/gris/maintenance']") is None
