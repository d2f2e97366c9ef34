"""Behind the counter: a phone, a desktop, no scripts, a network that goes away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Route, expect
from sqlalchemy.orm import Session

from app.models import BarAccount, BarItem, BarTransaction, PCeen, Role
from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.visitor import DESK, NARROW, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

#: What any page of a hostile visitor would do, if names were more than names.
HOSTILE = 'Jean "O\'Neil" </script><img src=x onerror=alert(1)>'
_numbers = count()

Open = Callable[..., Visitor]


@pytest.fixture(scope="module")
def bar(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: what it sells and who buys is known."""
    with running_site(
        tmp_path_factory.mktemp("bar"), name="bar", demo="small", worker=False
    ) as site:
        with database(site) as session:
            session.execute(sa.update(BarItem).values(archived=True, live_name=None))
            for index, (name, cents, grams) in enumerate(
                [("Bière", 300, "14.4"), ("Café", 50, "0"), (HOSTILE[:30], 100, "0")]
            ):
                session.add(
                    BarItem(
                        name=name,
                        price_cents=cents,
                        alcohol_mass=Decimal(grams),
                        favorite_index=90 - index,
                    )
                )
            session.add(BarItem(name="Champagne", price_cents=9000))
            session.add(BarItem(name="Dernier sablé", price_cents=100, quantity=1))
        yield site


@contextmanager
def database(site: Site) -> Iterator[Session]:
    engine = sa.create_engine(site.database_url)
    with Session(engine) as session:
        yield session
        session.commit()
    engine.dispose()


def buyer(site: Site, *, cents: int = 2000, prenom: str = "Ada", nom: str = "Lovelace") -> str:
    """Someone new who may buy; their username."""
    username = f"buyer{next(_numbers)}"
    with database(site) as session:
        role = session.scalars(sa.select(Role).where(Role.slug == "bar_client")).one()
        pceen = PCeen(username=username, prenom=prenom, nom=nom, roles=[role])
        session.add(pceen)
        session.flush()
        account = session.get_one(BarAccount, pceen.id)
        account.balance_cents, account.deposit_cents = cents, 0
    return username


def sales(site: Site, username: str) -> list[str | None]:
    """What the ledger says of someone, line by line."""
    with database(site) as session:
        stmt = (
            sa.select(BarTransaction.type)
            .join(PCeen, PCeen.id == BarTransaction.client_id)
            .where(PCeen.username == username)
            .order_by(BarTransaction.id)
        )
        return [str(kind) for kind in session.scalars(stmt)]


@pytest.fixture
def behind(chromium: Browser, bar: Site) -> Iterator[Open]:
    """Whoever serves, in front of someone: ``behind(username, width=DESK)``."""
    opened = []

    def _behind(username: str, *, width: int = PHONE, scripts: bool = True) -> Visitor:
        guard = visiting(
            chromium, bar.serve(), width=width, scripts=scripts, has_touch=width == PHONE
        )
        visitor = guard.__enter__()
        opened.append(guard)
        visitor.log_in("gcharpak", PASSWORD)
        visitor.open(f"/bar/user/{username}")
        return visitor

    yield _behind
    for guard in opened:
        guard.__exit__(None, None, None)


def item(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(".sell", has_text=name)


def balance(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-balance]")


def result(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-result]")


def undo(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("button", name="Annuler la vente")


def toasts(visitor: Visitor) -> Locator:
    return visitor.page.locator(".toast-text")


def test_one_tap_sells_in_one_round_trip(behind: Open, bar: Site) -> None:
    visitor = behind(buyer(bar))
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))

    item(visitor, "Bière").tap()

    expect(result(visitor)).to_have_text("Vendu : Bière, 3,00 €. Solde : 17,00 €.")
    expect(balance(visitor)).to_have_text("17,00 €")
    expect(visitor.page.locator("[data-alcohol]")).to_have_text("14,4 g sur 40 g")
    expect(visitor.page.locator(".line-text")).to_have_text(["Bière"])
    expect(result(visitor)).to_be_in_viewport()
    expect(undo(visitor)).to_be_in_viewport()
    expect(toasts(visitor)).to_have_count(0)
    assert len([url for url in asked if "/static/" not in url]) == 1


def test_a_doubled_tap_sells_once_and_two_taps_sell_twice(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username)

    item(visitor, "Café").dblclick()

    expect(result(visitor)).to_have_text("Vendu : Café, 0,50 €. Solde : 19,50 €.")
    item(visitor, "Café").tap()
    expect(balance(visitor)).to_have_text("19,00 €")
    assert sales(bar, username) == ["pay_item", "pay_item"]


def test_a_sale_is_undone_from_its_message(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username)
    item(visitor, "Bière").tap()

    visitor.press("Annuler la vente")

    expect(result(visitor)).to_have_text("Annulé : Bière. Solde : 20,00 €.")
    expect(undo(visitor)).to_be_hidden()
    expect(balance(visitor)).to_have_text("20,00 €")
    expect(visitor.page.locator(".line.is-undone")).to_contain_text("annulé par Georges Charpak")
    assert sales(bar, username) == ["pay_item", "reversal"]


