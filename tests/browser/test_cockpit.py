"""Every button of the cockpit, pressed by a GRI: on a phone in French, on a desk in English."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy.orm import Session

from app.core import clock
from app.core.text import username_base
from app.enums import (
    AudienceKind,
    EventSource,
    FactorKind,
    NotificationTopic,
    PaymentType,
    PushState,
)
from app.models import (
    Notification,
    NotificationRecipient,
    OutboxEntry,
    PaymentEvent,
    PCeen,
    PushDelivery,
    PushSubscription,
    Rental,
    SecondFactor,
)
from app.modules.account.demo import CAST, PASSWORD
from app.modules.intrarez.service import claims
from app.modules.intrarez.service.rooms import Stay
from app.modules.payments.service import books
from tests.browser.cockpit import Gri, to_be_opened, to_be_pressed
from tests.browser.site import Site, running_site
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

#: The numbers of the people of the demonstration.
KEYS = {username_base(prenom, nom): key for key, (prenom, nom, *_) in enumerate(CAST, 1)}
PIERRE, GEORGES, FREDERIC, HENRI = (
    f"/gris/pceens/{KEYS[name]}" for name in ("plangevi", "gcharpak", "fjoliot", "hbecquer")
)
WHY = "Un essai."
LIST = b"nom;prenom;email\nNoether;Emmy;emmy@example.org\nGermain;Sophie;\n"
STATEMENT = "Date;Libellé;Montant\n02/03/2026;VIR DE NOBODY;12,00\n"

#: What one does not open, but get.
FILES = {"operations.task_output"}
#: What has an address in the cockpit, and is no page that one opens from the menu.
NOT_PAGES = {
    "gris.people_style": "a style sheet",
    "intrarez.bandwidthd": "a frame around what nginx serves",
    "intrarez.darkstat": "a frame around what nginx serves",
    "intrarez.monitoring_auth": "asked by nginx",
    "operations.run_script": "where the tasks were, once",
}


def people(gri: Gri, _resident: Visitor) -> None:
    """The list, what is done from it, and an account from its beginning to its end."""
    gri.open("/gris/pceens")
    gri.send("gris.pceens", among=".search", q="becquerel")
    for endpoint in ("gris.invite_pceen", "gris.end_sessions"):
        gri.page.locator("a[data-row]").click()
        gri.send(endpoint, among=".people")
    gri.open("/gris/pceens")
    gri.send("gris.pceens", among=".accordion", promo=143)
    for ending in ("xlsx", "csv"):
        with gri.downloading(ending):
            gri.page.locator(f'a[href*="format={ending}"]').click()

    roles = gri.page.locator(".people .roles").first
    for wanted in ("DELETE", "POST"):
        with gri.page.expect_response(lambda got, is_=wanted: got.request.method == is_):
            roles.locator(".role-cross").first.click()
    roles.locator("summary").click()
    with gri.page.expect_response(re.compile("/api/gris/pceens")):
        roles.get_by_role("button", name="Bekk").click()

    selected = {
        "invite": {},
        "give_role": {"role": "Club Q"},
        "take_role": {"role": "Club Q"},
        "end_sessions": {},
        "disable": {"reason": WHY},
    }
    for what, fields in selected.items():
        gri.open("/gris/pceens?q=gcharpak")
        gri.page.locator("input[form=who]").first.check()
        gri.send(f"gris.{what}_selected", among=".people-tools")
        gri.send(f"gris.{what}_selected", **fields)

    gri.open("/gris/pceens/add")
    gri.send("gris.add_pceen", prenom="Lise", nom="Meitner", email="lise@example.org", promo=144)

    gri.open("/gris/pceens/import")
    gri.send("promos.import_", file={"name": "l.csv", "mimeType": "text/csv", "buffer": LIST})
    with gri.downloading("csv"):
        gri.button("promos.import_", among="#wrong").click()
    gri.send("promos.import_", among="#review", without_wrong=True)


def person(gri: Gri, resident: Visitor) -> None:
    """The page of someone: who they are, their account, where they are logged in."""
    gri.open(GEORGES)
    gri.send("gris.enable_pceen")
    gri.send("gris.invite_pceen")
    gri.send("gris.end_sessions")
    gri.open(f"{GEORGES}/second_factor/reset")
    gri.send("gris.reset_second_factor", reason=WHY)
    gri.open(f"{GEORGES}/edit")
    gri.send("gris.edit_pceen", promo=142)
    gri.open(f"{GEORGES}/disable")
    gri.send("gris.disable_pceen", reason=WHY)
    gri.send("gris.enable_pceen")
    for endpoint in ("gris.end_session", "gris.end_sessions"):
        gri.open(f"{PIERRE}/history")
        gri.send(endpoint)
        resident.open("/login")
        resident.log_in("plangevi", PASSWORD)

    gri.open(PIERRE)
    gri.send("bar.correct_birth_date", birth_date="2004-05-06")
    for _twice in range(2):
        with gri.page.expect_response(re.compile("/api/gris/pceens")):
            gri.page.locator(".roles .role-cross").first.click()
    gri.page.locator(".roles summary").click()
    with gri.page.expect_response(re.compile("/api/gris/pceens")):
        gri.page.get_by_role("button", name="Bekk").click()
    gri.send("gris.start_doas", reason=WHY)
    gri.send("doas.stop_doas", among=".ribbon")


def roles(gri: Gri, _resident: Visitor) -> None:
    """A role from its beginning to its end, and what it allows."""
    gri.open("/gris/roles")
    gri.page.locator("th button, th.sorted").first.click()
    gri.send("gris.roles", name="Chorale", index=500)
    gri.send("gris.role", color="64b9e9")
    role = gri.page.url.removeprefix(gri.origin)
    add_permission(gri, gri.page.locator("main"), "bar")
    for scope in ("bekk", "pceen"):
        gri.open(f"{role}/permissions")
        gri.send("gris.add_permission", among="main form:not([method])", type="read", scope=scope)
        if scope == "pceen":
            gri.send("gris.add_permission", among=".search", q="langevin")
        gri.send("gris.add_permission", among="main form[method=post]")
        with gri.page.expect_response(re.compile("/api/gris/roles")):
            gri.page.locator(".permission .role-cross").first.click()

    gri.open("/gris/roles")
    row = gri.page.locator("tr", has_text="Chorale")
    add_permission(gri, row, "calendar")
    for _twice in range(2):
        with gri.page.expect_response(re.compile("/api/gris/roles")):
            row.locator(".role-cross").first.click()
    gri.open(f"{role}/delete")
    gri.send("gris.delete_role", holders=0)


def add_permission(gri: Gri, role: Locator, scope: str) -> None:
    """Let a role that is shown read one thing more."""
    role.locator("[data-add-permission]").click()
    gri.page.locator("#permission-scope").select_option(scope)
    with gri.page.expect_response(re.compile("/api/gris/roles")):
        gri.page.locator("#add-permission [type=submit]").click()


def network(gri: Gri, _resident: Visitor) -> None:
    """Rooms that two people want; someone's room, devices and bans; the rules."""
    for accepted in ("1", "0"):
        gri.open("/gris/room_claims")
        gri.send("intrarez.decide_claim", which=f'[value="{accepted}"]', note=WHY)
    gri.open(PIERRE)
    room = re.search(r"\d{3}", gri.page.locator("#room").inner_text())
    assert room is not None
    gri.send("intrarez.change_rental", start=_day(-20), reason=WHY)
    gri.send("intrarez.add_their_device", name="Essai", mac_address="3c:22:fb:99:99:01")
    gri.open(f"{PIERRE}/devices/{_device(gri)}")
    gri.send("intrarez.edit_their_device", name="Encore un essai")
    gri.send("intrarez.remove_their_device")
    gri.send("intrarez.close_rental", reason=WHY)
    gri.send("intrarez.give_room", room=room[0], reason=WHY)

    gri.send("intrarez.ban", unlimited=False, days=2, reason=WHY)
    gri.button("intrarez.edit_ban")
    for step in ("hour", "day", "week", "month"):
        gri.page.locator(f"[data-step={step}]").click()
    gri.send("intrarez.edit_ban")
    gri.send("intrarez.end_ban", note=WHY)

    gri.open("/gris/network")
    gri.send("intrarez.generate_network", among="main form:not(:has([name=force]))")
    gri.send("intrarez.generate_network", among="main form:has([name=force])")
    gri.open("/gris/monitoring")


