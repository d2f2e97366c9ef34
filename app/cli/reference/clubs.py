"""Issues of the Bekk and periods of the Panier Bio, up to those of the reference school."""

import shutil
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from app.cli.reference import rows
from app.core import clock
from app.enums import BasketPayment, BasketStatus
from app.integrations.folders import BekkFiles
from app.models import Bekk, BekkPage, OrderPanierBio, PCeen, PeriodPanierBio
from app.web.module import Demo

BEKKS, PERIODS, ORDERS = 30, 10, 100
#: How many weeks a period lasts, and how many distributions its orders are shared among.
_WEEKS, _DAYS = 12, 10


def load_bekks(session: Session, demo: Demo) -> None:
    """Issues of before, with the pages and the files of those of the demonstration."""
    store: BekkFiles = current_app.extensions["bekk_files"]
    session.flush()
    there = list(session.scalars(sa.select(Bekk).order_by(Bekk.id)))
    oldest = min(one.date for one in there)
    for number in range(max(0, demo.count(BEKKS) - len(there))):
        like = there[number % len(there)]
        issue = Bekk(
            name=like.name,
            name_key=like.name_key,
            promo=max(1, 142 - number // 6),
            date=oldest - timedelta(days=55 * (number + 1)),
            original_name=like.original_name,
            file=like.file,
            size=like.size,
            sha256=like.sha256,
            page_count=like.page_count,
            state=like.state,
            revision=like.revision,
            shown_revision=like.shown_revision,
        )
        session.add(issue)
        session.flush()
        _copy_pages(session, like, issue)
        shutil.copytree(store.document_directory(like.id), store.document_directory(issue.id))
        demo.tick()


def _copy_pages(session: Session, like: Bekk, issue: Bekk) -> None:
    names = [column.name for column in BekkPage.__table__.columns if column.name != "bekk_id"]
    pages = session.scalars(sa.select(BekkPage).where(BekkPage.bekk_id == like.id)).all()
    made = [{"bekk_id": issue.id, **{name: getattr(one, name) for name in names}} for one in pages]
    rows.write(session, BekkPage, made)


def load_periods(session: Session, demo: Demo) -> None:
    """Periods that are over, one before the other, with their orders."""
    session.flush()
    there = rows.count(session, PeriodPanierBio)
    first = sa.select(PeriodPanierBio.start_date).order_by(PeriodPanierBio.start_date).limit(1)
    begins = session.scalars(first).one()
    stmt = sa.select(PCeen).where(PCeen.promo.is_not(None)).order_by(PCeen.id).limit(ORDERS)
    people = session.scalars(stmt).all()
    for _period in range(max(0, demo.count(PERIODS) - there)):
        end = begins - timedelta(days=1)
        begins = end - timedelta(weeks=_WEEKS) + timedelta(days=1)
        period = PeriodPanierBio(start_date=begins, end_date=end)
        session.add(period)
        session.flush()
        made = [_order(period, who, rank) for rank, who in enumerate(people)]
        rows.write(session, OrderPanierBio, made)
        demo.tick()


def _order(period: PeriodPanierBio, who: PCeen, rank: int) -> dict[str, object]:
    """An order that was paid and picked up."""
    day = period.start_date + timedelta(weeks=rank % _DAYS)
    at = clock.day_start(day) - timedelta(hours=12 + rank)
    return {
        "date": day,
        "period_id": period.id,
        "pceen_id": who.id,
        "live_pceen": who.id,
        "name": who.full_name,
        "service": str(who.promo),
        "payment_method": BasketPayment.cash,
        "price": 1150,
        "status": BasketStatus.confirmed,
        "payment_made": True,
        "treasurer_validate": True,
        "taken": True,
        "taken_at": clock.day_start(day) + timedelta(hours=13),
        "created_at": at,
        "confirmed_at": at,
    }
