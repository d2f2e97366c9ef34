"""Writing to the GRIs, with scripts and without: it takes nothing but writing."""

import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request, expect

from app.core.captcha import PATIENCE as TO_WAIT
from app.modules.account.demo import PASSWORD
from tests.browser.site import INSIDE, MAC, PATIENCE, Site, running_site
from tests.browser.test_accessibility import check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

MESSAGE = {
    "Votre nom": "Rosalind Franklin",
    "Votre e-mail": "rosalind@example.org",
    "Sujet": "Rien ne marche",
    "Message": "Depuis hier soir.\nChambre 214.",
}
VERIFIED = "C'est vérifié : vous pouvez envoyer."
SENT = "Votre message est parti : les GRI le liront bientôt."


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, who are written to."""
    with running_site(tmp_path_factory.mktemp("contact"), name="contact", demo="small") as site:
        yield site


def mails(site: Site, title: str) -> int:
    """How many mails with this title left, once one did and another had the time to."""
    log, deadline = site.folder / "worker.log", time.monotonic() + PATIENCE
    subject = f"[PC est magique] Message : {title}"
    while subject not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    return log.read_text().count(subject)


def state(visitor: Visitor) -> str:
    return visitor.page.locator("[data-captcha-state]").inner_text()


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_visitor_with_scripts_writes_and_that_is_all(
    chromium: Browser, site: Site, locale: str
) -> None:
    requests: list[str] = []
    address = {"fr": INSIDE, "en": "192.0.2.40"}[locale]
    title = f"With scripts, {locale}"
    with visiting(
        chromium, site.serve(MAC), address=address, width=PHONE, locale=locale
    ) as visitor:

        def note(request: Request) -> None:
            requests.append(urlsplit(request.url).path)

        visitor.page.on("request", note)
        visitor.open("/contact?title=Aide")
        visitor.page.wait_for_load_state("networkidle")
        assert "/api/captcha/contact" not in requests
        assert state(visitor) == ""
        visitor.fill(MESSAGE | {"Sujet": title})
        expect(visitor.page.locator("[data-captcha-state]")).to_have_text(visitor.say(VERIFIED))
        assert requests.count("/api/captcha/contact") == 1
        check_page(visitor, "a message that is verified")
        visitor.press("Envoyer")
        expect(visitor.page.get_by_text(visitor.say(SENT))).to_be_visible()

    assert mails(site, title) == 1


def test_a_message_sent_before_it_is_verified_leaves_by_itself(
    chromium: Browser, site: Site
) -> None:
    with visiting(chromium, site.serve(), address="192.0.2.41", width=PHONE) as visitor:
        visitor.open("/contact")
        visitor.page.evaluate(
            """(fields) => {
              for (const [name, value] of Object.entries(fields)) {
                document.querySelector(`[name="${name}"]`).value = value;
              }
            }""",
            {"name": "Rosalind", "title": "Too quick", "message": "Vite."},
        )
        visitor.press("Envoyer")
        expect(visitor.page.get_by_text(SENT)).to_be_visible()

    assert mails(site, "Too quick") == 1


def test_a_form_to_correct_is_verified_without_writing_again(chromium: Browser, site: Site) -> None:
    with visiting(chromium, site.serve(), address="192.0.2.42", width=PHONE) as visitor:
        visitor.open("/contact")
        visitor.fill(MESSAGE | {"Sujet": ""})
        expect(visitor.page.locator("[data-captcha-state]")).to_have_text(VERIFIED)
        with visitor.expecting(422):
            visitor.press("Envoyer")
            expect(visitor.page.locator(".error-summary")).to_be_focused()
        expect(visitor.page.locator("[data-captcha-state]")).to_have_text(VERIFIED)
        check_page(visitor, "a message to correct")
        visitor.fill({"Sujet": "Corrected"})
        visitor.press("Envoyer")
        expect(visitor.page.get_by_text(SENT)).to_be_visible()

    assert mails(site, "Corrected") == 1


def test_without_a_worker_one_sends_as_without_scripts(chromium: Browser, site: Site) -> None:
    with visiting(chromium, site.serve(), address="192.0.2.43", width=PHONE) as visitor:
        visitor.context.add_init_script("delete window.Worker")
        visitor.open("/contact")
        visitor.fill(MESSAGE | {"Sujet": "No worker"})
        told = visitor.page.locator("[data-captcha-state]")
        expect(told).to_contain_text("La vérification automatique n'a pas marché.")
        with visitor.expecting(422):
            visitor.press("Envoyer")
            expect(visitor.page.locator(".error-summary")).to_contain_text("pas encore vérifié")
        assert visitor.field("Message").input_value() == MESSAGE["Message"]
        assert visitor.page.locator("[name=captcha_challenge]").input_value() != ""


def test_a_visitor_without_scripts_sends_twice(chromium: Browser, site: Site) -> None:
    with visiting(
        chromium, site.serve(MAC), address="10.0.0.103", width=PHONE, scripts=False
    ) as visitor:
        visitor.open("/contact")
        assert "Sans JavaScript, on envoie deux fois" in visitor.page.content()
        visitor.fill(MESSAGE | {"Sujet": "Without scripts"})
        with visitor.expecting(422):
            visitor.press("Envoyer")
            expect(visitor.page.locator(".error-summary")).to_be_visible()
        assert re.match(r"Attendez (20|19) secondes", state(visitor))
        assert visitor.field("Message").input_value() == MESSAGE["Message"]
        with visitor.expecting(422):
            visitor.press("Envoyer")
            expect(visitor.page.get_by_text("C'était un peu tôt").first).to_be_visible()
        visitor.page.wait_for_timeout(1000 * TO_WAIT)
        visitor.press("Envoyer")
        expect(visitor.page.get_by_text(SENT)).to_be_visible()

    assert mails(site, "Without scripts") == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("name", ["plangevi", "hbecquer"], ids=["resident", "banned"])
def test_who_is_logged_in_proves_nothing(
    chromium: Browser, site: Site, name: str, *, scripts: bool
) -> None:
    title = f"{name} {scripts}"
    with visiting(
        chromium, site.serve(MAC), address=INSIDE, width=PHONE, scripts=scripts
    ) as visitor:
        visitor.log_in(name, PASSWORD)
        visitor.open("/contact")
        assert visitor.field("Votre nom").input_value() != ""
        assert visitor.page.locator("[data-captcha]").count() == 0
        visitor.fill({"Sujet": title, "Message": "Bonjour."})
        visitor.press("Envoyer")
        expect(visitor.page.get_by_text(SENT)).to_be_visible()

    assert mails(site, title) == 1


def test_a_gri_answers_and_marks_it_done(chromium: Browser, site: Site) -> None:
    with visiting(chromium, site.serve(), width=DESK) as gri:
        gri.log_in("mcurie", PASSWORD)
        gri.open("/gris/contact_messages")
        gri.follow("Internet est lent le soir")
        reply = gri.page.get_by_role("link", name="Répondre par mail")
        expect(reply).to_have_attribute("href", re.compile(r"^mailto:plangevi@example\.org\?"))
        check_colours(gri, "a message", PHONE, DESK)
        gri.press("C'est traité")
        expect(gri.page.get_by_role("link", name="Internet est lent le soir")).to_have_count(0)
        gri.open("/gris/contact_messages?view=handled")
        expect(gri.page.get_by_role("link", name="Internet est lent le soir")).to_be_visible()
