"""Ordering baskets, confirming and cancelling that."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import tokens
from app.core.transaction import transaction
from app.enums import BasketPayment, BasketStatus
from app.models import (
    AuditEvent,
    OrderPanierBio,
    Origin,
    PanierBioDate,
    PanierBioDisabledDay,
    TriedTooOften,
)
from app.modules.panier_bio.errors import (
    CancelledAlready,
    DatesRefused,
    JustOrdered,
    NoDateChosen,
    NoSuchLink,
    NoSuchOrder,
    NothingToConfirm,
    OrdersClosed,
    PhoneNeeded,
    ServiceNeeded,
    StalePanierBio,
    TooLateToCancel,
    TooManyPending,
)
from app.modules.panier_bio.mails import ConfirmOrder, OrderCancelled, OrderConfirmed
from app.modules.panier_bio.queries import orders as queries
from app.modules.panier_bio.rules.offer import World
from app.modules.panier_bio.service import counting, orders
from app.modules.panier_bio.service.orders import Confirmed
from tests.conftest import Outbox
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory
from tests.modules.panier_bio.baskets import (
    FIRST,
    NOW,
    SECOND,
    SECRET,
    THIRD,
    at,
    cancel,
    limited,
    opened,
    place,
    states,
    visitor,
    winter,
)
from tests.notices import but_rings

DAY = timedelta(days=1)
ALL = [FIRST + 7 * n * DAY for n in range(4)]
CONFIRMED, PENDING = BasketStatus.confirmed, BasketStatus.pending
WAITING, CANCELLED = BasketStatus.waiting, BasketStatus.cancelled


def count(session: Session) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(OrderPanierBio)).scalar_one()


def confirm(session: Session, **changes: object) -> Confirmed:
    given = {"secret": SECRET, "options": opened(), "now": NOW} | changes
    with transaction(session):
        return orders.confirm(session, **given)  # type: ignore[arg-type]


# Members


def test_a_member_orders_several_dates_at_once(session: Session, outbox: Outbox) -> None:
    period, ada = winter(), PCeenFactory(promo=144, email="ada@example.org", locale="en")

    placed = place(
        session, ada, SECOND, FIRST, FIRST, comment="Sans chou", payment=BasketPayment.transfer
    )

    first, second = placed.orders
    assert [first.date, second.date] == [FIRST, SECOND]
    assert states(session) == [CONFIRMED, CONFIRMED]
    assert first.period_id == period.id
    assert first.live_pceen == first.pceen_id == ada.id
    assert (first.name, first.service, first.comment) == (ada.full_name, "144", "Sans chou")
    assert (first.price, first.payment_method) == (1200, BasketPayment.transfer)
    assert (first.token_hash, first.email, first.live_email, first.by_id) == (None,) * 4
    assert first.confirmed_at == NOW
    (mail,) = outbox()
    assert isinstance(mail, OrderConfirmed)
    assert (mail.to, mail.locale, mail.secret) == ("ada@example.org", "en", None)
    assert [day for day, _until in mail.days] == [FIRST, SECOND]
    assert mail.days[0][1] == at(FIRST - DAY, 14)
    assert (mail.total_cents, mail.waited) == (2400, [])


def test_a_member_without_a_promo_says_their_service(session: Session) -> None:
    winter()
    guest = PCeenFactory(promo=None)

    with pytest.raises(ServiceNeeded):
        place(session, guest, FIRST, service="")
    (made,) = place(session, guest, FIRST, phone="").orders

    assert (made.service, made.phone_number) == ("LPEM", "")


def test_the_price_stays_as_it_was(session: Session) -> None:
    winter()
    (made,) = place(session, PCeenFactory(), FIRST).orders

    place(session, PCeenFactory(), FIRST, options=opened(price=1500))

    assert made.price == 1200


def test_who_does_it_for_somebody_is_written_down(session: Session) -> None:
    winter()
    ada, gri = PCeenFactory(), PCeenFactory()
    session.info["origin"] = Origin(actor_id=gri.id, as_id=ada.id)

    (made,) = place(session, ada, FIRST).orders

    assert (made.pceen_id, made.by_id) == (ada.id, gri.id)
    ours = sa.select(AuditEvent).where(AuditEvent.action == "panier_bio.order.place")
    assert session.scalars(ours).one().object_id == made.id


# All or nothing, each with its reason


def refused(session: Session, *days: date, **changes: object) -> dict[date, str]:
    """Why dates are refused; nothing is ordered."""
    before = count(session)
    with pytest.raises(DatesRefused) as told:
        place(session, changes.pop("by", None) or PCeenFactory(), *days, **changes)  # type: ignore[arg-type]
    assert count(session) == before
    return {day: str(sentence) for day, sentence in told.value.dates.items()}


def test_dates_are_accepted_together_or_not_at_all(session: Session, outbox: Outbox) -> None:
    period, ada = winter(), PCeenFactory()
    session.add(PanierBioDisabledDay(period_id=period.id, date=THIRD))
    BasketFactory(period=period, pceen=ada, date=SECOND)
    christmas, saturday = date(2026, 12, 25), date(2026, 11, 28)
    yesterday, later = date(2026, 11, 20), date(2027, 2, 5)

    found = refused(session, FIRST, SECOND, THIRD, christmas, saturday, yesterday, later, by=ada)

    assert found == {
        SECOND: "Vous avez déjà une commande pour cette date.",
        THIRD: "Il n'y a exceptionnellement pas de distribution ce jour-là.",
        christmas: "C'est un jour férié : il n'y a pas de distribution.",
        saturday: "Il n'y a pas de distribution ce jour-là.",
        yesterday: "Cette date est passée.",
        later: "Il n'y a pas de distribution ce jour-là.",
    }
    assert outbox() == []


def test_dates_of_a_period_that_is_not_active_are_refused(session: Session) -> None:
    winter(active=False)

    assert list(refused(session, FIRST)) == [FIRST]


@pytest.mark.parametrize(
    ("weekday", "day"),
    [
        (5, FIRST),
        # the clocks change on the night to the 29th of March, and to the 25th of October
        (6, date(2026, 3, 28)),
        (7, date(2026, 3, 29)),
        (1, date(2026, 3, 30)),
        (6, date(2026, 10, 24)),
        (7, date(2026, 10, 25)),
        (1, date(2026, 10, 26)),
    ],
)
def test_a_date_is_ordered_and_given_up_until_two_the_day_before(
    session: Session, weekday: int, day: date
) -> None:
    winter(start_date=day - 10 * DAY, end_date=day + 10 * DAY)
    options = opened(weekday=weekday)
    in_time, late = at(day - DAY, 13, 59, 59), at(day - DAY, 14)

    (made,) = place(session, PCeenFactory(), day, options=options, now=in_time).orders
    (kept,) = place(session, PCeenFactory(), day, options=options, now=in_time).orders
    assert refused(session, day, options=options, now=late) == {
        day: "Les commandes de cette date sont closes."
    }

    cancel(session, made, options=options, now=in_time)
    with pytest.raises(TooLateToCancel):
        cancel(session, kept, options=options, now=late)
    assert states(session) == [CANCELLED, CONFIRMED]


def test_on_the_day_of_a_distribution_the_next_one_is_still_given_up(session: Session) -> None:
    winter()
    first, second = place(session, PCeenFactory(), FIRST, SECOND).orders
    now = at(FIRST, 16)

    with pytest.raises(TooLateToCancel):
        cancel(session, first, now=now)
    cancel(session, second, now=now)

    assert states(session) == [CONFIRMED, CANCELLED]


@pytest.mark.parametrize("weekday", [1, 2, 4])
def test_orders_keep_their_own_deadline_when_the_weekday_changes(
    session: Session, weekday: int
) -> None:
    winter()
    ada = PCeenFactory()
    first, second = place(session, ada, FIRST, SECOND).orders
    options = opened(weekday=weekday)

    cancel(session, first, options=options, now=at(FIRST - DAY, 13, 59, 59))
    with pytest.raises(TooLateToCancel):
        cancel(session, second, options=options, now=at(SECOND - DAY, 14))

    assert queries.upcoming(session, ada, today=NOW.date()) == [second]


def test_nothing_is_ordered_while_orders_are_closed(session: Session) -> None:
    winter()

    with pytest.raises(OrdersClosed):
        place(session, PCeenFactory(), FIRST, options=opened(is_open=False))
    with pytest.raises(NoDateChosen):
        place(session, PCeenFactory())

    assert count(session) == 0


def test_a_date_that_is_full_is_refused_to_who_does_not_wait(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    place(session, PCeenFactory(), FIRST)

    found = refused(session, FIRST, SECOND, wait=False)

    assert found == {FIRST: "Il n'y a plus de panier pour cette date."}


def test_the_database_has_the_last_word(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    period, ada = winter(), PCeenFactory()
    BasketFactory(period=period, pceen=ada, date=FIRST)
    known = orders.world

    def blind(*args: object, **kwargs: object) -> World:
        found = known(*args, **kwargs)  # type: ignore[arg-type]
        return World(found.spans, found.tallies, {})

    monkeypatch.setattr(orders, "world", blind)

    with pytest.raises(JustOrdered):
        place(session, ada, FIRST, SECOND)
    assert count(session) == 1


def test_what_was_given_up_may_be_ordered_again(session: Session, outbox: Outbox) -> None:
    winter()
    ada = PCeenFactory()
    (made,) = place(session, ada, FIRST).orders

    cancel(session, made)
    place(session, ada, FIRST)

    assert states(session) == [CANCELLED, CONFIRMED]
    assert (made.live_pceen, made.cancelled_at, made.pceen_id) == (None, NOW, ada.id)
    assert [type(one) for one in outbox()] == [OrderConfirmed, OrderCancelled, OrderConfirmed]
    with pytest.raises(CancelledAlready):
        cancel(session, made)


def test_an_order_is_that_of_whose_it_is(session: Session) -> None:
    order = BasketFactory(period=winter())

    assert queries.own_order(session, order.id, order.pceen) is order
    for key, who in ((order.id, PCeenFactory()), (0, order.pceen)):
        with pytest.raises(NoSuchOrder):
            queries.own_order(session, key, who)


def test_an_order_that_moves_while_it_is_given_up_stays(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    winter()
    (made,) = place(session, PCeenFactory(), FIRST).orders
    lock_days = counting.lock_days

    def moved(session: Session, days: set[date]) -> dict[date, PanierBioDate]:
        session.execute(sa.update(OrderPanierBio).values(date=SECOND))
        return lock_days(session, days)

    monkeypatch.setattr(counting, "lock_days", moved)

    with pytest.raises(StalePanierBio):
        cancel(session, made)


# Visitors


def test_a_visitor_confirms_by_a_link(session: Session, outbox: Outbox) -> None:
    winter()

    made = place(session, visitor(), FIRST, SECOND).orders
    assert states(session) == [PENDING, PENDING]
    assert {one.token_hash for one in made} == {tokens.digest(SECRET)}
    (asked,) = outbox()
    assert isinstance(asked, ConfirmOrder)
    assert (asked.to, asked.locale, asked.secret) == ("grace@example.org", "en", SECRET)
    assert asked.until_instant == NOW + timedelta(hours=1)

    found = confirm(session)

    assert list(found.orders) == list(made)
    assert states(session) == [CONFIRMED, CONFIRMED]
    told = outbox()[1]
    assert isinstance(told, OrderConfirmed)
    assert (told.to, told.secret, len(told.days)) == ("grace@example.org", SECRET, 2)
    assert list(confirm(session).orders) == list(made)
    assert len(outbox()) == 2
    assert orders.visitor_orders(session, SECRET) == list(made)


def test_a_link_that_nobody_was_sent_opens_nothing(session: Session) -> None:
    for use in (confirm, orders.visitor_orders):
        with pytest.raises(NoSuchLink):
            use(session, secret="x" * 43)


def test_a_visitor_has_an_hour_to_confirm(session: Session) -> None:
    winter()
    place(session, visitor(), FIRST)

    with pytest.raises(NothingToConfirm):
        confirm(session, now=NOW + timedelta(minutes=60))
    confirm(session, now=NOW + timedelta(minutes=59, seconds=59))

    assert states(session) == [CONFIRMED]


def test_a_visitor_confirms_before_the_deadline_whatever_time_is_left(session: Session) -> None:
    winter()
    place(session, visitor(), FIRST, SECOND, now=at(FIRST - DAY, 13, 30))

    found = confirm(session, now=at(FIRST - DAY, 14))

    assert [one.date for one in found.orders] == [SECOND]
    assert [one.date for one in found.lost] == [FIRST]
    assert states(session) == [CANCELLED, CONFIRMED]


def test_a_visitor_gives_up_what_they_have_not_confirmed_without_a_mail(
    session: Session, outbox: Outbox
) -> None:
    winter()
    (made,) = place(session, visitor(), FIRST).orders

    cancel(session, made)

    assert [type(one) for one in outbox()] == [ConfirmOrder]
    with pytest.raises(NothingToConfirm):
        confirm(session)


def test_a_visitor_has_one_order_for_a_date(session: Session) -> None:
    winter()
    place(session, visitor(), FIRST)

    found = refused(session, FIRST, by=visitor())

    assert list(found) == [FIRST]


@pytest.mark.parametrize(
    ("changes", "error"), [({"service": ""}, ServiceNeeded), ({"phone": ""}, PhoneNeeded)]
)
def test_a_visitor_says_who_they_are(
    session: Session, changes: dict[str, str], error: type[Exception]
) -> None:
    winter()

    with pytest.raises(error):
        place(session, visitor(), FIRST, **changes)


def test_four_baskets_of_an_address_may_wait_to_be_confirmed(session: Session) -> None:
    winter()
    place(session, visitor(), *ALL[:3])

    with pytest.raises(TooManyPending):
        place(session, visitor(), ALL[3], date(2027, 1, 8))
    place(session, visitor(), ALL[3])
    with pytest.raises(TooManyPending):
        place(session, visitor(), date(2027, 1, 8))
    confirm(session)
    place(session, visitor(), date(2027, 1, 8))

    assert count(session) == 5


def test_twenty_baskets_an_hour_are_ordered_from_a_place(session: Session) -> None:
    winter()
    for number in range(10):
        place(session, visitor(f"v{number}@example.org"), FIRST, SECOND, secret=f"{number}")

    with pytest.raises(TriedTooOften):
        place(session, visitor("v10@example.org"), FIRST)
    place(session, visitor("v10@example.org", place="192.0.2.8"), FIRST)

    assert count(session) == 21


def test_what_is_refused_does_not_count(session: Session) -> None:
    winter()
    for _time in range(25):
        refused(session, FIRST + DAY, by=visitor())

    place(session, visitor(), FIRST)


# Waiting


def take(session: Session, day: date = FIRST) -> OrderPanierBio:
    """A basket of a day, for somebody."""
    return place(session, PCeenFactory(), day).orders[0]


def test_a_date_that_is_full_is_waited_for(session: Session, outbox: Outbox) -> None:
    winter()
    limited(session, FIRST, 1)
    take(session)

    placed = place(session, PCeenFactory(), FIRST, SECOND)

    assert [one.date for one in placed.waiting] == [FIRST]
    assert states(session) == [CONFIRMED, WAITING, CONFIRMED]
    mail = outbox()[1]
    assert isinstance(mail, OrderConfirmed)
    assert ([day for day, _ in mail.days], mail.waited_days) == ([SECOND], [FIRST])
    assert mail.total_cents == 1200


def test_a_basket_that_comes_free_goes_to_who_has_waited_longest(
    session: Session, outbox: Outbox
) -> None:
    winter()
    limited(session, FIRST, 1)
    first = take(session)
    waiting = [
        place(session, PCeenFactory(), FIRST, now=NOW + n * DAY / 24).orders[0] for n in range(3)
    ]

    cancel(session, waiting[0])
    assert states(session) == [CONFIRMED, CANCELLED, WAITING, WAITING]
    cancel(session, first, options=opened(price=9999))

    assert states(session) == [CANCELLED, CANCELLED, CONFIRMED, WAITING]
    mail = but_rings(outbox)[-1]
    assert mail.kind == "panier_bio.basket_granted"
    assert mail.to == waiting[1].pceen.email  # type: ignore[attr-defined]
    assert waiting[1].price == 1200


def test_after_the_deadline_nothing_moves_by_itself(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    take(session)
    take(session)
    limited_row = session.get_one(PanierBioDate, FIRST)
    limited_row.capacity = 2
    session.commit()

    with transaction(session):
        late = counting.give_free(session, FIRST, options=opened(), now=at(FIRST - DAY, 14))
    assert late == []
    with transaction(session):
        counting.give_free(session, FIRST, options=opened(), now=at(FIRST - DAY, 13))

    assert states(session) == [CONFIRMED, CONFIRMED]


def test_who_has_not_confirmed_waits_behind_who_has(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    first = take(session)
    place(session, visitor(), FIRST)
    take(session)

    cancel(session, first)

    assert states(session) == [CANCELLED, WAITING, CONFIRMED]


def test_a_visitor_who_confirms_has_what_is_free(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    first = take(session)
    place(session, visitor(), FIRST)
    cancel(session, first)
    assert states(session) == [CANCELLED, WAITING]

    found = confirm(session)

    assert states(session) == [CANCELLED, CONFIRMED]
    assert [one.status for one in found.orders] == [CONFIRMED]


def test_a_visitor_who_confirms_may_wait_still(session: Session, outbox: Outbox) -> None:
    winter()
    limited(session, FIRST, 1)
    take(session)
    place(session, visitor(), FIRST)

    confirm(session)

    assert states(session) == [CONFIRMED, WAITING]
    mail = outbox()[-1]
    assert isinstance(mail, OrderConfirmed)
    assert (mail.baskets, mail.waited_days) == ([], [FIRST])
