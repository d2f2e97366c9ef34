"""Paying, from the first button to the receipt, whatever Lydia does; and what a GRI records."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

#: What the payer does at Lydia, and what their payment becomes.
OUTCOMES = {
    "pay": "C'est payé",
    "twice": "C'est payé",
    "late": "C'est payé",
    "silent": "C'est payé",
    "bad_signature": "C'est payé",
    "other_amount": "C'est payé",
    "refuse": "refusé",
    "cancel": "abandonné",
    "expire": "abandonné",
}


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, who pay."""
    with running_site(tmp_path_factory.mktemp("money"), name="money", demo="small") as site:
        yield site


@pytest.fixture(scope="module")
def resident(chromium: Browser, site: Site) -> Iterator[Visitor]:
    with visiting(chromium, site.serve(), width=PHONE, friend=site.sandbox) as resident:
        resident.log_in("plangevi", PASSWORD)
        yield resident


def begin(visitor: Visitor, offer: str) -> Page:
    """Go from the home page to Lydia's, by card; return Lydia's page."""
    visitor.open("/")
    visitor.page.get_by_role("link", name=re.compile("^(Payer|Renouveler)$")).first.click()
    visitor.page.get_by_role("link", name=re.compile(f"^{offer}")).click()
    visitor.page.get_by_label("Carte bancaire").check()
    visitor.page.get_by_role("button", name=re.compile("^Payer")).click()
    visitor.page.get_by_role("button", name=re.compile("^Payer")).click()
    link = visitor.page.get_by_role("link", name=re.compile("sur Lydia$"))
    with visitor.context.expect_page() as opened:
        link.click()
    return opened.value


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_payment_ends_as_lydia_says(resident: Visitor, outcome: str) -> None:
    lydia = begin(resident, "3 mois")
    number = re.search(r"/payments/(\d+)", resident.page.url)
    assert number is not None

    lydia.locator(f"button[value={outcome}]").click()

    expect(lydia).to_have_url(re.compile(rf"/payments/lydia/(success|fail)\?payment={number[1]}"))
    expect(lydia.get_by_text(re.compile(OUTCOMES[outcome])).first).to_be_visible()
    expect(resident.page.get_by_text(re.compile(OUTCOMES[outcome])).first).to_be_visible()
    if OUTCOMES[outcome] == "C'est payé":
        receipt = resident.context.request.get(f"/payments/{number[1]}/receipt.pdf")
        assert receipt.body().startswith(b"%PDF-")
    lydia.close()


def test_the_books_add_up_after_all_that(site: Site, resident: Visitor) -> None:
    assert "The books add up." in site.flask("payments", "audit")

    resident.open("/payments/")
    expect(resident.page.get_by_text("3 mois").nth(5)).to_be_attached()
    check_page(resident, "subscriptions")


def test_lydia_that_says_no_loses_nothing_of_what_was_typed(site: Site, resident: Visitor) -> None:
    resident.context.request.post(f"{site.sandbox}/behaviour", form={"behaviour": "error"})

    resident.open("/payments/pay/lydia/6months")
    resident.fill({"Votre numéro de téléphone": "06 12 34 56 78"})
    with resident.expecting(422):
        resident.page.get_by_role("button", name=re.compile("^Payer")).click()
        expect(resident.page.locator(".error-summary")).to_contain_text("rien n'a été débité")
    expect(resident.field("Votre numéro de téléphone")).to_have_value("06 12 34 56 78")
    check_page(resident, "Lydia is silent")

    resident.page.get_by_role("button", name=re.compile("^Payer")).click()
    expect(resident.page.get_by_text("Lydia attend votre paiement.")).to_be_visible()
    check_page(resident, "a payment that waits")


def test_one_pays_without_scripts(chromium: Browser, site: Site) -> None:
    origin = site.serve()
    with visiting(chromium, origin, width=PHONE, scripts=False, friend=site.sandbox) as resident:
        resident.log_in("plangevi", PASSWORD)
        resident.open("/payments/pay?offer=12months")
        resident.page.get_by_label("Carte bancaire").check()
        resident.page.get_by_role("button", name=re.compile("^Payer")).click()
        resident.page.get_by_role("button", name=re.compile("^Payer")).click()
        link = resident.page.get_by_role("link", name=re.compile("sur Lydia$"))
        resident.page.goto(str(link.get_attribute("href")))
        resident.page.locator("button[value=pay]").click()
        expect(resident.page.get_by_text(re.compile("^C'est payé"))).to_be_visible()


def test_a_gri_records_cash_then_cancels_a_mistake(
    chromium: Browser, site: Site, resident: Visitor
) -> None:
    with visiting(chromium, site.serve(), width=DESK) as gri:
        gri.log_in("mcurie", PASSWORD)
        gri.open("/gris/pceens?q=hbecquer")
        gri.page.get_by_role("link", name="Henri Becquerel").click()
        gri.page.get_by_role("link", name="Enregistrer un paiement").click()
        gri.page.get_by_label("Offre").select_option("6months")
        gri.press("Continuer")
        check_page(gri, "a payment to confirm")
        gri.press("Enregistrer")
        expect(gri.page.locator("#subscription")).to_contain_text("Abonné")

        gri.page.locator("#subscription").get_by_role(
            "link", name=re.compile("^paiement")
        ).first.click()
        check_page(gri, "the payment of someone")
        gri.page.get_by_role("link", name="Annuler ce paiement").click()
        check_page(gri, "a payment to revoke")
        gri.fill({"Raison": "Payé deux fois."})
        gri.page.locator("form.form button[type=submit]").click()
        expect(gri.page.locator("main")).to_contain_text("Ce paiement a été annulé")
