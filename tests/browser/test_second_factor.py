"""A GRI and their second factors: a passkey on a desk, then paper and codes on a telephone."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from app.core import clock
from tests.browser.site import Site
from tests.browser.test_accessibility import check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

PASSWORD = "un pinceau dans la soupe"
#: A device of its own: it keeps keys, and somebody is there to touch it.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def origin(new_site: Site) -> str:
    return new_site.serve(host="localhost")


@pytest.fixture(scope="module")
def invitation(new_site: Site, origin: str) -> str:
    who = ["--nom", "Daubechies", "--prenom", "Ingrid", "--email", "id@example.org"]
    link = new_site.flask("gri", "create", *who).strip().splitlines()[-1]
    return "/invitation/" + link.rpartition("/")[2]


@pytest.fixture(scope="module")
def paper(chromium: Browser, origin: str, invitation: str) -> Iterator[list[str]]:
    """The recovery codes of the GRI, who came in, added a passkey, and logged in with it."""
    with visiting(chromium, origin, width=DESK) as gri:
        talk = gri.context.new_cdp_session(gri.page)
        talk.send("WebAuthn.enable")
        talk.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        gri.page.goto(origin + invitation)
        gri.fill({"Nouveau mot de passe": PASSWORD})
        gri.fill({"Nouveau mot de passe, encore une fois": PASSWORD})
        gri.press("Entrer")
        gri.open("/profile/")
        gri.follow("Second facteur")
        prove_by_password(gri)
        gri.field("Nom").fill("Mon ordinateur")
        gri.press("Ajouter une clé d'accès")
        gri.page.wait_for_url("**/recovery")
        gri.press("Faire dix codes")
        expect(gri.page.locator(".recovery-codes li")).to_have_count(10)
        codes = gri.page.locator(".recovery-codes li").all_inner_texts()
        check_page(gri, "paper")
        gri.follow("C'est fait")
        expect(gri.page.locator("td.headline")).to_have_text("Mon ordinateur")
        check_page(gri, "factors")
        leave(gri)

        ask(gri)
        check_page(gri, "second step")
        gri.press("Utiliser ma clé d'accès")
        gri.page.wait_for_url(origin + "/")
        gri.open("/profile/sessions")
        expect(gri.page.get_by_text("second facteur", exact=False).first).to_be_visible()
        leave(gri)
        yield codes


def prove_by_password(gri: Visitor) -> None:
    """An invitation proves nothing: the password does."""
    gri.page.locator(".notice").get_by_role("link").last.click()
    gri.fill({"Mot de passe": PASSWORD})
    gri.press("Continuer")
    gri.page.wait_for_url("**/profile/second_factor")


def leave(gri: Visitor) -> None:
    gri.open("/logout")
    gri.page.locator("main").get_by_role("button").first.click()
    gri.page.wait_for_url(re.compile("auth_needed|/login"))


def ask(gri: Visitor) -> None:
    """Give the password, and be asked for more."""
    gri.open("/login")
    gri.fill({"Identifiant ou e-mail": "idaubech", "Mot de passe": PASSWORD})
    gri.press("Me connecter")
    gri.page.wait_for_url("**/login/second")


def test_on_a_telephone_without_scripts_paper_then_codes_are_enough(
    chromium: Browser, origin: str, paper: list[str]
) -> None:
    with visiting(chromium, origin, width=PHONE, scripts=False) as gri:
        ask(gri)
        expect(gri.page.get_by_text("un navigateur récent", exact=False)).to_be_visible()
        gri.follow("Donner un code de secours")
        gri.field("Code de secours").fill(paper[0].upper())
        gri.press("Me connecter")
        gri.page.wait_for_url(origin + "/")

        gri.open("/profile/second_factor")
        gri.press("Ajouter une application")
        key = gri.page.locator(".copy-value").inner_text().replace(" ", "")
        codes = pyotp.TOTP(key)
        gri.field("Code de votre application").fill(codes.at(clock.now()))
        gri.press("Ajouter")
        gri.page.wait_for_url("**/profile/second_factor")
        expect(gri.page.locator("td.headline")).to_have_count(2)
        leave(gri)

        ask(gri)
        with gri.expecting(422):
            gri.field("Code de votre application").fill("000000")
            gri.press("Me connecter")
        expect(gri.page.locator(".field-errors p")).to_have_count(1)
        later = clock.now() + timedelta(seconds=30)  # that of now has served
        gri.field("Code de votre application").fill(codes.at(later))
        gri.press("Me connecter")
        gri.page.wait_for_url(origin + "/")


def test_the_pages_between_are_as_good_as_the_others(
    chromium: Browser, origin: str, paper: list[str]
) -> None:
    with visiting(chromium, origin) as gri:
        ask(gri)
        gri.follow("Donner un code de secours")
        gri.field("Code de secours").fill(paper[1])
        gri.press("Me connecter")
        gri.page.wait_for_url(origin + "/")
        gri.open("/profile/second_factor")
        gri.press("Ajouter une application")
        for look, check in (
            ("light", check_page),
            ("dark", lambda v, w: check_colours(v, w, PHONE)),
        ):
            gri.wear(look)
            for path in ("/reauth", "/reauth/recovery", "/profile/second_factor/totp/confirm"):
                gri.open(path)
                check(gri, f"{path}, {look}")
        gri.open("/profile/second_factor")
        gri.page.get_by_role("link", name="Renommer").first.click()
        check_page(gri, "rename")
