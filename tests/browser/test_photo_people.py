"""Saying who is on a photo, and wanting one looked at, as someone of the demonstration does."""

import pytest
from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import visiting

pytestmark = pytest.mark.browser


def test_one_says_who_is_on_a_photo_and_reports_it(chromium: Browser, demo_site: Site) -> None:
    with visiting(chromium, demo_site.serve()) as pierre:
        pierre.log_in("plangevi", PASSWORD)
        pierre.open("/photos/tags/me")
        check_page(pierre, "photos of me")
        first = pierre.page.locator(".people-photos a").first.get_attribute("href") or ""
        for name in ("tags?q=irene", "report"):
            pierre.open(f"{first}/{name}")
            check_page(pierre, name)

        album = first.rpartition("/photo/")[0]
        pierre.page.goto(f"{album}#1")
        pierre.page.locator('[data-viewer="people"]').click()
        dialog = pierre.page.locator("dialog[data-people]")
        dialog.get_by_role("searchbox").press_sequentially("george")
        expect(dialog.locator(".people-choice")).to_have_count(1)
        check_page(pierre, "who is on the photo")
        pierre.page.keyboard.press("Enter")
        status = dialog.locator("[data-people-status]")
        expect(status).to_contain_text("est sur la photo")
        dialog.get_by_role("button", name="Retirer Georges").click()
        expect(status).to_contain_text("n'est plus sur la photo")
        pierre.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(pierre.page.locator(".pswp--open")).to_be_visible()
        assert pierre.page.url.endswith("#1")  # what was typed moved no photo


def test_a_reported_photo_is_deleted_once_one_is_sure(chromium: Browser, demo_site: Site) -> None:
    with visiting(chromium, demo_site.serve()) as pierre:
        pierre.log_in("plangevi", PASSWORD)
        pierre.open("/photos/tags/me")
        first = pierre.page.locator(".people-photos a").first.get_attribute("href") or ""
        pierre.open(f"{first}/report")
        pierre.page.locator("[name=kind][value=other]").check()
        pierre.page.locator("[name=reason]").fill("Elle est floue")
        pierre.press("Signaler")
        pierre.page.wait_for_url(lambda url: not url.endswith("/report"))
    with visiting(chromium, demo_site.serve()) as marie:
        marie.log_in("mcurie", PASSWORD)
        marie.open("/photos/reports")
        report = marie.page.locator(".report", has_text="Elle est floue")
        asked: list[str] = []
        marie.page.once("dialog", lambda one: (asked.append(one.message), one.dismiss()))
        report.get_by_role("button", name="La supprimer").click()
        assert len(asked) == 1
        assert asked[0].endswith(" pour toujours ?")
        report.get_by_role("button", name="La garder").click()
        expect(report).to_contain_text("photo gardée")