def _day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def _device(gri: Gri) -> str:
    address = gri.page.locator("#devices a[href*='/devices/']").last.get_attribute("href")
    return str(address).rpartition("/")[2]


def money(gri: Gri, _resident: Visitor) -> None:
    """What was paid, what is for sale, whose the money is, where it went."""
    gri.open(f"{HENRI}/payments/add")
    for confirmed in ("edit", "1"):
        gri.send("intrarez.add_payment", offer="6months")
        gri.send("intrarez.add_payment", which=f'[value="{confirmed}"]')
    gri.open("/gris/payments")
    gri.send("payments.payments", among=".search", q="becquerel")
    gri.send("payments.payments", among=".accordion", method="cash")
    for ending in ("xlsx", "csv"):
        with gri.downloading(ending):
            gri.page.locator(f'a[href*="format={ending}"]').click()
    number = gri.page.locator("td.num a").first.inner_text()
    gri.open(f"/gris/payments/{number}/revoke")
    gri.send("payments.revoke", why=WHY)

    gri.open("/gris/payments/events")
    gri.send("payments.settle", among="form:has([value=attached])", username="hbecquer")
    gri.send("payments.settle", among="form:has([value=refunded])", note=WHY)
    gri.open("/gris/payments/books")
    accounts = {"credit": "lydia", "debit": "bank"}
    gri.send("payments.move", amount="4,00", label=WHY, **accounts)
    for ending in ("xlsx", "csv"):
        button = gri.button("payments.books", which=f'[value="{ending}"]')
        with gri.downloading(ending):
            button.click()

    gri.open("/gris/payments/statement")
    file = {"name": "releve.csv", "mimeType": "text/csv", "buffer": STATEMENT.encode()}
    gri.send("intrarez.statement", file=file)
    for confirmed in ("", "1"):
        gri.send("intrarez.statement", which=f'[name=confirmed][value="{confirmed}"]')
    gri.send("intrarez.confirm_sure")
    gri.send("intrarez.confirm_line", among="#possible")
    gri.send("intrarez.ignore_line")
    gri.send("intrarez.restore_line")

    gri.open("/gris/offers")
    offer = {"slug": "essai", "name_fr": "Essai", "name_en": "Trial", "price_cents": "3"}
    gri.send("intrarez.offers_page", months=1, days=0, **offer)
    gri.open("/gris/offers/essai")
    gri.send("intrarez.edit_offer", active=False)


