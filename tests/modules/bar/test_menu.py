"""The menu of the bar, and what the main one leads to."""

import pytest

from app.enums import PermissionScope as S, PermissionType as T
from tests.client import Client
from tests.conftest import Login
from tests.factories import BarItemFactory, PCeenFactory, barman, customer, manager

STAFF = ["Comptoir", "Scanner", "Opérations", "Articles", "Caisse"]
OWN = ["Mon compte", "Recharger", "Mon code"]
TABS = ".tabs[aria-label='Le bar']"
ENTRIES = "[aria-label='Menu principal'] > ul a"
DOCK = ".dock > ul > li > a"


def tabs(client: Client, path: str) -> list[str]:
    return client.open_page(path).texts(f"{TABS} a")


def test_what_one_serves_with_comes_before_what_is_one_s_own(login: Login) -> None:
    staff = tabs(login(manager(locale="fr")), "/bar/items")

    assert staff[:5] == STAFF
    assert staff[-3:] == OWN
    assert "Réglages" in staff
    assert tabs(login(customer(locale="fr")), "/bar/me") == OWN


def test_a_page_that_has_no_tab_is_under_another(login: Login) -> None:
    item, someone = BarItemFactory(quantity=3), customer()
    client = login(manager(locale="fr"))

    def here(path: str) -> str:
        return client.open_page(path).text(f"{TABS} [aria-current]")

    assert here(f"/bar/user/{someone.username}") == "Comptoir"
    assert here("/bar/items/new") == "Articles"
    assert here("/bar/items/inventory") == "Articles"
    assert here(f"/bar/items/{item.id}/edit") == "Articles"
    assert here(f"/bar/items/{item.id}/stock") == "Articles"
    assert here("/bar/settings/history") == "Réglages"


@pytest.mark.parametrize("path", ["/bar/me/alert", "/bar/me/birth_date"])
def test_the_tabs_come_before_the_way_back(login: Login, path: str) -> None:
    page = login(customer(locale="fr")).open_page(path)

    order = [one["aria-label"] for one in page.html.select("main nav[aria-label]")]
    assert order == ["Le bar", "Fil d'Ariane"]
    assert page.text(f"{TABS} [aria-current]") == "Mon compte"


def test_who_may_open_nothing_has_no_tabs(client: Client) -> None:
    assert not client.open_page("/bar/welcome").html.select(".tabs")


def test_the_main_menu_leads_who_serves_to_the_counter(login: Login) -> None:
    for pceen, leads in ((barman(), "/bar/search"), (customer(), "/bar/")):
        page = login(pceen).open_page("/")
        for menu in (ENTRIES, DOCK):
            links = [
                one["href"] for one in page.html.select(menu) if one.get_text().strip() == "Bar"
            ]
            assert links == [leads]


def test_who_reads_the_figures_alone_is_led_to_them(login: Login) -> None:
    page = login(PCeenFactory(can=[(T.read, S.bar_stats)])).open_page("/")

    assert "/bar/" in [one["href"] for one in page.html.select(ENTRIES)]


def test_the_card_of_who_serves_leads_to_the_counter(login: Login) -> None:
    assert login(barman()).open_page("/").html.select("main .card a[href='/bar/search']")
    assert not login(customer()).open_page("/").html.select("main a[href='/bar/search']")


def test_without_a_caution_one_shows_one_s_code_first(login: Login) -> None:
    client = login(customer(deposit=False))

    for path in ("/", "/bar/me"):
        page = client.open_page(path)
        assert [one["href"] for one in page.html.select("main .buttons .btn-primary")][:1] == [
            "/bar/qrcode"
        ]
        assert not page.html.select("main .buttons a[href='/bar/recharge']")
