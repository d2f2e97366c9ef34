"""Sending photos: with a network that goes and comes, then changing them, and without scripts."""

import base64
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Route, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

#: Sends files as if they were dropped on the page.
DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "image/jpeg", lastModified: 0 }));
  }
  document.body.dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
  );
}"""


def picture(width: int, height: int, *, kind: str = "JPEG") -> bytes:
    """A picture that no other is."""
    image = Image.frombytes("RGB", (width, height), os.urandom(3 * width * height))
    kept = io.BytesIO()
    image.save(kept, kind, **({"compress_level": 0} if kind == "PNG" else {}))
    return kept.getvalue()


def drop(visitor: Visitor, files: Sequence[tuple[str, bytes]]) -> None:
    visitor.page.evaluate(DROP, [[name, base64.b64encode(c).decode()] for name, c in files])


def forgive(visitor: Visitor, *reasons: str) -> int:
    """Find it right that these went wrong; how many did."""
    left = [fault for fault in visitor.faults if not any(reason in fault for reason in reasons)]
    forgiven = len(visitor.faults) - len(left)
    visitor.faults[:] = left
    return forgiven


class Network:
    """The network of a visitor, as slow as one wants, or away."""

    def __init__(self, visitor: Visitor) -> None:
        self._session: Any = visitor.context.new_cdp_session(visitor.page)
        self._session.send("Network.enable")

    def be(self, *, offline: bool = False, upload: int = -1) -> None:
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
        self._session.send("Network.emulateNetworkConditions", {"offline": offline} | conditions)


def test_photos_are_dropped_sent_over_a_bad_network_and_changed(
    chromium: Browser, demo_site: Site
) -> None:
    small = picture(160, 120)
    large = picture(1500, 1300, kind="PNG")
    files = [
        ("un.jpg", small),
        ("deux.jpg", picture(120, 160)),
        ("le même.jpg", small),
        ("texte.jpg", b"ceci n'est pas une photo " * 500),
        ("grande.png", large),
        ("minuscule.jpg", b"x"),
    ]
    with visiting(chromium, demo_site.serve(), width=DESK) as marie:
        marie.log_in("mcurie", PASSWORD)
        marie.open("/photos/annee_2025_2026?edit")
        marie.page.locator("[name=album_name]").fill("Envois d'essai")
        marie.page.locator("[name=album_name]").press("Enter")
        marie.page.wait_for_url(re.compile(r"/envois_d_essai\?edit"))
        page, network = marie.page, Network(marie)
        dialog = page.locator("dialog[data-upload]")
        said = dialog.locator("[role=status]")

        network.be(upload=2_000_000)
        drop(marie, files)
        expect(dialog).to_be_visible()
        expect(dialog.locator(".upload-line", has_text="minuscule")).to_contain_text("Trop petit")
        expect(dialog.locator(".progress-count")).to_have_text("5 sur 6")
        network.be(offline=True)
        expect(said).to_contain_text("La connexion est perdue")
        check_page(marie, "photos being sent", widths=(DESK,))
        network.be()
        expect(said).to_have_text("3 photos envoyées, 1 déjà là, 2 refusées.")
        wrong = dialog.locator(".upload-line.is-wrong")
        expect(wrong).to_have_count(2)
        expect(wrong.filter(has_text="texte.jpg")).to_contain_text("JPEG, PNG, WebP")
        assert forgive(marie, "ERR_INTERNET_DISCONNECTED", "answer 409", "answer 415") >= 3
        check_page(marie, "photos sent", widths=(PHONE, DESK))

        dialog.locator("[data-dialog-close]").click()
        tiles = page.locator(".tiles .tile")
        expect(tiles).to_have_count(3)
        expect(page.locator(".tiles .tile > a")).to_have_count(3)  # the worker made them
        expect(page.locator("[data-photo-count]")).to_have_text("3 photos")

        change(marie)
        without_scripts(chromium, demo_site, page.url.partition("?")[0])


def change(marie: Visitor) -> None:
    """Change one photo, then several."""
    page = marie.page
    page.locator("[data-tool=edit]").first.click()
    editor = page.locator("[data-photo-editor]")
    editor.get_by_label("Légende").fill("Le gala")
    editor.get_by_label("Latitude").fill("900")
    check_page(marie, "a photo being changed", widths=(PHONE, DESK))
    with marie.expecting(422):
        editor.get_by_role("button", name="Enregistrer").click()
        expect(editor.get_by_label("Latitude")).to_be_focused()
    editor.get_by_label("Latitude").fill("")
    editor.get_by_role("button", name="Enregistrer").click()
    expect(editor).to_be_hidden()
    expect(page.locator(".tile img[alt='Le gala']")).to_be_visible()

    page.get_by_role("button", name="Faire de Le gala la couverture").click()
    expect(page.locator(".tile[data-featured] img[alt='Le gala']")).to_be_visible()

    boxes = page.locator(".tile-box input")
    boxes.first.check()
    boxes.last.click(modifiers=["Shift"])
    bar = page.locator("[data-bulk]")
    expect(bar.locator("[role=status]")).to_have_text("3 photos choisies")
    check_page(marie, "photos that are chosen", widths=(PHONE, DESK))
    check_colours(marie, "photos that are chosen", DESK)
    bar.get_by_role("button", name="Masquer").click()
    expect(page.locator(".tile.is-hidden")).to_have_count(3)
    bar.get_by_role("button", name="Tourner à droite").click()
    expect(page.locator(".tile.is-leaving")).to_have_count(0)
    page.once("dialog", lambda question: question.accept())
    bar.get_by_role("button", name="Supprimer").click()
    expect(page.locator(".tiles .tile")).to_have_count(0)
    expect(bar).to_be_hidden()


def without_scripts(chromium: Browser, site: Site, album: str) -> None:
    """Send a photo with a form, and change it on its page."""
    path = album.removeprefix(site.serve())
    with visiting(chromium, site.serve(), width=PHONE, scripts=False) as marie:
        marie.log_in("mcurie", PASSWORD)
        marie.open(f"{path}/upload")
        photo = {"name": "trois.jpg", "mimeType": "image/jpeg", "buffer": picture(160, 120)}
        marie.page.set_input_files("#files", [photo])  # type: ignore[list-item]
        marie.press("Envoyer")
        marie.page.wait_for_url(re.compile(r"\?edit"))
        expect(marie.page.get_by_text("1 photo envoyée.")).to_be_visible()


def test_what_a_page_left_in_the_middle_goes_on_in_another(
    chromium: Browser, demo_site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "grande.png"
    file.write_bytes(picture(1500, 1300, kind="PNG"))
    with visiting(chromium, demo_site.serve(), width=DESK) as marie:
        marie.log_in("mcurie", PASSWORD)
        marie.open("/photos/club_photo/sortie_aux_falaises?edit")
        page, sending = marie.page, []
        dialog = page.locator("dialog[data-upload]")

        def let_one_piece_through(route: Route) -> None:
            if route.request.method == "PATCH":
                sending.append(route.request)
            if len(sending) > 1:
                route.abort()
            else:
                route.continue_()

        page.route("**/api/photos/uploads/*", let_one_piece_through)
        page.locator("[data-upload-open]").click()
        with page.expect_response(lambda answer: answer.request.method == "PATCH"):
            dialog.locator("input[type=file]").set_input_files(file)
        page.once("dialog", lambda question: question.accept())
        page.reload()
        forgive(marie, "ERR_")
        page.unroute("**/api/photos/uploads/*")

        page.locator("[data-upload-open]").click()
        expect(dialog.locator("[data-upload-left]")).to_contain_text("choisissez-le de nouveau")
        with page.expect_request(lambda asked: asked.method == "PATCH") as sent:
            dialog.locator("input[type=file]").set_input_files(file)
        expect(dialog.locator("[role=status]")).to_have_text("1 photo envoyée.")

        assert int(sent.value.headers["upload-offset"]) >= 5_000_000
