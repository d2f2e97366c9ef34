"""A season of the theatre club, from nothing to the page that strangers share."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from app.core import clock
from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import DARK, check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting
from tests.modules.theatre.conftest import image

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def manager(chromium: Browser, demo_site: Site) -> Iterator[Visitor]:
    with visiting(chromium, demo_site.serve()) as manager:
        manager.log_in("mperey", PASSWORD)
        yield manager


def send_poster(manager: Visitor, size: tuple[int, int]) -> None:
    sent = {"name": "affiche.jpg", "mimeType": "image/jpeg", "buffer": image(size=size)}
    manager.page.locator("input[type=file]").set_input_files(sent)  # type: ignore[arg-type]
    manager.press("Envoyer l'affiche")
    expect(manager.page.locator(".poster-panel img")).to_be_visible()


def write_season(manager: Visitor) -> str:
    """Make a hidden season with a poster and a play that is performed twice; where it is."""
    page = manager.page
    manager.open("/theatre/admin/saison/new")
    manager.fill({"Nom": "Saison de 2040", "Premier jour": "2040-09-01"})
    manager.fill({"Texte": "Quatre **soirs** sur scène."})
    check_page(manager, "a new season")
    manager.press("Créer la saison")
    expect(page.get_by_role("heading", level=1)).to_contain_text("masquée")
    where = re.sub(r".*/saison/", "/theatre/", page.url)
    send_poster(manager, (1400, 2000))
    manager.follow("Ajouter un spectacle")
    page.locator("#name").fill("Cyrano")  # a tool of the text is called "Titre" too
    manager.fill({"Auteur": "Edmond Rostand"})
    manager.fill({"Lien de la billetterie": "javascript:alert(1)"})
    with manager.expecting(422):
        manager.press("Ajouter")
        expect(page.locator("#ticket_link-errors")).to_be_visible()
    manager.fill({"Lien de la billetterie": "https://tickets.example.org/cyrano"})
    manager.press("Ajouter")
    for days in (30, 31):
        when = clock.today() + timedelta(days=days)
        manager.fill({"Date": when.isoformat(), "Heure": "20:30"})
        manager.press("Ajouter la représentation")
        expect(page.locator("#representations tbody tr")).to_have_count(days - 29)
    send_poster(manager, (1200, 800))
    check_page(manager, "a play")
    return where


def test_a_season_is_published_from_nothing_and_shared(
    chromium: Browser, demo_site: Site, manager: Visitor
) -> None:
    where = write_season(manager)
    with visiting(chromium, demo_site.serve(), width=PHONE) as stranger:
        stranger.open(where, status=404)
        manager.open(where.replace("/theatre/", "/theatre/admin/saison/"))
        check_page(manager, "a season")
        manager.press("Rendre visible du public")
        expect(manager.page.locator(".state-success")).to_have_text("visible")

        stranger.open("/theatre")
        page = stranger.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Saison de 2040")
        expect(page.locator(".stage-next")).to_contain_text("Cyrano")
        expect(page.locator(".stage-next")).to_be_in_viewport()
        assert page.locator(".stage img").evaluate("one => one.naturalWidth") == 1400
        shared = page.locator("meta[property='og:image']").get_attribute("content") or ""
        assert page.request.get(shared).status == 200
        check_page(stranger, "the season, in public")
        page.evaluate(DARK)
        check_colours(stranger, "the season, in public, dark", PHONE, DESK)
        with page.expect_download() as kept:
            page.get_by_role("link", name=re.compile("Ajouter à mon agenda")).click()
        assert kept.value.suggested_filename.endswith(".ics")
        assert kept.value.path().read_text().count("BEGIN:VEVENT") == 2

    manager.open(where.replace("/theatre/", "/theatre/admin/saison/"))
    manager.follow("Supprimer")
    expect(manager.page.locator(".notice li")).to_have_count(3)
    check_page(manager, "what deletes a season")
    manager.press("Supprimer la saison")
    expect(manager.page.locator("main")).not_to_contain_text("Saison de 2040")


def test_without_scripts_the_other_seasons_are_a_press_away(
    chromium: Browser, demo_site: Site, manager: Visitor
) -> None:
    with visiting(chromium, demo_site.serve(), scripts=False) as stranger:
        stranger.open("/theatre")
        expect(stranger.page.get_by_role("heading", level=1)).to_be_visible()
        for link in stranger.page.locator(".seasons li > a").all()[:1]:
            link.click()
            expect(stranger.page.locator(".seasons [aria-current]")).to_have_count(1)
