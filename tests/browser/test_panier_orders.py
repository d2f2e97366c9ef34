"""Ordering baskets: someone on a phone, a visitor at a desk, and without any script."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from app.core import clock
from app.core.captcha import PATIENCE as TO_WAIT
from app.enums import BasketStatus
from app.models import (
    OrderPanierBio,
    PanierBioDate,
    PanierBioDisabledDay,
    PCeen,
    PeriodPanierBio,
)
from app.modules.account.demo import PASSWORD
from app.modules.panier_bio.choices import ACCESS, CAPACITY, DAY, PRICE
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import check_colours, check_page
from tests.browser.visitor import DESK, NARROW, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

MEMBER = "plangevi"
FIELDS = {
    "Prénom": "Rosalind",
    "Nom": "Franklin",
    "Votre e-mail": "rosalind@example.org",
    "Service ou laboratoire": "LBC",
    "Téléphone": "01 40 79 44 00",
}
VERIFIED = "C'est vérifié : vous pouvez envoyer."
CONSENT = "J'accepte que ces informations servent à préparer mes paniers"


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, and a dozen weeks of baskets to come."""
    with running_site(tmp_path_factory.mktemp("baskets"), name="baskets", demo="small") as site:
        furnish(site)
        yield site


def furnish(site: Site) -> None:
    """Open the orders of a period of its own: the second date is nearly full, the third is."""
    first = clock.today() + timedelta(days=3)
    engine = sa.create_engine(site.database_url)
    with Session(engine) as session:
        for model in (OrderPanierBio, PanierBioDisabledDay, PanierBioDate, PeriodPanierBio):
            session.execute(sa.delete(model))
        ACCESS.set(session, True)  # noqa: FBT003  # the signature is that of every choice
        CAPACITY.set(session, 30)
        DAY.set(session, first.isoweekday())
        PRICE.set(session, 800)
        end = first + timedelta(weeks=13)
        session.add(PeriodPanierBio(start_date=first, end_date=end, active=True))
        session.commit()
    engine.dispose()


def live(site: Site, *, email: str | None = None) -> list[BasketStatus]:
    """The states of the baskets of a visitor, or of the member, but for the cancelled ones."""
    engine = sa.create_engine(site.database_url)
    stmt = sa.select(OrderPanierBio.status).where(
        OrderPanierBio.status != BasketStatus.cancelled, OrderPanierBio.email == email
    )
    if email is None:
        stmt = stmt.join(PCeen, PCeen.id == OrderPanierBio.pceen_id)
        stmt = stmt.where(PCeen.username == MEMBER)
    with engine.connect() as connection:
        found = list(connection.scalars(stmt))
    engine.dispose()
    return found


def limit(site: Site, rank: int, capacity: int) -> None:
    """Give a capacity of its own to a date, by its rank among the offered ones."""
    engine = sa.create_engine(site.database_url)
    with Session(engine) as session:
        (first,) = session.scalars(sa.select(PeriodPanierBio.start_date))
        session.merge(PanierBioDate(date=first + timedelta(weeks=rank), capacity=capacity))
        session.commit()
    engine.dispose()


def choose(visitor: Visitor, *ranks: int) -> None:
    boxes = visitor.page.locator('[name="dates[]"]')
    for rank in ranks:
        boxes.nth(rank).check()


def send(visitor: Visitor) -> None:
    visitor.page.locator("[data-basket-send]").click()


