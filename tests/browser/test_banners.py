"""The banners of the home page: written, put in order, and looked at."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import DARK, check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting
from tests.modules.banners.conftest import image

pytestmark = pytest.mark.browser

#: How much what is on the page has moved by itself since it was asked for.
SHIFTS = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(
    list.getEntries().filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0)
  )).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => resolve(0), 300);
})"""


@pytest.fixture(scope="module")
def editor(chromium: Browser, demo_site: Site) -> Iterator[Visitor]:
    with visiting(chromium, demo_site.serve()) as editor:
        editor.log_in("mperey", PASSWORD)
        yield editor


def here(page: Page) -> str:
    """What the dot says of the banner that is in the middle."""
    return page.locator("[data-carousel-dot][aria-current]").get_attribute("aria-label") or ""


def titles(editor: Visitor) -> list[str]:
    return editor.page.locator(".banner-line a").all_inner_texts()


def test_a_banner_is_written_with_a_preview_that_is_what_it_becomes(editor: Visitor) -> None:
    page = editor.page
    editor.open("/banners/new")
    preview = page.locator("[data-banner]")
    page.locator("#title").fill("Éclipse")
    page.locator("#text_content").fill("À **midi**, sur le toit.")
    page.locator("#link_url").fill("/calendar/")
    page.get_by_text("Étoile").locator("..").click()
    page.locator("#text_alignment").select_option("left")
    expect(preview.locator(".banner-title")).to_have_text("Éclipse")
    expect(preview.locator("strong")).to_have_text("midi")
    expect(preview.locator("use").first).to_have_attribute("href", re.compile("#star-fill$"))
    expect(preview).to_have_class(re.compile(r"\bis-left\b"))

    low = page.locator(".banner-preview [data-banner-low]")
    expect(low).to_be_hidden()
    page.locator("#text_color").fill("#203a59")
    expect(low).to_contain_text("il en faut 4,5")
    expect(page.locator(".form [data-banner-low]")).to_contain_text("il en faut 4,5")
    page.locator("#text_color").fill("#fff6d5")
    expect(low).to_be_hidden()
    expect(preview).to_have_css("color", "rgb(255, 246, 213)")

    page.locator("#preset").select_option(label="Soirée")
    expect(page.locator("[data-own-colors]")).to_be_hidden()
    expect(preview).to_have_css("background-color", "rgb(43, 29, 78)")
    expect(preview.locator("img")).to_be_visible()
    page.locator("#preset").select_option("")
    expect(preview.locator("img")).to_be_hidden()
    sent = {"name": "toit.png", "mimeType": "image/png", "buffer": image(size=(630, 270))}
    page.locator("#image").set_input_files(sent)  # type: ignore[arg-type]
    expect(preview.locator("img")).to_be_visible()
    check_page(editor, "a new banner")
    editor.press("Ajouter la bannière")

    expect(page.locator(".banner-line a").last).to_have_text("Éclipse")
    editor.open("/")
    made = page.locator(".banner:not([inert] *)", has_text="Éclipse")
    expect(made).to_have_css("color", "rgb(255, 246, 213)")
    expect(made.locator("strong")).to_have_text("midi")
    expect(made.get_by_role("link")).to_have_attribute("rel", "noopener")
    editor.open("/banners/admin")
    editor.follow("Éclipse")
    page.get_by_text("Supprimer la bannière").click()
    page.once("dialog", lambda dialog: dialog.accept())
    editor.press("Supprimer « Éclipse »")
    expect(page.locator(".banner-line", has_text="Éclipse")).to_have_count(0)


def test_banners_are_put_in_order_with_the_keyboard(editor: Visitor) -> None:
    page = editor.page
    editor.open("/banners/admin")
    before = titles(editor)
    page.get_by_role("button", name=f"Descendre « {before[0]} »").focus()

    page.keyboard.press("Enter")

    focused = page.locator(":focus")
    expect(focused).to_have_accessible_name(f"Descendre « {before[0]} »")
    expect(page.locator(".toast-text")).to_have_text("L'ordre est enregistré.")
    page.reload()
    assert titles(editor) == [before[1], before[0], *before[2:]]
    page.get_by_role("button", name=f"Monter « {before[0]} »").focus()
    page.keyboard.press("Space")
    # it is the first one: it goes no higher, and the focus stays with it
    expect(page.locator(":focus")).to_have_accessible_name(f"Descendre « {before[0]} »")
    expect(page.locator(".toast-text")).to_have_text("L'ordre est enregistré.")
    assert titles(editor) == before
    editor.open("/banners/admin")  # without what was just said, which comes and goes
    check_page(editor, "the banners")


