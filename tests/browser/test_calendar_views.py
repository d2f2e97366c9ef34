"""The calendar: a month on a desk, a list on a phone or without scripts, moved with the mouse."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import DARK, check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

#: A month in which the demonstration has nothing.
MONTH = "/calendar/?month=2040-05"
SEND = """async ([url, body]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body });
  return answer.status === 204 ? null : await answer.json();
}"""
#: A finger that goes from one side to the other.
SWIPE = """([from, to]) => {
  const grid = document.querySelector("[data-grid]");
  const at = (x) => [new Touch({ identifier: 1, target: grid, clientX: x, clientY: 400 })];
  const send = (name, touches, changedTouches) =>
    grid.dispatchEvent(new TouchEvent(name, { touches, changedTouches, bubbles: true }));
  send("touchstart", at(from), at(from));
  send("touchend", [], at(to));
}"""


@pytest.fixture(scope="module")
def editor(chromium: Browser, demo_site: Site) -> Iterator[Visitor]:
    with visiting(chromium, demo_site.serve()) as editor:
        editor.log_in("mperey", PASSWORD)
        yield editor


def send(visitor: Visitor, what: str, **body: Any) -> Any:
    """What the site answers to a script of the page that is open."""
    url = f"/calendar/api/events/{what}"
    return visitor.page.evaluate(SEND, [url, json.dumps(body)])


def publish(visitor: Visitor, title: str, start: str, end: str, **more: Any) -> int:
    """Publish an event for a club; its number."""
    made = send(visitor, "create", title=title, club_id=1, start=start, end=end, **more)
    return int(made["event"]["id"])


def read(visitor: Visitor, month: str = "2040-05") -> list[dict[str, Any]]:
    """What the site says of a month."""
    where = f"/calendar/api/events?start={month}-01&end={month}-31"
    found: list[dict[str, Any]] = visitor.page.request.get(visitor.origin + where).json()["events"]
    return found


def event(visitor: Visitor, title: str) -> Locator:
    """Something of the grid."""
    return visitor.page.locator(".ec-event:not(.ec-ghost, .ec-preview)", has_text=title)


def day(visitor: Visitor, iso: str) -> Locator:
    """The cell of a day."""
    return visitor.page.locator(".ec-day", has=visitor.page.locator(f"time[datetime='{iso}']"))


def drag(visitor: Visitor, what: Locator, to: Locator) -> None:
    """Take something with the mouse, and let it go on something else."""
    start, end = what.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    mouse = visitor.page.mouse
    mouse.move(start["x"] + 20, start["y"] + start["height"] / 2)
    mouse.down()
    mouse.move(end["x"] + 30, end["y"] + end["height"] / 2, steps=8)
    mouse.up()


def test_a_month_on_a_desk_and_its_other_views(editor: Visitor) -> None:
    page = editor.page
    editor.open(MONTH)
    publish(editor, "Gala", "2040-05-10T20:30", "2040-05-11T01:00", description="**Venez**")
    all_day = {"all_day": True}
    publish(editor, "Week-end", "2040-05-01", "2040-05-03", **all_day)
    editor.open(MONTH)

    expect(page.locator("[data-title]")).to_have_text("mai 2040")
    expect(page.locator(".agenda-list")).to_be_hidden()
    expect(page.locator(".ec-col-head").first).to_have_text(re.compile("lundi", re.IGNORECASE))
    expect(event(editor, "Week-end")).to_be_visible()
    box, cell = event(editor, "Week-end").bounding_box(), day(editor, "2040-05-02").bounding_box()
    assert box is not None
    assert cell is not None
    assert 2.8 < box["width"] / cell["width"] < 3.1
    check_page(editor, "a month")
    page.evaluate(DARK)
    check_colours(editor, "a month, dark", PHONE, DESK)

    page.get_by_role("link", name=re.compile("Gala")).first.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Gala")
    expect(dialog.locator("[data-text] strong")).to_have_text("Venez")
    expect(dialog.locator("[data-when]")).to_have_text(
        "du jeudi 10 mai 2040 à 20 h 30 au vendredi 11 mai 2040 à 1 h 00"
    )
    check_page(editor, "an event over the month")
    page.keyboard.press("Escape")

    page.set_viewport_size({"width": DESK, "height": 800})
    for view, seen in (
        ("Par semaine", ".ec-time-grid"),
        ("En liste", ".ec-list"),
        ("Par mois", ".ec-day-grid"),
    ):
        editor.press(view)
        expect(page.locator(seen)).to_be_visible()
        check_page(editor, view)
    editor.open(MONTH)
    page.get_by_role("link", name="Suivant").click()
    expect(page.locator("[data-title]")).to_have_text("juin 2040")
    assert page.url.endswith("?month=2040-06")
    page.get_by_role("link", name="Précédent").click()
    expect(event(editor, "Week-end")).to_be_visible()


def test_an_event_is_dragged_and_goes_back_when_it_is_refused(editor: Visitor) -> None:
    page = editor.page
    editor.open(MONTH)
    key = publish(editor, "Répétition", "2040-05-15T18:30", "2040-05-15T20:00", location="Salle")
    editor.open(MONTH)

    drag(editor, event(editor, "Répétition"), day(editor, "2040-05-17"))

    expect(page.locator(".toast-text")).to_have_text("L'événement est déplacé.")
    expect(page.get_by_role("dialog")).to_be_hidden()
    (moved,) = [one for one in read(editor) if one["id"] == key]
    assert moved["start"] == "2040-05-17T18:30:00+02:00"
    assert moved["extendedProps"]["location"] == "Salle"

    drag(editor, event(editor, "Répétition"), day(editor, "2040-05-18"))
    expect(page.locator(".toast-text")).to_have_count(2)
    version = next(one["version"] for one in read(editor) if one["id"] == key)
    elsewhere = {"start": "2040-05-22T18:30", "end": "2040-05-22T20:00", "version": version}
    send(editor, f"edit/{key}", title="Répétition", club_id=1, **elsewhere)

    with editor.expecting(409):
        drag(editor, event(editor, "Répétition"), day(editor, "2040-05-25"))
        expect(page.locator(".toast-danger")).to_be_visible()

    page.wait_for_load_state("networkidle")  # what is there is read again, and drawn again
    expect(event(editor, "Répétition")).to_have_count(1)
    expect(event(editor, "Répétition")).to_be_visible()
    cell, box = day(editor, "2040-05-22").bounding_box(), event(editor, "Répétition").bounding_box()
    assert cell is not None
    assert box is not None
    assert cell["y"] < box["y"] < cell["y"] + cell["height"]


def test_an_event_is_deleted_and_comes_back_the_same(editor: Visitor) -> None:
    page = editor.page
    editor.open(MONTH)
    key = publish(editor, "Tournoi", "2040-05-24T14:00", "2040-05-24T18:00")
    editor.open(MONTH)
    before = next(one for one in read(editor) if one["id"] == key)

    event(editor, "Tournoi").click()
    editor.press("Supprimer")

    expect(page.locator(".toast-text")).to_have_text("L'événement est supprimé.")
    expect(event(editor, "Tournoi")).to_have_count(0)
    expect(page.locator(".toast").get_by_role("button", name="Rétablir")).to_be_focused()
    page.locator(".toast").get_by_role("button", name="Rétablir").click()
    expect(event(editor, "Tournoi")).to_be_visible()
    after = next(one for one in read(editor) if one["title"] == "Tournoi")
    assert after["extendedProps"]["uid"] == before["extendedProps"]["uid"]
    assert after["start"] == before["start"]


def test_an_empty_day_leads_to_a_new_event(editor: Visitor) -> None:
    editor.open(MONTH)

    day(editor, "2040-05-29").click()

    editor.page.wait_for_url("**/calendar/events/new?start=2040-05-29")
    expect(editor.page.locator("#start")).to_have_value("2040-05-29")


def test_times_are_those_of_paris_far_from_it(
    chromium: Browser, demo_site: Site, editor: Visitor
) -> None:
    editor.open(MONTH)
    publish(editor, "Minuit", "2040-05-08T00:15", "2040-05-08T01:00")
    state: Any = editor.context.storage_state()
    context = chromium.new_context(
        base_url=editor.origin,
        locale="fr-FR",
        timezone_id="America/Los_Angeles",
        viewport={"width": DESK, "height": 800},
        storage_state=state,
    )
    page = context.new_page()
    page.goto(MONTH)
    page.get_by_role("button", name="Par mois").click()
    found = page.locator(".ec-event", has_text="Minuit")
    expect(found.locator(".ec-event-time")).to_have_text("0 h 15")
    expect(found.locator("a")).to_contain_text("mardi 8 mai")
    context.close()


def test_a_list_on_a_phone_that_a_finger_turns(chromium: Browser, demo_site: Site) -> None:
    with visiting(chromium, demo_site.serve(), width=PHONE, has_touch=True) as student:
        student.log_in("plangevi", PASSWORD)
        student.open(MONTH)
        page = student.page

        expect(page.locator(".ec-list")).to_be_visible()
        expect(page.locator("[data-title]")).to_have_text("mai 2040")
        expect(page.get_by_role("link", name="Nouvel événement")).to_have_count(0)
        page.evaluate(SWIPE, [300, 60])
        expect(page.locator("[data-title]")).to_have_text("juin 2040")
        page.evaluate(SWIPE, [60, 300])
        page.evaluate(SWIPE, [60, 90])
        expect(page.locator("[data-title]")).to_have_text("mai 2040")


def test_a_night_begins_one_day_and_goes_on_the_next(editor: Visitor) -> None:
    page = editor.page
    editor.open("/calendar/?month=2040-09")
    publish(editor, "Observation", "2040-09-09T21:30", "2040-09-10T02:30")  # sunday to monday
    publish(editor, "Dîner", "2040-09-12T19:00", "2040-09-12T20:30")
    editor.open("/calendar/?month=2040-09")
    times = event(editor, "Observation").locator(".ec-event-time")

    editor.press("Par mois")
    expect(times).to_have_text(["21 h 30", ""])
    editor.press("En liste")
    expect(times).to_have_text(["Dès 21 h 30", "Jusqu'à 2 h 30"])
    expect(event(editor, "Dîner").locator(".ec-event-time")).to_have_text("19 h 00 – 20 h 30")
    editor.press("Par semaine")
    expect(page.locator(".ec-all-day").first).to_contain_text("Journée")
    editor.press("Par mois")


def test_what_nobody_says_the_end_of_shows_none(editor: Visitor) -> None:
    page = editor.page
    props = {"has_end": False, "url": "/theatre/1", "contrast_color": "#ffffff"}
    played = {"id": "theatre_1", "title": "Antigone", "allDay": False, "color": "#9f4216"}
    played |= {"start": "2041-03-05T20:30:00+01:00", "end": "2041-03-05T22:30:00+01:00"}
    played |= {"can_edit": False, "version": 1, "extendedProps": props}
    page.route(
        "**/calendar/api/events?*",
        lambda route: route.fulfill(json={"events": [played], "is_cut": True}),
    )
    editor.open("/calendar/?month=2041-03")
    editor.press("En liste")

    expect(event(editor, "Antigone").locator(".ec-event-time")).to_have_text("20 h 30")
    expect(page.locator("[data-cut]")).to_be_visible()
    event(editor, "Antigone").click()
    expect(page.locator("[data-when]")).to_have_text("mardi 5 mars 2041 à 20 h 30")
    page.keyboard.press("Escape")
    editor.press("Par mois")
    page.unroute("**/calendar/api/events?*")


def test_a_calendar_that_does_not_load_says_so(editor: Visitor) -> None:
    page = editor.page
    page.route("**/calendar/api/events?*", lambda route: route.fulfill(status=204))
    editor.open("/calendar/?month=2041-04")
    editor.press("En liste")

    expect(page.locator(".ec-no-events")).to_contain_text("ne se charge pas")
    page.unroute("**/calendar/api/events?*")
    page.get_by_role("link", name="Suivant").click()
    expect(page.locator(".ec-no-events")).to_have_text("Rien sur cette période.")
    editor.press("Par mois")


def test_without_its_script_the_list_stays(editor: Visitor) -> None:
    page = editor.page
    page.route("**/vendor/event-calendar.js*", lambda route: route.fulfill(body=""))
    editor.open("/calendar/?month=2041-04")

    expect(page.locator(".agenda-list")).to_be_visible()
    page.unroute("**/vendor/event-calendar.js*")


def test_a_list_on_a_phone_opens_on_what_comes(
    chromium: Browser, demo_site: Site, editor: Visitor
) -> None:
    editor.open(MONTH)
    for number in range(1, 25):
        day = f"2040-11-{number:02d}"
        publish(editor, f"Jour {number}", f"{day}T18:00", f"{day}T19:00", description="x")
    with visiting(chromium, demo_site.serve(), width=PHONE, has_touch=True) as student:
        student.log_in("plangevi", PASSWORD)
        page = student.page
        # the day that the page says it is
        page.route(
            "**/calendar/?month=2040-11",
            lambda route: route.fulfill(
                response=(answer := route.fetch()),
                body=re.sub(r'data-today="[^"]*"', 'data-today="2040-11-15"', answer.text()),
            ),
        )
        student.open("/calendar/?month=2040-11")

        expect(event(student, "Jour 15")).to_be_in_viewport()
        expect(event(student, "Jour 10")).not_to_be_in_viewport()
        page.evaluate("window.scrollTo(0, 0)")
        expect(event(student, "Jour 15")).not_to_be_in_viewport()
        page.get_by_role("link", name="Aujourd'hui").click()
        expect(event(student, "Jour 15")).to_be_in_viewport()
        page.get_by_role("link", name="Suivant").click()
        page.get_by_role("link", name="Aujourd'hui").click()
        expect(event(student, "Jour 15")).to_be_in_viewport()


def test_without_scripts_a_month_is_a_list(
    chromium: Browser, demo_site: Site, editor: Visitor
) -> None:
    editor.open(MONTH)
    publish(editor, "Assemblée", "2040-07-03T18:00", "2040-07-03T19:30")
    with visiting(chromium, demo_site.serve(), scripts=False) as student:
        student.log_in("plangevi", PASSWORD)
        student.open("/calendar/?month=2040-06")
        expect(student.page.locator(".agenda-list .empty")).to_be_visible()
        expect(student.page.locator("[data-views]")).to_be_hidden()

        student.page.get_by_role("link", name="Suivant").click()

        expect(student.page.locator(".agenda-row")).to_contain_text("18 h 00 – 19 h 30")
        student.follow("Assemblée")
        expect(student.page.get_by_role("heading", level=1)).to_have_text("Assemblée")


def test_an_address_is_made_copied_and_followed(editor: Visitor) -> None:
    page = editor.page
    editor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    editor.open("/calendar/feeds")
    editor.fill({"Nom de l'adresse": "Mon téléphone"})
    editor.press("Créer l'adresse")
    page.get_by_role("button", name="Copier : Adresse").click()

    address = page.evaluate("navigator.clipboard.readText()")

    assert page.request.get(address).text().startswith("BEGIN:VCALENDAR")
    check_page(editor, "an address")
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Supprimer « Mon téléphone »").click()
    expect(page.locator(".empty")).to_be_visible()
    assert page.request.get(address).status == 404
