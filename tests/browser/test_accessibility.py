"""Every page, for each kind of visitor: axe finds nothing, and the keyboard is enough."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from app.settings import ROOT
from tests.browser.site import INSIDE, MAC, OUTSIDE, Site
from tests.browser.visitor import DESK, HEIGHTS, NARROW, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: All its rules, the size of what one presses included, which it leaves out by default.
EVERYTHING = {"rules": {"target-size": {"enabled": True}}}
#: What depends on how pages look, by day or by night.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
#: Who opens the pages: the name they log in with, and the hardware address of their device.
VISITORS = {
    "stranger": (None, None),
    "newcomer": (None, MAC),
    "student": ("gcharpak", MAC),
    "homeless": ("ijoliot", MAC),
    "borrower": ("plangevi", "of someone else"),
    "resident": ("plangevi", None),
    "visitor": ("plangevi", MAC),
    "banned": ("hbecquer", None),
    "gri": ("mcurie", None),
    "barman": ("gcharpak", None),
    "manager": ("adebiern", None),
    "organiser": ("hlangevi", None),
    "clubs": ("mperey", None),
}
#: Who opens which page, and how the site answers when that is not 200.
PAGES = """
stranger  /auth_needed
stranger  /login
stranger  /login/second           409
stranger  /login/second/recovery  409
stranger  /register
stranger  /register/match
stranger  /register/rezident            403
stranger  /reset_password_request
stranger  /reset_password/wrong         404
stranger  /invitation/wrong             404
stranger  /contact?title=Aide
stranger  /help/
stranger  /help/residents
stranger  /help/gris
stranger  /help/accessibility
stranger  /legal
stranger  /changelog
stranger  /offline
stranger  /logout
stranger  /devices/error?reason=ip
stranger  /nowhere                      404
newcomer  /auth_needed?next=/
newcomer  /register
newcomer  /register/rezident
newcomer  /devices/error?reason=mac&step=3
newcomer  /connect_check
newcomer  /portal
newcomer  /connection
stranger  /connection
stranger  /rooms/contest/wrong         404
student   /
student   /rezident/activate
homeless  /
homeless  /profile/
homeless  /rooms/register
homeless  /rooms/register?hello=1
borrower  /devices/transfer?hello=1
resident  /
resident  /profile/
resident  /profile/modify_account
resident  /profile/update_password
resident  /profile/sessions
resident  /reauth
resident  /reauth/with_code
resident  /rooms/modify
resident  /rooms/terminate
resident  /devices/register
resident  /devices/modify
resident  /contact
resident  /logout
resident  /gris/                        403
visitor   /
visitor   /devices/register?hello=1
visitor   /connect_check?hello=1
banned    /
banned    /profile/
banned    /banned
resident  /connection
borrower  /connection
resident  /payments/
resident  /payments/pay
resident  /payments/pay/lydia/12months
resident  /payments/pay/card/12months
resident  /payments/pay/transfer/12months
resident  /payments/pay/cash/12months
gri       /gris/pceens/6/second_factor/reset
gri       /profile/second_factor
gri       /profile/second_factor/recovery
resident  /bar/me
resident  /bar/me/birth_date
resident  /bar/me/alert
resident  /club_q
resident  /club_q?compact=1
resident  /bar/qrcode
resident  /bar/recharge
resident  /bar/welcome
stranger  /bar/welcome
resident  /photos
resident  /photos/club_photo
resident  /photos/club_photo/sortie_aux_falaises
gri       /photos/club_photo/sortie_aux_falaises?edit
resident  /photos/recent
resident  /photos/search?q=falaises
gri       /photos?edit
gri       /photos/new
gri       /photos/club_photo?edit
gri       /photos/club_photo/delete
gri       /photos/club_photo/sortie_aux_falaises/edit
gri       /photos/club_photo/sortie_aux_falaises/upload
gri       /photos/club_photo/sortie_aux_falaises/move
gri       /photos/club_photo/sortie_aux_falaises/delete
resident  /photos/tags/me
gri       /photos/reports
gri       /gris/payments
gri       /gris/payments?status=refused
gri       /gris/payments/events
gri       /gris/payments/books
gri       /gris/payments/statement
gri       /gris/payments/1/revoke
gri       /gris/offers
gri       /gris/offers/3months
gri       /gris/pceens/6/payments/add
gri       /payments/1
gri       /gris/pceens/6
gri       /gris/pceens/6/connection
gri       /gris/pceens/1/devices/1
gri       /gris/contact_messages
gri       /gris/contact_messages?view=all
gri       /gris/contact_messages/1
gri       /gris/inbound_mails
gri       /gris/inbound_mails/1
gri       /profile/gri_card
gri       /gris/room_claims
gri       /gris/network
gri       /gris/status
gri       /gris/settings
gri       /gris/audit
gri       /gris/tasks
gri       /gris/tasks/retention.purge
gri       /gris/tasks/rooms.release-addresses
gri       /gris/tasks/runs
gri       /gris/tasks/runs/2
gri       /gris/tasks/runs/3
gri       /gris/jobs
gri       /gris/outbox
gri       /gris/outbox/1
gri       /gris/mails
gri       /gris/mails/account.invitation
gri       /gris/monitoring
gri       /
gri       /profile/
gri       /gris/
gri       /gris/pceens
gri       /gris/pceens/all
gri       /gris/pceens?q=nobody
gri       /gris/pceens/all?q=curje&columns=number,username,locale,roles
gri       /gris/pceens/add
gri       /gris/pceens/import
gri       /gris/pceens/6/edit
gri       /gris/pceens/6/disable
gri       /gris/pceens/6/history
gri       /gris/pceens/merge
gri       /gris/pceens/6/merge
gri       /gris/pceens/6/merge?other=7
gri       /gris/pceens/6/erase
resident  /profile/erase
gri       /gris/roles
gri       /gris/roles/1
gri       /gris/roles/1/delete
gri       /gris/roles/1/permissions
gri       /gris/roles/1/permissions?type=read&scope=pceen
gri       /gris/pceens/6/rights
barman    /bar/user/plangevi
barman    /bar/user/plangevi/top_up
barman    /bar/user/plangevi/deposit
barman    /bar/user/plangevi/deposit_refund
barman    /bar/search?q=a
barman    /bar/search?all=1
barman    /bar/me?view=client
barman    /bar/scan
barman    /bar/transactions/1/reverse
manager   /bar/user/plangevi
manager   /bar/user/plangevi/refund
manager   /bar/user/plangevi/adjust
manager   /bar/user/plangevi/edit
manager   /bar/items
manager   /bar/items?archived=1
manager   /bar/items/new
manager   /bar/items/1/edit
manager   /bar/items/4/stock
manager   /bar/items/inventory
manager   /bar/transactions
manager   /bar/stats
manager   /bar/stats?view=month
manager   /bar/stats?view=year
manager   /bar/export
manager   /bar/export?start=2026-11-20&end=2026-11-19&format=csv  422
manager   /bar/cash
manager   /bar/settings
manager   /bar/settings/history
organiser /club_q/pceens
organiser /club_q/voeux
organiser /club_q/mails
resident  /club_q/spectacles
resident  /club_q/spectacles/1
resident  /club_q/salles?season_id=all
resident  /club_q/salles/1
resident  /club_q/saisons
resident  /club_q/saisons/1
organiser /club_q/spectacles
organiser /club_q/spectacles?new=1
organiser /club_q/spectacles/1
organiser /club_q/spectacles/1?edit=1
organiser /club_q/salles?new=1
organiser /club_q/salles/1?edit=1
organiser /club_q/saisons?new=1
organiser /club_q/saisons/1
organiser /club_q/saisons/1?edit=1
organiser /club_q/saisons/1/delete
organiser /club_q/plaquettes
organiser /club_q/options
organiser /club_q/edit_text
organiser /club_q/attribution
organiser /club_q/attribution/compare
resident  /club_q/tirage/2
resident  /bekk?promo=0
resident  /bekk/search?q=cafe
resident  /bekk/reader/1
clubs     /bekk
clubs     /bekk/1/edit
clubs     /bekk/edit_text
stranger  /panier_bio
resident  /panier_bio
resident  /panier_bio?tab=past
stranger  /panier_bio/visitor/wrong     404
clubs     /panier_bio
clubs     /panier_bio/admin
clubs     /panier_bio/admin?q=a
clubs     /panier_bio/admin/orders/1
clubs     /panier_bio/admin/figures
clubs     /panier_bio/admin/periods
clubs     /panier_bio/admin/periods/1
clubs     /panier_bio/edit_text
stranger  /theatre
stranger  /theatre/1
clubs     /theatre/admin
clubs     /theatre/admin/saison/1
clubs     /theatre/admin/saison/new
clubs     /theatre/admin/saison/edit/1
clubs     /theatre/admin/saison/delete/1
clubs     /theatre/admin/spectacle/1
clubs     /theatre/admin/spectacle/new/1
clubs     /theatre/admin/spectacle/edit/1
clubs     /theatre/admin/spectacle/delete/1
clubs     /theatre/admin/representation/new/1
clubs     /theatre/admin/representation/delete/1
clubs     /theatre/edit_text
clubs     /banners/admin
clubs     /banners/new
clubs     /banners/edit/1
clubs     /banners/presets
clubs     /banners/presets/new
clubs     /banners/presets/edit/1
resident  /calendar/
resident  /calendar/feeds
resident  /calendar/events/1
clubs     /calendar/events/new
clubs     /calendar/events/1/edit
clubs     /calendar/events/1/delete
clubs     /calendar/admin
clubs     /calendar/admin/club/new
clubs     /calendar/admin/club/edit/3
clubs     /calendar/admin/club/delete/3
resident  /notifications/
resident  /notifications/choices
clubs     /notifications/
clubs     /gris/push_notifications
gri       /gris/push_notifications
gri       /gris/push_notifications/1
"""
#: Those looked at in both widths, whatever the colours: they hold all that is only in one.
MAIN = ("/", "/login", "/profile/", "/rooms/register?hello=1", "/gris/pceens", "/gris/roles")
#: What has an address and is no page.
NOT_PAGES = {
    "contact.captcha",
    "notifications.vapid_public_key",  # for scripts, and only where the site has keys
    "gris.people_style",  # a style sheet
    "gris_api.scope_elements",
    "home.change_password",
    "home.favicon",
    "operations.healthz",
    "operations.livez",
    "operations.metrics",
    "operations.readyz",
    "operations.run_script",  # leads to the tasks
    "operations.task_output",  # a file
    "operations_api.run",
    "home.manifest",
    "home.service_worker",  # a script
    "home.robots",
    "home.security",  # a text for who found a fault
    "home.wide_world",
    "intrarez.bandwidthd",  # a frame around what is not ours
    "intrarez.captive_portal",
    "intrarez.darkstat",
    "intrarez.monitoring_auth",
    "lives.download_export",  # a file
    "intrarez.unpaid",  # nobody of the demonstration has to pay
    *("photos.api_people", "photos.api_targets"),
    *("photos.api_album", "photos.more"),
    *("photos.archive", "photos.edit_collection"),  # a file; leads to the collection
    *("photos.file", "photos.large", "photos.thumb", "photos.cover"),  # pictures, and their gates
    *("photos.file_gate", "photos.large_gate", "photos.thumb_gate", "photos.cover_gate"),
    "photos.photo",  # where it is is random: test_photos_gallery.py
    "photos.edit_photo",  # where it is is random: test_photos_upload.py
    *("photos.photo_tags", "photos.report_photo"),  # where they are is random: test_photo_people.py
    "photos.confirm_report",  # a sentence and a button, behind a signed link
    "payments.fail",  # the page of a payment, with another sentence
    "payments.receipt",
    "payments.success",
    "intrarez.api_connection",
    *("sso.finish", "sso.link_mailed", "sso.login", "sso.prove"),  # with a school: test_sso.py
    "sso.metadata",
    *("club_q.pceen", "club_q.my_page"),  # whose number is random: test_club_q_wishes.py
    *("bar.api_customer", "bar.api_search"),
    *("bar.api_day", "bar.api_months"),
    "bar.index",  # leads to one's account, or to the statistics
    *("bar.avatar", "bar.avatar_file"),  # pictures
    *("club_q.plaquette_door", "club_q.plaquette_file"),  # likewise
    "club_q.reader",  # the worker draws what is read: test_club_q_reader.py
    *("bar.by_code", "bar.qrcode_png", "bar.customer_code"),  # leads to a client; a picture
    *("bar.top_up_state", "bar.lydia_success", "bar.lydia_fail"),  # test_bar_client.py
    *("bar.api_top_up_state", "bar.top_up_receipt"),
    *("club_q.run", "club_q.api_run"),  # test_club_q_attribution.py
    *("club_q.run_export", "club_q.tirage_data"),  # files
    "club_q.image_file",  # a picture
    *("club_q.payments_excel", "club_q.invoice"),  # files
    *("club_q.spectacle_pdf", "club_q.spectacle_excel"),
    *("club_q.season_pdfs", "club_q.season_excels"),
    *("club_q.voeu", "club_q.mail"),  # whose numbers are random
    *("bekk.file", "bekk.door", "bekk.progress", "bekk.texts"),
    *("panier_bio.pickup", "panier_bio.export"),  # of a day: test_panier_staff.py; a file
    "panier_bio.visitor",  # behind a link: test_panier_orders.py
    *("theatre.calendar", "theatre.play_calendar", "theatre.poster"),  # files
    *("calendar.api_events", "calendar.feed"),  # for scripts; a file
    "notifications.navbar",  # what the bell holds
    *("banners.image", "banners.download", "banners.looks"),  # files
    "club_q.draws",  # leads to the draw of the season
    "static",
}

#: Does what the switch of the footer does, with the new colours there at once.
DARK = """() => {
  const still = new CSSStyleSheet();
  still.replaceSync("*, ::before, ::after { transition: none !important; }");
  document.adoptedStyleSheets = [still];
  document.documentElement.dataset.bsTheme = "dark";
}"""
#: What has the focus, if anything; and whether one sees it, nothing above it.
FOCUS = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return [null, false];
  const style = getComputedStyle(it);
  const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
  const box = it.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return [it.outerHTML, ringed && at !== null && (it.contains(at) || at.contains(it))];
}"""


