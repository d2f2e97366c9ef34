"""To the school and back, from one host to another, with scripts and without."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import (
    COLOURS,
    bring_axe,
    check_colours,
    check_page,
    faults_of,
)
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser


class Places(NamedTuple):
    """Where the site is, and where the school is."""

    site: Site
    origin: str
    school: str


@pytest.fixture(scope="module")
def places(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("sso")
    with running_site(folder, name="sso", demo="small", school=True) as site:
        origin = site.serve()
        yield Places(site, origin, site.start_school(origin))


def leave(visitor: Visitor, path: str = "/login?next=/contact?title=Aide") -> None:
    """Go to the school, from a page of the site."""
    visitor.open(path)
    visitor.follow("Compte ESPCI")
    if not visitor.scripts:
        visitor.press("Continuer vers l'école")
    expect(visitor.page.get_by_role("heading", name="Qui êtes-vous ?")).to_be_visible()


def come_back(visitor: Visitor, name: str) -> None:
    """Be someone there, and come back."""
    visitor.page.get_by_role("button", name=name).click()
    if not visitor.scripts:
        visitor.page.get_by_role("button", name="Continuer").click()
        visitor.page.wait_for_url("**/saml/finish?ticket=*")
        visitor.press("Entrer")


def arrived(visitor: Visitor, username: str) -> None:
    """They are where they wanted to go, and the account is this one."""
    visitor.page.wait_for_url("**/contact?title=Aide")
    visitor.open("/profile/")
    expect(visitor.page.locator("main")).to_contain_text(username)


@pytest.mark.parametrize(
    ("name", "username", "scripts"),
    [("Éloïse d'Artagnan", "edartag", True), ("ANNE-MARIE LE GOFF", "alegoff", False)],
    ids=["scripts", "no scripts"],
)
def test_a_student_comes_in_and_comes_back(
    chromium: Browser, places: Places, name: str, username: str, *, scripts: bool
) -> None:
    for _time in range(2):
        with visiting(
            chromium, places.origin, friend=places.school, width=PHONE, scripts=scripts
        ) as visitor:
            leave(visitor)
            come_back(visitor, name)
            arrived(visitor, username)


def test_the_owner_of_an_account_of_this_name_proves_it(chromium: Browser, places: Places) -> None:
    with visiting(chromium, places.origin, friend=places.school, width=PHONE) as visitor:
        leave(visitor)
        come_back(visitor, "Georges Charpak")
        visitor.page.wait_for_url("**/saml/link")
        check_page(visitor, "whose account it is")
        visitor.wear("dark")
        visitor.open("/saml/link")
        check_colours(visitor, "whose account it is", PHONE, DESK)
        with visitor.expecting(422):
            visitor.fill({"Mot de passe de ce compte": "not this one"})
            visitor.press("Prouver et entrer")
            expect(visitor.page.locator(".error-summary")).to_be_visible()
        visitor.fill({"Mot de passe de ce compte": PASSWORD})
        visitor.press("Prouver et entrer")
        visitor.page.wait_for_url("**/contact?title=Aide")
        bring_axe(visitor)
        assert faults_of(visitor, COLOURS) == []
        visitor.page.locator(".toasts").get_by_role("link", name="mon profil").click()
        visitor.page.wait_for_url("**/profile/")
        expect(visitor.page.locator("main")).to_contain_text("gcharpak")
        check_page(visitor, "the profile of who is linked")
        visitor.open("/profile/modify_account")
        check_page(visitor, "names that the school says")
        visitor.open("/reauth")
        check_page(visitor, "the proofs of who is linked")


def test_the_mailed_link_proves_it_in_the_same_browser(chromium: Browser, places: Places) -> None:
    with (
        visiting(chromium, places.origin, friend=places.school, width=PHONE) as visitor,
        visiting(chromium, places.origin, width=PHONE) as other,
    ):
        leave(visitor)
        come_back(visitor, "Irène Joliot-Curie")
        visitor.page.wait_for_url("**/saml/link")
        visitor.press("M'envoyer le lien")
        expect(visitor.page.get_by_text("Un lien part à i…@e…").first).to_be_visible()
        link = places.site.link_mailed("saml/link")
        other.open(link, status=409)
        visitor.open(link)
        check_page(visitor, "the mailed link")
        visitor.press("Oui, entrer")
        arrived(visitor, "ijoliot")


def test_who_does_not_come_in_is_told_why(chromium: Browser, places: Places) -> None:
    with visiting(chromium, places.origin, friend=places.school, width=PHONE) as visitor:
        leave(visitor)
        with visitor.expecting(403):
            come_back(visitor, "Alfred Kastler")
            visitor.page.wait_for_url("**/saml/finish")
        check_page(visitor, "students alone")
        leave(visitor)
        visitor.page.get_by_role("button", name="Abandonner").click()
        visitor.page.wait_for_url("**/saml/acs")
        check_page(visitor, "given up")
        visitor.follow("Revenir à la connexion")
        visitor.page.wait_for_url("**/login")
        with visitor.expecting(400):
            visitor.page.goto("/saml/finish?ticket=none")
        check_page(visitor, "refused")
