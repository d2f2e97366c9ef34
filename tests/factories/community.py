"""Issues of the Bekk, baskets, plays."""

from datetime import date, timedelta
from typing import Any

import factory

from app.core import clock
from app.enums import (
    BasketPayment,
    BasketStatus,
    DocumentState,
    PermissionScope as S,
    PermissionType as T,
)
from app.models import (
    Bekk,
    BekkPage,
    OrderPanierBio,
    PCeen,
    PeriodPanierBio,
    Representation,
    Saison,
    Spectacle,
)
from app.modules.bekk.rules.search import search_key
from app.modules.panier_bio.choices import ACCESS
from tests.factories.base import Factory, current
from tests.factories.people import PCeenFactory, role_with


class BekkFactory(Factory):
    """An issue that is not drawn yet, and has no file."""

    class Meta:
        model = Bekk

    name = factory.Sequence(lambda n: f"Bekk {n}")
    name_key = factory.LazyAttribute(lambda one: search_key(one.name))
    promo = 144
    date = factory.Sequence(lambda n: date(2026, 1, 1) + timedelta(days=n % 300))
    original_name = "bekk.pdf"
    file = factory.Sequence(lambda n: f"issue-{n:032x}.pdf")
    size = 9
    sha256 = "0" * 64
    page_count = 1


def draw_issue(issue: Bekk, *texts: str) -> Bekk:
    """Have an issue be read, with a page for each text; its pictures are not there."""
    session = current()
    issue.page_count, issue.state = len(texts), DocumentState.ready
    issue.shown_revision = issue.revision
    session.add_all(
        BekkPage(
            bekk_id=issue.id,
            revision=issue.revision,
            number=number,
            width=1600,
            height=2265,
            text=text,
            text_key=search_key(text),
        )
        for number, text in enumerate(texts, start=1)
    )
    session.commit()
    return issue


class PeriodFactory(Factory):
    """An active period: today and the next thirty days."""

    class Meta:
        model = PeriodPanierBio

    start_date = factory.LazyFunction(clock.today)
    end_date = factory.LazyAttribute(lambda one: one.start_date + timedelta(days=30))
    active = True


class BasketFactory(Factory):
    """A confirmed order of a member; ``pceen=None, email=...`` for a visitor."""

    class Meta:
        model = OrderPanierBio

    pceen = factory.SubFactory(PCeenFactory)
    period = factory.SubFactory(PeriodFactory)
    date = factory.LazyAttribute(lambda one: one.period.start_date)
    name = factory.LazyAttribute(lambda one: one.pceen.full_name if one.pceen else "Ada Lovelace")
    service = "144"
    payment_method = BasketPayment.cash
    status = BasketStatus.confirmed
    live_pceen = factory.LazyAttribute(
        lambda one: one.pceen.id if one.pceen and one.status != BasketStatus.cancelled else None
    )
    live_email = factory.LazyAttribute(
        lambda one: None if one.status == BasketStatus.cancelled else getattr(one, "email", None)
    )
    cancelled_at = factory.LazyAttribute(
        lambda one: clock.now() if one.status == BasketStatus.cancelled else None
    )


class SaisonFactory(Factory):
    class Meta:
        model = Saison

    name = factory.Sequence(lambda n: f"Saison {n}")
    start_date = factory.LazyFunction(clock.today)


class PlayFactory(Factory):
    class Meta:
        model = Spectacle

    name = factory.Sequence(lambda n: f"Pièce {n}")


class RepresentationFactory(Factory):
    class Meta:
        model = Representation

    date = factory.Sequence(lambda n: clock.now() + timedelta(days=30 + n % 300))


def open_orders() -> None:
    """Let baskets be ordered."""
    ACCESS.set(current(), True)  # noqa: FBT003  # the signature is that of every choice
    current().commit()


def reader(**columns: Any) -> PCeen:
    """A student who reads the Bekk."""
    columns.setdefault("roles", [role_with((T.read, S.bekk))])
    return PCeenFactory(**columns)


def editor(**columns: Any) -> PCeen:
    """Someone who publishes the Bekk."""
    columns.setdefault("roles", [role_with((T.all, S.bekk))])
    return PCeenFactory(**columns)


def basket_manager(**columns: Any) -> PCeen:
    """Someone who runs the Panier Bio."""
    columns.setdefault("roles", [role_with((T.all, S.panier_bio))])
    return PCeenFactory(**columns)


def stage_manager(**columns: Any) -> PCeen:
    """Someone who runs the pages of the theatre club."""
    columns.setdefault("roles", [role_with((T.all, S.theatre))])
    return PCeenFactory(**columns)
