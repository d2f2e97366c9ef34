"""A GRI who acts for someone: with a reason, for a while, never more than that person."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.models import DOAS_MINUTES, AuditEvent, LoginSession, PCeen, Rental
from tests.client import Client, Page
from tests.conftest import Inside
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.factories.people import system_role

REASON = "Elle n'a plus accès à son téléphone"


@pytest.fixture
def gri(session: Session) -> PCeen:
    return PCeenFactory(prenom="Marie", nom="Curie", slugs=["gri"], locale="fr")


@pytest.fixture
def ada(session: Session) -> PCeen:
    return PCeenFactory(prenom="Ada", nom="Lovelace", slugs=["rezident"], locale="en")


@pytest.fixture
def browser(client: Client, session: Session, gri: PCeen) -> Client:
    """That of the GRI, who has just proved who they are."""
    begun = LoginSession(pceen=gri, method=LoginMethod.password, proved_at=clock.now())
    session.add(begun)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    return client


@pytest.fixture
def acting(browser: Client, ada: PCeen) -> Client:
    """That of the GRI, who acts for Ada."""
    assert begin(browser, ada) == 303
    return browser


def begin(browser: Client, pceen: PCeen, reason: str = REASON) -> int:
    return browser.post(f"/gris/pceens/{pceen.id}/doas", data={"reason": reason}).status_code


def ribbon(page: Page) -> str:
    return " ".join(page.texts(".ribbon-doas"))


def events(session: Session) -> list[AuditEvent]:
    session.expire_all()
    return list(session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)))


def rentals(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count(Rental.id))) or 0


class TestStarting:
    @pytest.mark.parametrize("reason", ["", "  ", "abcd", "x" * 201])
    def test_without_a_proper_reason_it_is_refused(
        self, browser: Client, ada: PCeen, reason: str
    ) -> None:
        assert begin(browser, ada, reason) == 422
        assert "Ada" not in browser.get("/profile/").text

    @pytest.mark.parametrize("whom", ["oneself", "another GRI", "someone disabled"])
    def test_for_some_people_it_is_refused(
        self, session: Session, browser: Client, gri: PCeen, whom: str
    ) -> None:
        target = {
            "oneself": lambda: gri,
            "another GRI": lambda: PCeenFactory(can=[(T.all, S.gris)]),
            "someone disabled": lambda: PCeenFactory(disabled_at=clock.now()),
        }[whom]()
        session.commit()

        page = browser.submit(f"/gris/pceens/{target.id}/doas", reason=REASON)

        assert page.flashes == [
            "Personne n'agit à la place d'un GRI, d'un compte désactivé, ni de soi-même."
        ]
        assert ribbon(page) == ""

    def test_of_nobody_there_is_no_page(self, browser: Client) -> None:
        assert browser.post("/gris/pceens/999/doas", data={"reason": REASON}).status_code == 404

    def test_reading_never_starts_one(self, browser: Client, ada: PCeen) -> None:
        for path in (
            f"/gris/pceens/{ada.id}/doas",
            f"/?doas={ada.id}",
            "/?doas=²",
            "/?doas=" + "9" * 400,
        ):
            assert browser.get(path).status_code in (200, 405)
        assert ribbon(browser.open_page("/profile/")) == ""

    def test_a_second_one_is_refused_while_one_runs(self, session: Session, acting: Client) -> None:
        other = PCeenFactory()
        session.commit()

        assert begin(acting, other) == 403
        assert "Ada Lovelace" in ribbon(acting.open_page("/profile/"))

    def test_who_has_not_proved_who_they_are_is_asked_first(
        self, login: Callable[[PCeen], Client], gri: PCeen, ada: PCeen
    ) -> None:
        page = login(gri).post(f"/gris/pceens/{ada.id}/doas", data={"reason": REASON})

        assert page.location.startswith("/reauth")

    def test_holders_of_other_rights_do_not(
        self, session: Session, login: Callable[[PCeen], Client], ada: PCeen
    ) -> None:
        helper = PCeenFactory(can=[(T.all, S.pceen), (T.all, S.role)])

        assert begin(login(helper), ada) == 403


class TestWhileItRuns:
    def test_every_page_says_so_even_those_of_errors(self, acting: Client) -> None:
        for path, status in (("/", 200), ("/legal", 200), ("/nowhere", 404), ("/gris/", 403)):
            said = ribbon(acting.open_page(path, status=status))
            assert "Ada Lovelace" in said
            assert REASON in said
            assert "30 min" in said

    def test_one_may_do_what_the_person_may_and_no_more(
        self, acting: Client, session: Session
    ) -> None:
        assert acting.get("/payments/").status_code == 302  # she has no room yet
        assert "/rooms/register" in acting.get("/payments/").location
        for path in ("/gris/", "/gris/pceens", "/gris/roles", "/gris/payments"):
            assert acting.get(path).status_code == 403

    def test_no_page_of_the_gris_opens_even_for_who_may_open_one(
        self, session: Session, browser: Client
    ) -> None:
        helper = PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role)])
        session.commit()
        begin(browser, helper)

        assert browser.get("/gris/pceens").status_code == 403
        assert browser.post(f"/api/gris/pceens/{helper.id}/roles").status_code == 403
        assert not browser.open_page("/").html.select("a[href^='/gris']")

    def test_the_device_in_hand_is_not_theirs(
        self, acting: Client, session: Session, ada: PCeen, inside: Inside
    ) -> None:
        RentalFactory(pceen=ada)
        DeviceFactory(pceen=ada)
        device = DeviceFactory(mac_address="3c:22:fb:00:00:01")
        session.commit()
        inside()

        acting.open_page("/payments/")

        session.expire_all()
        assert device.last_seen_at is None
        assert acting.get("/devices/transfer").status_code == 403

    @pytest.mark.parametrize(
        ("path", "method"),
        [
            ("/profile/update_password", "GET"),
            ("/profile/set_password", "POST"),
            ("/profile/sessions", "GET"),
            ("/profile/sessions/revoke_others", "POST"),
            ("/profile/modify_preferences", "POST"),
            ("/profile/resend_confirmation", "POST"),
            ("/reauth", "GET"),
            ("/reauth/code", "POST"),
        ],
    )
    def test_what_is_the_persons_alone_is_refused(
        self, acting: Client, session: Session, path: str, method: str
    ) -> None:
        before = len(events(session))

        assert acting.open(path, method=method).status_code == 403
        assert len(events(session)) == before

    def test_names_are_changed_for_them_but_not_their_address(
        self, acting: Client, session: Session, ada: PCeen, gri: PCeen
    ) -> None:
        form = {"prenom": "Ada", "nom": "King", "version": "1"}

        named = acting.post("/profile/modify_account", data={**form, "email": ada.email})
        moved = acting.post(
            "/profile/modify_account", data={**form, "version": "2", "email": "eve@example.org"}
        )

        session.expire_all()
        assert (named.status_code, moved.status_code) == (303, 403)
        assert (ada.nom, gri.nom) == ("King", "Curie")

    def test_lydia_is_not_asked_for_them(
        self, acting: Client, session: Session, ada: PCeen
    ) -> None:
        RentalFactory(pceen=ada)
        DeviceFactory(pceen=ada)
        session.commit()

        assert acting.get("/payments/pay/lydia/3months").status_code in (302, 403)
        assert acting.post("/payments/pay/lydia/3months").status_code in (303, 403)

    def test_both_are_written_down(
        self, acting: Client, session: Session, ada: PCeen, gri: PCeen
    ) -> None:
        acting.post(
            "/profile/modify_account",
            data={"prenom": "A", "nom": "B", "email": ada.email, "version": "1"},
        )

        last = events(session)[-1]
        assert (last.actor_id, last.as_id) == (gri.id, ada.id)

    def test_the_language_and_the_activity_of_the_person_do_not_change(
        self, acting: Client, session: Session, ada: PCeen, gri: PCeen
    ) -> None:
        page = acting.open_page("/profile/")
        acting.post("/set_locale/en")

        session.expire_all()
        assert page.html.html["lang"] == "fr"  # type: ignore[index]
        assert (ada.locale, gri.locale) == ("en", "en")

    def test_the_person_reads_who_why_and_when(
        self, app: Flask, acting: Client, session: Session, ada: PCeen
    ) -> None:
        begun = LoginSession(pceen=ada, method=LoginMethod.password)
        session.add(begun)
        session.commit()
        own = app.test_client()
        with own.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret

        said = own.get("/profile/").text

        assert REASON.replace("'", "&#39;") in said
        assert "Marie Curie" in said


class TestItsEnd:
    def test_the_button_leads_back_to_the_page_of_the_person(
        self, acting: Client, ada: PCeen, session: Session
    ) -> None:
        response = acting.post("/doas/stop")

        assert response.location == f"/gris/pceens/{ada.id}"
        assert acting.get("/gris/").status_code == 200
        assert events(session)[-1].action == "gris.doas.stop"

    def test_stopping_what_does_not_run_changes_nothing(self, browser: Client) -> None:
        assert browser.post("/doas/stop").status_code == 303
        assert browser.get("/doas/stop").status_code == 405

    def test_it_ends_with_the_log_in(self, acting: Client, session: Session) -> None:
        acting.post("/logout")

        assert session.scalars(sa.select(LoginSession)).all() == []

    def test_it_lives_to_the_last_second_then_a_page_is_the_gris(self, acting: Client) -> None:
        with time_machine.travel(clock.now() + timedelta(minutes=29, seconds=59), tick=False):
            assert "Ada" in ribbon(acting.open_page("/profile/"))
        with time_machine.travel(clock.now() + timedelta(minutes=30, seconds=1), tick=False):
            page = acting.open_page("/profile/")
        assert ribbon(page) == ""
        assert page.flashes == ["Vous n'agissez plus à la place de quelqu'un."]

    def test_a_form_sent_too_late_is_done_for_nobody(
        self, acting: Client, session: Session, ada: PCeen, gri: PCeen
    ) -> None:
        typed = {"room": "101", "text": "ce que j'ai écrit", "password": "secret de quelqu'un"}
        with time_machine.travel(clock.now() + timedelta(minutes=30), tick=False):
            response = acting.post("/rooms/register", data=typed)
            again = acting.open_page("/profile/")

        assert response.status_code == 409
        assert "ce que j&#39;ai écrit" in response.text
        assert "secret de" not in response.text
        assert rentals(session) == 0
        assert again.flashes == []

    @pytest.mark.parametrize("what", ["the GRI is one no more", "target disabled", "target a GRI"])
    def test_it_ends_when_it_should_never_have_begun(
        self, acting: Client, session: Session, ada: PCeen, gri: PCeen, what: str
    ) -> None:
        if what == "the GRI is one no more":
            gri.roles = []
        elif what == "target disabled":
            ada.disabled_at = clock.now()
        else:
            ada.roles.append(system_role("gri"))
        session.commit()

        assert acting.post("/rooms/register", data={"room": "101"}).status_code == 409
        assert ribbon(acting.open_page("/legal")) == ""
        assert rentals(session) == 0

    def test_its_length_is_a_setting(self, acting: Client, session: Session) -> None:
        DOAS_MINUTES.set(session, 5)
        session.commit()

        with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
            assert ribbon(acting.open_page("/profile/")) == ""


class TestForms:
    @pytest.fixture(autouse=True)
    def _protected(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)

    @staticmethod
    def token(browser: Client) -> str:
        page = BeautifulSoup(browser.get("/profile/").text, "html.parser")
        return str(page.select_one("meta[name=csrf-token]")["content"])  # type: ignore[index]

    def test_one_opened_before_is_not_sent_for_the_person_nor_the_reverse(
        self, browser: Client, session: Session, ada: PCeen, gri: PCeen
    ) -> None:
        mine = self.token(browser)
        ours = {"Origin": "http://localhost"}
        browser.post(
            f"/gris/pceens/{ada.id}/doas", data={"reason": REASON, "csrf_token": mine}, headers=ours
        )
        form = {"prenom": "X", "nom": "Y", "email": "", "version": "1"}

        during = browser.post(
            "/profile/modify_account", data={**form, "csrf_token": mine}, headers=ours
        )
        theirs = self.token(browser)
        browser.post("/doas/stop", data={"csrf_token": theirs}, headers=ours)
        after = browser.post(
            "/profile/modify_account", data={**form, "csrf_token": theirs}, headers=ours
        )

        session.expire_all()
        assert (during.status_code, after.status_code) == (403, 403)
        assert (ada.prenom, gri.prenom) == ("Ada", "Marie")
