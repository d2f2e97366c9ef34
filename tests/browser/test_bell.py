"""The bell: two tabs that agree, and a page without scripts; a notification, written and read."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import AudienceKind, NotificationTopic
from app.models import Notification, NotificationRecipient, PCeen
from app.modules.account.demo import PASSWORD
from tests.browser.site import Site
from tests.browser.test_accessibility import DARK, check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser


@contextmanager
def database(site: Site) -> Iterator[Session]:
    engine = sa.create_engine(site.database_url)
    with Session(engine) as session, session.begin():
        session.execute(
            sa.text("UPDATE alembic_version SET version_num = version_num")
        )  # SQLite: one who has read may not write
        yield session
    engine.dispose()


def tell(site: Site, username: str, count: int, *, url: str = "/legal") -> None:
    """Have someone be told as many things as that, and nothing else unread."""
    with database(site) as session:
        who = session.scalars(sa.select(PCeen.id).where(PCeen.username == username)).one()
        session.execute(
            sa.update(NotificationRecipient)
            .where(NotificationRecipient.pceen_id == who)
            .values(read_at=clock.now())
        )
        for number in range(count):
            made = Notification(
                topic=NotificationTopic.site,
                title=f"Nouvelle {number}",
                body="<b>Bonjour</b>",
                target_type=AudienceKind.people,
                url=url,
            )
            session.add(made)
            session.flush()
            session.add(NotificationRecipient(notification_id=made.id, pceen_id=who))


def says(page: Page, count: int) -> None:
    """The bell of a page tells how much is unread."""
    said = {0: "Notifications", 1: "Notifications : 1 non lue"}
    name = said.get(count, f"Notifications : {count} non lues")
    expect(page.locator("[data-bell-name]")).to_have_text(name)
    badge = page.locator("[data-bell-count]")
    if count:
        expect(badge).to_have_text(str(count) if count < 10 else "9+")
    else:
        expect(badge).to_be_hidden()


@pytest.fixture
def student(chromium: Browser, demo_site: Site) -> Iterator[Visitor]:
    with visiting(chromium, demo_site.serve()) as student:
        student.log_in("ijoliot", PASSWORD)
        yield student


def test_what_is_read_in_a_tab_is_read_in_the_other(demo_site: Site, student: Visitor) -> None:
    tell(demo_site, "ijoliot", 3)
    student.open("/")
    page = student.page
    with closing(student.context.new_page()) as other:
        other.goto("/changelog")
        says(page, 3)
        says(other, 3)

        page.locator("[data-bell] summary").click()
        expect(page.locator(".bell-item.is-unread")).to_have_count(3)
        expect(page.locator(".bell-item").first).to_contain_text("<b>Bonjour</b>")
        check_page(student, "the menu of the bell")
        page.locator(".bell-item").first.click()
        page.wait_for_url("**/legal")
        says(page, 2)
        says(other, 2)

        other.locator("[data-bell] summary").click()
        other.get_by_role("button", name="Tout marquer comme lu").click()
        says(other, 0)
        says(page, 0)
        expect(other.locator(".bell-item.is-unread")).to_have_count(0)

        tell(demo_site, "ijoliot", 1)
        other.goto("/notifications/")
        says(page, 1)  # the tab that asked has told it
        other.get_by_role("button", name="Ouvrir").first.click()
        other.wait_for_url("**/legal")
        says(page, 0)


def test_a_tab_that_comes_back_asks_what_is_new(demo_site: Site, student: Visitor) -> None:
    tell(demo_site, "ijoliot", 0)
    student.open("/changelog")
    says(student.page, 0)

    tell(demo_site, "ijoliot", 12)
    student.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    says(student.page, 12)


def test_the_menu_obeys_the_keyboard(demo_site: Site, student: Visitor) -> None:
    tell(demo_site, "ijoliot", 1)
    student.open("/changelog")
    page = student.page
    page.locator("[data-bell] summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bell-item")).not_to_have_count(0)

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Tout marquer comme lu")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator(".bell-panel")).to_be_hidden()
    expect(page.locator("[data-bell] summary")).to_be_focused()


def test_without_scripts_the_bell_is_a_link_to_the_page(chromium: Browser, demo_site: Site) -> None:
    tell(demo_site, "fjoliot", 2)
    with visiting(chromium, demo_site.serve(), width=PHONE, scripts=False) as alumnus:
        alumnus.log_in("fjoliot", PASSWORD)
        page = alumnus.page
        alumnus.follow("Notifications : 2 non lues")
        page.wait_for_url("**/notifications/")
        expect(page.locator(".told.is-unread")).to_have_count(2)

        page.get_by_role("button", name="Ouvrir").first.click()
        page.wait_for_url("**/legal")
        says(page, 1)
        alumnus.open("/notifications/")
        alumnus.press("Tout marquer comme lu")
        expect(page.locator(".told.is-unread")).to_have_count(0)
        says(page, 0)

        alumnus.follow("Choisir mes notifications")
        boxes = page.locator("[name=wanted][value='theatre.digest']")
        boxes.check()
        alumnus.press("Enregistrer mes choix")
        expect(boxes).to_be_checked()


def test_a_manager_writes_to_those_whom_it_concerns_and_one_reads_it(
    chromium: Browser, demo_site: Site, student: Visitor
) -> None:
    with visiting(chromium, demo_site.serve(), width=PHONE) as manager:
        manager.log_in("mperey", PASSWORD)
        manager.open("/notifications/")
        manager.follow("Envoyer une notification")
        page = manager.page
        page.locator("#topic").select_option("bekk")
        manager.fill({"Titre": "Un numéro spécial", "Texte": "Il est à l'accueil."})
        manager.fill({"Où elle mène": "https://example.org/bekk"})
        check_page(manager, "what one writes")
        manager.press("Voir avant d'envoyer")
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"\d+ personnes"))
        check_page(manager, "what leaves")
        manager.press("Envoyer")
        page.wait_for_url(re.compile(r"/gris/push_notifications/\d+$"))
        check_page(manager, "how it goes")

    tell(demo_site, "ijoliot", 0)
    with database(demo_site) as session:
        found = sa.select(Notification.id).where(Notification.title == "Un numéro spécial")
        session.execute(
            sa.update(NotificationRecipient)
            .where(NotificationRecipient.notification_id.in_(found))
            .values(read_at=None)
        )
    student.open("/notifications/")
    page = student.page
    told = page.locator(".told.is-unread")
    expect(told).to_have_count(1)
    expect(told).to_contain_text("Un numéro spécial")
    expect(told.get_by_role("link", name="Ouvrir example.org")).to_be_visible()
    check_page(student, "notifications")
    page.evaluate(DARK)
    check_colours(student, "notifications, dark", PHONE, DESK)
    told.get_by_role("button", name="Marquer comme lue").click()
    expect(page.locator(".told.is-unread")).to_have_count(0)
    student.open("/notifications/choices")
    check_page(student, "choices")
    page.evaluate(DARK)
    check_colours(student, "choices, dark", PHONE, DESK)
