"""What people get for what they pay, and what they get to begin with."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock, transaction
from app.enums import (
    Account,
    AddressKind,
    BanKind,
    EntryKind,
    PaymentMethod,
    PaymentStatus,
    SubState,
)
from app.extensions import db
from app.models import (
    AuditEvent,
    Ban,
    Base,
    Device,
    Effect,
    JournalEntry,
    Offer,
    OutboxEntry,
    Payment,
    PCeen,
    Subscription,
)
from app.modules.intrarez import errors, jobs, mails, queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.module import module
from app.modules.intrarez.rules.subscriptions import Period
from app.modules.intrarez.service import devices, subscriptions
from app.modules.intrarez.service.subscriptions import Money
from app.modules.payments.errors import ForOneself, NotPaid, RevokedAlready, StalePayment
from app.modules.payments.queries import account_balances
from app.modules.payments.service import books, collect
from app.modules.payments.service.till import Till
from tests.conftest import Inside, Login, Outbox
from tests.factories import (
    DeviceFactory,
    OfferFactory,
    PaymentFactory,
    PCeenFactory,
    RentalFactory,
    base as factories,
)
from tests.modules.intrarez.conftest import PLAN
from tests.modules.intrarez.test_bans import current, end as end_ban, open_kinds, start as start_ban
from tests.modules.intrarez.test_devices import register, remove
from tests.modules.intrarez.test_races import answer_of, at_once
from tests.modules.intrarez.test_routes import tables
from tests.notices import but_rings

TILL = Till(deliveries=module.deliveries)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY, DAY = NOON.date(), timedelta(days=1)
MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"
PAID, TRIAL, OUTLAW = SubState.subscribed, SubState.trial, SubState.outlaw
CONDUCT, UNPAID = BanKind.disciplinary, BanKind.unpaid
CASH, TRANSFER, GIFT = PaymentMethod.cash, PaymentMethod.transfer, PaymentMethod.gift

#: The day's work, done now.
DoTheDay = Callable[[], None]


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def do_the_day(app: Flask, session: Session) -> DoTheDay:
    def _do() -> None:
        with app.app_context():
            jobs.SUBSCRIPTIONS.run(session)

    return _do


def on(text: str) -> date:
    return date.fromisoformat(text)


def accept(session: Session, payment: Payment) -> bool:
    """Lydia says that the money came."""
    with transaction(session):
        lock(session, payment)
        return collect.accept(session, payment, till=TILL)


def buy(session: Session, pceen: PCeen, slug: str = "3months", **values: Any) -> Payment:
    price = session.get_one(Offer, slug).price_cents
    payment: Payment = PaymentFactory(
        **{"pceen": pceen, "offer_slug": slug, "amount_cents": price} | values
    )
    assert accept(session, payment)
    return payment


def record(session: Session, pceen: PCeen, *, by: PCeen, **said: Any) -> Payment:
    """A GRI says to have received money, or gives."""
    slug = said.pop("slug", "3months")
    money = {"method": CASH, "day": clock.today()} | said
    with transaction(session):
        offer = session.get_one(Offer, slug)
        return subscriptions.record(
            session, pceen=pceen, money=Money(offer=offer, **money), by=by, till=TILL
        )


def revoke(session: Session, payment: Payment, *, by: PCeen, version: int | None = None) -> None:
    seen = payment.version if version is None else version
    with transaction(session):
        collect.revoke(session, payment=payment, by=by, why="erreur", version=seen, till=TILL)


def periods(session: Session, pceen: PCeen) -> list[tuple[str, date, date]]:
    """What someone has, but what was revoked: the offer, from when to when."""
    stmt = sa.select(Subscription.offer_slug, Subscription.start, Subscription.end).where(
        Subscription.pceen_id == pceen.id, Subscription.revoked_at.is_(None)
    )
    return [tuple(row) for row in session.execute(stmt.order_by(Subscription.start))]


def of_kind(outbox: Outbox, kind: type) -> list[Any]:
    return [one for one in outbox() if isinstance(one, kind)]


def lines(session: Session) -> list[tuple[EntryKind, Account, Account, int]]:
    """The journal: why, to where, from where, how much."""
    stmt = sa.select(JournalEntry).order_by(JournalEntry.id)
    return [(one.kind, one.debit, one.credit, one.amount_cents) for one in session.scalars(stmt)]


def outlaw(session: Session, *, room_num: int = 305) -> PCeen:
    """Someone whose free month is over, and who was banned for it."""
    ada: PCeen = RentalFactory(room_num=room_num).pceen
    with time_machine.travel(NOON - 60 * DAY, tick=False):
        register(session, ada, f"3c:22:fb:00:01:{room_num - 300:02x}")
    ada.sub_state = OUTLAW
    session.commit()
    start_ban(session, ada, UNPAID, notify=False)
    return ada


# What a payment gives


def test_a_payment_gives_its_offer_after_the_free_month(session: Session, outbox: Outbox) -> None:
    ada = RentalFactory().pceen
    register(session, ada)
    before = outbox()

    payment = buy(session, ada)

    assert periods(session, ada) == [
        ("_first", TODAY, TODAY),
        ("3months", on("2026-12-25"), on("2027-02-25")),
    ]
    given = queries.of_payment(session, payment.id)
    assert given is not None
    assert (given.effective_start, given.welcome_of) == (on("2026-12-25"), None)
    assert (ada.sub_state, payment.status) == (PAID, PaymentStatus.accepted)
    assert but_rings(outbox)[len(before) :] == [
        mails.NewSubscription(
            to=ada.email,
            locale="fr",
            prenom="Marie",
            offer="3 mois",
            amount_cents=400,
            payed_on="2026-11-24",
            start="2026-12-25",
            end="2027-02-25",
            last_day="2027-03-25",
            payment=payment.id,
        )
    ]
    assert lines(session) == [(EntryKind.payment, Account.lydia, Account.internet, 400)]


def test_what_is_given_is_written_down(session: Session) -> None:
    ada = PCeenFactory()
    payment = buy(session, ada)

    stmt = sa.select(AuditEvent).where(AuditEvent.action.startswith("intrarez.subscription."))
    grant, state = session.scalars(stmt.order_by(AuditEvent.id))
    given = queries.of_payment(session, payment.id)
    assert given is not None
    assert (grant.action, grant.object_id) == ("intrarez.subscription.grant", given.id)
    assert grant.after == {
        "offer": "3months",
        "payment": payment.id,
        "start": "2026-11-24",
        "end": "2027-01-24",
    }
    assert (state.action, state.object_id) == ("intrarez.subscription.state", ada.id)
    assert (state.before, state.after) == ({"state": None}, {"state": "subscribed"})


def test_a_payment_accepted_again_gives_nothing_more(session: Session, outbox: Outbox) -> None:
    payment = buy(session, PCeenFactory())
    before, waiting = tables(session), outbox()

    again = accept(session, payment)
    with transaction(session):
        given = subscriptions.grant(session, payment)

    assert (again, given) == (False, None)
    assert (tables(session), outbox()) == (before, waiting)


def test_a_revoked_payment_never_gives_again(session: Session, outbox: Outbox) -> None:
    payment = buy(session, PCeenFactory())
    revoke(session, payment, by=PCeenFactory())
    before, waiting = tables(session), outbox()

    again = accept(session, payment)
    with transaction(session):
        given = subscriptions.grant(session, payment)

    assert (again, given) == (False, None)
    assert (tables(session), outbox()) == (before, waiting)


def test_of_two_offers_at_one_price_each_payment_gives_its_own(session: Session) -> None:
    OfferFactory(slug="spring", price_cents=400, months=0, days=45)
    ada, bob = PCeenFactory(), PCeenFactory()
    payments = [
        PaymentFactory(pceen=pceen, offer_slug=slug, amount_cents=400)
        for pceen, slug in ((ada, "spring"), (bob, "3months"), (ada, "3months"))
    ]

    for payment in payments:
        accept(session, payment)

    assert periods(session, ada) == [
        ("spring", TODAY, TODAY + 45 * DAY),
        ("3months", on("2027-02-09"), on("2027-04-09")),
    ]
    assert periods(session, bob) == [("3months", TODAY, on("2027-01-24"))]


def test_the_price_that_was_asked_counts_though_another_offer_replaced_it(
    session: Session, outbox: Outbox
) -> None:
    ada = PCeenFactory()
    payment = PaymentFactory(pceen=ada, offer_slug="3months", amount_cents=400)
    with transaction(session):
        session.get_one(Offer, "3months").active = False
        session.add(Offer(slug="dear", name_fr="3 mois", name_en="3", price_cents=500, months=2))

    accept(session, payment)

    assert periods(session, ada) == [("3months", TODAY, on("2027-01-24"))]
    assert [mail.amount_cents for mail in of_kind(outbox, mails.NewSubscription)] == [400]
    assert lines(session) == [(EntryKind.payment, Account.lydia, Account.internet, 400)]


def test_what_was_paid_early_adds_up(session: Session, now: time_machine.Traveller) -> None:
    ada = RentalFactory().pceen
    register(session, ada)

    for slug in ("12months", "3months", "3months"):
        buy(session, ada, slug)
        now.shift(3 * DAY)

    assert periods(session, ada) == [
        ("_first", TODAY, TODAY),
        ("12months", on("2026-12-25"), on("2027-11-25")),
        ("3months", on("2027-12-26"), on("2028-02-26")),
        ("3months", on("2028-03-27"), on("2028-05-27")),
    ]
    assert ada.sub_state is PAID


def test_what_is_paid_late_begins_today(session: Session, now: time_machine.Traveller) -> None:
    ada = RentalFactory().pceen
    register(session, ada)
    now.move_to(datetime(2026, 12, 24, 23, tzinfo=UTC))  # the 25th in Paris: cut

    buy(session, ada)

    assert periods(session, ada)[1:] == [("3months", on("2026-12-25"), on("2027-02-25"))]
    assert queries.standing(session, ada.id).state is PAID


def test_someone_without_a_device_or_an_address_is_given_what_they_pay(
    session: Session, outbox: Outbox
) -> None:
    ada = PCeenFactory(email=None)

    buy(session, ada)

    assert (ada.sub_state, but_rings(outbox)) == (PAID, [])


def test_the_mail_names_the_offer_in_the_language_of_its_reader(
    session: Session, outbox: Outbox
) -> None:
    buy(session, PCeenFactory(locale="en"))
    buy(session, PCeenFactory(locale=None))

    sent = [(one.locale, one.offer) for one in but_rings(outbox)]
    assert sent == [("en", "3 months"), ("fr", "3 mois")]


# The ban of who had not paid


def test_who_pays_is_not_banned_any_more(session: Session, outbox: Outbox) -> None:
    ada = outlaw(session)
    waiting = len(outbox())

    buy(session, ada)

    assert open_kinds(session, ada) == []
    assert queries.active_ban(session, ada.id) is None
    assert current(session) == {("10.0.3.5", AddressKind.room)}
    sent = but_rings(outbox)[waiting:]
    assert Counter(type(one) for one in sent) == {RefreshNetwork: 1, mails.NewSubscription: 1}


def test_a_gift_lifts_the_ban_as_a_payment_does(session: Session) -> None:
    ada = outlaw(session)

    record(session, ada, by=PCeenFactory(), method=GIFT, reason="bénévole")

    assert (open_kinds(session, ada), ada.sub_state) == ([], PAID)


def test_who_pays_during_the_grace_is_not_cut_at_its_end(
    session: Session, now: time_machine.Traveller, do_the_day: DoTheDay
) -> None:
    ada = outlaw(session)
    end_ban(session, session.scalars(sa.select(Ban)).one(), grace_days=7, notify=False)
    assert open_kinds(session, ada) == [UNPAID]  # to come

    buy(session, ada)

    assert open_kinds(session, ada) == []
    now.shift(8 * DAY)
    do_the_day()
    assert queries.active_ban(session, ada.id) is None


def test_the_day_leaves_a_grace_alone(
    session: Session, now: time_machine.Traveller, do_the_day: DoTheDay
) -> None:
    ada = outlaw(session)
    end_ban(session, session.scalars(sa.select(Ban)).one(), grace_days=7, notify=False)

    for _ in range(6):
        now.shift(DAY)
        do_the_day()
        assert queries.active_ban(session, ada.id) is None

    now.shift(DAY)
    do_the_day()
    assert queries.active_ban(session, ada.id) is not None
    assert len(session.scalars(sa.select(Ban)).all()) == 2


def test_nobody_buys_their_way_out_of_a_ban_for_conduct(session: Session) -> None:
    ada = outlaw(session)
    start_ban(session, ada, CONDUCT)

    buy(session, ada)

    assert open_kinds(session, ada) == [CONDUCT]
    assert {kind for _, kind in current(session)} == {AddressKind.ban}


def test_who_is_not_banned_has_the_network_left_alone(session: Session, outbox: Outbox) -> None:
    buy(session, PCeenFactory())

    assert of_kind(outbox, RefreshNetwork) == []


# The welcome month


def welcomes(session: Session) -> list[Subscription]:
    stmt = sa.select(Subscription).where(Subscription.welcome_of.is_not(None))
    return list(session.scalars(stmt.order_by(Subscription.id)))


def test_the_form_that_registers_a_first_device_gives_the_welcome_month(
    session: Session, login: Login, inside: Inside
) -> None:
    ada = RentalFactory(room_num=305).pceen
    login(ada)

    answer = inside(mac=MAC).post("/devices/register", data={"name": "Mon PC", "type": "PC"})

    assert answer.status_code == 303
    session.expire_all()
    (given,) = welcomes(session)
    assert (given.pceen_id, given.welcome_of, given.offer_slug) == (ada.id, ada.id, "_first")
    assert (given.start, given.end, given.effective_start) == (TODAY, TODAY, TODAY)
    assert (given.payment_id, given.welcome_mac, given.is_doubtful) == (None, MAC, False)
    assert ada.sub_state is TRIAL


def test_a_form_that_is_refused_gives_nothing(
    session: Session, login: Login, inside: Inside
) -> None:
    register(session, RentalFactory(room_num=305).pceen, OTHER)
    bob = RentalFactory(room_num=306).pceen
    login(bob)

    answer = inside(mac=MAC).post("/devices/register", data={"name": "x" * 65})

    assert answer.status_code == 422
    session.refresh(bob)
    assert (periods(session, bob), bob.sub_state) == ([], None)


def test_a_device_that_is_known_gives_nothing(session: Session) -> None:
    register(session, RentalFactory(room_num=305).pceen)
    bob = RentalFactory(room_num=306).pceen

    with pytest.raises(errors.KnownAlready):
        register(session, bob)

    assert (periods(session, bob), bob.sub_state) == ([], None)


def test_a_device_that_changes_hands_gives_the_welcome_month_to_its_new_owner(
    session: Session,
) -> None:
    device = register(session, RentalFactory(room_num=305).pceen)
    bob = RentalFactory(room_num=306).pceen

    with transaction(session):
        devices.transfer(session, device=device, to=bob, plan=PLAN)

    assert periods(session, bob) == [("_first", TODAY, TODAY)]
    assert bob.sub_state is TRIAL
    assert [one.is_doubtful for one in welcomes(session)] == [False, True]


def test_a_gri_who_registers_the_first_device_of_someone_gives_it_too(session: Session) -> None:
    ada = RentalFactory().pceen

    with transaction(session):
        devices.register_for(session, pceen=ada, mac=MAC, name="", type="", plan=PLAN)

    assert periods(session, ada) == [("_first", TODAY, TODAY)]


def test_the_welcome_month_begins_with_the_first_device_were_it_of_before(session: Session) -> None:
    ada = RentalFactory().pceen
    DeviceFactory(pceen=ada, registered_at=NOON - 30 * DAY)

    register(session, ada)

    assert periods(session, ada) == [("_first", on("2026-10-25"), TODAY)]


@pytest.mark.parametrize("years", [0, 1])
@pytest.mark.parametrize("is_removed", [True, False])
def test_there_is_one_welcome_month_for_each_person(
    session: Session, now: time_machine.Traveller, is_removed: bool, years: int
) -> None:
    ada = RentalFactory().pceen
    first = register(session, ada)
    if is_removed:
        remove(session, first)
    now.shift(years * 366 * DAY)

    register(session, ada, OTHER)

    assert periods(session, ada) == [("_first", TODAY, TODAY)]


def test_who_has_paid_already_gets_none(session: Session) -> None:
    ada = RentalFactory().pceen
    buy(session, ada)

    register(session, ada)

    assert [slug for slug, *_ in periods(session, ada)] == ["3months"]


def test_who_had_their_only_payment_revoked_gets_their_welcome_month(session: Session) -> None:
    ada = RentalFactory().pceen
    revoke(session, buy(session, ada), by=PCeenFactory())

    register(session, ada)

    assert periods(session, ada) == [("_first", TODAY, TODAY)]
    assert ada.sub_state is TRIAL


@pytest.mark.parametrize(
    ("later", "is_doubtful"),
    [
        ("2026-11-24T12:00:00+00:00", True),
        ("2027-05-01T12:00:00+00:00", True),
        ("2027-11-24T22:59:59+00:00", True),  # twelve months to the day
        ("2027-11-24T23:00:00+00:00", False),
        ("2029-01-01T12:00:00+00:00", False),
    ],
)
@pytest.mark.parametrize("way", ["form", "day"])
def test_a_device_that_gave_one_already_makes_another_doubtful_for_twelve_months(
    session: Session,
    now: time_machine.Traveller,
    do_the_day: DoTheDay,
    way: str,
    later: str,
    is_doubtful: bool,
) -> None:
    remove(session, register(session, RentalFactory(room_num=305).pceen))
    bob = RentalFactory(room_num=306).pceen
    now.move_to(datetime.fromisoformat(later))

    if way == "form":
        register(session, bob)
    else:
        DeviceFactory(pceen=bob, mac_address=MAC)
        do_the_day()

    assert [slug for slug, *_ in periods(session, bob)] == ["_first"]
    assert [one.is_doubtful for one in welcomes(session)] == [False, is_doubtful]
    assert [one.pceen_id for one in queries.doubtful_welcomes(session)] == [bob.id] * is_doubtful


def test_another_device_than_the_one_that_gave_it_is_no_doubt(session: Session) -> None:
    ada, bob = (RentalFactory(room_num=num).pceen for num in (305, 306))
    register(session, ada)
    second = register(session, ada, OTHER)

    with transaction(session):
        devices.transfer(session, device=second, to=bob, plan=PLAN)

    assert [one.is_doubtful for one in welcomes(session)] == [False, False]


# Taking back


def test_the_latest_payment_is_revoked_and_the_former_state_is_back_at_once(
    session: Session, outbox: Outbox
) -> None:
    ada, gri = RentalFactory().pceen, PCeenFactory()
    register(session, ada)
    payment = buy(session, ada, "12months")
    waiting = len(outbox())

    revoke(session, payment, by=gri)

    assert periods(session, ada) == [("_first", TODAY, TODAY)]
    assert ada.sub_state is TRIAL
    given = queries.of_payment(session, payment.id)
    assert given is not None
    assert (given.revoked_at, given.effective_start) == (NOON, None)
    assert (payment.status, payment.revoked_at) == (PaymentStatus.cancelled, NOON)
    assert (payment.revoked_by, payment.revoked_why) == (gri, "erreur")
    assert lines(session) == [
        (EntryKind.payment, Account.lydia, Account.internet, 1500),
        (EntryKind.reversal, Account.internet, Account.lydia, 1500),
    ]
    assert not any(account_balances(session).values())
    assert outbox()[waiting:] == [
        mails.SubscriptionRevoked(
            to=ada.email,
            locale="fr",
            prenom="Marie",
            offer="12 mois",
            reason="erreur",
            payment=payment.id,
        )
    ]


def test_the_ban_of_who_loses_what_they_paid_is_the_work_of_the_day(
    session: Session, do_the_day: DoTheDay, outbox: Outbox
) -> None:
    ada = outlaw(session)
    payment = buy(session, ada)

    revoke(session, payment, by=PCeenFactory())

    assert (ada.sub_state, open_kinds(session, ada)) == (OUTLAW, [])
    do_the_day()
    assert open_kinds(session, ada) == [UNPAID]
    assert of_kind(outbox, mails.InternetCut) == []  # they know: their payment is cancelled


def test_who_had_nothing_else_has_nothing(session: Session) -> None:
    ada = PCeenFactory()

    revoke(session, buy(session, ada), by=PCeenFactory())

    assert (ada.sub_state, queries.standing(session, ada.id).state) == (None, None)


def test_an_earlier_payment_is_not_revoked_before_the_later_one(
    session: Session, outbox: Outbox
) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()
    first, second = buy(session, ada), buy(session, ada, "12months")
    before, waiting = tables(session), outbox()

    with pytest.raises(errors.NotTheLatest) as refusal:
        revoke(session, first, by=gri)

    assert refusal.value.details == {"payment": second.id}
    assert (tables(session), outbox()) == (before, waiting)


def test_what_was_paid_is_undone_from_the_last_to_the_first(session: Session) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()
    payments = [buy(session, ada, slug) for slug in ("3months", "12months", "6months")]

    states = []
    for payment in reversed(payments):
        revoke(session, payment, by=gri)
        states.append((len(periods(session, ada)), ada.sub_state))

    assert states == [(2, PAID), (1, PAID), (0, None)]
    assert list(books.faults(session)) == []


def test_what_was_revoked_may_be_bought_again_from_the_same_day(session: Session) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()
    for _ in range(3):
        revoke(session, buy(session, ada), by=gri)

    buy(session, ada)

    assert periods(session, ada) == [("3months", TODAY, on("2027-01-24"))]


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ("waiting", NotPaid),
        ("refused", NotPaid),
        ("cancelled", NotPaid),
        ("revoked", RevokedAlready),
        ("seen before", StalePayment),
    ],
)
def test_what_may_not_be_revoked_stays_as_it_is(
    session: Session, what: str, refusal: type[Exception]
) -> None:
    gri = PCeenFactory()
    if what in ("revoked", "seen before"):
        payment = buy(session, PCeenFactory())
    else:
        payment = PaymentFactory(status=PaymentStatus[what])
    if what == "revoked":
        revoke(session, payment, by=gri)
    before = tables(session)

    with pytest.raises(refusal):
        revoke(session, payment, by=gri, version=1 if what == "seen before" else None)

    assert tables(session) == before


# What a GRI records


@pytest.mark.parametrize(
    ("method", "amount", "journal"),
    [
        (CASH, 1500, [(EntryKind.payment, Account.cash, Account.internet, 1500)]),
        (TRANSFER, 1500, [(EntryKind.payment, Account.bank, Account.internet, 1500)]),
        (GIFT, 0, []),
    ],
)
def test_money_received_is_written_and_a_gift_is_not_money(
    session: Session,
    outbox: Outbox,
    method: PaymentMethod,
    amount: int,
    journal: list[tuple[EntryKind, Account, Account, int]],
) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()

    payment = record(session, ada, by=gri, slug="12months", method=method, reason="kermesse")

    assert (payment.status, payment.amount_cents) == (PaymentStatus.manual, amount)
    assert (payment.created_at, payment.payed_at, payment.gri) == (NOON, NOON, gri)
    assert payment.reason == "kermesse"
    assert lines(session) == journal
    assert periods(session, ada) == [("12months", TODAY, on("2027-10-24"))]
    assert [mail.amount_cents for mail in of_kind(outbox, mails.NewSubscription)] == [amount]
    assert list(books.faults(session)) == []


def test_a_gift_is_taken_back_without_any_money_moving(session: Session) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()
    payment = record(session, ada, by=gri, method=GIFT, reason="kermesse")

    revoke(session, payment, by=gri)

    assert (periods(session, ada), lines(session)) == ([], [])
    assert list(books.faults(session)) == []


def test_a_hidden_offer_may_be_given(session: Session) -> None:
    OfferFactory(slug="guest", visible=False, price_cents=0, months=0, days=3)
    ada = PCeenFactory()

    record(session, ada, by=PCeenFactory(), slug="guest")

    assert periods(session, ada) == [("guest", TODAY, TODAY + 3 * DAY)]


@pytest.mark.parametrize(
    ("days_ago", "payed_at"),
    [
        (0, NOON),
        (1, datetime(2026, 11, 22, 23, tzinfo=UTC)),
        (366, datetime(2025, 11, 22, 23, tzinfo=UTC)),
    ],
)
def test_money_of_another_day_counts_in_the_books_of_that_day_and_gives_from_today(
    session: Session, days_ago: int, payed_at: datetime
) -> None:
    ada = PCeenFactory()

    payment = record(session, ada, by=PCeenFactory(), day=TODAY - days_ago * DAY)

    assert payment.payed_at == payed_at
    assert session.scalars(sa.select(JournalEntry.day)).all() == [TODAY - days_ago * DAY]
    assert periods(session, ada) == [("3months", TODAY, on("2027-01-24"))]


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"method": GIFT}, errors.GiftWithoutReason),
        ({"method": GIFT, "reason": ""}, errors.GiftWithoutReason),
        ({"slug": "_first"}, errors.WelcomeOfferFixed),
        ({"slug": "_first", "method": GIFT, "reason": "x"}, errors.WelcomeOfferFixed),
        ({"slug": "gone"}, errors.OfferNotForSale),
        ({"slug": "gone", "method": GIFT, "reason": "x"}, errors.OfferNotForSale),
        ({"day": TODAY + DAY}, errors.PaidInTheFuture),
        ({"day": TODAY - 367 * DAY}, errors.PaidTooLongAgo),
    ],
)
def test_what_may_not_be_recorded_leaves_everything_as_it_was(
    session: Session, outbox: Outbox, said: dict[str, Any], refusal: type[Exception]
) -> None:
    OfferFactory(slug="gone", active=False)
    ada, gri = outlaw(session), PCeenFactory()
    before, waiting = tables(session), outbox()

    with pytest.raises(refusal):
        record(session, ada, by=gri, **said)

    assert (tables(session), outbox()) == (before, waiting)


@pytest.mark.parametrize("said", [{}, {"method": GIFT, "reason": "parce que"}])
def test_nobody_records_a_payment_for_themselves(session: Session, said: dict[str, Any]) -> None:
    gri = PCeenFactory(slugs=["gri"])
    before = tables(session)

    with pytest.raises(ForOneself):
        record(session, gri, by=gri, **said)

    assert tables(session) == before


def test_one_form_sent_twice_is_one_payment(session: Session, outbox: Outbox) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()
    first = record(session, ada, by=gri, key="a form")
    before, waiting = tables(session), outbox()

    second = record(session, ada, by=gri, key="a form")

    assert second is first
    assert (tables(session), outbox()) == (before, waiting)


def test_two_forms_are_two_payments(session: Session) -> None:
    ada, gri = PCeenFactory(), PCeenFactory()

    for key in ("a form", "another", None, None):
        record(session, ada, by=gri, key=key)

    assert len(periods(session, ada)) == 4


# Several at once


@pytest.fixture
def crowd(shared: Flask) -> Iterator[Callable[[Callable[[Session], Any]], Any]]:
    """Write what a test begins with: ``crowd(lambda session: PCeenFactory().id)``."""

    def begin(make: Callable[[Session], Any]) -> Any:
        with shared.app_context():
            factories.use(db.session())
            made = make(db.session())
            db.session.commit()
            db.session.remove()
        return made

    yield begin
    with shared.app_context():
        db.session.remove()


def by_many(shared: Flask, count: int, *acts: Callable[[Session], object]) -> Counter[object]:
    """Have many people do these things, in turn, at once; what they are answered."""

    def act(number: int) -> str:
        with shared.app_context():
            return answer_of(acts[number % len(acts)])

    return at_once(act, count)


def count_of(session: Session, kind: type[Effect]) -> int:
    """How many of these were written for the worker."""
    return len(session.scalars(sa.select(OutboxEntry).filter_by(kind=kind.kind)).all())


Begin = Callable[[Callable[[Session], Any]], Any]


def confirmation(key: int) -> Callable[[Session], object]:
    """Lydia says that the money of a payment came."""

    def confirm(session: Session) -> None:
        payment = session.get_one(Payment, key)
        lock(session, payment)
        collect.accept(session, payment, till=TILL)

    return confirm


def test_payments_accepted_many_times_at_once_give_once_and_follow_one_another(
    shared: Flask, crowd: Begin
) -> None:
    def begin(session: Session) -> tuple[int, list[int]]:
        ada = outlaw(session)
        return ada.id, [PaymentFactory(pceen=ada).id for _ in range(8)]

    key, payments = crowd(begin)

    assert by_many(shared, 32, *map(confirmation, payments)) == {"done": 32}
    with shared.app_context():
        session = db.session()
        ada = session.get_one(PCeen, key)
        found = [Period(start, end) for _, start, end in periods(session, ada)[1:]]
        assert len(found) == 8
        assert found[0].start == TODAY
        assert [after.start for after in found[1:]] == [one.cut_day for one in found[:-1]]
        paid = (EntryKind.payment, Account.lydia, Account.internet, 400)
        assert lines(session) == [paid] * 8
        assert open_kinds(session, ada) == []
        assert count_of(session, mails.NewSubscription) == 8
        assert list(books.faults(session)) == []


def test_two_clicks_on_record_at_once_are_one_payment(shared: Flask, crowd: Begin) -> None:
    ada, gri = crowd(lambda _: (PCeenFactory().id, PCeenFactory().id))

    def click(session: Session) -> None:
        offer = session.get_one(Offer, "3months")
        money = Money(offer=offer, method=CASH, day=TODAY, key="a form")
        people = {"pceen": session.get_one(PCeen, ada), "by": session.get_one(PCeen, gri)}
        subscriptions.record(session, money=money, till=TILL, **people)

    assert by_many(shared, 16, click) == {"done": 16}
    with shared.app_context():
        assert len(db.session.scalars(sa.select(Payment)).all()) == 1
        assert len(db.session.scalars(sa.select(Subscription)).all()) == 1
        assert len(lines(db.session())) == 1


def test_revoking_and_buying_at_once_leaves_books_that_add_up(shared: Flask, crowd: Begin) -> None:
    def begin(session: Session) -> tuple[int, int, int, int]:
        ada = outlaw(session)
        return buy(session, ada).id, PaymentFactory(pceen=ada).id, PCeenFactory().id, ada.id

    first, second, gri, ada = crowd(begin)

    def take_back(session: Session) -> None:
        payment, by = session.get_one(Payment, first), session.get_one(PCeen, gri)
        collect.revoke(session, payment=payment, by=by, why="x", version=2, till=TILL)

    answers = by_many(shared, 16, take_back, confirmation(second))

    assert set(answers) <= {"done", "RevokedAlready", "NotTheLatest"}
    with shared.app_context():
        session = db.session()
        assert list(books.faults(session)) == []
        assert session.get_one(PCeen, ada).sub_state is PAID  # by the second
        assert queries.standing(session, ada).state is PAID
        assert queries.active_ban(session, ada) is None


def test_who_pays_while_the_day_cuts_them_is_not_cut(
    shared: Flask, crowd: Begin, now: time_machine.Traveller
) -> None:
    def begin(session: Session) -> list[int]:
        people = [RentalFactory(room_num=301 + number).pceen for number in range(8)]
        for number, person in enumerate(people):
            register(session, person, f"3c:22:fb:00:02:{number:02x}")
        return [PaymentFactory(pceen=person).id for person in people]

    payments = crowd(begin)
    now.move_to(datetime(2026, 12, 25, 0, 5, tzinfo=UTC))

    def act(number: int) -> str:
        with shared.app_context():
            if number % 2:
                jobs.SUBSCRIPTIONS.run(db.session())
                return "cut"
            return answer_of(confirmation(payments[number // 2]))

    assert at_once(act, 16) == {"cut": 8, "done": 8}
    with shared.app_context():
        session = db.session()
        assert set(session.scalars(sa.select(PCeen.sub_state))) == {PAID}
        assert session.scalars(sa.select(Ban).where(Ban.open_key.is_not(None))).all() == []
        assert len(session.scalars(sa.select(Subscription)).all()) == 16
        assert count_of(session, mails.DayNotDone) == 0


def test_two_first_devices_at_once_and_the_day_give_one_welcome_month(
    shared: Flask, crowd: Begin
) -> None:
    ada = crowd(lambda _: RentalFactory(room_num=305).pceen.id)

    def act(number: int) -> str:
        def first(session: Session) -> None:
            pceen, mac = session.get_one(PCeen, ada), f"3c:22:fb:00:02:{number:02x}"
            devices.register(session, pceen=pceen, mac=mac, name="", type="", plan=PLAN)

        with shared.app_context():
            if number % 3 == 2:
                jobs.SUBSCRIPTIONS.run(db.session())
                return "day"
            return answer_of(first)

    assert at_once(act, 12) == {"done": 8, "day": 4}
    with shared.app_context():
        assert len(welcomes(db.session())) == 1
        assert len(db.session.scalars(sa.select(Device)).all()) == 8
        assert db.session.get_one(PCeen, ada).sub_state is TRIAL
        assert count_of(db.session(), mails.DayNotDone) == 0


# What the database itself refuses


#: How MariaDB says that a check failed.
CHECK_FAILED = 4025


def insert(session: Session, model: type[Base], values: dict[str, Any]) -> None:
    """Write a row, whatever the services would say."""
    with session.begin_nested():
        session.execute(sa.insert(model.__table__).values(values))


def refused(session: Session, model: type[Base], values: dict[str, Any]) -> bool:
    try:
        insert(session, model, values)
    except sa.exc.IntegrityError:
        return True
    except sa.exc.OperationalError as error:
        return getattr(error.orig, "args", (None,))[0] == CHECK_FAILED
    return False


@pytest.fixture
def known(session: Session) -> dict[str, Any]:
    """What rows may refer to: two people, a welcome month, a payment and what it gave, another."""
    ada, bob = (RentalFactory(room_num=num).pceen for num in (305, 306))
    register(session, ada)
    paid = record(session, bob, by=PCeenFactory(), key="a form")
    free = PaymentFactory(pceen=ada)
    entry = session.scalars(sa.select(JournalEntry)).one()
    return {
        "ada": ada.id,
        "bob": bob.id,
        "paid": paid.id,
        "free": free.id,
        "entry": entry.id,
        "order_ref": paid.order_ref,
    }


def filled(values: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """*values*, where ``"@ada"`` stands for what is known under that name."""
    return {
        name: known[value[1:]] if isinstance(value, str) and value.startswith("@") else value
        for name, value in values.items()
    }


GIVEN = {
    "pceen_id": "@ada",
    "offer_slug": "3months",
    "payment_id": "@free",
    "start": TODAY + DAY,
    "end": TODAY + DAY,
    "effective_start": TODAY + DAY,
}


@pytest.mark.parametrize(
    "change",
    [
        {"payment_id": "@paid"},
        {"payment_id": None},
        {"welcome_of": "@ada"},
        {"welcome_of": "@bob"},
        {"payment_id": None, "welcome_of": "@ada"},  # a second one
        {"effective_start": TODAY},  # that of the welcome month
        {"end": TODAY},
        {"offer_slug": "none"},
        {"payment_id": 999_999},
        {"pceen_id": 999_999},
    ],
    ids=str,
)
def test_the_database_refuses_a_subscription_that_makes_no_sense(
    session: Session, known: dict[str, Any], change: dict[str, Any]
) -> None:
    assert refused(session, Subscription, filled(GIVEN | change, known))
    assert not refused(session, Subscription, filled(GIVEN, known))


PAYED = {
    "pceen_id": "@ada",
    "offer_slug": "3months",
    "amount_cents": 400,
    "method": PaymentMethod.cash,
    "status": PaymentStatus.manual,
    "payed_at": NOON,
}


@pytest.mark.parametrize(
    "change",
    [
        {"amount_cents": -1},
        {"offer_slug": None},
        {"offer_slug": "none"},
        {"method": PaymentMethod.gift},  # of 4,00 €
        {"payed_at": None},
        {"payed_at": None, "status": PaymentStatus.accepted},
        {"revoked_at": NOON},
        {"revoked_at": NOON, "status": PaymentStatus.accepted},
        {"revoked_at": NOON, "status": PaymentStatus.refused},
        {"revoked_at": NOON, "status": PaymentStatus.cancelled, "payed_at": None},
        {"idempotency_key": "a form"},
        {"order_ref": "@order_ref"},
        {"pceen_id": 999_999},
    ],
    ids=str,
)
def test_the_database_refuses_a_payment_that_makes_no_sense(
    session: Session, known: dict[str, Any], change: dict[str, Any]
) -> None:
    assert refused(session, Payment, filled(PAYED | change, known))
    assert not refused(session, Payment, filled(PAYED, known))


@pytest.mark.parametrize("name", ["lydia_uuid", "lydia_request_id", "lydia_transaction_id"])
def test_what_lydia_calls_a_payment_names_one(
    session: Session, known: dict[str, Any], name: str
) -> None:
    insert(session, Payment, filled(PAYED | {name: "abc"}, known))

    assert refused(session, Payment, filled(PAYED | {name: "abc"}, known))
    assert not refused(session, Payment, filled(PAYED | {name: "ABC"}, known))


ENTRY = {
    "day": TODAY,
    "kind": EntryKind.payment,
    "debit": Account.cash,
    "credit": Account.internet,
    "amount_cents": 400,
    "payment_id": "@free",
}
REVERSAL = ENTRY | {"kind": EntryKind.reversal, "payment_id": "@paid", "reverses_id": "@entry"}


@pytest.mark.parametrize(
    "change",
    [
        {"amount_cents": 0},
        {"amount_cents": -400},
        {"credit": Account.cash},
        {"payment_id": "@paid"},  # it has its line
        {"payment_id": 999_999},
        {"reverses_id": "@entry"},
        {"kind": EntryKind.reversal},
        {"kind": EntryKind.reversal, "reverses_id": 999_999},
    ],
    ids=str,
)
def test_the_database_refuses_a_line_of_the_books_that_makes_no_sense(
    session: Session, known: dict[str, Any], change: dict[str, Any]
) -> None:
    assert refused(session, JournalEntry, filled(ENTRY | change, known))
    assert not refused(session, JournalEntry, filled(ENTRY, known))


def test_a_line_of_the_books_is_reversed_once(session: Session, known: dict[str, Any]) -> None:
    insert(session, JournalEntry, filled(REVERSAL, known))

    assert refused(session, JournalEntry, filled(REVERSAL | {"payment_id": "@free"}, known))


@pytest.mark.parametrize(
    "change",
    [
        sa.update(JournalEntry).values(amount_cents=1),
        sa.update(JournalEntry).values(label=JournalEntry.label),
        sa.delete(JournalEntry),
    ],
    ids=["amount", "nothing", "delete"],
)
def test_a_line_of_the_books_is_never_changed_nor_deleted(
    session: Session, known: dict[str, Any], change: sa.Update | sa.Delete
) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), session.begin_nested():
        session.execute(change.execution_options(synchronize_session=False))

    assert lines(session) == [(EntryKind.payment, Account.cash, Account.internet, 400)]


@pytest.mark.parametrize("model", [Payment, Offer])
def test_what_something_refers_to_is_not_deleted(
    session: Session, known: dict[str, Any], model: type[Base]
) -> None:
    before = tables(session)

    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(sa.delete(model).execution_options(synchronize_session=False))

    assert tables(session) == before


OFFER = {
    "slug": "spring",
    "name_fr": "Printemps",
    "name_en": "Spring",
    "price_cents": 999_999,
    "months": 60,
    "days": 366,
}


@pytest.mark.parametrize(
    "change",
    [
        {"price_cents": -1},
        {"price_cents": 1_000_000},
        {"months": -1},
        {"months": 61},
        {"days": -1},
        {"days": 367},
        {"months": 0, "days": 0},
        {"slug": "3months"},
    ],
    ids=str,
)
def test_the_database_refuses_an_offer_that_makes_no_sense(
    session: Session, change: dict[str, Any]
) -> None:
    assert refused(session, Offer, OFFER | change)
    assert not refused(session, Offer, OFFER)


# What it costs


def test_a_payment_costs_the_same_however_much_was_paid_before(
    session: Session, queries: list[str]
) -> None:
    costs = []
    for held in (0, 30):
        ada = PCeenFactory()
        for _ in range(held):
            buy(session, ada)
        payment = PaymentFactory(pceen=ada)
        session.rollback()
        queries.clear()
        accept(session, payment)
        costs.append(len(queries))

    assert costs[1] <= costs[0] <= 28
