"""An event, from nothing, on a phone: published, read, moved, called off, deleted."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from app.core import clock
from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import NARROW, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def editor(chromium: Browser, demo_site: Site) -> Iterator[Visitor]:
    options = {"has_touch": True, "is_mobile": True}
    with visiting(chromium, demo_site.serve(), width=PHONE, **options) as editor:
        editor.log_in("mperey", PASSWORD)
        yield editor


def test_an_event_is_published_on_a_phone_then_moved_called_off_and_deleted(
    editor: Visitor,
) -> None:
    page, day = editor.page, clock.today() + timedelta(days=15)
    editor.open("/calendar/events/new")
    # whole days have no hours; a day and its hour stand side by side
    editor.field("Toute la journée").check()
    expect(editor.field("Heure de début")).to_be_hidden()
    editor.field("Toute la journée").uncheck()
    first, hour = (editor.field(name).bounding_box() for name in ("Premier jour", "Heure de début"))
    assert first["y"] == hour["y"]
    assert hour["x"] + hour["width"] <= PHONE
    page.locator("#title").fill("Bal de la Chorale")  # a tool of the text is called so too
    editor.field("Club").select_option("Autre")
    editor.fill({"Premier jour": day.isoformat(), "Heure de début": "21:00"})
    editor.fill({"Heure de fin": "02:00", "Lieu": "Foyer", "Description": "Tenue **correcte**."})
    with editor.expecting(422):
        editor.press("Publier l'événement")
        expect(page.locator("#end_at-errors")).to_contain_text("après minuit")
    expect(editor.field("Lieu")).to_have_value("Foyer")
    check_page(editor, "an event that ends too early", widths=(NARROW, PHONE))
    page.set_viewport_size({"width": PHONE, "height": 844})

    editor.fill({"Dernier jour": (day + timedelta(days=1)).isoformat()})
    editor.press("Publier l'événement")

    expect(page.get_by_role("heading", level=1)).to_have_text("Bal de la Chorale")
    expect(page.locator(".event-when time")).to_have_count(2)
    expect(page.locator(".event .md strong")).to_have_text("correcte")
    here = page.url.removeprefix(editor.origin)

    editor.follow("Modifier")
    editor.fill({"Lieu": "Cour"})
    editor.press("Enregistrer")
    expect(page.locator(".event-facts")).to_contain_text("Cour")
    page.once("dialog", lambda question: question.accept())
    editor.press("Annuler l'événement")
    expect(page.locator(".event .notice")).to_contain_text("annulé")
    check_page(editor, "an event that is called off", widths=(NARROW, PHONE))
    editor.follow("Supprimer")
    editor.press("Supprimer l'événement")
    expect(page.locator(".toasts")).to_contain_text("supprimé")
    editor.open(here, status=404)


def test_without_scripts_an_event_of_whole_days_is_published(
    chromium: Browser, demo_site: Site
) -> None:
    day = clock.today() + timedelta(days=16)
    with visiting(chromium, demo_site.serve(), width=PHONE, scripts=False) as editor:
        editor.log_in("mperey", PASSWORD)
        editor.open("/calendar/events/new")
        editor.page.locator("#title").fill("Week-end")
        editor.field("Club").select_option("Autre")
        editor.field("Toute la journée").check()
        expect(editor.field("Heure de fin")).to_be_hidden()
        editor.fill({"Premier jour": day.isoformat()})
        editor.fill({"Dernier jour": (day + timedelta(days=2)).isoformat()})
        editor.press("Publier l'événement")
        expect(editor.page.locator(".event-when")).to_contain_text("du ")
        expect(editor.page.locator(".event-when time")).to_have_count(2)
        editor.follow("Supprimer")
        editor.press("Supprimer l'événement")
        expect(editor.page.locator("h1")).to_have_text("Calendrier")