class Opened(NamedTuple):
    """A page, who opens it, and how the site answers."""

    kind: str
    path: str
    status: int = 200

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"


def opened() -> list[Opened]:
    lines = [line.split() for line in PAGES.split("\n") if line]
    return [Opened(kind, path, *map(int, status)) for kind, path, *status in lines]


Come = Callable[[str], Visitor]


@pytest.fixture(scope="module")
def come(chromium: Browser, demo_site: Site) -> Iterator[Come]:
    """Visitors of each kind, who log in once: ``come("gri")``."""
    present: dict[str, Visitor] = {}
    with ExitStack() as stack:

        def _come(kind: str) -> Visitor:
            if kind not in present:
                name, mac = VISITORS[kind]
                if mac == "of someone else":
                    mac = _registered_mac(demo_site)
                visitor = stack.enter_context(
                    visiting(chromium, demo_site.serve(mac), address=INSIDE if mac else OUTSIDE)
                )
                if name:
                    visitor.log_in(name, PASSWORD)
                present[kind] = visitor
            return present[kind]

        yield _come


def _registered_mac(site: Site) -> str:
    rules = site.flask("dhcp", "generate", "--output", "-")
    found = re.search(r"hardware ethernet (\S+);", rules)
    assert found is not None
    return found[1]


