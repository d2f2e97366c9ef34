"""The card of the bar on the page of someone."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.models import BarAccount, PCeen
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory, customer

#: Someone who looks after people, and nothing else.
SECRETARY = [(T.write, S.pceen)]


@pytest.fixture
def ada(session: Session) -> PCeen:
    return customer(1250, birth_date=date(2000, 2, 29), prenom="Ada", username="ada")


@pytest.fixture
def gri(login: Login) -> Client:
    browser = login(PCeenFactory(slugs=["gri"]))
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    return browser


def card(browser: Client, who: PCeen) -> str:
    return browser.open_page(f"/gris/pceens/{who.id}").text("#bar").replace("\xa0", " ")


def test_a_gri_sees_what_someone_has_at_the_bar(session: Session, gri: Client, ada: PCeen) -> None:
    account = session.get_one(BarAccount, ada.id)
    account.deposit_cents, account.deposit_owed_cents = 500, 300
    session.commit()

    said = card(gri, ada)

    assert "12,50 €" in said
    assert "Caution 5,00 €" in said
    assert "Caution à rendre 3,00 €" in said
    assert "Date de naissance connue" in said
    assert "2000" not in said
    assert "Sa page au bar" not in said


def test_who_has_no_access_and_no_caution_is_said_so(gri: Client) -> None:
    said = card(gri, PCeenFactory())

    assert "0,00 €" in said
    assert "pas payée" in said
    assert "Date de naissance inconnue" in said
    assert "N'a pas accès au bar." in said
    assert "Corriger" not in said


def test_who_serves_opens_their_page(login: Login, ada: PCeen) -> None:
    browser = login(PCeenFactory(can=[*SECRETARY, (T.write, S.bar)]))

    page = browser.open_page(f"/gris/pceens/{ada.id}")

    assert page.html.select('#bar a[href="/bar/user/ada"]')


def test_who_looks_after_people_alone_is_not_told(login: Login, ada: PCeen) -> None:
    page = login(PCeenFactory(can=SECRETARY)).open_page(f"/gris/pceens/{ada.id}")

    assert not page.html.select("#bar")


def test_a_gri_corrects_a_birth_date_and_comes_back(
    session: Session, gri: Client, ada: PCeen
) -> None:
    page = gri.open_page(f"/gris/pceens/{ada.id}")
    (form,) = page.html.select("#bar form")
    fields = {
        str(one["name"]): str(one.get("value", ""))
        for one in form.select("input[name]")
        if one["name"] != "csrf_token"
    }
    assert fields["birth_date"] == ""

    answer = gri.post(str(form["action"]), data={**fields, "birth_date": "2012-03-04"})

    assert (answer.status_code, answer.location) == (303, f"/gris/pceens/{ada.id}")
    session.expire_all()
    assert session.get_one(BarAccount, ada.id).birth_date == date(2012, 3, 4)
    assert "2012" not in card(gri, ada)


def test_nobody_corrects_their_own(login: Login, session: Session) -> None:
    me = PCeenFactory(slugs=["gri"], can=[(T.read, S.bar)])

    page = login(me).open_page(f"/gris/pceens/{me.id}")

    assert page.html.select("#bar")
    assert not page.html.select("#bar form")


def test_the_card_takes_one_statement(gri: Client, ada: PCeen, queries: list[str]) -> None:
    card(gri, ada)
    queries.clear()

    card(gri, ada)

    assert len([one for one in queries if "bar_account" in one]) == 1
