"""The team of the Panier Bio: a pick-up, its network cut, a period and its dates, payments."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.enums import BasketPayment, BasketStatus
from app.models import OrderPanierBio, PeriodPanierBio
from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.visitor import DESK, NARROW, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

#: Tuesdays, far from those of the demonstration: one for each journey.
FIRST, SECOND, THIRD = date(2033, 3, 1), date(2033, 3, 8), date(2033, 3, 15)
BASKETS = 30
WHO_HOLDS_IT = "mperey"


@contextmanager
def writing(site: Site) -> Iterator[Session]:
    """The database of the site."""
    engine = sa.create_engine(site.database_url)
    with Session(engine) as session:
        yield session
        session.commit()
    engine.dispose()


def order(period: PeriodPanierBio, day: date, number: int) -> OrderPanierBio:
    """A confirmed order of a visitor: one in three pays by bank transfer."""
    email = f"client{number}.{day}@example.org"
    way = BasketPayment.transfer if number % 3 == 0 else BasketPayment.cash
    return OrderPanierBio(
        date=day,
        period_id=period.id,
        name=f"Éloïse Client {number:02}",
        service="LPEM",
        phone_number="06 12 34 56 78",
        email=email,
        live_email=email,
        payment_method=way,
        price=1250,
        status=BasketStatus.confirmed,
    )


@pytest.fixture(scope="module")
def site(demo_site: Site) -> Site:
    """Three distributions of thirty baskets."""
    with writing(demo_site) as session:
        period = PeriodPanierBio(start_date=FIRST, end_date=date(2033, 3, 31), active=False)
        session.add(period)
        session.flush()
        for day in (FIRST, SECOND, THIRD):
            session.add_all(order(period, day, number) for number in range(1, BASKETS + 1))
    return demo_site


@contextmanager
def manager(chromium: Browser, site: Site, **options: int) -> Iterator[Visitor]:
    """Who holds the Panier Bio."""
    with visiting(chromium, site.serve(), **options) as visitor:
        visitor.log_in(WHO_HOLDS_IT, PASSWORD)
        yield visitor


def sheet(day: date) -> str:
    return f"/panier_bio/admin/pickup/{day}"


def taken(site: Site, day: date) -> int:
    """How many are taken, as the site knows it."""
    with writing(site) as session:
        stmt = sa.select(sa.func.count()).where(OrderPanierBio.date == day, OrderPanierBio.taken)
        return session.scalars(stmt.select_from(OrderPanierBio)).one()


def tick(page: Page, number: int, what: str = "Pris") -> None:
    page.get_by_role("button", name=f"{what} : Éloïse Client {number:02}").click()


def count(page: Page, number: int) -> None:
    expect(page.locator("[data-taken-count]")).to_have_text(str(number))


@pytest.mark.parametrize(("width", "day"), [(PHONE, FIRST), (DESK, SECOND)])
def test_thirty_baskets_are_ticked_though_the_network_goes_away(
    chromium: Browser, site: Site, width: int, day: date
) -> None:
    with manager(chromium, site, width=width) as visitor:
        page = visitor.page
        visitor.open(sheet(day))
        button = page.get_by_role("button", name="Pris : Éloïse Client 01")
        assert (button.bounding_box() or {})["height"] >= 56
        expect(page.locator("[data-cash-left]")).to_have_text("250,00\N{NO-BREAK SPACE}€")
        for number in range(1, 11):
            tick(page, number)
        count(page, 10)
        unsent = page.locator("[data-unsent]")
        expect(unsent).to_be_hidden()
        assert taken(site, day) == 10

        visitor.context.set_offline(True)
        for number in range(11, 21):
            tick(page, number)
        tick(page, 1, "Payé")
        count(page, 20)
        expect(unsent).to_contain_text("À envoyer (11)")
        expect(unsent).to_contain_text("Hors ligne")
        tick(page, 20)  # it was a mistake
        count(page, 19)
        assert taken(site, day) == 10

        visitor.context.set_offline(False)
        expect(unsent).to_be_hidden()
        assert taken(site, day) == 19
        expect(page.locator("[data-cash-left]")).to_have_text("237,50\N{NO-BREAK SPACE}€")
        visitor.faults.clear()  # the console tells that the network went away

        for number in range(20, 31):
            tick(page, number)
        count(page, 30)
        expect(unsent).to_be_hidden()
        visitor.open(sheet(day))
        count(page, 30)
        assert taken(site, day) == BASKETS


def test_ticks_that_the_site_did_not_take_outlive_a_reload(chromium: Browser, site: Site) -> None:
    with manager(chromium, site, width=PHONE) as visitor:
        page = visitor.page
        visitor.open(sheet(THIRD))
        page.route("**/panier_bio/validate/**", lambda route: route.abort())
        tick(page, 1)
        tick(page, 2)
        unsent = page.locator("[data-unsent]")
        expect(unsent).to_contain_text("À envoyer (2)")
        visitor.faults.clear()
        visitor.open(sheet(THIRD))
        count(page, 2)
        expect(unsent).to_contain_text("À envoyer (2)")
        assert taken(site, THIRD) == 0
        page.unroute("**/panier_bio/validate/**")
        page.get_by_role("button", name="Envoyer", exact=True).click()
        expect(unsent).to_be_hidden()
        assert taken(site, THIRD) == 2
        visitor.faults.clear()


def test_a_refusal_is_said_on_its_row_which_shows_what_holds(chromium: Browser, site: Site) -> None:
    with manager(chromium, site, width=NARROW) as visitor:
        page = visitor.page
        visitor.open(sheet(THIRD))
        with writing(site) as session:
            stmt = sa.select(OrderPanierBio).filter_by(date=THIRD, name="Éloïse Client 30")
            gone = session.scalars(stmt).one()
            gone.status, gone.live_email = BasketStatus.cancelled, None
            gone.cancelled_at = gone.created_at
        with visitor.expecting(409):
            tick(page, 30)
            row = page.locator("tr", has_text="Éloïse Client 30")
            expect(row.get_by_role("alert")).to_have_text("Cette commande est déjà annulée.")
        expect(row).to_have_attribute("data-taken", "0")
        expect(page.locator("[data-unsent]")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_a_name_is_found_without_its_accents(chromium: Browser, site: Site) -> None:
    with manager(chromium, site, width=PHONE) as visitor:
        visitor.open(sheet(THIRD))
        box = visitor.page.get_by_label("Chercher un nom")
        box.fill("07 ELOISE")
        expect(visitor.page.locator("[data-order]:visible")).to_have_count(1)
        box.fill("personne")
        expect(visitor.page.get_by_text("Personne de ce nom.")).to_be_visible()


def test_the_sheet_is_printed_as_one_table_with_boxes(chromium: Browser, site: Site) -> None:
    with manager(chromium, site) as visitor:
        visitor.open(sheet(THIRD))
        page = visitor.page
        page.emulate_media(media="print")
        expect(page.locator(".pickup-box:visible")).not_to_have_count(0)
        expect(page.locator(".pickup-tick:visible")).to_have_count(0)
        expect(page.locator(".pickup-bar")).to_be_hidden()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_payments_are_validated_one_after_the_other(
    chromium: Browser, site: Site, width: int
) -> None:
    with manager(chromium, site, width=width) as visitor:
        page = visitor.page
        numbers = (11, 12) if width == PHONE else (13, 14)
        visitor.open(f"/panier_bio/admin?date={THIRD}")
        for number in numbers:
            for what in ("Payé", "Trésorerie"):
                button = page.get_by_role("button", name=f"{what} : Éloïse Client {number}")
                button.click()
                expect(button).to_have_attribute("aria-pressed", "true")
        sums = page.locator("dl.basket-sums").first
        amount = "25,00" if width == PHONE else "50,00"
        expect(sums).to_contain_text(f"Validés par la trésorerie {amount}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_period_is_made_and_its_dates_are_seen(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    year = 2035 if scripts else 2037
    with visiting(chromium, site.serve(), scripts=scripts, width=PHONE) as visitor:
        visitor.log_in(WHO_HOLDS_IT, PASSWORD)
        page = visitor.page
        visitor.open("/panier_bio/admin/periods")
        page.get_by_label("Premier jour").fill(f"{year}-12-01")
        page.get_by_label("Dernier jour").fill(f"{year + 1}-01-31")
        days = page.get_by_role("textbox", name="Jours sans distribution")
        tuesday = next(
            day for n in range(8, 15) if (day := date(year, 12, n)).isoweekday() == 2
        ).isoformat()
        if scripts:
            page.locator(f"[data-day='{tuesday}']").click()
            expect(days).to_have_value(tuesday)
        else:
            days.fill(tuesday)
        visitor.press("Voir les dates")
        row = page.locator("#preview .planned-day", has=page.locator(f"[datetime='{tuesday}']"))
        expect(row).to_contain_text("sans distribution")
        visitor.press("Ajouter la période")
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"1 décembre {year}")
        expect(row).to_contain_text("sans distribution")