def faults_of(visitor: Visitor, options: dict[str, Any]) -> list[str]:
    """What axe finds wrong with the page, which has loaded it."""
    run = "(options) => axe.run(document, {resultTypes: ['violations'], ...options})"
    result: dict[str, Any] = visitor.page.evaluate(run, options)
    return [
        f"{fault['id']}: {node['html'][:200]} {node['failureSummary']}"
        for fault in result["violations"]
        for node in fault["nodes"]
    ]


def check_page(visitor: Visitor, where: str, *, widths: Sequence[int] = (PHONE, DESK)) -> None:
    """Look at all of the page that is open, in these widths; nothing sticks out in any."""
    bring_axe(visitor)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
    for width in widths:
        look_from(visitor, width)
        assert faults_of(visitor, EVERYTHING) == [], f"{where}, {width} px"
    for width in (NARROW, DESK):
        look_from(visitor, width)
        assert sticking_out(visitor) == [], f"{where}, {width} px"


def check_colours(visitor: Visitor, where: str, *widths: int) -> None:
    """Look at the colours of the page that is open."""
    bring_axe(visitor)
    for width in widths:
        look_from(visitor, width)
        assert faults_of(visitor, COLOURS) == [], f"{where}, {width} px"


def bring_axe(visitor: Visitor) -> None:
    """Load it in the page that is open, unless it is there already."""
    if not visitor.page.evaluate("'axe' in window"):
        visitor.page.evaluate(AXE.read_text())


