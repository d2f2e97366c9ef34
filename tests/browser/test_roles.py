"""Giving and taking roles and permissions where they are shown, with scripts and without."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

NASTY = "<img src=x onerror=1>"


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, whose roles change."""
    with running_site(tmp_path_factory.mktemp("roles"), name="roles", demo="small") as site:
        yield site


@pytest.fixture
def gri(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """A GRI in front of a desk."""
    with visiting(chromium, site.serve(), width=DESK) as visitor:
        visitor.log_in("mcurie", PASSWORD)
        yield visitor


def roles_of(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(".people tbody tr", has_text=name).locator(".roles")


def held(roles: Locator) -> list[str]:
    """What is held, read off the page."""
    badges = roles.locator(".role-held:not(.is-taken) > :first-child")
    return [text.strip() for text in badges.all_inner_texts()]


def test_roles_are_given_and_taken_in_the_list(gri: Visitor) -> None:
    page = gri.page
    gri.open("/gris/pceens?q=plangevi")
    roles = roles_of(gri, "Pierre Langevin")
    before = set(held(roles))
    assert {"Élève", "Rezident"} <= before

    roles.get_by_role("button", name="Retirer le rôle « Rezident »").click()

    expect(page.get_by_text("Rôle « Rezident » retiré.")).to_be_visible()
    assert set(held(roles)) == before - {"Rezident"}
    roles.get_by_role("button", name="Rendre le rôle « Rezident »").click()
    expect(page.get_by_text("Rôle « Rezident » donné.")).to_be_visible()
    roles.locator(".role-menu summary").click()
    offered = roles.locator(".menu-item").all_inner_texts()
    assert "Rezident" not in offered
    roles.locator(".menu-item", has_text="Bekk").click()
    expect(page.get_by_text("Rôle « Bekk » donné.")).to_be_visible()
    assert set(held(roles)) == before | {"Bekk"}

    gri.open("/gris/pceens?q=plangevi")
    assert set(held(roles_of(gri, "Pierre Langevin"))) == before | {"Bekk"}
    roles_of(gri, "Pierre Langevin").get_by_role("button", name="Retirer le rôle « Bekk »").click()
    expect(page.get_by_text("Rôle « Bekk » retiré.")).to_be_visible()
    assert gri.faults == []


def test_who_must_prove_who_they_are_is_led_there(gri: Visitor) -> None:
    refusal = {"error": {"status": 403, "message": "Prouvez-le."}, "reauth": "/reauth?next=/"}
    gri.page.route(
        "**/api/gris/pceens/*/roles", lambda route: route.fulfill(status=403, json=refusal)
    )
    gri.open("/gris/pceens?q=plangevi")
    roles = roles_of(gri, "Pierre Langevin")

    with gri.expecting(403):
        roles.locator(".role-menu summary").click()
        roles.locator(".menu-item", has_text="GRI").click()
        gri.page.wait_for_url("**/reauth?next=/")


def test_permissions_are_added_removed_and_given_back(gri: Visitor) -> None:
    page = gri.page
    gri.open("/gris/roles")
    form = page.locator("details", has_text="Créer un rôle")
    form.locator("summary").click()
    form.get_by_label("Nom").fill(NASTY)
    form.get_by_role("button", name="Créer le rôle").click()
    expect(page.locator("h1")).to_contain_text(NASTY)
    gri.open("/gris/roles")
    row = page.locator("tr", has_text=NASTY)
    dialog = page.locator("#add-permission")

    row.locator("[data-add-permission]").click()
    expect(dialog.locator("[data-about]")).to_have_text(NASTY)
    late: list[Route] = []
    page.route("**/elements?q=onerror*", lambda route: late.append(route))  # noqa: PLW0108  # Playwright wants a function
    dialog.get_by_label("Domaine").select_option("role")
    dialog.locator("option", has_text=NASTY).wait_for(state="attached")
    with page.expect_request("**/elements?q=onerror*"):
        dialog.get_by_label("Chercher un élément").fill("onerror")
    dialog.locator("[name=ref_id]").select_option(label=NASTY)
    with page.expect_response("**/elements?q=onerror*"):
        late[0].continue_()
    expect(dialog.locator("[name=ref_id] option")).to_have_text(
        [NASTY]
    )  # chosen before the answer came: kept
    dialog.get_by_role("button", name="Ajouter").click()
    expect(row.locator(".permission > span")).to_have_text([f"lire / Rôles « {NASTY} »"])

    row.get_by_role("button", name="Retirer la permission").click()
    row.get_by_role("button", name="Rendre la permission").wait_for()
    row.locator("[data-add-permission]").click()
    expect(dialog.locator("[name=scope]")).to_have_value("photos")
    dialog.get_by_label("Domaine").select_option("bar")
    dialog.get_by_role("button", name="Ajouter").click()
    expect(row.locator(".permission:not(.is-taken) > span")).to_have_text(["lire / Bar"])
    gri.open("/gris/roles")
    expect(row.locator(".permission > span")).to_have_text(["lire / Bar"])

    for _ in range(2):
        row.get_by_role("button", name="Retirer la permission").click()
        row.get_by_role("button", name="Rendre la permission").click()
        row.get_by_role("button", name="Retirer la permission").wait_for()
    gri.open("/gris/roles")
    expect(row.locator(".permission > span")).to_have_text(["lire / Bar"])
    assert page.locator("main img").count() == 0
    assert gri.faults == []


def test_all_of_it_is_done_without_scripts(chromium: Browser, site: Site) -> None:
    with visiting(chromium, site.serve(), width=PHONE, scripts=False) as visitor:
        page = visitor.page
        visitor.log_in("mcurie", PASSWORD)
        visitor.open("/gris/pceens?q=plangevi")
        page.get_by_role("link", name="Langevin").first.click()
        page.get_by_label("Donner un rôle").select_option(label="Théâtre")
        page.get_by_role("button", name="Donner").click()
        expect(page.locator(".role-held", has_text="Théâtre")).to_be_visible()
        page.get_by_role("button", name="Retirer le rôle « Théâtre »").click()
        expect(page.locator(".role-held", has_text="Théâtre")).to_have_count(0)

        visitor.open("/gris/roles")
        page.get_by_role("link", name="Ajouter une permission au rôle « Théâtre »").click()
        page.get_by_label("Domaine").select_option("bekk")
        page.get_by_role("button", name="Continuer").click()
        page.get_by_role("button", name="Ajouter cette permission").click()
        expect(page.locator(".permission > span")).to_have_text(["lire / Bekk", "tout / Théâtre"])
        page.get_by_role("button", name="Retirer la permission « lire / Bekk »").click()
        expect(page.locator(".permission > span")).to_have_text(["tout / Théâtre"])
        assert visitor.faults == []
