"""A GRI who brings the list of the promo that enters."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import check_colours, check_page
from tests.browser.visitor import DESK, PHONE, visiting

pytestmark = pytest.mark.browser

LIST = """\
n°;Nom;Prénom;E-mail;password
1;NOETHER;Emmy;emmy@example.org;hunter2
2;Müller;Chloé;chloe@example.org;hunter2
3;Langevin;Pierre;un.autre@example.org;hunter2
4;Germain;Sophie;;hunter2
5;=1+1;Sophie;sophie@example.org;hunter2
"""


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, whom others join."""
    with running_site(tmp_path_factory.mktemp("promos"), name="promos", demo="small") as site:
        yield site


def test_a_list_is_looked_at_then_imported(chromium: Browser, site: Site, tmp_path: Path) -> None:
    with visiting(chromium, site.serve(), width=DESK) as gri:
        gri.log_in("mcurie", PASSWORD)
        gri.open("/gris/pceens")
        gri.follow("Importer une promo")
        gri.page.locator("[name=file]").set_input_files(
            {"name": "promo.csv", "mimeType": "text/csv", "buffer": LIST.encode("cp1252")}
        )
        gri.press("Voir ce qui serait fait")
        expect(gri.page.locator("#wrong tbody tr")).to_have_count(2)
        expect(gri.page.locator("#others tbody tr")).to_have_count(1)
        assert "hunter2" not in gri.page.content()
        gri.page.locator("summary", has_text="Nouveaux").click()
        expect(gri.page.get_by_text("Chloé Müller")).to_be_visible()
        check_page(gri, "the preview of a list")
        check_colours(gri, "the preview of a list", PHONE, DESK)

        with gri.page.expect_download() as got:
            gri.press("Télécharger ces lignes")
        assert "'=1+1" in got.value.path().read_text("utf-8-sig")
        with gri.expecting(422):
            gri.press("Importer")
            expect(gri.page.locator(".error-summary")).to_be_focused()
        gri.page.locator("[name=without_wrong]").check()
        gri.page.get_by_label("Ligne 4 : c'est quelqu'un d'autre").check()
        gri.press("Importer")

        expect(gri.page.get_by_text("3 comptes créés")).to_be_visible()
        people = gri.page.locator(".people tbody tr")
        for name in ("Emmy Noether", "Chloé Müller"):
            expect(people.filter(has_text=name)).to_have_count(1)
        expect(people.filter(has_text="un.autre@example.org")).to_have_count(1)
        assert gri.faults == []