def look_from(visitor: Visitor, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})


def sticking_out(visitor: Visitor) -> object:
    """What makes the page slide sideways: all that goes beyond its right edge, if it does."""
    return visitor.page.evaluate(
        """() => {
          const root = document.documentElement;
          if (root.scrollWidth <= root.clientWidth) return [];
          return [...document.body.querySelectorAll("*")]
            .filter((e) => e.getBoundingClientRect().right > root.clientWidth)
            .map((e) => e.outerHTML.slice(0, 120));
        }"""
    )


@pytest.mark.parametrize("page", opened(), ids=str)
def test_axe_finds_nothing_in_a_page_and_nothing_sticks_out(page: Opened, come: Come) -> None:
    visitor = come(page.kind)
    visitor.wear("light")
    visitor.open(page.path, status=page.status)
    is_main = page.path in MAIN
    check_page(visitor, f"{page}, light", widths=(PHONE, DESK) if is_main else (PHONE,))
    if is_main:
        visitor.wear("dark")
        visitor.open(page.path, status=page.status)
    else:  # to open it again takes longer, and shows the same
        visitor.page.evaluate(DARK)
    check_colours(visitor, f"{page}, dark", *((PHONE, DESK) if is_main else (DESK,)))


def test_every_page_of_the_site_is_looked_at(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    secret = {"account.invitation", "account.reset_password", "account.confirm_email"}
    secret.add("intrarez.contest_room")  # test_network.py
    of_factors = ("confirm_totp", "rename_factor", "reauth_with_recovery")
    secret.update(f"account.{name}" for name in of_factors)  # test_second_factor.py
    seen = {adapter.match(urlsplit(page.path).path)[0] for page in opened() if page.status != 404}
    shown = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    assert shown - seen - secret - NOT_PAGES == set()


def test_axe_finds_nothing_in_the_pages_of_secret_links(
    come: Come, chromium: Browser, demo_site: Site
) -> None:
    stranger = come("stranger")
    who = ["--prenom", "Lise", "--nom", "Meitner", "--promo", "130", "--email", "lm@example.org"]
    invitation = demo_site.flask("pceens", "create", *who).strip().splitlines()[-1]
    stranger.open("/reset_password_request")
    stranger.fill({"E-mail": "fjoliot@example.org"})
    stranger.press("M'envoyer le lien")
    with visiting(chromium, demo_site.serve()) as alumnus:
        alumnus.log_in("fjoliot", PASSWORD)
        alumnus.open("/profile/modify_account")
        alumnus.fill({"E-mail": "frederic@example.org"})
        alumnus.press("Enregistrer")
        confirmation = demo_site.link_mailed("confirm_email")

        alumnus.open(confirmation)
        check_page(alumnus, "confirmation")
        alumnus.open(urlsplit(invitation).path)
        check_page(alumnus, "log out first")
    for path in (urlsplit(invitation).path, demo_site.link_mailed("reset_password")):
        stranger.open(path)
        check_page(stranger, path)


@pytest.mark.parametrize(
    ("kind", "path", "button"),
    [
        ("stranger", "/login", "Me connecter"),
        ("newcomer", "/register/rezident", "Créer mon compte"),
        ("homeless", "/rooms/register?hello=1", "Prendre cette chambre"),
        ("resident", "/devices/register", "Enregistrer l'appareil"),
    ],
)
def test_what_is_wrong_in_a_form_is_read_first(
    kind: str, path: str, button: str, come: Come
) -> None:
    visitor = come(kind)
    visitor.wear("light")
    visitor.open(path)

    with visitor.expecting(422):
        visitor.press(button)
        summary = visitor.page.locator(".error-summary")
        expect(summary).to_be_focused()

    check_page(visitor, path)
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    focused = visitor.page.locator(":focus")
    expect(focused).to_have_attribute("aria-invalid", "true")


def test_the_first_tab_leads_to_the_content(come: Come) -> None:
    visitor = come("resident")
    visitor.open("/")

    visitor.page.keyboard.press("Tab")
    link = visitor.page.locator(":focus")
    expect(link).to_have_text("Aller au contenu")
    expect(link).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator("main")).to_be_focused()


def test_the_menu_of_the_account_opens_and_closes_with_the_keyboard(come: Come) -> None:
    visitor = come("resident")
    visitor.open("/")
    button = visitor.page.locator("summary", has_text="Mon compte")
    entry = visitor.page.get_by_role("link", name="Mon profil", exact=True)

    button.focus()
    visitor.page.keyboard.press("Enter")
    expect(entry).to_be_visible()
    visitor.page.keyboard.press("Tab")
    expect(entry).to_be_focused()
    visitor.page.keyboard.press("Escape")

    expect(entry).to_be_hidden()
    expect(button).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/profile/", "/gris/pceens"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_each_thing_that_takes_the_focus_is_seen_with_it(path: str, width: int, come: Come) -> None:
    visitor = come("gri")
    look_from(visitor, width)
    visitor.open(path)

    met: list[str] = []
    while len(met) < 250:
        visitor.page.keyboard.press("Tab")
        html, is_seen = visitor.page.evaluate(FOCUS)
        if html is None or html in met[:1]:
            break
        assert is_seen, html
        met.append(html)

    assert len(met) > 10
