"""The list of the PCéens in the view of the bar: what people have there, for who looks after it."""

import csv
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.modules.gris.queries.search import Search, View
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory, customer

BAR = "/gris/pceens/bar"


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    browser = login(PCeenFactory(slugs=["gri"], nom="Aaa"))
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    return browser


@pytest.fixture
def _customers(session: Session) -> None:
    customer(1250, nom="Lovelace")
    customer(300, nom="Noether", deposit=False)
    customer(99_900, nom="Curie")


def rows(page: Page) -> list[list[str]]:
    """The cells of each line, without their spaces."""
    return [
        [cell.get_text(" ", strip=True).replace("\xa0", " ") for cell in row.select("td")]
        for row in page.html.select("tbody tr")
    ]


def names(page: Page) -> list[str]:
    return [row[1].split()[-1] for row in rows(page)]


@pytest.mark.usefixtures("_customers")
def test_the_view_of_the_bar_shows_balances_and_cautions(gri: Client) -> None:
    page = gri.open_page(f"{BAR}?sort=nom")

    said = {row[1].split()[-1]: (row[-3], row[-2]) for row in rows(page)}
    assert said["Lovelace"] == ("0,00 €", "12,50 €")
    assert said["Noether"] == ("–", "3,00 €")
    heads = page.texts("thead th")
    assert heads[-3:-1] == ["Caution", "Solde"]
    assert "Chambre" not in heads
    asked = gri.open_page(f"{BAR}?columns=room").texts("thead th")
    assert asked[-4:-1] == ["Chambre", "Caution", "Solde"]


@pytest.mark.usefixtures("_customers")
def test_it_is_sorted_by_either(gri: Client) -> None:
    shown = names(gri.open_page(f"{BAR}?sort=-balance"))
    assert shown[:3] == ["Curie", "Lovelace", "Noether"]
    assert names(gri.open_page(f"{BAR}?sort=balance"))[-3:] == ["Noether", "Lovelace", "Curie"]
    without = names(gri.open_page(f"{BAR}?sort=deposit"))
    assert without.index("Noether") < without.index("Curie")


@pytest.mark.usefixtures("_customers")
@pytest.mark.parametrize("address", ["/gris/pceens", "/gris/pceens/all"])
def test_other_views_say_nothing_of_it(gri: Client, address: str) -> None:
    page = gri.open_page(f"{address}?sort=-balance&columns=balance,promo")

    assert "Solde" not in page.text("thead")
    assert "12,50" not in page.text("tbody")


@pytest.mark.usefixtures("_customers")
def test_who_changes_people_alone_is_not_told_their_money(login: Login, session: Session) -> None:
    browser = login(PCeenFactory(can=[(T.write, S.pceen)]))

    page = browser.open_page(f"{BAR}?sort=-balance")

    assert "Balance" not in page.text("thead")
    assert "12.50" not in page.text("tbody")
    assert not Search.read(View.bar, {"sort": "balance"}).tells_bar
    assert Search.read(View.bar, {"sort": "balance"}).sort == "id"


@pytest.mark.usefixtures("_customers")
def test_the_sheet_labels_the_columns_of_the_bar(gri: Client) -> None:
    page = gri.open_page(BAR)
    sheet = page.html.select_one('link[href*="pceens.css"]')
    assert sheet is not None

    css = gri.get(str(sheet["href"])).text

    assert 'content:"Caution"' in css
    assert 'content:"Solde"' in css
    assert "Solde" not in gri.get("/gris/pceens.css").text


@pytest.mark.usefixtures("_customers")
def test_the_file_of_the_view_has_them_too(gri: Client) -> None:
    text = gri.get(f"{BAR}?sort=-balance&format=csv").get_data().decode("utf-8-sig")
    first, *others = csv.reader(text.splitlines(), delimiter=";")

    assert first[-2:] == ["Caution", "Solde"]
    assert [line[-2:] for line in others[:3]] == [
        ["0,00", "999,00"],
        ["0,00", "12,50"],
        ["", "3,00"],
    ]
    plain = gri.get("/gris/pceens/all?format=csv").get_data().decode("utf-8-sig")
    assert "Solde" not in plain


def test_it_takes_as_many_statements_whatever_it_shows(
    gri: Client, session: Session, queries: list[str]
) -> None:
    def count(**more: Any) -> int:
        for _ in range(10):
            customer(100, **more)
        session.commit()
        queries.clear()
        gri.open_page(BAR)
        return len(queries)

    assert count() == count()
