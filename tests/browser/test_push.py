"""A device of someone rings: turned on in the installed site, shown, turned off, left behind."""

import json
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser as Chromium, expect
from sqlalchemy.orm import Session

from app.enums import AudienceKind, NotificationTopic
from app.models import Notification, NotificationRecipient, PCeen, PushSubscription
from app.modules.account.demo import PASSWORD
from tests.browser.site import PATIENCE, Site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import PHONE, Visitor, visiting
from tests.push_service import GOOGLE, Browser

pytestmark = pytest.mark.browser

#: The push service of Chromium is elsewhere: what it would give, remembered as browsers do.
STUB = """(() => {
  const given = %s;
  const name = "stub of a push service";
  const key = () => Uint8Array.from(JSON.parse(localStorage.getItem(name))).buffer;
  const made = () => ({
    ...given,
    options: { applicationServerKey: key() },
    toJSON: () => given,
    unsubscribe: async () => { localStorage.removeItem(name); return true; },
  });
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    localStorage.setItem(name, JSON.stringify([...applicationServerKey]));
    return made();
  };
  PushManager.prototype.getSubscription = async () =>
    localStorage.getItem(name) === null ? null : made();
})()"""

#: Chromium emulates other features of the screen, not the window of an application.
INSTALLED = """(() => {
  const asked = window.matchMedia.bind(window);
  window.matchMedia = (query) =>
    query === "(display-mode: standalone)" ? { matches: true } : asked(query);
})()"""


class Device:
    """Someone in front of a phone, and what Chromium is told from outside."""

    def __init__(self, visitor: Visitor, site: Site) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.browser = Browser(GOOGLE, "/fcm/send/of-this-test")
        given = {"endpoint": self.browser.endpoint, "keys": self.browser.keys}
        visitor.context.add_init_script(STUB % json.dumps(given))
        self.tools = visitor.context.new_cdp_session(self.page)
        self.registrations: list[dict[str, Any]] = []
        self.tools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self.registrations.extend(event["registrations"]),
        )
        self.tools.send("ServiceWorker.enable")
        self._engine = sa.create_engine(site.database_url)

    def install(self) -> None:
        """Have the site in a window of its own, from the next page on."""
        self.visitor.context.add_init_script(INSTALLED)

    def rings(self) -> bool:
        """Whether the site knows this device."""
        wanted = sa.select(PushSubscription.id).where(
            PushSubscription.endpoint == self.browser.endpoint
        )
        with self._engine.connect() as connection:
            return connection.execute(wanted).first() is not None

    def push(self, **said: Any) -> None:
        """Give the browser what a push service would."""
        origin = self.visitor.origin
        (number, *_) = [
            one["registrationId"] for one in self.registrations if one["scopeURL"] == f"{origin}/"
        ]
        self.tools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": number, "data": json.dumps(said)},
        )

    def told(self) -> int:
        """Tell its owner something, that they have not read; its number."""
        with Session(self._engine) as session:
            session.execute(
                sa.text("UPDATE alembic_version SET version_num = version_num")
            )  # SQLite: one who has read may not write
            owner = session.scalars(sa.select(PCeen.id).where(PCeen.username == "mperey")).one()
            told = Notification(
                topic=NotificationTopic.site,
                title="Salut",
                body="Ça va ?",
                target_type=AudienceKind.people,
            )
            session.add(told)
            session.flush()
            session.add(NotificationRecipient(notification_id=told.id, pceen_id=owner))
            session.commit()
            return told.id

    def has_read(self, number: int) -> bool:
        """Whether its owner has read that."""
        read = sa.select(NotificationRecipient.read_at).where(
            NotificationRecipient.notification_id == number
        )
        with self._engine.connect() as connection:
            return connection.execute(read).scalar_one() is not None

    def press(self, tag: str, action: str) -> None:
        """Press a button of what it shows, and let the service worker do what follows."""
        (worker,) = self.visitor.context.service_workers
        worker.evaluate(
            """async ([tag, action]) => {
              const [notification] = await self.registration.getNotifications({ tag });
              const event = new NotificationEvent("notificationclick", { notification, action });
              const until = [];
              event.waitUntil = (what) => until.push(what);
              self.dispatchEvent(event);
              await Promise.all(until);
            }""",
            [tag, action],
        )

    def close(self) -> None:
        """Leave the site as it was: another test finds no device here."""
        mine = sa.delete(PushSubscription).where(PushSubscription.endpoint == self.browser.endpoint)
        with self._engine.begin() as connection:
            connection.execute(mine)
        self._engine.dispose()


@pytest.fixture
def device(chromium: Chromium, demo_site: Site) -> Iterator[Device]:
    options = {"width": PHONE, "service_workers": "allow"}
    with visiting(chromium, demo_site.serve(), **options) as visitor:
        visitor.context.grant_permissions(["notifications"], origin=visitor.origin)
        device = Device(visitor, demo_site)
        try:
            visitor.log_in("mperey", PASSWORD)
            yield device
        finally:
            device.close()


