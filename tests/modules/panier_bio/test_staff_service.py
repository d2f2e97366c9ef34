"""What the team does of orders, dates and settings."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import BasketPayment, BasketStatus
from app.models import AuditEvent, OrderPanierBio, PanierBioDate
from app.modules.panier_bio.errors import (
    CancelledAlready,
    DateIsFull,
    NoBasketYet,
    NoSuchDate,
    NoSuchLink,
    NoSuchOrder,
    NotWaiting,
    OrderedAlready,
    OutsidePeriods,
    StalePanierBio,
)
from app.modules.panier_bio.queries import orders as queries
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.rules.options import Options, stored
from app.modules.panier_bio.service import orders, staff
from app.modules.panier_bio.service.staff import Details, Flag
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

DAY = timedelta(days=1)
CONFIRMED, WAITING, CANCELLED = (
    BasketStatus.confirmed,
    BasketStatus.waiting,
    BasketStatus.cancelled,
)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


def details(**changes: Any) -> Details:
    values = {
        "date": FIRST,
        "name": "Grace Hopper",
        "service": "LPEM",
        "payment": BasketPayment.cash,
        "price": 1000,
    }
    return Details(**(values | changes))


def add(session: Session, **given: Any) -> OrderPanierBio:
    changes = {key: given.pop(key) for key in list(given) if key not in ("pceen", "force")}
    with transaction(session):
        return staff.add(session, details=details(**changes), options=opened(), **given)


def edit(session: Session, order: OrderPanierBio, **changes: Any) -> bool:
    version = changes.pop("version", order.version)
    force = changes.pop("force", False)
    kept = {
        "date": order.date,
        "name": order.name,
        "service": order.service,
        "payment": order.payment_method,
        "price": order.price,
        "phone": order.phone_number,
        "email": order.email,
        "comment": order.comment,
    }
    with transaction(session):
        return staff.edit(
            session, order=order, details=Details(**(kept | changes)), version=version, force=force
        )


def audited(session: Session) -> list[tuple[str, Any, Any]]:
    stmt = sa.select(AuditEvent.action, AuditEvent.before, AuditEvent.after)
    stmt = stmt.where(AuditEvent.action.like("panier_bio.%")).order_by(AuditEvent.id)
    return [tuple(row) for row in session.execute(stmt)]  # type: ignore[misc]


# Adding


def test_the_team_adds_an_order_for_a_visitor_and_one_for_a_member(
    session: Session, outbox: Outbox
) -> None:
    period, ada = winter(), PCeenFactory()

    made = add(session, email="grace@example.org", phone="0612345678", comment="Merci")
    other = add(session, pceen=ada, name=ada.full_name, service="144")

    assert (made.email, made.live_email, made.live_pceen) == ("grace@example.org",) * 2 + (None,)
    assert (made.status, made.price, made.period_id) == (CONFIRMED, 1000, period.id)
    assert (other.pceen, other.live_pceen, other.email) == (ada, ada.id, None)
    assert [one.to for one in outbox()] == ["grace@example.org", ada.email]  # type: ignore[attr-defined]
    assert [event[0] for event in audited(session)] == ["panier_bio.order.add"] * 2
    # what is audited stays for years: it says nothing of who that is
    assert "grace@example.org" not in str(audited(session))


def test_any_date_of_a_period_may_be_added_even_past(session: Session, outbox: Outbox) -> None:
    winter(active=False)

    past = add(session, date=date(2026, 11, 16))

    assert states(session) == [CONFIRMED]
    assert outbox() == []
    assert audited(session)[0][2]["date"] == past.date.isoformat()
    with pytest.raises(OutsidePeriods):
        add(session, date=date(2026, 11, 14))


def test_two_visitors_without_an_address_are_two_people(session: Session) -> None:
    winter()

    add(session)
    add(session)

    assert states(session) == [CONFIRMED, CONFIRMED]


def test_nobody_has_two_baskets_of_a_date(session: Session) -> None:
    winter()
    ada = PCeenFactory()
    place(session, ada, FIRST)
    add(session, email="grace@example.org")

    for changes in ({"pceen": ada}, {"email": "grace@example.org"}):
        with pytest.raises(OrderedAlready):
            add(session, **changes)
    assert len(states(session)) == 2


def test_a_date_is_overfilled_knowingly(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    add(session)

    with pytest.raises(DateIsFull):
        add(session)
    add(session, force=True)

    assert states(session) == [CONFIRMED, CONFIRMED]
    assert [event[2]["forced"] for event in audited(session)] == [False, True]


# Changing


def test_every_field_may_be_changed(session: Session) -> None:
    winter()
    order = add(session, email="grace@example.org")

    assert edit(
        session,
        order,
        date=SECOND,
        name="Edsger Dijkstra",
        service="MMN",
        payment=BasketPayment.transfer,
        price=900,
        phone="0687654321",
        email="edsger@example.org",
        comment="Sans chou",
    )

    assert (order.date, order.name, order.service) == (SECOND, "Edsger Dijkstra", "MMN")
    assert (order.payment_method, order.price) == (BasketPayment.transfer, 900)
    assert (order.phone_number, order.comment) == ("0687654321", "Sans chou")
    assert order.email == order.live_email == "edsger@example.org"
    assert order.version == 2
    action, before, after = audited(session)[-1]
    assert action == "panier_bio.order.change"
    assert (before["price"], after["price"]) == (1000, 900)
    assert after["changed"] == ["comment", "email", "name", "phone", "service"]
    assert "Grace Hopper" not in str(audited(session))


def test_what_is_the_same_changes_nothing(session: Session) -> None:
    winter()
    order = add(session)

    assert not edit(session, order)
    assert order.version == 1
    assert len(audited(session)) == 1


def test_a_stale_form_is_refused(session: Session) -> None:
    winter()
    order = add(session)

    with pytest.raises(StalePanierBio):
        edit(session, order, version=0, name="X")
    assert order.name == "Grace Hopper"


def test_an_order_that_moves_leaves_its_basket(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    order = add(session)
    place(session, PCeenFactory(), FIRST)

    edit(session, order, date=SECOND)

    assert states(session) == [CONFIRMED, CONFIRMED]
    assert audited(session)[-1][0] == "panier_bio.order.change"


def test_an_order_that_waits_has_a_basket_where_one_is_free(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    add(session)
    (waiting,) = place(session, PCeenFactory(), FIRST).orders

    edit(session, waiting, date=SECOND)

    assert states(session) == [CONFIRMED, CONFIRMED]


def test_an_order_does_not_move_where_it_may_not(session: Session) -> None:
    winter()
    limited(session, SECOND, 1)
    ada = PCeenFactory()
    first, _second = place(session, ada, FIRST, SECOND).orders
    other = add(session)

    with pytest.raises(DateIsFull):
        edit(session, other, date=SECOND)
    with pytest.raises(OutsidePeriods):
        edit(session, other, date=date(2027, 2, 5))
    with pytest.raises(OrderedAlready):
        edit(session, first, date=SECOND, force=True)
    assert edit(session, other, date=SECOND, force=True)


def test_what_is_cancelled_stays_so(session: Session) -> None:
    order = BasketFactory(period=winter(), status=CANCELLED)

    with pytest.raises(CancelledAlready):
        edit(session, order, name="X")
    for act in (
        lambda: staff.cancel(session, order=order),
        lambda: staff.set_flag(session, order=order, flag=Flag.taken, value=True),
    ):
        with pytest.raises(CancelledAlready), transaction(session):
            act()


def test_an_order_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NoSuchOrder):
        queries.order(session, 1)


# Cancelling, granting


def test_the_team_cancels_at_any_time_and_whose_it_is_are_told(
    session: Session, outbox: Outbox, now: time_machine.Traveller
) -> None:
    order = BasketFactory(period=winter(), date=FIRST, payment_made=True)
    now.move_to(at(FIRST, 12))

    with transaction(session):
        staff.cancel(session, order=order)

    (mail,) = outbox()
    assert mail.kind == "panier_bio.order_cancelled"
    assert mail.by_team  # type: ignore[attr-defined]
    assert mail.was_paid  # type: ignore[attr-defined]
    assert (order.status, order.live_pceen) == (CANCELLED, None)
    assert audited(session)[-1][0] == "panier_bio.order.cancel"


def test_a_basket_that_the_team_cancels_goes_to_the_next(session: Session) -> None:
    winter()
    limited(session, FIRST, 1)
    order = add(session)
    place(session, PCeenFactory(), FIRST)

    with transaction(session):
        staff.cancel(session, order=order)

    assert states(session) == [CANCELLED, CONFIRMED]


def test_the_team_gives_a_basket_to_who_waits_even_after_the_deadline(
    session: Session, outbox: Outbox, now: time_machine.Traveller
) -> None:
    winter()
    limited(session, FIRST, 1)
    first = add(session)
    (waiting,) = place(session, PCeenFactory(), FIRST).orders
    now.move_to(at(FIRST, 9))

    with pytest.raises(DateIsFull), transaction(session):
        staff.grant(session, order=waiting)
    with pytest.raises(NotWaiting), transaction(session):
        staff.grant(session, order=first)
    with transaction(session):
        staff.grant(session, order=waiting, force=True)

    assert states(session) == [CONFIRMED, CONFIRMED]
    assert but_rings(outbox)[-1].kind == "panier_bio.basket_granted"
    assert audited(session)[-1][2]["forced"] is True


# Ticking


@pytest.mark.parametrize(
    ("flag", "column"),
    [
        (Flag.payment, "payment_made"),
        (Flag.treasurer, "treasurer_validate"),
        (Flag.taken, "taken"),
    ],
)
def test_what_is_ticked_is_kept_and_audited(session: Session, flag: Flag, column: str) -> None:
    order = BasketFactory(period=winter(), date=FIRST)
    asked, changed = [True, True, False], []

    for value in asked:
        with transaction(session):
            changed.append(staff.set_flag(session, order=order, flag=flag, value=value))
        assert getattr(order, column) is value
        assert (order.taken_at is not None) == (value and flag is Flag.taken)

    assert changed == [True, False, True]
    assert [event[1:] for event in audited(session)] == [
        ({"flag": flag.value, "value": False}, {"flag": flag.value, "value": True}),
        ({"flag": flag.value, "value": True}, {"flag": flag.value, "value": False}),
    ]


def test_who_waits_has_nothing_to_tick(session: Session) -> None:
    order = BasketFactory(period=winter(), date=FIRST, status=WAITING)

    with pytest.raises(NoBasketYet), transaction(session):
        staff.set_flag(session, order=order, flag=Flag.payment, value=True)


# Dates and settings


def set_date(session: Session, day: date, capacity: int | None, **more: Any) -> bool:
    row = session.get(PanierBioDate, day)
    given = {"note": "", "version": staff.date_version(row)} | more
    with transaction(session):
        return staff.set_date(session, day=day, capacity=capacity, **given)


def test_a_date_has_a_capacity_and_a_note_of_its_own(session: Session) -> None:
    winter()

    assert set_date(session, FIRST, 12, note="Courges")
    assert not set_date(session, FIRST, 12, note="Courges")
    assert set_date(session, FIRST, None)

    row = session.get_one(PanierBioDate, FIRST)
    assert (row.capacity, row.note, row.version) == (None, "", 3)
    assert [event[0] for event in audited(session)] == ["panier_bio.date.change"] * 2
    assert audited(session)[0][2] == {"date": "2026-11-27", "capacity": 12, "note": "Courges"}


def test_orders_do_not_make_the_form_of_a_date_stale(session: Session) -> None:
    winter()
    version = staff.date_version(session.get(PanierBioDate, FIRST))
    place(session, PCeenFactory(), FIRST)

    assert set_date(session, FIRST, 3, version=version)
    with pytest.raises(StalePanierBio):
        set_date(session, FIRST, 4, version=version)


def test_a_day_of_no_period_has_nothing_of_its_own(session: Session) -> None:
    with pytest.raises(NoSuchDate):
        set_date(session, FIRST, 3)


def test_a_greater_capacity_gives_baskets_to_who_waits(session: Session) -> None:
    winter()
    set_date(session, FIRST, 1)
    for _one in range(4):
        place(session, PCeenFactory(), FIRST)

    set_date(session, FIRST, 3)
    assert states(session) == [CONFIRMED] * 3 + [WAITING]
    set_date(session, FIRST, 2)
    assert states(session) == [CONFIRMED] * 3 + [WAITING]
    set_date(session, FIRST, 0)

    assert states(session) == [CONFIRMED] * 4


def set_options(session: Session, wanted: Options, version: int | None = None) -> bool:
    version = staff.version_of(read_options(session)) if version is None else version
    with transaction(session):
        return staff.set_options(session, wanted=wanted, version=version)


def test_settings_are_changed_together_and_audited(session: Session) -> None:
    wanted = Options(is_open=True, weekday=5, deadline=time(9, 30), price=1250, capacity=3)
    before = staff.version_of(read_options(session))

    assert set_options(session, wanted)
    assert not set_options(session, wanted)

    assert read_options(session) == wanted
    ((action, old, new),) = audited(session)
    assert action == "panier_bio.settings.change"
    assert new == stored(wanted)
    assert old == stored(Options())
    with pytest.raises(StalePanierBio):
        set_options(session, replace(wanted, price=1), version=before)


def test_a_greater_capacity_of_the_settings_is_that_of_every_date(session: Session) -> None:
    winter()
    tight = opened(capacity=1)
    set_options(session, tight)
    limited(session, SECOND, 1)
    for _one in range(2):
        place(session, PCeenFactory(), FIRST, SECOND, options=tight)

    set_options(session, opened(capacity=2))

    assert states(session) == [CONFIRMED, CONFIRMED, CONFIRMED, WAITING]


def test_who_gets_another_day_is_told_and_reminded_of_it(session: Session, outbox: Outbox) -> None:
    winter()
    order = add(session, email="grace@example.org")
    with transaction(session):
        order.reminded_at = NOW

    edit(session, order, date=SECOND)

    assert order.reminded_at is None
    assert [one.kind for one in outbox()] == ["panier_bio.order_confirmed"] * 2


def test_another_address_closes_the_link_that_went_to_the_former_one(
    session: Session, outbox: Outbox
) -> None:
    winter()
    place(session, visitor("wrong@example.org"), FIRST)
    order = session.scalars(sa.select(OrderPanierBio)).one()

    edit(session, order, email="grace@example.org")

    assert (order.token_hash, order.status) == (None, CONFIRMED)
    assert outbox()[-1].to == "grace@example.org"  # type: ignore[attr-defined]
    with pytest.raises(NoSuchLink):
        orders.visitor_orders(session, SECRET)