def idle(gri: Gri) -> None:
    """What waits while nothing works: it is tried again, or never done."""
    gri.open("/gris/tasks/janitor")
    gri.send("operations.run_task", reason=WHY)
    gri.send("operations.cancel_run")
    state = gri.page.locator("[data-run-state]")
    expect(state).to_have_text(gri.say("annulée"))
    gri.open("/gris/outbox")
    gri.send("operations.outbox", state="parked")
    gri.page.locator("td[data-label] > a[href^='/gris/outbox/']").first.click()
    gri.send("operations.retry_entry")
    gri.send("operations.cancel_entry")
    gri.open("/gris/outbox")
    gri.send("operations.retry_parked")
    gri.open("/gris/push_notifications")
    gri.page.get_by_role("link", name="Un appareil ne répond pas").click()
    gri.send("notifications.retry")


def work(gri: Gri, _resident: Visitor) -> None:
    """What a worker does at once: jobs, tasks, mails."""
    gri.open("/gris/jobs")
    gri.send("operations.run_job")
    gri.open("/gris/mails/account.password_changed")
    gri.send("operations.try_mail")
    gri.open("/gris/tasks/retention.purge")
    gri.send("operations.try_task", reason=WHY)
    expect(gri.page.locator("[data-run-state]")).to_have_text(gri.say("terminée"))
    gri.open("/gris/tasks/retention.purge")
    gri.send("operations.run_task", reason=WHY, confirm="retention.purge")
    gri.open("/gris/tasks/runs")
    gri.send("operations.task_runs", state="done")
    gri.open("/gris/tasks/runs/2")
    with gri.downloading("txt"):
        gri.page.locator('a[href$="/output"]').click()


