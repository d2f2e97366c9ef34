"""The staff's pages of the bar: items, an inventory, the rules of the house, pictures."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.visitor import PHONE, Visitor, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def manager(
    request: pytest.FixtureRequest, chromium: Browser, demo_site: Site
) -> Iterator[Visitor]:
    """Who runs the bar, with scripts or without."""
    with visiting(chromium, demo_site.serve(), scripts=request.param, width=PHONE) as visitor:
        visitor.log_in("adebiern", PASSWORD)
        yield visitor


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (300, 500), (30, 60, 200)).save(kept, "JPEG")
    return kept.getvalue()


def test_an_item_is_added_counted_then_archived(manager: Visitor) -> None:
    page, name = manager.page, f"Limonade {'vive' if manager.scripts else 'calme'}"
    manager.open("/bar/items/new")
    page.get_by_label("Nom").fill(name)
    page.get_by_label("Prix").fill("1,20")
    if manager.scripts:
        expect(page.get_by_label("Alcool pur, en grammes")).to_be_hidden()
        expect(page.get_by_label("Quantité")).to_be_hidden()
    page.get_by_label("Compter le stock").check()
    page.get_by_label("Quantité").fill("12")
    manager.press("Mettre en vente")
    row = page.locator("tr", has_text=name)
    expect(row).to_contain_text("12")

    manager.open("/bar/items/inventory")
    page.get_by_label(f"Compté : {name}").fill("9")
    if manager.scripts:
        expect(page.locator("tr", has_text=name).locator("[data-difference]")).to_have_text("−3")
    manager.press("Noter l'inventaire")
    expect(row).to_contain_text("9")

    row.locator("summary").click()
    page.once("dialog", lambda question: question.accept())
    row.get_by_role("button", name="Retirer de la vente").click()
    expect(row).to_have_count(0)


def test_someone_gets_a_picture_and_a_nickname(manager: Visitor) -> None:
    page = manager.page
    manager.open("/bar/user/gcharpak/edit")
    page.get_by_label("Surnom").fill("Le Grand Charpak")
    sent = {"name": "moi.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.get_by_label("Photo", exact=True).set_input_files([sent])  # type: ignore[list-item]
    manager.press("Enregistrer")

    expect(page.get_by_text("Le Grand Charpak")).to_be_visible()
    shown = page.locator("img[src^='/bar_avatars/']").first
    expect(shown).to_have_js_property("naturalWidth", 320)

    manager.open("/bar/user/gcharpak/edit")
    page.get_by_label("Surnom").fill("")
    page.get_by_label("Retirer la photo").check()
    manager.press("Enregistrer")
    expect(page.locator("img[src^='/bar_avatars/']")).to_have_count(0)


@pytest.mark.parametrize("path", ["/bar/settings", "/bar/qrcode", "/bar/scan"])
def test_the_tab_of_the_page_is_in_sight(chromium: Browser, demo_site: Site, path: str) -> None:
    with visiting(chromium, demo_site.serve(), width=PHONE) as visitor:
        visitor.log_in("adebiern", PASSWORD)
        visitor.open(path)

        tab = visitor.page.locator(".tabs [aria-current]").first
        expect(tab).to_be_in_viewport(ratio=0.99)
