"""Two journeys of the network: a room that changes hands and comes back, a ban and its end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, whom we trouble."""
    with running_site(tmp_path_factory.mktemp("network"), name="network", demo="small") as site:
        yield site


@pytest.fixture(scope="module")
def gri(chromium: Browser, site: Site) -> Iterator[Visitor]:
    with visiting(chromium, site.serve(), width=DESK) as gri:
        gri.log_in("mcurie", PASSWORD)
        yield gri


@pytest.fixture(scope="module")
def tenant(chromium: Browser, site: Site) -> Iterator[Visitor]:
    with visiting(chromium, site.serve(), width=PHONE) as tenant:
        tenant.log_in("plangevi", PASSWORD)
        yield tenant


def test_a_room_that_someone_takes_comes_back_to_who_still_lives_there(
    chromium: Browser, site: Site, gri: Visitor, tenant: Visitor
) -> None:
    tenant.open("/profile/")
    room = re.search(r"Chambre (\d+)", tenant.page.locator("#internet").inner_text())
    assert room is not None
    number = room[1]

    with visiting(chromium, site.serve(), width=PHONE) as newcomer:
        newcomer.log_in("ijoliot", PASSWORD)
        newcomer.open("/rooms/register")
        newcomer.fill({"Numéro de la chambre": number})
        with newcomer.expecting(409):
            newcomer.press("Prendre cette chambre")
            expect(newcomer.page.get_by_role("alert")).to_contain_text("Vous sous-louez ?")
        check_page(newcomer, "an occupied room")
        newcomer.press("J'habite la chambre %(num)s : continuer", num=number)
        expect(newcomer.page.get_by_text(f"La chambre {number} est à vous.")).to_be_visible()

    link = site.link_mailed("rooms/contest")
    with visiting(chromium, site.serve(), width=PHONE, locale="en") as stranger:
        stranger.open(link)
        expect(stranger.page.get_by_role("heading", level=1)).to_contain_text(number)
        check_page(stranger, "a room to contest")
        stranger.fill({"Votre message aux GRI": "I never left."})
        stranger.press("Dire que c'est ma chambre")
        expect(stranger.page.locator("main")).to_contain_text("Noted")
        stranger.open(link, status=404)

    gri.open("/gris/room_claims")
    claim = gri.page.locator(".card").filter(has_text="I never left.")
    claim.get_by_label("Réponse").fill("Bail vérifié.")
    claim.get_by_role("button", name="Donner la chambre").click()
    expect(gri.page.get_by_text("Bail vérifié.").first).to_be_visible()
    tenant.open("/profile/")
    expect(tenant.page.locator("#internet")).to_contain_text(f"Chambre {number}")


def test_a_ban_is_felt_on_every_page_put_off_and_ended(gri: Visitor, tenant: Visitor) -> None:
    gri.open("/gris/pceens?q=plangevi")
    gri.page.get_by_role("link", name="Pierre Langevin").click()
    bans = gri.page.locator("#bans")
    bans.get_by_text("Suspendre l'accès").click()
    bans.get_by_label("Jusqu'à nouvel ordre").uncheck()
    bans.get_by_label("Jours").fill("2")
    bans.get_by_label("Raison").fill("Routeur ouvert")
    bans.get_by_role("button", name="Suspendre").click()
    expect(bans.get_by_role("heading", name="Routeur ouvert")).to_be_visible()

    tenant.open("/")
    assert tenant.page.locator("meta[name=theme-color]").get_attribute("content") == "#b20037"
    tenant.page.locator(".ribbon").get_by_role("link", name="Pourquoi ?").click()
    expect(tenant.page.get_by_role("heading", level=1)).to_have_text("Internet interdit")
    expect(tenant.page.locator("main")).to_contain_text("1 jour et 23 heures")

    bans.get_by_text("Modifier", exact=True).click()
    bans.get_by_role("button", name="+ 1 semaine").click()
    bans.get_by_role("button", name="Enregistrer").click()
    expect(gri.page.get_by_text("La suspension est modifiée.")).to_be_visible()
    tenant.open("/banned")
    expect(tenant.page.locator("main")).to_contain_text("8 jours et 23 heures")

    bans.get_by_text("Terminer", exact=True).click()
    bans.get_by_role("button", name="Terminer la suspension").click()
    expect(gri.page.get_by_text("La suspension est terminée.")).to_be_visible()
    tenant.open("/")
    expect(tenant.page.locator(".ribbon")).to_have_count(0)
