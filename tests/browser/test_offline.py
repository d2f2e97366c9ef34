"""The network goes away: what can still be read, how old it says to be, and what is forgotten."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from app.enums import BanKind
from app.models import Ban, BarAccount, PCeen, PeriodPanierBio
from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import check_page
from tests.browser.test_panier_staff import count, order, sheet, tick, writing
from tests.browser.visitor import PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

#: A Tuesday, far from those of the demonstration and of other tests.
DAY = date(2034, 3, 7)
CODE, BALANCE, SUBSCRIPTION = "/bar/qrcode", "/bar/me", "/payments/"
RIBBON, AGE = ".ribbon-kept", "[data-kept-age]"

#: Whether the page at a path is kept, with all the files that it shows.
IS_KEPT = """async (path) => {
  const files = (await caches.match(path))?.headers.get("X-Files");
  const found = await Promise.all((files ?? "").split(" ").map((file) => caches.match(file)));
  return Boolean(files) && found.every(Boolean);
}"""
IS_FORGOTTEN = "async (path) => !(await caches.match(path))"
#: Has the log-in have been left alone for too long, as far as the browser knows.
LET_TIME_PASS = """async () => {
  for (const name of (await caches.keys()).filter((one) => one.startsWith("own "))) {
    const headers = { "X-Until": new Date(Date.now() - 60_000).toISOString() };
    await (await caches.open(name)).put("/sw.js", new Response("", { headers }));
  }
}"""
IS_READY = "() => navigator.serviceWorker.controller !== null"


@contextmanager
def online(chromium: Browser, site: Site, name: str, **options: object) -> Iterator[Visitor]:
    """Someone who logged in, and whose browser has the service worker."""
    own: dict[str, object] = {"width": PHONE, "service_workers": "allow", **options}
    with visiting(chromium, site.serve(), **own) as visitor:
        visitor.log_in(name, PASSWORD)
        visitor.page.wait_for_function(IS_READY)
        yield visitor


@contextmanager
def no_network(visitor: Visitor, *, stays: bool = False) -> Iterator[None]:
    """Neither the pages nor the service worker reach anything, until the end of the block.

    The page is left then, unless the visitor *stays*: it does something by itself.
    """
    visitor.context.set_offline(True)
    yield
    if not stays:
        visitor.page.goto("about:blank")
    visitor.context.set_offline(False)
    visitor.faults[:] = [fault for fault in visitor.faults if "ERR_INTERNET" not in fault]


def keep(visitor: Visitor, path: str) -> None:
    """Read a page, and wait until it is kept."""
    visitor.open(path)
    visitor.page.wait_for_function(IS_KEPT, arg=path)


def check_nothing_is_there(visitor: Visitor, path: str) -> None:
    """Without a network, only that is said."""
    visitor.page.goto(path)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(visitor.say("Pas de réseau"))


@pytest.fixture(scope="module")
def resident(chromium: Browser, demo_site: Site) -> Iterator[Visitor]:
    with online(chromium, demo_site, "plangevi") as resident:
        yield resident


def test_the_code_of_the_bar_is_read_without_a_network_with_its_age(resident: Visitor) -> None:
    page = resident.page
    keep(resident, CODE)
    expect(page.locator(RIBBON)).to_be_hidden()
    code = page.locator(".own-show-code svg").inner_html()

    with no_network(resident):
        page.reload()
        expect(page.locator(RIBBON)).to_be_visible()
        expect(page.locator(RIBBON)).to_contain_text("Hors ligne : cette page date du")
        expect(page.locator(AGE)).to_have_text(" (il y a 0\N{NO-BREAK SPACE}minute)")
        assert page.locator(".own-show-code svg").inner_html() == code
        assert page.locator("body").evaluate("one => getComputedStyle(one).fontFamily") != ""
        assert page.locator(RIBBON).evaluate("one => getComputedStyle(one).display") == "block"
        expect(page.get_by_role("button", name="Changer de code")).to_be_disabled()
        expect(page.locator("form[method=post] button:enabled")).to_have_count(0)
        check_page(resident, "a page that was kept")

        check_nothing_is_there(resident, BALANCE)
        expect(page.locator("body")).not_to_contain_text("€")
        kept = page.locator("[data-kept-pages] li")
        expect(kept).to_have_count(1)
        expect(kept).to_contain_text("il y a 0\N{NO-BREAK SPACE}minute")
        check_page(resident, "no network")
        page.get_by_role("link", name="Mon code QR").click()
        expect(page.locator(RIBBON)).to_be_visible()

    resident.open(CODE)
    expect(page.locator(RIBBON)).to_be_hidden()
    expect(page.get_by_role("button", name="Changer de code")).to_be_enabled()


def test_where_one_stands_is_not_said_by_a_page_of_before(resident: Visitor) -> None:
    page = resident.page
    keep(resident, SUBSCRIPTION)
    standing = page.locator(".card .lead")
    assert len(standing.inner_text()) > 10

    with no_network(resident):
        page.reload()
        expect(standing).to_have_text("—")
        expect(page.locator("[data-live]").first).to_have_text("—")
        expect(page.locator(RIBBON)).to_be_visible()


def test_a_page_of_before_says_how_old_it_is(resident: Visitor) -> None:
    resident.open("/legal")
    ages = resident.page.evaluate(
        """async (path) => {
          const { age } = await import(path);
          return [59, 3599, 3 * 3600 + 10, 90000, -50].map((one) => age(0, one * 1000, "fr"));
        }""",
        "/static/js/kept.js",
    )

    said = [one.replace("\N{NO-BREAK SPACE}", " ") for one in ages]
    assert said == [
        *("il y a 0 minute", "il y a 59 minutes", "il y a 3 heures"),
        *("il y a 1 jour", "il y a 0 minute"),
    ]


def test_what_is_kept_does_not_outlive_the_log_in(resident: Visitor) -> None:
    keep(resident, CODE)
    with no_network(resident):
        resident.page.evaluate(LET_TIME_PASS)
        check_nothing_is_there(resident, CODE)
        resident.page.wait_for_function(IS_FORGOTTEN, arg=CODE)


def test_what_was_wanted_comes_with_the_network(resident: Visitor) -> None:
    with no_network(resident, stays=True):
        check_nothing_is_there(resident, "/legal")

    expect(resident.page.get_by_role("heading", level=1)).to_have_text("Mentions légales")


def test_money_is_never_of_before_while_there_is_a_network(
    resident: Visitor, demo_site: Site
) -> None:
    own = sa.select(PCeen.id).where(PCeen.username == "plangevi").scalar_subquery()

    def add(cents: int) -> None:
        with writing(demo_site) as session:
            session.execute(
                sa.update(BarAccount)
                .where(BarAccount.pceen_id == own)
                .values(balance_cents=BarAccount.balance_cents + cents)
            )

    resident.open(BALANCE)
    before = resident.page.locator(".own-figure").inner_text()
    add(123456)
    try:
        resident.page.reload()
        after = resident.page.locator(".own-figure").inner_text()
        assert after != before
        with no_network(resident):
            check_nothing_is_there(resident, BALANCE)
    finally:
        add(-123456)


def test_a_page_that_may_no_longer_be_opened_is_forgotten(
    resident: Visitor, demo_site: Site
) -> None:
    with writing(demo_site) as session:
        key = session.scalars(sa.select(PCeen.id).where(PCeen.username == "plangevi")).one()
        ban = Ban(
            pceen_id=key,
            kind=BanKind.disciplinary,
            reason="test",
            open_key=f"{key}:disciplinary",
        )
        session.add(ban)
        session.flush()
        number = ban.id
    keep(resident, "/banned")
    with no_network(resident):
        resident.page.reload()
        expect(resident.page.locator(RIBBON)).to_be_visible()
        expect(resident.page.locator(".ribbon-ban")).to_be_hidden()
    with writing(demo_site) as session:
        session.execute(sa.delete(Ban).where(Ban.id == number))

    resident.page.goto("/banned")
    resident.page.wait_for_url("**/")

    resident.page.wait_for_function(IS_FORGOTTEN, arg="/banned")
    with no_network(resident):
        check_nothing_is_there(resident, "/banned")


def test_who_leaves_leaves_nothing(chromium: Browser, demo_site: Site) -> None:
    with online(chromium, demo_site, "gcharpak") as visitor:
        keep(visitor, CODE)
        other = visitor.context.new_page()
        other.goto("/legal")
        with no_network(visitor):  # their button does not reach the site: all the same
            other.evaluate("document.querySelector('form[action=\"/logout\"]').submit()")
            visitor.page.wait_for_function(IS_FORGOTTEN, arg=CODE)
            check_nothing_is_there(visitor, CODE)
        keep(visitor, CODE)

        visitor.context.clear_cookies()  # the log-in ends without a word
        visitor.open("/legal")

        visitor.page.wait_for_function(IS_FORGOTTEN, arg=CODE)
        with no_network(visitor):
            check_nothing_is_there(visitor, CODE)
            expect(visitor.page.locator("[data-kept-pages]")).to_be_hidden()


def test_the_sheet_of_a_pickup_is_opened_and_ticked_without_a_network(
    chromium: Browser, demo_site: Site
) -> None:
    with writing(demo_site) as session:
        period = PeriodPanierBio(start_date=DAY, end_date=DAY, active=False)
        session.add(period)
        session.flush()
        session.add_all(order(period, DAY, number) for number in (1, 2, 3))
    with online(chromium, demo_site, "mperey") as visitor:
        page = visitor.page
        keep(visitor, sheet(DAY))

        with no_network(visitor, stays=True):
            page.reload()
            expect(page.locator(RIBBON)).to_be_visible()
            tick(page, 1)
            count(page, 1)
            page.reload()
            count(page, 1)
            expect(page.locator("[data-unsent]")).to_contain_text("À envoyer (1)")

        expect(page.locator("[data-unsent]")).to_be_hidden()
        visitor.open(sheet(DAY))
        count(page, 1)
        expect(page.locator(RIBBON)).to_be_hidden()


def test_chromium_finds_that_the_site_may_be_installed(resident: Visitor) -> None:
    resident.open("/profile/")
    devtools = resident.context.new_cdp_session(resident.page)

    faults = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    found = devtools.send("Page.getAppManifest")

    ours = [one for one in faults if one["errorId"] != "in-incognito"]  # as tests are
    assert (ours, found["errors"]) == ([], [])
    assert json.loads(found["data"])["short_name"] == "PEM"


def test_the_button_that_installs_is_there_when_it_can(resident: Visitor) -> None:
    resident.open("/profile/")
    button = resident.page.get_by_role("button", name="Installer l'application")
    expect(button).to_be_hidden()

    resident.page.evaluate(
        """() => {
          const event = new Event("beforeinstallprompt", {cancelable: true});
          event.prompt = async () => ({outcome: "accepted"});
          window.dispatchEvent(event);
        }"""
    )

    button.click()
    expect(button).to_be_hidden()