def site_itself(gri: Gri, resident: Visitor) -> None:
    """What was done, what is chosen, and the site closed to everyone else."""
    gri.open("/gris/audit")
    gri.send("operations.audit", among=".search", q="mcurie")
    gri.send("operations.audit", among=".accordion", until=_day(0))
    for ending in ("xlsx", "csv"):
        with gri.downloading(ending):
            gri.page.locator(f'a[href*="format={ending}"]').click()

    gri.open("/gris/settings")
    gri.send("operations.settings", DEVICE_LIMIT=12)
    expect(gri.page.locator("tbody tr").first).to_contain_text("12")
    gri.send("operations.switch_maintenance", message=WHY)
    resident.open("/", status=503)
    expect(resident.page.locator("body")).to_contain_text(WHY)
    gri.send("operations.switch_maintenance", among="main")
    resident.open("/")


def contact(gri: Gri, _resident: Visitor) -> None:
    """What people wrote, on the site or by mail, and how the GRI appears to them."""
    gri.open("/gris/contact_messages")
    gri.send("contact.messages", q="lent")
    gri.page.locator(".headline a").first.click()
    gri.send("contact.handle")
    gri.open(gri.page.url.removeprefix(gri.origin))
    gri.open("/gris/contact_messages?view=handled")
    gri.page.locator(".headline a").first.click()
    gri.send("contact.reopen")
    gri.open("/gris/inbound_mails")
    gri.send("contact.inbound_mails", q="courant")
    gri.open("/profile/gri_card")
    gri.send("contact.gri_card", title_fr="Reine")
    gri.open("/profile/gri_card")
    gri.send("contact.remove_gri_card")


def lives(gri: Gri, _resident: Visitor) -> None:
    """Two accounts that become one, which is handed over, and not erased after all."""
    gri.open("/gris/pceens/merge")
    gri.send("lives.choose_both", kept="lmeitner")
    gri.send("lives.merge", other="enoether")
    gri.send("lives.merge", confirm="enoether")
    gri.send("lives.export_for", reason=WHY)
    gri.open(f"{gri.page.url.removeprefix(gri.origin).partition('#')[0]}/erase")
    gri.send("lives.erase_for", reason=WHY, confirm="lmeitner")
    gri.send("lives.cancel_erasure")


def notifications(gri: Gri, _resident: Visitor) -> None:
    """What everybody is told: written, written again, and sent."""
    gri.open("/gris/push_notifications")
    gri.send("notifications.send", target="all", title="Coupure", body="Jeudi à 8 h.")
    gri.send("notifications.send", which='[value="edit"]')
    gri.send("notifications.send", quiet=True)
    gri.send("notifications.send", which='[value="1"]')
    expect(gri.page.get_by_role("heading", level=1)).to_have_text("Coupure")


#: What is done once there is a worker, in this order.
ACTS: tuple[Callable[[Gri, Visitor], None], ...] = (
    people,
    person,
    lives,
    roles,
    network,
    money,
    work,
    site_itself,
    contact,
    notifications,
)


def without_scripts(gri: Gri) -> None:
    """What pages do for who has no scripts, where these do it otherwise."""
    gri.open(GEORGES)
    gri.send("gris.give_role", role="Théâtre")
    gri.send("gris.take_role")
    gri.open("/gris/roles")
    gri.send("gris.remove_permission")


def open_all(gri: Gri) -> None:
    """Follow the links from the menu, to one page of each endpoint, and look at its buttons."""
    ahead, known = ["/gris/", "/profile/gri_card"], set[str]()
    while ahead:
        path = ahead.pop(0)
        known.add(gri.endpoint(path))
        gri.open(path)
        if path == "/gris/audit":
            continue  # what it names may be gone
        for link in gri.links():
            endpoint = gri.endpoint(link)
            if "format=" not in link and endpoint not in {*known, *NOT_PAGES, *FILES}:
                known.add(endpoint)
                ahead.append(link)
    gri.page.wait_for_load_state("networkidle")


