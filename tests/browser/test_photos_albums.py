"""Changing collections where they are: one page to look and to change, cards put in order."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.browser

HERE = "/photos/club_photo"
#: The albums of the small demonstration, as they stand.
NAMES = ["Sortie aux falaises", "Essais en argentique"]


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def editor(
    request: pytest.FixtureRequest, chromium: Browser, demo_site: Site
) -> Iterator[tuple[Visitor, bool]]:
    """Someone who changes collections, with scripts or without."""
    has_scripts: bool = request.param
    with visiting(chromium, demo_site.serve(), scripts=has_scripts) as visitor:
        visitor.log_in("mcurie", PASSWORD)
        yield visitor, has_scripts


def names(visitor: Visitor) -> Locator:
    return visitor.page.locator(".photo-card-name")


def test_a_collection_is_changed_where_it_is_looked_at(editor: tuple[Visitor, bool]) -> None:
    visitor, _ = editor
    page = visitor.page
    visitor.open(HERE)
    expect(page.locator("form#edit")).to_be_hidden()

    visitor.follow("Modifier")

    expect(page.locator("form#edit")).to_be_visible()
    assert page.url.endswith(f"{HERE}?edit")
    visitor.follow("Terminé")
    expect(page.locator("form#edit")).to_be_hidden()
    assert page.url.endswith(HERE)


def test_cards_are_put_in_order_with_their_arrows(editor: tuple[Visitor, bool]) -> None:
    visitor, has_scripts = editor
    visitor.open(f"{HERE}?edit")
    expect(names(visitor)).to_have_text(NAMES)

    visitor.press(f"Reculer {NAMES[0]}")

    expect(names(visitor)).to_have_text(NAMES[::-1])
    if has_scripts:
        expect(visitor.page.get_by_text("L'ordre est enregistré.")).to_be_visible()
        # it stands at the end now: the arrow that is left has the focus
        expect(visitor.page.get_by_role("button", name=f"Avancer {NAMES[0]}")).to_be_focused()
    visitor.open(f"{HERE}?edit")
    expect(names(visitor)).to_have_text(NAMES[::-1])
    visitor.press(f"Avancer {NAMES[0]}")
    expect(names(visitor)).to_have_text(NAMES)
    if has_scripts:
        expect(visitor.page.locator(".toast-text")).to_have_count(1)
    visitor.open(HERE)
    expect(names(visitor)).to_have_text(NAMES)


def test_a_card_is_dragged_to_its_place(chromium: Browser, demo_site: Site) -> None:
    with visiting(chromium, demo_site.serve()) as visitor:
        visitor.log_in("mcurie", PASSWORD)
        visitor.open(f"{HERE}?edit")
        cards = visitor.page.locator("[data-named]")

        for expected in (NAMES[::-1], NAMES):
            with visitor.page.expect_response("**/api/photos/reorder") as saved:
                cards.first.drag_to(cards.last)
            assert saved.value.status == 204
            expect(names(visitor)).to_have_text(expected)