def test_arrows_work_without_scripts(chromium: Browser, demo_site: Site) -> None:
    with visiting(chromium, demo_site.serve(), scripts=False) as editor:
        editor.log_in("mperey", PASSWORD)
        editor.open("/banners/admin")
        before = titles(editor)
        for way, wanted in (("Descendre", [before[1], before[0]]), ("Monter", before[:2])):
            editor.page.get_by_role("button", name=f"{way} « {before[0]} »").click()
            assert titles(editor)[:2] == wanted
        editor.open("/")
        expect(editor.page.locator(".carousel-slide")).to_have_count(3)
        expect(editor.page.locator(".carousel-controls")).to_be_hidden()


def test_the_carousel_goes_by_itself_until_it_is_stopped(
    chromium: Browser, demo_site: Site
) -> None:
    with visiting(chromium, demo_site.serve()) as reader:
        page = reader.page
        reader.log_in("gcharpak", PASSWORD)
        page.clock.install()
        reader.open("/")
        carousel = page.locator("[data-carousel]")
        carousel.scroll_into_view_if_needed()
        first = here(page)
        assert first.startswith("Bannière 1 sur 3")
        assert page.evaluate(SHIFTS) < 0.05

        page.clock.run_for(9_000)
        expect(page.locator("[data-carousel-dot]").nth(1)).to_have_attribute("aria-current", "true")
        pause = page.get_by_role("button", name="Arrêter le défilement")
        pause.click()
        page.mouse.move(5, 5)
        page.evaluate("document.activeElement.blur()")
        expect(page.get_by_role("button", name="Reprendre le défilement")).to_be_visible()
        page.clock.run_for(30_000)
        assert here(page).startswith("Bannière 2 sur 3")

        page.get_by_role("button", name="Reprendre le défilement").click()
        page.clock.run_for(30_000)  # the mouse is on it
        assert here(page).startswith("Bannière 2 sur 3")


def test_the_carousel_has_no_end_and_answers_the_keyboard(
    chromium: Browser, demo_site: Site
) -> None:
    with visiting(chromium, demo_site.serve(), reduced_motion="reduce") as reader:
        page = reader.page
        reader.log_in("gcharpak", PASSWORD)
        page.clock.install()
        reader.open("/")
        slides, dots = page.locator("[data-carousel-slides]"), page.locator("[data-carousel-dot]")
        slides.scroll_into_view_if_needed()
        page.clock.run_for(60_000)
        assert here(page).startswith("Bannière 1 sur 3")  # less motion is wanted: it stands still
        expect(page.locator("[data-carousel-pause]")).to_be_hidden()

        slides.focus()
        for key, rank in (
            ("ArrowRight", 1),
            ("ArrowRight", 2),
            ("ArrowRight", 0),
            ("ArrowLeft", 2),
            ("Home", 0),
            ("End", 2),
        ):
            page.keyboard.press(key)
            expect(dots.nth(rank)).to_have_attribute("aria-current", "true")
            expect(page.locator("[data-carousel-said]")).to_contain_text(f"{rank + 1} sur 3")
            page.clock.run_for(500)
        dots.first.click()
        expect(dots.first).to_have_attribute("aria-current", "true")
        expect(page.locator(".carousel-slide:not([inert])")).to_have_count(3)
        check_page(reader, "the home page with banners")
        page.evaluate(DARK)
        check_colours(reader, "the home page with banners, dark", PHONE, DESK)


def test_a_picture_is_seen_on_a_phone_and_neighbours_come_when_touched(
    chromium: Browser, demo_site: Site
) -> None:
    with visiting(chromium, demo_site.serve(), width=PHONE, has_touch=True) as reader:
        page = reader.page
        reader.log_in("gcharpak", PASSWORD)
        reader.open("/")
        slides = page.locator("[data-carousel-slides]")
        slides.scroll_into_view_if_needed()
        box = slides.bounding_box()
        assert box is not None
        page.touchscreen.tap(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2)
        expect(page.locator("[data-carousel-dot]").nth(1)).to_have_attribute("aria-current", "true")
        page.get_by_role("button", name="Bannière suivante").tap()
        picture = page.get_by_role("img", name=re.compile("Nettoyage de printemps"))
        expect(picture).to_be_visible()
        assert picture.evaluate("one => one.naturalWidth") == 1680
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE
