"""A whole account, from its archive to its end: by its person, then by a GRI."""

import json
from collections.abc import Iterator
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import DESK, PHONE, visiting

pytestmark = pytest.mark.browser

WHO = "fjoliot"


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration."""
    with running_site(tmp_path_factory.mktemp("lives"), name="lives", demo="small") as site:
        yield site


def test_someone_takes_what_the_site_knows_leaves_and_comes_back(
    chromium: Browser, site: Site
) -> None:
    with visiting(chromium, site.serve(), width=PHONE) as person:
        person.log_in(WHO, PASSWORD)
        person.open("/profile/")
        person.press("Préparer mon archive")
        expect(person.page.locator("#data")).to_contain_text("En préparation")
        link = site.link_mailed("profile/export")
        with person.page.expect_download() as got:
            person.page.evaluate("(link) => { location.href = link }", link)
        with ZipFile(got.value.path()) as archive:
            (account,) = json.loads(archive.read("pceen.json"))
        assert account["username"] == WHO

        person.open("/profile/erase")
        check_page(person, "erase")
        person.fill({"Identifiant": WHO})
        person.press("Effacer mon compte")
        expect(person.page).to_have_url(f"{person.origin}/auth_needed")
        person.open("/login")
        person.fill({"Identifiant ou e-mail": WHO, "Mot de passe": PASSWORD})
        with person.expecting(422):
            person.press("Me connecter")
            expect(person.page.locator(".error-summary")).to_be_visible()

    with visiting(chromium, site.serve(), width=DESK) as gri:
        gri.log_in("mcurie", PASSWORD)
        gri.page.goto("/gris/pceens/merge?kept=hbecquer")
        check_page(gri, "choose")
        gri.page.get_by_label("Compte qui disparaît").fill(WHO)
        gri.press("Continuer")
        expect(gri.page.locator(".notice-danger")).to_contain_text("demandé : annulez-le d'abord")
        check_page(gri, "merge")
        gri.open(f"/gris/pceens/all?q={WHO}")
        gri.page.locator(".headline a").first.click()
        check_page(gri, "person")
        gri.page.once("dialog", lambda dialog: dialog.accept())
        gri.press("Annuler l'effacement")

    with visiting(chromium, site.serve(), width=PHONE) as person:
        person.log_in(WHO, PASSWORD)
        person.open("/profile/")
