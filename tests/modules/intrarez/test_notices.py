"""What people are told of their Internet, in the site."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import BanKind, NotificationTopic, PaymentMethod
from app.models import PCeen
from app.modules.intrarez import jobs, queries
from app.modules.intrarez.service import bans, subscriptions
from tests.factories import PaymentFactory, PCeenFactory
from tests.modules.intrarez.conftest import PLAN
from tests.modules.intrarez.test_bans import edit, end, start
from tests.modules.intrarez.test_daily_work import ARRIVAL, CUT, arrive, paris
from tests.modules.intrarez.test_subscriptions import accept, buy, record
from tests.notices import not_kept, notice, told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[time_machine.Traveller]:
    with app.app_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def live(
    session: Session, now: time_machine.Traveller, until: date, *, since: date = ARRIVAL
) -> None:
    """Have the work of each day done."""
    for late in range((until - since).days + 1):
        now.move_to(paris(since + late * DAY, 0, 5))
        jobs.SUBSCRIPTIONS.run(session)


@pytest.mark.parametrize("email", ["ada@example.org", None])
def test_who_paid_is_told_until_when_they_have_internet(
    session: Session, email: str | None
) -> None:
    ada = PCeenFactory(email=email)

    payment = buy(session, ada)
    assert not accept(session, payment)

    key = f"internet:paid:{payment.id}"
    assert told(session) == {key: {ada.id}}
    found = notice(session, key)
    assert (found.topic, found.title) == (NotificationTopic.internet, "Paiement reçu")
    assert found.body == "Votre abonnement à Internet va jusqu'au dimanche 24 janvier 2027."
    assert found.url == f"/payments/{payment.id}"


@pytest.mark.parametrize(
    ("method", "title"),
    [
        (PaymentMethod.cash, "Paiement reçu"),
        (PaymentMethod.transfer, "Paiement reçu"),
        (PaymentMethod.gift, "Abonnement offert"),
    ],
)
def test_so_is_who_paid_a_gri_or_was_given_it(
    session: Session, method: PaymentMethod, title: str
) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()

    payment = record(session, ada, by=gri, method=method, reason="Merci")

    assert told(session) == {f"internet:paid:{payment.id}": {ada.id}}
    assert notice(session, f"internet:paid:{payment.id}").title == title


def test_what_is_not_done_tells_nothing(session: Session) -> None:
    ada = PCeenFactory()
    payment = PaymentFactory(pceen=ada, offer_slug="3months", amount_cents=1)

    with not_kept(session):
        payment.payed_at = NOON
        subscriptions.grant(session, payment)
        assert told(session) == {f"internet:paid:{payment.id}": {ada.id}}
    with not_kept(session):
        bans.start(
            session,
            pceen=ada,
            kind=BanKind.disciplinary,
            terms=bans.Terms(reason="test"),
            plan=PLAN,
        )

    assert told(session) == {}


def test_who_does_not_renew_is_told_before_the_cut_then_of_it_each_once(
    session: Session, now: time_machine.Traveller
) -> None:
    now.move_to(paris(ARRIVAL, 10))
    ada = arrive(session)

    live(session, now, CUT + 2 * DAY)
    jobs.SUBSCRIPTIONS.run(session)

    reminder, cut = (f"internet:{word}:{ada.id}:{CUT}" for word in ("reminder", "cut"))
    assert told(session) == {reminder: {ada.id}, cut: {ada.id}}
    found = notice(session, reminder)
    assert found.title == "Votre accès à Internet va être coupé"
    assert found.body == "Sans paiement, il le sera le jeudi 24 décembre 2026."
    assert (notice(session, cut).title, notice(session, cut).url) == (
        "Votre accès à Internet est coupé",
        "/payments/pay",
    )


def test_who_had_paid_is_told_that_it_is_over(
    session: Session, now: time_machine.Traveller
) -> None:
    now.move_to(paris(ARRIVAL, 10))
    ada = arrive(session)
    payment = buy(session, ada)
    period = queries.standing(session, ada.id).period
    assert period is not None

    live(session, now, period.end + DAY, since=period.end - 2 * DAY)

    expired = f"internet:expired:{ada.id}:{period.cut_day}"
    assert told(session) == {f"internet:paid:{payment.id}": {ada.id}, expired: {ada.id}}
    assert notice(session, expired).title == "Votre abonnement à Internet est à renouveler"


def test_who_is_banned_is_told_without_the_reason_then_when_it_is_over(session: Session) -> None:
    ada: PCeen = PCeenFactory()

    ban = start(session, ada, reason="téléchargement de films")
    edit(session, ban, reason="téléchargement de séries")
    end(session, ban)
    end(session, ban)

    first, second = (f"internet:ban:{ban.id}:{version}" for version in (1, 2))
    over = f"internet:ban_over:{ban.id}"
    assert told(session) == {first: {ada.id}, second: {ada.id}, over: {ada.id}}
    assert notice(session, first).title == "Votre accès à Internet est suspendu"
    assert "films" not in notice(session, first).body
    assert notice(session, over).body == "Internet revient dans quelques minutes."


def test_a_ban_that_is_kept_quiet_is_not_told(session: Session) -> None:
    ada: PCeen = PCeenFactory()

    end(session, start(session, ada, notify=False), notify=False)

    assert told(session) == {}


def test_a_ban_that_ends_by_itself_is_told_by_the_clock_and_what_is_left_of_another(
    session: Session, now: time_machine.Traveller
) -> None:
    ada: PCeen = PCeenFactory()
    ban = start(session, ada, ends_at=NOON + DAY)
    start(session, ada, BanKind.unpaid, notify=False)
    now.move_to(NOON + DAY)

    for _minute in range(2):
        with transaction(session):
            bans.settle(session, plan=PLAN)

    over = f"internet:ban_over:{ban.id}"
    assert told(session)[over] == {ada.id}
    assert notice(session, over).body.startswith("Une autre suspension court encore")