@pytest.mark.parametrize("width", [NARROW, PHONE, DESK])
def test_a_sale_moves_no_button_and_covers_none(behind: Open, bar: Site, width: int) -> None:
    visitor = behind(buyer(bar), width=width)
    last = item(visitor, "Dernier sablé")
    visitor.page.evaluate("scrollTo(0, 300)")
    coffee = item(visitor, "Café")
    coffee.scroll_into_view_if_needed()
    before = coffee.bounding_box()

    coffee.click()
    expect(undo(visitor)).to_be_visible()

    assert coffee.bounding_box() == before
    covering = """(one) => {
        const { left, top } = one.getBoundingClientRect();
        return one.contains(document.elementFromPoint(left + 20, top + 20));
    }"""
    assert coffee.evaluate(covering)
    last.scroll_into_view_if_needed()
    assert last.evaluate(covering)
    size = undo(visitor).bounding_box()
    assert size is not None
    assert size["height"] >= 44


def test_two_sales_are_undone_the_last_first(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username)
    item(visitor, "Bière").tap()
    expect(balance(visitor)).to_have_text("17,00 €")
    item(visitor, "Café").tap()
    expect(balance(visitor)).to_have_text("16,50 €")

    undo(visitor).tap()
    expect(balance(visitor)).to_have_text("17,00 €")
    undo(visitor).tap()

    expect(balance(visitor)).to_have_text("20,00 €")
    expect(undo(visitor)).to_be_hidden()
    assert sales(bar, username) == ["pay_item", "pay_item", "reversal", "reversal"]


def test_a_sale_is_undone_at_once_for_ten_seconds(behind: Open, bar: Site) -> None:
    visitor = behind(buyer(bar))
    visitor.page.clock.install()
    item(visitor, "Café").tap()
    expect(undo(visitor)).to_be_visible()

    visitor.page.clock.run_for(9_000)
    expect(undo(visitor)).to_be_visible()
    visitor.page.clock.run_for(2_000)

    expect(undo(visitor)).to_be_hidden()
    expect(result(visitor)).to_contain_text("Vendu : Café")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_account_stays_in_sight_and_takes_money(behind: Open, bar: Site, width: int) -> None:
    visitor = behind(buyer(bar), width=width)
    visitor.page.evaluate("scrollTo(0, document.body.scrollHeight)")

    expect(balance(visitor)).to_be_in_viewport()
    expect(visitor.page.locator(".counter-whose")).to_contain_text("Ada Lovelace")
    visitor.page.locator(".counter-now").get_by_text("Recharger…").click()

    expect(visitor.page.get_by_role("dialog")).to_contain_text("Recharger le compte")


def test_an_item_is_found_among_many(behind: Open, bar: Site) -> None:
    with database(bar) as session:
        many = [BarItem(name=f"Thé {number}", price_cents=100) for number in range(12)]
        session.add_all(many)
    visitor = behind(buyer(bar))
    shown = visitor.page.locator(".other-items li:visible")

    visitor.page.get_by_label("Chercher un article").fill("SABLE")
    expect(shown).to_have_count(1)
    visitor.page.get_by_label("Chercher un article").fill("xyz")
    expect(shown).to_have_count(0)
    expect(visitor.page.locator("[data-filtered]")).to_have_text(
        "Aucun article ne s'appelle ainsi."
    )

    with database(bar) as session:
        session.execute(
            sa.update(BarItem)
            .where(BarItem.name.startswith("Thé "))
            .values(archived=True, live_name=None)
        )


def test_a_sale_is_undone_from_its_line(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username)
    item(visitor, "Dernier sablé").tap()
    expect(item(visitor, "Dernier sablé")).to_be_disabled()
    expect(item(visitor, "Dernier sablé")).to_contain_text("épuisé")
    visitor.open(f"/bar/user/{username}")

    visitor.press("Annuler : %(what)s", what="Dernier sablé")

    expect(balance(visitor)).to_have_text("20,00 €")
    expect(item(visitor, "Dernier sablé")).to_be_enabled()
    assert sales(bar, username) == ["pay_item", "reversal"]


def test_what_is_not_sold_says_why_before_one_asks(behind: Open, bar: Site) -> None:
    visitor = behind(buyer(bar, cents=1000))
    expect(item(visitor, "Champagne")).to_be_disabled()
    expect(item(visitor, "Champagne").locator("small")).to_have_text("solde insuffisant")
    beer = item(visitor, "Bière")

    beer.tap()
    expect(balance(visitor)).to_have_text("7,00 €")
    beer.tap()

    expect(balance(visitor)).to_have_text("4,00 €")
    expect(visitor.page.locator(".counter-now")).to_contain_class("is-orange")
    expect(beer).to_be_disabled()
    expect(beer.locator("small")).to_have_text("limite d'alcool")


