"""What becomes of baskets when accounts are merged, or someone is erased."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BasketStatus
from app.models import OrderPanierBio, PCeen, PeriodPanierBio
from app.modules.panier_bio.service import lives
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory, PeriodFactory


@pytest.fixture
def period(session: Session) -> PeriodPanierBio:
    return PeriodFactory(
        start_date=clock.today() - timedelta(days=30), end_date=clock.today() + timedelta(days=30)
    )


def live_of(session: Session, pceen: PCeen) -> int:
    stmt = sa.select(sa.func.count()).select_from(OrderPanierBio)
    return session.scalar(stmt.where(OrderPanierBio.live_pceen == pceen.id)) or 0


def test_a_merge_brings_the_orders_of_both(session: Session, period: PeriodPanierBio) -> None:
    kept, absorbed = PCeenFactory(), PCeenFactory()
    BasketFactory(pceen=kept, period=period, date=clock.today() + timedelta(days=3))
    other = BasketFactory(pceen=absorbed, period=period, date=clock.today() + timedelta(days=10))

    lives.before_merge(session, kept, absorbed)

    assert (other.live_pceen, live_of(session, kept)) == (kept.id, 2)


def test_two_baskets_of_one_day_stay_two_baskets(session: Session, period: PeriodPanierBio) -> None:
    kept, absorbed = PCeenFactory(), PCeenFactory()
    day = clock.today() + timedelta(days=3)
    mine = BasketFactory(pceen=kept, period=period, date=day)
    theirs = BasketFactory(pceen=absorbed, period=period, date=day)

    lives.before_merge(session, kept, absorbed)

    assert (mine.live_pceen, theirs.live_pceen) == (kept.id, None)
    assert theirs.status is BasketStatus.confirmed


def test_who_is_erased_gives_back_what_is_to_come(
    session: Session, period: PeriodPanierBio
) -> None:
    who = PCeenFactory()
    past = BasketFactory(pceen=who, period=period, date=clock.today() - timedelta(days=7))
    coming = BasketFactory(pceen=who, period=period, date=clock.today() + timedelta(days=7))

    lives.forget(session, who)

    assert past.status is BasketStatus.confirmed
    assert (coming.status, coming.live_pceen) == (BasketStatus.cancelled, None)


def test_a_visitor_is_forgotten_when_they_ask(session: Session, period: PeriodPanierBio) -> None:
    visitor = {"pceen": None, "email": "labo@example.org", "period": period}
    past = BasketFactory(**visitor, date=clock.today() - timedelta(days=7), name="Ada Lovelace")
    coming = BasketFactory(**visitor, date=clock.today() + timedelta(days=7))
    other = BasketFactory(
        pceen=None, email="autre@example.org", period=period, date=clock.today(), name="Emmy"
    )

    assert lives.forget_visitor(session, "labo@example.org") == 2

    assert (past.name, past.email, past.live_email) == ("", None, None)
    assert (past.status, coming.status) == (BasketStatus.confirmed, BasketStatus.cancelled)
    assert other.name == "Emmy"


def test_a_terminal_counts_before_it_forgets(
    cli: FlaskCliRunner, session: Session, period: PeriodPanierBio
) -> None:
    BasketFactory(pceen=None, email="labo@example.org", period=period, name="Ada Lovelace")

    counted = cli.invoke(args=["panier-bio", "forget", "Labo@Example.org"])
    assert "1 order(s) would be" in counted.output
    names = sa.select(OrderPanierBio.name)
    assert session.scalars(names).all() == ["Ada Lovelace"]

    done = cli.invoke(args=["panier-bio", "forget", "labo@example.org", "--apply"])

    assert (done.exit_code, session.scalars(names).all()) == (0, [""])


def test_of_two_for_one_day_the_one_that_only_waits_goes(
    session: Session, period: PeriodPanierBio
) -> None:
    kept, absorbed = PCeenFactory(), PCeenFactory()
    day = clock.today() + timedelta(days=3)
    waits = BasketFactory(pceen=kept, period=period, date=day, status=BasketStatus.waiting)
    held = BasketFactory(pceen=absorbed, period=period, date=day)

    lives.before_merge(session, kept, absorbed)

    assert (waits.status, held.live_pceen) == (BasketStatus.cancelled, kept.id)


def test_a_basket_that_is_too_late_to_cancel_stays_when_its_person_goes(
    session: Session, period: PeriodPanierBio
) -> None:
    who = PCeenFactory()
    basket = BasketFactory(pceen=who, period=period, date=clock.today())

    lives.forget(session, who)

    assert basket.status is BasketStatus.confirmed
