"""Orders that nobody confirmed in time."""

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import BasketStatus
from app.models import PanierBioDate
from app.modules.panier_bio.jobs import EXPIRE
from app.modules.panier_bio.service import expiry, orders
from app.modules.panier_bio.tasks import TASKS
from tests.conftest import Outbox
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory
from tests.modules.panier_bio.baskets import (
    FIRST,
    NOW,
    SECOND,
    SECRET,
    at,
    limited,
    opened,
    place,
    states,
    visitor,
    winter,
)
from tests.notices import but_rings

HOUR = timedelta(hours=1)
CONFIRMED, PENDING = BasketStatus.confirmed, BasketStatus.pending
WAITING, CANCELLED = BasketStatus.waiting, BasketStatus.cancelled


class Watched:
    """What a task is told to say how far it is."""

    cancelled = False

    def progress(self, done: int, total: int, message: str = "") -> None: ...


def expire(session: Session, now: object = NOW + HOUR) -> int:
    with transaction(session):
        return expiry.expire(session, now)  # type: ignore[arg-type]


def test_the_basket_of_a_visitor_who_confirms_nothing_comes_back(
    session: Session, outbox: Outbox
) -> None:
    winter()
    limited(session, FIRST, 1)
    place(session, visitor(), FIRST)
    place(session, PCeenFactory(), FIRST)

    assert expire(session, NOW + HOUR - timedelta(seconds=1)) == 0
    assert states(session) == [PENDING, WAITING]
    assert expire(session) == 1

    assert states(session) == [CANCELLED, CONFIRMED]
    assert but_rings(outbox)[-1].kind == "panier_bio.basket_granted"
    assert expire(session) == 0
    # the same address may order again
    place(session, visitor(), FIRST, SECOND, secret="t" * 43)
    assert states(session)[2:] == [WAITING, PENDING]


def test_what_is_waited_for_and_not_confirmed_lapses_too(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    place(session, PCeenFactory(), FIRST)
    place(session, visitor(), FIRST)
    place(session, visitor("edsger@example.org"), FIRST, secret="t" * 43)
    with transaction(session):
        orders.confirm(session, secret=SECRET, options=opened(), now=NOW)

    assert expire(session) == 1

    assert states(session) == [CONFIRMED, WAITING, CANCELLED]


def test_at_the_deadline_it_is_too_late_to_confirm(session: Session) -> None:
    winter()
    closes = at(FIRST - timedelta(days=1), 14)
    place(session, visitor(), FIRST, SECOND, now=closes - timedelta(minutes=5))

    assert expire(session, closes) == 1

    assert states(session) == [CANCELLED, PENDING]


def test_what_members_ordered_stays(session: Session) -> None:
    winter()
    place(session, PCeenFactory(), FIRST)

    assert expire(session, NOW + 48 * HOUR) == 0


@pytest.fixture
def late(session: Session) -> None:
    """A visitor confirmed nothing."""
    BasketFactory(
        period=winter(),
        pceen=None,
        email="grace@example.org",
        date=FIRST,
        status=PENDING,
        created_at=NOW - 2 * HOUR,
    )


@pytest.mark.once
@pytest.mark.usefixtures("late")
@time_machine.travel(NOW, tick=False)
def test_it_is_done_by_date(session: Session) -> None:
    EXPIRE.run(session)

    assert states(session) == [CANCELLED]


@pytest.mark.once
@pytest.mark.usefixtures("late")
@time_machine.travel(NOW, tick=False)
def test_it_is_done_from_a_terminal(session: Session, cli: FlaskCliRunner) -> None:
    done = [cli.invoke(args=["panier-bio", "expire"]).output for _time in range(2)]

    assert done == ["1 order(s) cancelled.\n", "0 order(s) cancelled.\n"]
    session.expire_all()
    assert states(session) == [CANCELLED]


@pytest.mark.once
@pytest.mark.usefixtures("late")
@time_machine.travel(NOW, tick=False)
def test_a_gri_may_have_it_done(session: Session) -> None:
    (task,) = TASKS
    assert task.dry_run is not None

    said = [str(run(session, {}, Watched())) for run in (task.dry_run, task.run, task.dry_run)]

    assert said == [
        "1 commande serait annulée.",
        "1 commande annulée.",
        "Aucune commande n'attend depuis trop longtemps.",
    ]
    assert str(task.run(session, {}, Watched())) == said[2]
    assert states(session) == [CANCELLED]


def test_what_lapsed_before_the_deadline_goes_to_who_waits_however_late_the_worker_is(
    session: Session,
) -> None:
    winter()
    limited(session, FIRST, 1)
    deadline = at(FIRST - timedelta(days=1), 14)
    place(session, visitor(), FIRST, now=deadline - HOUR - timedelta(minutes=3))
    place(session, PCeenFactory(), FIRST, now=deadline - HOUR)

    assert expire(session, deadline + timedelta(minutes=2)) == 1

    assert states(session) == [CANCELLED, CONFIRMED]


def test_who_waits_beside_a_free_basket_has_it_in_the_end(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    place(session, PCeenFactory(), FIRST)
    place(session, PCeenFactory(), FIRST)
    with transaction(session):
        session.get_one(PanierBioDate, FIRST).capacity = 2

    expire(session)

    assert states(session) == [CONFIRMED, CONFIRMED]