@pytest.mark.parametrize(("width", "mode"), [(PHONE, "light"), (DESK, "dark")])
def test_a_member_orders_three_baskets_and_cancels_one(
    chromium: Browser, site: Site, width: int, mode: str
) -> None:
    with visiting(chromium, site.serve(), width=width) as member:
        member.wear(mode)
        member.log_in(MEMBER, PASSWORD)
        member.open("/panier_bio")
        before = len(live(site))
        choose(member, 0, 1)
        button = member.page.locator("[data-basket-send]")
        expect(button).to_have_text(re.compile(r"Commander 2 paniers · 16,00\s€"))
        choose(member, 2)
        expect(button).to_have_text(re.compile(r"Commander 3 paniers · 24,00\s€"))

        with member.expecting(422):
            send(member)
            expect(member.page.locator(".error-summary")).to_be_focused()
        expect(member.page.locator('[name="dates[]"]:checked')).to_have_count(3)
        check_page(member, "an order without consent")
        member.field(CONSENT).check()
        send(member)

        expect(member.page.get_by_text("3 paniers commandés.")).to_be_visible()
        assert len(live(site)) == before + 3
        check_page(member, "orders to come")
        check_colours(member, "orders to come")
        member.page.on("dialog", lambda dialog: dialog.accept())
        member.page.locator(".basket-order").first.get_by_role("button", name="Annuler").click()
        expect(member.page.get_by_text("est annulé.")).to_be_visible()
        assert len(live(site)) == before + 2


def test_a_visitor_orders_confirms_by_the_mail_and_deletes(chromium: Browser, site: Site) -> None:
    with visiting(chromium, site.serve(), address="192.0.2.50", width=PHONE) as visitor:
        visitor.open("/panier_bio")
        visitor.fill(FIELDS)
        choose(visitor, 3, 4)
        visitor.field(CONSENT).check()
        expect(visitor.page.locator("[data-captcha-state]")).to_have_text(VERIFIED)
        check_page(visitor, "an order of a visitor")
        send(visitor)
        expect(visitor.page.get_by_text("60 minutes")).to_be_visible()
        assert live(site, email="rosalind@example.org") == [BasketStatus.pending] * 2

        link = site.link_mailed("panier_bio/visitor")
        visitor.open(link)
        check_page(visitor, "a link to confirm")
        visitor.press("Confirmer ma commande")
        expect(visitor.page.get_by_text("2 paniers confirmés.")).to_be_visible()
        check_page(visitor, "a confirmed order")
        visitor.page.on("dialog", lambda dialog: dialog.accept())
        visitor.page.locator(".basket-order").first.get_by_role("button", name="Annuler").click()
        expect(visitor.page.get_by_text("est annulé.")).to_be_visible()
        assert live(site, email="rosalind@example.org") == [BasketStatus.confirmed]


def test_a_full_date_is_waited_for_in_english_and_fits_the_narrowest_screen(
    chromium: Browser, site: Site
) -> None:
    limit(site, 5, 0)
    limit(site, 6, 1)
    with visiting(chromium, site.serve(), width=NARROW, locale="fr") as member:
        member.log_in("gcharpak", PASSWORD)
        member.open("/panier_bio")
        choose(member, 6)
        member.field(CONSENT).check()
        send(member)
        expect(member.page.get_by_text("1 panier commandé.")).to_be_visible()
    with visiting(chromium, site.serve(), width=NARROW) as member:
        member.log_in("ijoliot", PASSWORD)
        member.open("/panier_bio")
        full = member.page.locator("[data-full]")
        expect(full).to_have_count(1)
        full.check()
        expect(member.page.locator("[data-basket-send]")).to_have_text(
            "M'inscrire sur la liste d'attente"
        )
        member.field(CONSENT).check()
        check_page(member, "a date to wait for")
        send(member)
        expect(member.page.get_by_text("en liste d'attente", exact=True).first).to_be_visible()


def test_without_scripts_a_visitor_waits_and_orders(chromium: Browser, site: Site) -> None:
    with visiting(
        chromium, site.serve(), address="192.0.2.51", width=PHONE, scripts=False
    ) as visitor:
        visitor.open("/panier_bio")
        visitor.fill(FIELDS | {"Votre e-mail": "slow@example.org"})
        choose(visitor, 7)
        visitor.field(CONSENT).check()
        with visitor.expecting(422):
            send(visitor)
        expect(visitor.page.locator("[data-captcha-state]")).to_contain_text("Attendez")
        expect(visitor.field("Prénom")).to_have_value("Rosalind")
        time.sleep(TO_WAIT)
        send(visitor)
        expect(visitor.page.get_by_text("60 minutes")).to_be_visible()
        assert live(site, email="slow@example.org") == [BasketStatus.pending]
