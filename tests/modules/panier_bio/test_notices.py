"""What members are told of their baskets, in the site."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import NotificationTopic
from app.modules.panier_bio.service import counting, reminders, staff
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory
from tests.modules.panier_bio.baskets import (
    FIRST,
    NOW,
    at,
    cancel,
    limited,
    opened,
    place,
    visitor,
    winter,
)
from tests.modules.panier_bio.test_reminders import EVENING, remind
from tests.notices import not_kept, notice, told

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("email", ["ada@example.org", None])
def test_members_are_reminded_once_of_their_basket(session: Session, email: str | None) -> None:
    ada = PCeenFactory(email=email)
    order = BasketFactory(period=winter(), pceen=ada, date=FIRST, created_at=NOW)

    for now in (EVENING - HOUR, EVENING, EVENING + HOUR, at(FIRST, 10)):
        remind(session, now)

    key = f"panier_bio:reminder:{order.id}:{FIRST}"
    assert told(session) == {key: {ada.id}}
    found = notice(session, key)
    assert (found.topic, found.url) == (NotificationTopic.panier_bio, "/panier_bio")
    assert found.title == "Votre panier vous attend bientôt"
    assert found.body == "Pensez à venir le chercher le vendredi 27 novembre 2026, avec un sac."


def test_visitors_and_who_came_already_are_not(session: Session) -> None:
    period = winter()
    place(session, visitor(), FIRST)
    BasketFactory(period=period, pceen=PCeenFactory(), date=FIRST, created_at=NOW, taken=True)

    remind(session, EVENING)

    assert told(session) == {}


def test_who_waited_is_told_once_that_a_basket_is_theirs(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    ada, grace = PCeenFactory(), PCeenFactory()
    (first,) = place(session, ada, FIRST).orders
    (waits,) = place(session, grace, FIRST).orders
    assert told(session) == {}

    cancel(session, first)
    with transaction(session):
        counting.lock_days(session, [FIRST])
        counting.give_free(session, FIRST, options=opened(), now=NOW)

    key = f"panier_bio:granted:{waits.id}:{FIRST}"
    assert told(session) == {key: {grace.id}}
    assert notice(session, key).title == "Un panier s'est libéré : il est à vous"
    assert notice(session, key).body == "Il vous attend le vendredi 27 novembre 2026."


def test_so_is_who_the_team_gives_one_and_nobody_if_that_is_not_done(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    place(session, PCeenFactory(), FIRST)
    grace = PCeenFactory()
    (waits,) = place(session, grace, FIRST).orders
    key = f"panier_bio:granted:{waits.id}:{FIRST}"

    with not_kept(session):
        staff.grant(session, order=waits, force=True)
        assert told(session) == {key: {grace.id}}
    assert told(session) == {}
    with transaction(session):
        staff.grant(session, order=waits, force=True)

    assert told(session) == {key: {grace.id}}


def test_a_reminder_that_is_not_done_tells_nothing(session: Session) -> None:
    BasketFactory(period=winter(), pceen=PCeenFactory(), date=FIRST, created_at=NOW)

    with not_kept(session):
        reminders.remind(session, EVENING)
        assert len(told(session)) == 1

    assert told(session) == {}
