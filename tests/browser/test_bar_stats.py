"""The figures of the bar, its files and its cash box, as people use them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import DARK, check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the evenings of the demonstration, and a cash box of its own."""
    with running_site(tmp_path_factory.mktemp("bar_stats"), name="bar_stats", demo="small") as site:
        yield site


@pytest.fixture(scope="module")
def manager(chromium: Browser, site: Site) -> Iterator[Visitor]:
    with visiting(chromium, site.serve()) as manager:
        manager.log_in("adebiern", PASSWORD)
        yield manager


def refreshed(page: Page, revenue: str) -> list[str]:
    """Have the site say this revenue from now on; the addresses that were asked since."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json={"shown": {"revenue": revenue}})

    page.route("**/api/bar/stats/day*", answer)
    return asked


@pytest.mark.parametrize("view", ["day", "month", "year"])
def test_the_figures_are_for_everybody(manager: Visitor, view: str) -> None:
    manager.open(f"/bar/stats?view={view}")
    for chart in manager.page.locator("figure.chart details > summary").all():
        chart.click()
    check_page(manager, view)
    manager.page.evaluate(DARK)
    check_colours(manager, f"{view}, dark", PHONE, DESK)


def test_the_figures_of_today_are_kept_fresh_while_one_looks(manager: Visitor) -> None:
    page = manager.page
    page.clock.install()
    asked = refreshed(page, "123,45 €")
    manager.open("/bar/stats")
    revenue = page.locator("[data-figure=revenue]")

    page.clock.run_for(29_000)
    assert asked == []
    page.clock.run_for(2_000)
    expect(revenue).to_have_text("123,45 €")
    assert len(asked) == 1

    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.clock.run_for(120_000)
    assert len(asked) == 1

    with page.expect_request("**/api/bar/stats/day*"):
        page.evaluate(
            """() => {
              Object.defineProperty(document, "hidden", { value: false, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
    page.unroute("**/api/bar/stats/day*")


def test_one_goes_from_a_day_to_its_month_and_back_in_time(manager: Visitor) -> None:
    manager.open("/bar/stats?date=2026-11-03")
    page = manager.page

    page.get_by_role("link", name="Le mois", exact=True).click()
    expect(page.locator(".bar-period h2")).to_have_text(re.compile("novembre 2026", re.IGNORECASE))
    page.locator(".bar-period a[rel=prev]").click()
    expect(page.locator(".bar-period h2")).to_have_text(re.compile("octobre 2026", re.IGNORECASE))


def test_a_file_is_taken_away(manager: Visitor) -> None:
    manager.open("/bar/export")
    check_page(manager, "exports")

    with manager.page.expect_download() as downloaded:
        manager.page.locator(".bar-files a").first.click()
    assert downloaded.value.suggested_filename == "current_week.xlsx"


def test_coins_and_notes_add_up_as_they_are_typed(manager: Visitor) -> None:
    manager.open("/bar/cash")
    page = manager.page
    page.locator("form details.accordion > summary").first.click()
    check_page(manager, "cash box")
    page.evaluate(DARK)
    check_colours(manager, "cash box, dark", PHONE, DESK)

    page.locator("[name=pieces_200]").fill("3")
    page.locator("[name=pieces_1000]").fill("1000")
    expect(page.locator("[name=counted]")).to_have_value("10006,00")
    expect(page.locator("[data-difference]")).to_contain_text("de trop")
    page.get_by_label("Remarque").fill("Il pleut des billets")
    page.get_by_role("button", name="Écrire le comptage").click()

    expect(page.locator("td .state").first).to_contain_text("+")
    expect(page.get_by_text("Il pleut des billets").first).to_be_visible()
    page.get_by_label("Compté", exact=True).fill("10006")
    expect(page.locator("[data-difference]")).to_have_text("La caisse tombe juste.")


def test_the_box_is_counted_without_a_script(chromium: Browser, site: Site) -> None:
    with visiting(chromium, site.serve(), scripts=False, width=PHONE) as visitor:
        visitor.log_in("adebiern", PASSWORD)
        visitor.open("/bar/cash")
        page = visitor.page
        page.locator("form details.accordion > summary").first.click()
        page.locator("[name=pieces_500]").fill("2")
        page.get_by_role("button", name="Additionner").click()
        expect(page.get_by_label("Compté", exact=True)).to_have_value("10,00")