def leave_work(site: Site) -> None:
    """What the demonstration has not: mails that were given up, more money, another claim."""
    engine, now = sa.create_engine(site.database_url), clock.now()
    with Session(engine) as session, session.begin():
        for number in range(3):
            session.add(
                OutboxEntry(
                    kind="operations.run_job",
                    payload={"job": "janitor", "asked_at": now.isoformat()},
                    fingerprint=f"{number:064d}",
                    parked_at=now,
                    attempts=3,
                    last_error="OSError: nobody answers",
                )
            )
        session.add(
            SecondFactor(
                pceen_id=KEYS["gcharpak"],
                kind=FactorKind.totp,
                name="Téléphone",
                secret="lost with it",
                confirmed_at=now,
                last_used_at=now,
            )
        )
        told = Notification(
            topic=NotificationTopic.site,
            title="Un appareil ne répond pas",
            body="On réessaie.",
            target_type=AudienceKind.all,
            failed_count=1,
        )
        device = PushSubscription(
            pceen_id=KEYS["gcharpak"],
            endpoint="https://updates.push.services.mozilla.com/nothing",
            endpoint_hash="0" * 64,
            p256dh="",
            auth="",
        )
        session.add_all([told, device])
        session.flush()
        states = {"state": PushState.parked, "attempts": 5, "ended_at": now}
        session.add_all(
            [
                PushDelivery(notification_id=told.id, subscription_id=device.id, **states),
                NotificationRecipient(  # read: nothing is sent
                    notification_id=told.id, pceen_id=KEYS["gcharpak"], read_at=now
                ),
            ]
        )
        event = PaymentEvent(
            source=EventSource.confirm,
            type=PaymentType.internet,
            order_ref="PEM-88888-1700000000",
            request_id="4243",
            transaction_id="TX0000000002",
            amount_cents=400,
            body="{}",
            outcome="unknown",
            unmatched_key="internet:TX0000000002",
        )
        session.add(event)
        session.flush()
        books.receive_unmatched(session, event, amount_cents=400)
        rental = session.scalars(sa.select(Rental).where(Rental.pceen_id == KEYS["plangevi"])).one()
        claims.claim(
            session,
            pceen=session.get_one(PCeen, KEYS["gcharpak"]),
            room=rental.room,
            stay=Stay(starts_on=clock.today()),
            message="Elle est à moi.",
            admins=(),
        )
    engine.dispose()


@pytest.fixture
def site(chromium: Browser, tmp_path: Path) -> Iterator[Site]:
    """A site with the people of the demonstration, where nothing works yet."""
    with running_site(tmp_path, name="cockpit", demo="small", worker=False) as site:
        leave_work(site)
        yield site


@pytest.mark.parametrize(("width", "locale"), [(PHONE, "fr"), (DESK, "en")], ids=["phone", "desk"])
def test_a_gri_presses_every_button_of_the_cockpit(
    chromium: Browser, app: Flask, site: Site, width: int, locale: str
) -> None:
    come = partial(Gri, chromium, site.serve(), app, width=width, locale=locale)
    with closing(come()) as gri:
        gri.log_in("mcurie", PASSWORD)
        idle(gri)
        site.start_worker()
        with visiting(chromium, site.serve(), width=width) as resident:
            resident.log_in("plangevi", PASSWORD)
            for act in ACTS:
                act(gri, resident)
        open_all(gri)
        with closing(come(scripts=False, storage_state=gri.context.storage_state())) as bare:
            without_scripts(bare)

    assert gri.faults + bare.faults == []
    assert gri.sliding == set()
    assert gri.seen - gri.pressed == set()
    assert to_be_pressed(app) - gri.asked - bare.asked == set()
    assert to_be_opened(app) - gri.pages == set(NOT_PAGES)
