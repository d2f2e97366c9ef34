"""A brochure is sent, drawn by the worker, then read page by page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import DARK, check_colours, check_page
from tests.browser.visitor import DESK, HEIGHTS, PHONE, Visitor, visiting
from tests.pdfs import pdf

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def organiser(chromium: Browser, demo_site: Site) -> Iterator[Visitor]:
    with visiting(chromium, demo_site.serve()) as organiser:
        organiser.log_in("hlangevi", PASSWORD)
        yield organiser


def pictures(page: Page) -> set[int]:
    """The pages whose pictures were asked for, from now on."""
    asked: set[int] = set()

    def note(address: str) -> None:
        if found := re.search(r"/r[0-9]+-(?:page|small)-([0-9]+)\.webp", address):
            asked.add(int(found[1]))

    page.on("request", lambda request: note(request.url))
    return asked


def test_a_brochure_is_sent_then_read_as_a_book(organiser: Visitor) -> None:
    page = organiser.page
    organiser.open("/club_q/plaquettes")
    sent = pdf(*(f"Page {n} : café-théâtre" for n in range(1, 8)))
    page.locator("input[type=file]").set_input_files(
        {"name": "plaquette.pdf", "mimeType": "application/pdf", "buffer": sent}
    )
    organiser.press("Envoyer")
    expect(page.locator(".issue", has_text="7 pages")).to_have_count(1)
    for _second in range(60):
        page.reload()
        if page.locator(".issue", has_text="7 pages").locator("img").count():
            break
        page.wait_for_timeout(500)

    asked = pictures(page)
    page.locator(".issue", has_text="7 pages").get_by_role("link", name=re.compile("^Lire")).click()
    where, opened = page.locator("[data-reader-where]"), page.locator(".reader-page.is-open")
    expect(where).to_have_text("Page 1 sur 7")
    page.wait_for_load_state("networkidle")
    assert asked == {1, 2, 3}
    page.keyboard.press("ArrowRight")
    expect(where).to_have_text("Pages 2 et 3 sur 7")
    expect(opened).to_have_count(2)
    expect(page).to_have_url(re.compile("#page=2$"))
    organiser.press("Dernière page")
    expect(where).to_have_text("Pages 6 et 7 sur 7")
    expect(page.get_by_role("button", name="Dernière page")).to_be_disabled()
    assert max(asked) == 7

    organiser.press("Chercher dans le texte")
    page.get_by_role("searchbox").fill("CAFE-THEATRE")
    page.keyboard.press("Enter")
    expect(page.locator("[data-reader-found] li")).to_have_count(7)
    organiser.press("Miniatures")
    page.locator("[data-reader-strip] button").nth(4).click()
    expect(where).to_have_text("Pages 4 et 5 sur 7")
    check_page(organiser, "the reader")
    page.evaluate(DARK)
    check_colours(organiser, "the reader, dark", PHONE, DESK)

    page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    page.evaluate("location.hash = '#page=7'")
    expect(where).to_have_text("Page 7 sur 7")
    expect(opened).to_have_count(1)
    organiser.press("Agrandir (+)")
    expect(page.locator(".reader.is-zoomed")).to_have_count(1)
    page.set_viewport_size({"width": DESK, "height": HEIGHTS[DESK]})


def test_without_scripts_all_pages_follow_one_another(chromium: Browser, demo_site: Site) -> None:
    with visiting(chromium, demo_site.serve(), scripts=False) as reader:
        reader.log_in("hlangevi", PASSWORD)
        reader.open("/club_q/plaquettes")
        reader.page.get_by_role("link", name=re.compile("^Lire")).first.click()
        expect(reader.page.locator(".reader-page").last).to_be_visible()
        assert reader.page.locator(".reader-only").is_hidden()