def shown(device: Device) -> list[dict[str, Any]]:
    """The notifications that this device shows."""
    found: list[dict[str, Any]] = device.page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
             ({ title, body, tag, silent, requireInteraction, lang, data, actions }) =>
             ({ title, body, tag, silent, requireInteraction, lang, data,
                actions: actions.map((one) => one.title) }))"""
    )
    return found


def wait_for_shown(device: Device, count: int) -> list[dict[str, Any]]:
    """Ask until the service worker has shown so many: it does so when it has the time."""
    until = monotonic() + PATIENCE
    while len(found := shown(device)) != count and monotonic() < until:
        device.page.wait_for_timeout(50)
    return found


def test_a_device_rings_until_its_owner_says_otherwise(device: Device) -> None:
    visitor, page = device.visitor, device.page
    switch = page.get_by_role("switch", name="Recevoir sur cet appareil")
    toasts = page.locator(".toasts .toast")
    visitor.open("/notifications/choices")
    expect(page.get_by_text("Installez le site pour recevoir")).to_be_visible()
    expect(switch).to_be_hidden()

    device.install()
    page.reload()
    check_page(visitor, "the switch of a device")
    expect(switch).not_to_be_checked()
    switch.check()
    expect(toasts).to_contain_text("Cet appareil reçoit vos notifications.")
    assert device.rings()
    page.reload()
    expect(switch).to_be_checked()

    said = {"title": "Salut", "body": "Ça va ?", "url": "/bekk", "image": None}
    device.push(id=1, tag="n1", quiet=False, lang="fr", **said)
    (loud,) = wait_for_shown(device, 1)
    assert loud == {
        "title": "Salut",
        "body": "Ça va ?",
        "tag": "n1",
        "silent": False,
        "requireInteraction": True,
        "lang": "fr",
        "data": {"id": 1, "url": "/bekk"},
        "actions": ["Marquer comme lue"],
    }
    device.push(id=1, tag="n1", quiet=False, lang="fr", **said)  # told twice, shown once
    device.push(id=2, tag="n2", quiet=True, lang="en", **said)
    found = wait_for_shown(device, 2)
    (quiet,) = [one for one in found if one["tag"] == "n2"]
    assert (quiet["silent"], quiet["requireInteraction"]) == (True, False)
    assert quiet["actions"] == ["Mark as read"]

    number = device.told()
    device.push(id=number, tag=f"n{number}", quiet=False, lang="fr", **said)
    wait_for_shown(device, 3)
    device.press(f"n{number}", "read")
    wait_for_shown(device, 2)
    assert device.has_read(number)

    switch.uncheck()
    expect(toasts.last).to_contain_text("Cet appareil ne reçoit plus vos notifications.")
    assert not device.rings()
    switch.check()
    expect(switch).to_be_enabled()
    assert device.rings()
    page.locator(".bar-me").click()
    visitor.press("Se déconnecter")
    page.wait_for_url("**/auth_needed")
    assert not device.rings()


#: What a browser says before its owner chose: the one of a test has no one to ask.
UNDECIDED = """Object.defineProperty(Notification, "permission", {
  get: () => localStorage.getItem("answered") ?? "default",
});
Notification.requestPermission = async () => {
  localStorage.setItem("answered", "granted");
  return "granted";
};"""


def test_the_installed_site_asks_once(device: Device) -> None:
    visitor, page = device.visitor, device.page
    visitor.context.add_init_script(UNDECIDED)
    prompt = page.get_by_role("region", name="Recevoir les nouvelles sur cet appareil ?")
    visitor.open("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(prompt).to_be_hidden()

    device.install()
    page.reload()
    expect(prompt).to_be_visible()
    check_page(visitor, "the question about a device")
    visitor.press("Non merci")
    expect(prompt).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(prompt).to_be_hidden()
    assert not device.rings()

    page.evaluate("localStorage.clear()")
    page.reload()
    prompt.get_by_role("button", name="Recevoir").click()
    expect(prompt).to_be_hidden()
    assert device.rings()
    visitor.open("/notifications/choices")
    expect(page.get_by_role("switch")).to_be_checked()
    page.get_by_role("switch").uncheck()
    expect(page.locator(".toasts .toast").last).to_contain_text("ne reçoit plus")
    assert not device.rings()


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def test_on_an_iphone_one_is_told_to_install_the_site_first(
    chromium: Chromium, demo_site: Site
) -> None:
    with visiting(chromium, demo_site.serve(), width=PHONE, user_agent=IPHONE) as visitor:
        visitor.log_in("mperey", PASSWORD)
        visitor.open("/notifications/choices")

        expect(visitor.page.get_by_text("Ajoutez d'abord le site")).to_be_visible()
        expect(visitor.page.get_by_role("switch")).to_be_hidden()
        check_page(visitor, "a device that is an iPhone")
