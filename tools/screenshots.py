"""Take the pictures of the README, of a site with the demonstration: ``make screenshots``.

    python -m tools.screenshots [FOLDER]

Writes ``docs/screenshots/*.png``, or in *FOLDER*. Needs Chromium (``CHROMIUM``
says where it is, if it is not on the path) and the requirements of developers.
The site is made for the occasion, on SQLite, and removed with it.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, expect

from app.modules.account.demo import PASSWORD
from app.settings import ROOT
from tests.browser.chromium import MISSING, find, launched
from tests.browser.site import INSIDE, MAC, OUTSIDE, Site, running_site
from tests.browser.visitor import DESK, PHONE, Visitor

FOLDER = ROOT / "docs" / "screenshots"
#: A README is to be light: what a picture may weigh, in bytes.
HEAVIEST = 150_000


class Picture(NamedTuple):
    """A page, how it is called, and who sees it how."""

    name: str
    path: str
    width: int
    mode: str
    #: Who logs in, of the demonstration; nobody if it is empty.
    who: str = ""
    #: Whether they are in the residence, with a device that nobody registered.
    inside: bool = False


_ALBUM = "/photos/club_photo/sortie_aux_falaises"
PICTURES = (
    Picture("welcome-phone-light", "/auth_needed", PHONE, "light", inside=True),
    Picture("register-phone-dark", "/register/rezident", PHONE, "dark", inside=True),
    Picture(
        "device-phone-light", "/devices/register?hello=1", PHONE, "light", "plangevi", inside=True
    ),
    Picture("home-phone-dark", "/", PHONE, "dark", "plangevi"),
    Picture("home-desk-light", "/", DESK, "light", "plangevi"),
    Picture("profile-desk-dark", "/profile/", DESK, "dark", "plangevi"),
    Picture("pceens-desk-light", "/gris/pceens?sort=nom", DESK, "light", "mcurie"),
    Picture("portal-phone-light", "/portal", PHONE, "light", inside=True),
    Picture("why-phone-dark", "/connection", PHONE, "dark", "plangevi", inside=True),
    Picture("banned-phone-light", "/banned", PHONE, "light", "hbecquer"),
    Picture("monitoring-desk-dark", "/gris/monitoring", DESK, "dark", "mcurie"),
    Picture("roles-desk-dark", "/gris/roles", DESK, "dark", "mcurie"),
    Picture("pay-phone-light", "/payments/pay", PHONE, "light", "plangevi"),
    Picture("transfer-phone-dark", "/payments/pay/transfer/12months", PHONE, "dark", "plangevi"),
    Picture("books-desk-light", "/gris/payments/books", DESK, "light", "mcurie"),
    Picture("contact-phone-light", "/contact", PHONE, "light"),
    Picture("status-desk-light", "/gris/status", DESK, "light", "mcurie"),
    Picture("tasks-desk-dark", "/gris/tasks", DESK, "dark", "mcurie"),
    Picture("photos-phone-light", "/photos", PHONE, "light", "plangevi"),
    Picture("album-phone-dark", f"{_ALBUM}?edit", PHONE, "dark", "mcurie"),
    Picture("viewer-phone-dark", f"{_ALBUM}#2", PHONE, "dark", "plangevi"),
    Picture("counter-phone-dark", "/bar/user/plangevi", PHONE, "dark", "gcharpak"),
    Picture("bar-phone-light", "/bar/me", PHONE, "light", "plangevi"),
    Picture("bar-stats-desk-light", "/bar/stats", DESK, "light", "adebiern"),
    Picture("bekk-phone-light", "/bekk?promo=0", PHONE, "light", "plangevi"),
    Picture("basket-phone-dark", "/panier_bio", PHONE, "dark", "plangevi"),
    Picture("theatre-phone-dark", "/theatre", PHONE, "dark"),
    Picture("calendar-desk-light", "/calendar/", DESK, "light", "plangevi"),
    Picture("calendar-phone-dark", "/calendar/", PHONE, "dark", "plangevi"),
    Picture("notifications-phone-light", "/notifications/choices", PHONE, "light", "plangevi"),
)


def main() -> int:
    """Take them all; the number of those that are too heavy is the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().folder
    path = find()
    if path is None:
        parser.error(MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-") as home,
        running_site(Path(home), demo="school") as site,
        launched(path) as chromium,
    ):
        sizes = [take(chromium, site, picture, folder) for picture in PICTURES]
    return sum(size > HEAVIEST for size in sizes)


def take(chromium: Browser, site: Site, picture: Picture, folder: Path) -> int:
    """Take a picture, and return what it weighs."""
    origin = site.serve(MAC if picture.inside else None)
    address = INSIDE if picture.inside else OUTSIDE
    visitor = Visitor(chromium, origin, address=address, width=picture.width)
    if picture.who:
        visitor.log_in(picture.who, PASSWORD)
    visitor.wear(picture.mode)
    path, _, place = picture.path.partition("#")
    visitor.open(path)
    if place:
        visitor.page.evaluate("(place) => { location.hash = place; }", place)
        visitor.page.wait_for_timeout(1000)  # what opens moves
    expect(visitor.page.locator(".toasts > *")).to_have_count(0)
    visitor.page.wait_for_load_state("networkidle")  # photos come after the page
    target = folder / f"{picture.name}.png"
    visitor.page.screenshot(path=target, animations="disabled")
    visitor.close()
    size = target.stat().st_size
    verdict = "  too heavy" if size > HEAVIEST else ""
    print(f"{target.name:26} {size / 1000:6.0f} kB{verdict}")  # noqa: T201  # a command
    return size


if __name__ == "__main__":
    sys.exit(main())