def test_what_changed_meanwhile_is_said_and_shown(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username)
    with database(bar) as session:
        session.execute(sa.update(BarItem).where(BarItem.name == "Café").values(price_cents=60))

    with visitor.expecting(409):
        item(visitor, "Café").tap()
        expect(toasts(visitor)).to_contain_text(["Le prix a changé : c'est maintenant 0,60 €."])
        expect(item(visitor, "Café").locator("b")).to_have_text("0,60 €")

    item(visitor, "Café").tap()
    expect(balance(visitor)).to_have_text("19,40 €")
    with database(bar) as session:
        session.execute(sa.update(BarItem).where(BarItem.name == "Café").values(price_cents=50))


def test_an_answer_that_is_lost_sells_nothing_twice(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username)
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        if len(keys) == 1:
            route.abort()
        else:
            route.continue_()

    visitor.page.route("**/api/bar/pay/**", lose)

    item(visitor, "Café").tap()

    expect(toasts(visitor)).to_contain_text(["on réessaie"])
    expect(balance(visitor)).to_have_text("19,50 €")
    expect(toasts(visitor)).to_have_count(0)
    expect(result(visitor)).to_have_text("Vendu : Café, 0,50 €. Solde : 19,50 €.")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert sales(bar, username) == ["pay_item"]
    visitor.faults = [fault for fault in visitor.faults if "ERR_FAILED" not in fault]


def test_it_sells_and_undoes_without_scripts(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username, scripts=False)

    item(visitor, "Café").tap()

    expect(toasts(visitor)).to_have_text(["Vendu : Café, 0,50 €. Solde : 19,50 €."])
    assert visitor.page.url.endswith(f"/bar/user/{username}")
    visitor.press("Annuler : %(what)s", what="Café")
    expect(toasts(visitor)).to_have_text(["Opération annulée. Solde : 20,00 €."])
    assert sales(bar, username) == ["pay_item", "reversal"]


def test_money_is_taken_without_scripts(behind: Open, bar: Site) -> None:
    visitor = behind(buyer(bar), scripts=False)

    visitor.follow("Recharger…")
    visitor.fill({"Montant": "12,50"})
    visitor.press("Encaisser")

    expect(balance(visitor)).to_have_text("32,50 €")


def test_a_desktop_needs_no_mouse(behind: Open, bar: Site) -> None:
    username = buyer(bar, prenom="Grace", nom="Hopper")
    visitor = behind(buyer(bar), width=DESK)
    keyboard = visitor.page.keyboard

    keyboard.press("/")
    expect(visitor.page.get_by_role("combobox")).to_be_focused()
    keyboard.type("hopper 1")
    expect(visitor.page.locator(".found-status")).to_have_text("Personne ne s'appelle ainsi.")
    keyboard.press("Backspace")
    keyboard.press("Backspace")
    expect(visitor.page.get_by_role("option")).to_have_count(1)
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    visitor.page.wait_for_url(f"**/bar/user/{username}")
    keyboard.press("2")

    expect(result(visitor)).to_have_text("Vendu : Café, 0,50 €. Solde : 19,50 €.")
    keyboard.press("u")
    expect(balance(visitor)).to_have_text("20,00 €")
    keyboard.press("?")
    expect(visitor.page.get_by_role("dialog")).to_contain_text("annuler la dernière vente")
    keyboard.press("2")
    keyboard.press("Escape")
    visitor.page.get_by_role("combobox").fill("")
    keyboard.type("2u")
    assert sales(bar, username) == ["pay_item", "reversal"]


def test_shortcuts_may_be_switched_off(behind: Open, bar: Site) -> None:
    username = buyer(bar)
    visitor = behind(username, width=DESK)
    keyboard = visitor.page.keyboard
    visitor.follow("Raccourcis clavier")

    visitor.page.get_by_label("Raccourcis actifs sur cet appareil").uncheck()
    keyboard.press("Escape")
    keyboard.press("2")
    item(visitor, "Bière").click()

    expect(balance(visitor)).to_have_text("17,00 €")
    assert sales(bar, username) == ["pay_item"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_hostile_name_works_in_every_button(behind: Open, bar: Site, scripts: bool) -> None:
    username = buyer(bar, prenom="Jean", nom=HOSTILE[5:])
    visitor = behind(username, scripts=scripts)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(HOSTILE)

    item(visitor, "O'Neil").tap()

    expect(balance(visitor)).to_have_text("19,00 €")
    expect(visitor.page.locator(".line-text")).to_have_text([HOSTILE[:30]])
    visitor.press("Annuler : %(what)s", what=HOSTILE[:30])
    expect(balance(visitor)).to_have_text("20,00 €")
    assert sales(bar, username) == ["pay_item", "reversal"]
