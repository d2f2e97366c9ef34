"""What people are told around a distribution."""

from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import BasketStatus
from app.modules.panier_bio.effects import TellPickedUp
from app.modules.panier_bio.jobs import REMIND
from app.modules.panier_bio.mails import BasketPickedUp, BasketReminder
from app.modules.panier_bio.service import reminders, staff
from app.modules.panier_bio.service.staff import TOLD_AFTER, Flag
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import Outbox
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory
from tests.modules.panier_bio.baskets import FIRST, NOW, SECOND, at, limited, winter
from tests.notices import but_rings

DAY = timedelta(days=1)
EVENING = at(FIRST - DAY, 17)


def remind(session: Session, now: datetime) -> int:
    with transaction(session):
        return reminders.remind(session, now)


def test_people_are_reminded_once_from_the_evening_before(session: Session, outbox: Outbox) -> None:
    ada = PCeenFactory(email="ada@example.org", prenom="Ada")
    order = BasketFactory(
        period=winter(), pceen=ada, date=FIRST, created_at=NOW, price=1200, payment_made=True
    )
    limited(session, FIRST, None, "Dans la cour")

    assert remind(session, EVENING - timedelta(seconds=1)) == 0
    assert [remind(session, now) for now in (EVENING, EVENING, at(FIRST, 10))] == [1, 0, 0]

    (mail,) = but_rings(outbox)
    assert isinstance(mail, BasketReminder)
    assert (mail.to, mail.prenom, mail.day, mail.note) == (
        "ada@example.org",
        "Ada",
        FIRST,
        "Dans la cour",
    )
    assert (mail.price_cents, mail.is_paid) == (1200, True)
    assert order.reminded_at == EVENING


def test_on_the_day_itself_it_is_not_too_late(session: Session) -> None:
    BasketFactory(period=winter(), date=FIRST, created_at=NOW)

    assert remind(session, at(FIRST, 8)) == 1


def test_the_day_after_it_is(session: Session) -> None:
    BasketFactory(period=winter(), date=FIRST, created_at=NOW)

    assert remind(session, at(FIRST + DAY, 8)) == 0


@pytest.mark.parametrize("status", [one for one in BasketStatus if one != BasketStatus.confirmed])
def test_who_has_no_basket_is_not_reminded(session: Session, status: BasketStatus) -> None:
    BasketFactory(period=winter(), date=FIRST, created_at=NOW, status=status)

    assert remind(session, EVENING) == 0


def test_nor_is_who_has_just_ordered_or_cannot_be_written_to(
    session: Session, outbox: Outbox
) -> None:
    period = winter()
    BasketFactory(period=period, date=FIRST, created_at=EVENING)
    BasketFactory(period=period, date=FIRST, created_at=NOW, taken=True)
    BasketFactory(period=period, date=FIRST, created_at=NOW, pceen=None)
    for state in ({"email": None}, {"disabled_at": NOW}):
        BasketFactory(period=period, date=FIRST, created_at=NOW, pceen=PCeenFactory(**state))
    BasketFactory(period=period, date=SECOND, created_at=NOW)
    BasketFactory(period=period, date=FIRST, created_at=NOW, pceen=None, email="g@example.org")

    assert remind(session, EVENING) == 1
    assert [mail.to for mail in but_rings(outbox)] == ["g@example.org"]  # type: ignore[attr-defined]


@pytest.mark.once
def test_people_are_reminded_by_date(session: Session, outbox: Outbox) -> None:
    BasketFactory(period=winter(), date=FIRST, created_at=NOW)

    with time_machine.travel(EVENING, tick=False):
        REMIND.run(session)

    assert [type(mail) for mail in but_rings(outbox)] == [BasketReminder]


# That they came


def ticked(session: Session, order: object, *, value: bool) -> None:
    with transaction(session):
        staff.set_flag(session, order=order, flag=Flag.taken, value=value)  # type: ignore[arg-type]


def test_a_receipt_leaves_a_while_after_the_tick(
    app: Flask, session: Session, outbox: Outbox, mailbox: list[EmailMessage]
) -> None:
    order = BasketFactory(period=winter(), date=FIRST, price=1200)

    with time_machine.travel(at(FIRST, 12), tick=False) as moment, app.app_context():
        ticked(session, order, value=True)
        assert outbox() == [TellPickedUp(order.id)]
        run_due(session, all_effects())
        assert outbox() == [TellPickedUp(order.id)]
        moment.shift(TOLD_AFTER)
        run_due(session, all_effects())

    (message,) = mailbox
    assert message["To"] == order.pceen.email
    body = message.get_body(("plain",))
    assert body is not None
    assert "vendredi 27 novembre 2026 à 12 h 00" in body.get_content()
    assert outbox() == []


def test_a_tick_that_is_taken_back_is_not_told_and_a_second_one_is_told_once(
    session: Session, outbox: Outbox
) -> None:
    order = BasketFactory(period=winter(), date=FIRST)

    with time_machine.travel(at(FIRST, 12), tick=False):
        ticked(session, order, value=True)
        ticked(session, order, value=False)
        assert order.taken_at is None
        assert tell(session, order.id) is False
        ticked(session, order, value=True)
        assert tell(session, order.id) is False  # the second tick has to stay as long
    with time_machine.travel(at(FIRST, 12) + reminders.TOLD_AFTER, tick=False):
        assert [tell(session, order.id) for _time in range(2)] == [True, False]
        ticked(session, order, value=False)
        ticked(session, order, value=True)
        assert tell(session, order.id) is False

    assert [type(one) for one in outbox() if not isinstance(one, TellPickedUp)] == [BasketPickedUp]


def tell(session: Session, key: int) -> bool:
    with transaction(session):
        return reminders.tell_picked_up(session, key, clock.now())


def test_a_basket_of_long_ago_is_not_told(session: Session) -> None:
    period = winter()
    old = BasketFactory(period=period, date=FIRST, taken=True, taken_at=NOW)
    mute = BasketFactory(period=period, date=FIRST, taken=True, taken_at=NOW, pceen=None)

    with time_machine.travel(at(FIRST + 8 * DAY, 12), tick=False):
        assert [tell(session, key) for key in (old.id, mute.id, 0)] == [False, False, False]
    with time_machine.travel(at(FIRST, 12), tick=False):
        assert tell(session, mute.id) is False
