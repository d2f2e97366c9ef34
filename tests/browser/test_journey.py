"""The journey that all is made for: a new resident, a device in hand, and then Internet."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.core.addresses import AddressPlan
from app.integrations import dhcp_server
from app.modules.intrarez.rules import dhcp
from tests.browser.site import INSIDE, MAC, Site
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

PASSWORD = "un pinceau dans la soupe"
#: How long the worker may take to write the rules, in seconds.
PATIENCE = 15


class Resident(NamedTuple):
    """Someone new, with a browser of their own kind."""

    prenom: str
    nom: str
    room: int
    mac: str
    #: The address that their device is to have.
    address: str
    locale: str
    width: int
    #: Empty where the browser runs none.
    scripts: str
    #: The server that is asked what it thinks of the rules; if it is empty, we are.
    server: str

    def __str__(self) -> str:
        return f"{self.room} {self.locale} {self.width}px {self.scripts or 'no scripts'}"


#: Each language meets each width, and both do with scripts and without.
RESIDENTS = [
    Resident("Ada", "Lovelace", 312, MAC, "10.0.3.12", "fr", PHONE, "scripts", "dhcpd"),
    Resident("Emmy", "Noether", 101, "a4:83:e7:5d:60:71", "10.0.1.1", "en", DESK, "scripts", "kea"),
    Resident("Maryam", "Riazi", 716, "f0:18:98:0a:00:01", "10.0.7.16", "fr", DESK, "", "dnsmasq"),
    Resident("Chien", "Wu", 226, "00:1b:63:0a:00:02", "10.0.2.26", "en", PHONE, "", ""),
]


@pytest.fixture(scope="module")
def gri(chromium: Browser, new_site: Site) -> Iterator[Visitor]:
    """A GRI, made from a terminal, who followed their invitation; far from the residence."""
    origin = new_site.serve()
    who = ["--prenom", "Grace", "--nom", "Hopper", "--promo", "120", "--email", "gh@example.org"]
    link = new_site.flask("pceens", "create", *who).strip().splitlines()[-1]
    new_site.flask("gris", "add", "gh@example.org")
    with visiting(chromium, origin) as gri:
        gri.page.goto(link)
        expect(gri.page.get_by_role("heading", level=1)).to_have_text("Bienvenue, Grace !")
        gri.fill({"Nouveau mot de passe": PASSWORD})
        gri.fill({"Nouveau mot de passe, encore une fois": PASSWORD})
        gri.press("Entrer")
        expect(gri.page.get_by_role("heading", level=1)).to_have_text("Bonjour Grace")
        yield gri


@pytest.mark.parametrize("resident", RESIDENTS, ids=str)
def test_a_new_resident_gets_internet_and_a_gri_sees_them(
    resident: Resident, chromium: Browser, new_site: Site, gri: Visitor
) -> None:
    origin = new_site.serve(resident.mac)

    with visiting(
        chromium,
        origin,
        address=INSIDE,
        locale=resident.locale,
        width=resident.width,
        scripts=bool(resident.scripts),
    ) as visitor:
        _register(visitor, resident)
        _take_room(visitor, resident)
        _register_device(visitor, resident)
        _wait_for_internet(visitor, resident, new_site)

    _check_rules(resident, new_site)
    gri.open("/gris/pceens")
    gri.fill({"Chercher quelqu'un": str(resident.room)})
    gri.press("Chercher")
    rows = gri.page.get_by_role("row").filter(has_text=f"{resident.prenom} {resident.nom}")
    expect(rows).to_have_count(1)
    expect(rows.get_by_role("cell", name=str(resident.room), exact=True)).to_be_visible()


def _heading(visitor: Visitor, sentence: str) -> None:
    heading = visitor.page.get_by_role("heading", level=1)
    expect(heading).to_have_text(visitor.say(sentence))
    expect(visitor.page.locator("html")).to_have_attribute("lang", visitor.locale)


def _register(visitor: Visitor, resident: Resident) -> None:
    visitor.page.goto("/")
    assert "/auth_needed" in visitor.page.url
    _heading(visitor, "Bienvenue sur PC est magique")
    visitor.follow("Créer un compte")
    visitor.follow("Créer mon compte de Rezident")
    _heading(visitor, "Créer mon compte")
    visitor.fill(
        {
            "Prénom": resident.prenom,
            "Nom": resident.nom,
            "Promo": "145",
            "E-mail": f"{resident.nom}@example.org".lower(),
            "Mot de passe": PASSWORD,
            "Mot de passe, encore une fois": PASSWORD,
        }
    )
    visitor.press("Créer mon compte")


def _take_room(visitor: Visitor, resident: Resident) -> None:
    hello = visitor.say("Bonjour %(prenom)s", prenom=resident.prenom)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(hello)
    visitor.follow("Prendre ma chambre")
    _heading(visitor, "Quelle est votre chambre ?")
    visitor.fill({"Numéro de la chambre": str(resident.room)})
    visitor.press("Prendre cette chambre")


def _register_device(visitor: Visitor, resident: Resident) -> None:
    """The address of the device is known: it is shown, and nobody is asked to type it."""
    _heading(visitor, "Enregistrer cet appareil")
    expect(visitor.page.get_by_text(resident.mac, exact=True)).to_be_visible()
    expect(visitor.field("Adresse physique de l'appareil")).to_have_count(0)
    expect(visitor.page.locator('[aria-current="step"]')).to_contain_text(visitor.say("Appareil"))
    visitor.fill({"Nom de l'appareil": "Portable", "Type d'appareil": "Chromebook"})
    visitor.press("Enregistrer l'appareil")


def _wait_for_internet(visitor: Visitor, resident: Resident, site: Site) -> None:
    """Once the rules are written one reconnects, with the new address: then it is there."""
    _heading(visitor, "Votre connexion à Internet")
    assert "/connect_check" in visitor.page.url
    deadline = time.monotonic() + PATIENCE
    while not _is_served(resident, site):
        assert time.monotonic() < deadline, site.log()
        time.sleep(0.1)
    status = visitor.page.locator("[data-connection-message]")
    reconnect = visitor.say(
        "C'est prêt ! Coupez le Wi-Fi ou débranchez le câble, puis reconnectez-vous."
    )
    _soon(visitor, status, reconnect)
    visitor.come_from(resident.address)
    _soon(visitor, status, visitor.say("Votre appareil est connecté à Internet."))
    expect(visitor.page.get_by_role("link", name=visitor.say("Voir Internet"))).to_be_visible()
    expect(visitor.page.locator(".step.is-done")).to_have_count(4)
    expect(visitor.page.locator('[aria-current="step"]')).to_have_count(0)


def _soon(visitor: Visitor, status: Locator, sentence: str) -> None:
    """The page comes to say it: by itself with scripts, else when it is loaded again."""
    deadline = time.monotonic() + PATIENCE
    while not visitor.scripts and status.text_content() != sentence:
        assert time.monotonic() < deadline, f"{status.text_content()!r} is not {sentence!r}"
        visitor.page.reload()
    expect(status).to_have_text(sentence)


def _is_served(resident: Resident, site: Site) -> bool:
    text = site.rules.read_text() if site.rules.exists() else ""
    hosts = {(host.mac, host.address) for host in dhcp.parse(text, "dhcpd")} if text else set()
    return (resident.mac, resident.address) in hosts


def _check_rules(resident: Resident, site: Site) -> None:
    """The project accepts the rules that are served, or a server those of its format."""
    if not resident.server:
        site.flask("dhcp", "check")
        return
    output = site.folder / f"rules.{resident.server}"
    site.flask("dhcp", "generate", "--format", resident.server, "--output", str(output))
    text = output.read_text()
    assert resident.mac in text
    assert resident.address in text
    assert dhcp_server.check_with_server(resident.server, text, AddressPlan.parse()) is None
