"""All that people do at the bar at once: no cent, no bottle and no gram is lost."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import BarKind, PaymentStatus, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import (
    BALANCE_MAX,
    BarAccount,
    BarDailyData,
    BarItem,
    BarTransaction,
    Payment,
    PCeen,
)
from app.modules.bar.service import requests, sales
from app.modules.bar.service.requests import Outcome, asked
from app.modules.bar.service.sales import Order
from app.modules.lives import around as lives, queries as people
from app.modules.lives.service import merge
from app.modules.lives.service.merge import Pair
from app.modules.payments import around
from app.modules.payments.service import collect, reconcile
from tests import secrets
from tests.modules.bar.counter import new_key
from tests.modules.bar.ledger_site import CANCEL, Act, Site, at_once, said_by_lydia
from tests.modules.payments.conftest import Spoken, state_of

SERVES, RUNS = ((T.write, S.bar),), ((T.all, S.bar),)
BEER = Decimal("14.4")


@pytest.fixture
def site(shared: Flask) -> Iterator[Site]:
    shared.extensions["lydia"] = Spoken()
    yield Site(shared)
    with shared.app_context():
        db.session.remove()


@pytest.fixture
def barman(site: Site) -> str:
    """The cookie of who serves."""
    return site.cookie(site.customer(rights=SERVES))


@pytest.fixture
def boss(site: Site) -> str:
    """The cookie of who runs the bar."""
    return site.cookie(site.customer(rights=RUNS))


FUNDS, STOCK, ALCOHOL = (422, "funds"), (422, "stock"), (422, "alcohol")


# Sales


@pytest.mark.parametrize(
    ("cents", "times", "expected", "left"),
    [
        (5000, 40, {201: 40}, 1000),
        (5000, 60, {201: 50, FUNDS: 10}, 0),
        (500, 40, {201: 5, FUNDS: 35}, 0),
        (599, 16, {201: 5, FUNDS: 11}, 99),
    ],
)
def test_purchases_at_once_spend_what_there_is(
    site: Site, barman: str, cents: int, times: int, expected: dict[object, int], left: int
) -> None:
    ada, juice = site.customer(cents), site.item(quantity=100)

    answers = at_once(
        [site.sent(barman, f"/api/bar/pay/{ada}/{juice}") for _ in range(times)], most=60
    )

    assert answers == expected
    assert site.balance(ada) == left
    assert site.stock(juice) == 100 - expected[201]
    assert site.lines() == expected[201]
    assert site.faults() == []


@pytest.mark.parametrize(("stock", "buyers"), [(3, 8), (1, 32)])
def test_what_is_left_is_sold_once(site: Site, barman: str, stock: int, buyers: int) -> None:
    juice = site.item(quantity=stock)
    clients = [site.customer(500) for _ in range(buyers)]

    answers = at_once([site.sent(barman, f"/api/bar/pay/{one}/{juice}") for one in clients])

    assert answers == {201: stock, STOCK: buyers - stock}
    assert site.stock(juice) == 0
    assert site.faults() == []


def test_the_cap_of_the_day_is_not_passed(site: Site, barman: str) -> None:
    ada, beer = site.customer(10_000), site.item(alcohol_mass=BEER)

    answers = at_once([site.sent(barman, f"/api/bar/pay/{ada}/{beer}") for _ in range(32)])

    assert answers == {201: 2, ALCOHOL: 30}
    grams = site.ask(lambda session: session.scalars(sa.select(BarDailyData.alcohol_bought)).all())
    assert grams == [Decimal("28.8")]
    assert site.faults() == []


def test_a_cap_that_two_reach_at_once_is_not_passed(site: Site, barman: str) -> None:
    ada = site.customer(10_000)
    drinks = [site.item(alcohol_mass=Decimal(30)), site.item(alcohol_mass=Decimal(30))]

    answers = at_once([site.sent(barman, f"/api/bar/pay/{ada}/{one}") for one in drinks])

    assert answers == {201: 1, ALCOHOL: 1}
    assert site.faults() == []


# The same request


def test_one_tap_that_is_sent_a_hundred_times_sells_once(site: Site, barman: str) -> None:
    ada, juice, key = site.customer(5000), site.item(quantity=100), new_key()
    path = f"/api/bar/pay/{ada}/{juice}"

    answers = at_once([site.told(barman, path, key) for _ in range(100)], most=32)

    assert len(answers) == 1
    assert [status for status, _text in answers] == [201]  # type: ignore[misc]
    assert site.balance(ada) == 4900
    assert site.stock(juice) == 99
    assert site.lines() == 1
    assert site.faults() == []


def test_one_key_for_two_things_is_for_the_first(site: Site, barman: str) -> None:
    ada, key = site.customer(5000), new_key()
    items = [site.item(), site.item()]

    answers = at_once(
        [site.sent(barman, f"/api/bar/pay/{ada}/{items[one % 2]}", key) for one in range(32)]
    )

    assert answers == {201: 16, (409, "idempotency_key"): 16}
    assert site.lines() == 1
    assert site.faults() == []


@pytest.mark.parametrize("attempt", range(3))
def test_one_key_for_several_accounts_is_for_the_first(
    site: Site, barman: str, attempt: int
) -> None:
    """They lock nothing in common: the key alone tells."""
    clients, key = [site.customer(5000) for _ in range(8)], new_key()

    answers = at_once(
        [
            site.sent(barman, f"/api/bar/top_up/{one}", key, amount="1", method="cash")
            for one in clients * 3
        ]
    )

    assert answers == {201: 3, (409, "idempotency_key"): 21}
    assert site.lines() == 1
    assert site.faults() == []


def test_one_undoing_that_is_sent_many_times_is_one(site: Site, barman: str) -> None:
    ada, juice, key = site.customer(5000), site.item(quantity=5), new_key()
    assert site.sent(barman, f"/api/bar/pay/{ada}/{juice}")() == 201
    path = f"/api/bar/revert_transaction/{_last(site)}"

    answers = at_once([site.told(barman, path, key) for _ in range(32)])

    assert [status for status, _text in answers] == [201]  # type: ignore[misc]
    assert site.lines() == 2
    assert (site.balance(ada), site.stock(juice)) == (5000, 5)
    assert site.faults() == []


def test_what_many_undo_at_once_is_undone_once(site: Site, barman: str) -> None:
    ada, juice = site.customer(5000), site.item(quantity=5)
    assert site.sent(barman, f"/api/bar/pay/{ada}/{juice}")() == 201
    path = f"/api/bar/revert_transaction/{_last(site)}"

    answers = at_once([site.sent(barman, path) for _ in range(16)])

    assert answers == {201: 1, (422, "reversed"): 15}
    assert (site.balance(ada), site.stock(juice)) == (5000, 5)
    assert site.faults() == []


def _last(site: Site) -> int:
    stmt = sa.select(sa.func.max(BarTransaction.id))
    return site.ask(lambda session: session.execute(stmt).scalar_one())


@pytest.mark.parametrize("path", ["/api/bar/deposit/{}", "/api/bar/deposit/{}/refund"])
def test_a_caution_is_taken_and_given_back_once(site: Site, barman: str, path: str) -> None:
    ada = site.customer(500)
    if not path.endswith("refund"):
        assert site.sent(barman, f"/api/bar/deposit/{ada}/refund")() == 201

    answers = at_once([site.sent(barman, path.format(ada)) for _ in range(16)])

    assert answers[201] == 1
    assert answers.total() == 16
    assert {one[1] for one in answers if one != 201} <= {"deposit_there", "no_deposit"}  # type: ignore[index]
    assert site.faults() == []


# People who are in the way of one another


def test_two_who_serve_each_other_get_in_nobodys_way(site: Site) -> None:
    ada, bob = (site.customer(50_000, rights=SERVES) for _ in range(2))
    cookies = {key: site.cookie(key) for key in (ada, bob)}
    items = [site.item(quantity=500) for _ in range(2)]

    def serves(by: int, whom: int) -> Act:
        paths = [f"/api/bar/pay/{whom}/{one}" for one in items]
        taps = [site.sent(cookies[by], path) for path in paths * 3]
        taps.append(site.sent(cookies[by], f"/api/bar/top_up/{whom}", amount="1", method="cash"))
        return lambda: tuple(tap() for tap in taps)

    answers = at_once([serves(*pair) for pair in ((ada, bob), (bob, ada)) * 6])

    assert answers == {(201,) * 7: 12}
    assert site.balance(ada) == site.balance(bob) == 50_000 - 36 * 100 + 6 * 100
    assert [site.stock(one) for one in items] == [464, 464]
    assert site.faults() == []


def test_who_sells_and_who_changes_what_is_sold_at_once(site: Site, barman: str) -> None:
    ada, juice = site.customer(100_000), site.item(quantity=10)

    def edits(number: int) -> Act:
        def work(session: Session) -> None:
            item = session.get_one(BarItem, juice)
            lock(session, item)
            item.price_cents = 100 + number
            item.version += 1

        return site.done(work)

    taps = [site.sent(barman, f"/api/bar/pay/{ada}/{juice}") for _ in range(16)]
    answers = at_once([*taps, *(edits(number) for number in range(8))])

    assert answers == {201: 10, STOCK: 6, "done": 8}
    assert site.stock(juice) == 0
    assert site.faults() == []


def test_a_price_that_was_seen_is_the_one_that_is_paid(site: Site, barman: str) -> None:
    ada, juice = site.customer(100_000), site.item(price_cents=100)

    def edit(session: Session) -> None:
        item = session.get_one(BarItem, juice)
        lock(session, item)
        item.price_cents = 150

    path = f"/api/bar/pay/{ada}/{juice}"
    answers = at_once(
        [*(site.sent(barman, path, expected_price=100) for _ in range(16)), site.done(edit)]
    )

    assert set(answers) <= {201, 409, "done"}
    prices = site.ask(lambda session: session.scalars(sa.select(BarTransaction.price_cents)).all())
    assert set(prices) <= {100}
    assert site.faults() == []


def test_sales_and_undoings_and_money_at_once(site: Site, barman: str, boss: str) -> None:
    ada, juice = site.customer(5000), site.item(quantity=50)
    sold = []
    for _ in range(8):
        assert site.sent(barman, f"/api/bar/pay/{ada}/{juice}")() == 201
        sold.append(_last(site))

    answers = at_once(
        [
            *(site.sent(barman, f"/api/bar/revert_transaction/{one}") for one in sold * 2),
            *(site.sent(barman, f"/api/bar/pay/{ada}/{juice}") for _ in range(8)),
            *(
                site.sent(barman, f"/api/bar/top_up/{ada}", amount="3", method="cash")
                for _ in range(4)
            ),
            *(
                site.sent(boss, f"/api/bar/refund/{ada}", amount="1", method="cash")
                for _ in range(4)
            ),
            *(
                site.sent(boss, f"/api/bar/adjust/{ada}", amount="-0,50", reason="r")
                for _ in range(4)
            ),
        ]
    )

    assert answers == {201: 8 + 8 + 4 + 4 + 4, (422, "reversed"): 8}
    assert site.balance(ada) == 5000 - 800 + 1200 - 400 - 200
    assert site.stock(juice) == 42
    assert site.faults() == []


# What is paid online


def polled(site: Site, payment: Payment) -> Act:
    def act() -> object:
        with site.app.test_request_context():
            try:
                found = reconcile.poll(db.session(), payment.id, till=around.till())
            finally:
                db.session.remove()
        return f"poll: {found.trouble}"

    return act


def again(act: Act) -> Act:
    """Do it as Lydia does: again, as long as the site says that it cannot now."""

    def acts() -> object:
        for _ in range(20):
            answer = act()
            if answer != 503:
                break
        return answer

    return acts


def test_two_top_ups_begun_at_once_never_bring_more_than_an_account_holds(site: Site) -> None:
    ada = site.customer(BALANCE_MAX - 1500)
    cookie = site.cookie(ada)
    site.app.extensions["lydia"].says = lambda _path, fields: {
        "error": "0",
        "request_uuid": f"u{fields['order_ref']}",
        "request_id": fields["order_ref"],
    }

    answers = at_once(
        [site.posted(cookie, "/bar/recharge", amount=typed) for typed in ("10,00", "11,00")]
    )

    assert answers == {303: 1, 422: 1}
    waiting = sa.select(sa.func.count()).select_from(Payment)
    assert site.ask(lambda session: session.execute(waiting).scalar_one()) == 1


def test_a_confirmation_told_a_hundred_times_credits_once(site: Site) -> None:
    ada = site.customer(0, rights=((T.read, S.bar),))
    payment, cookie = site.payment(ada, 2000), site.cookie(ada)
    site.app.extensions["lydia"].says = lambda _path, fields: state_of(
        "1", amount="20.00", uuid=fields["request_uuid"], token=secrets.BAR_PRIVATE
    )
    said = said_by_lydia(payment)

    answers = at_once(
        [
            *(site.called(said) for _ in range(100)),
            *(polled(site, payment) for _ in range(12)),
            *(site.opened(cookie, f"/bar/lydia/success?payment={payment.id}") for _ in range(12)),
        ],
        most=32,
    )

    assert answers[204] == 100, answers
    assert answers["poll: None"] == 12, answers
    assert set(answers) <= {204, "poll: None", 200, 302, 303}
    assert site.balance(ada) == 2000
    assert site.lines(BarTransaction.payment_id == payment.id) == 1
    assert site.status(payment) is PaymentStatus.accepted
    assert site.faults() == []


def test_a_confirmation_and_a_cancellation_at_once_credit_once(site: Site) -> None:
    ada = site.customer(0)
    payment = site.payment(ada)
    cancel = said_by_lydia(payment, transaction_identifier=None)

    answers = at_once(
        [
            act
            for _ in range(8)
            for act in (site.called(said_by_lydia(payment)), site.called(cancel, CANCEL))
        ]
    )

    assert answers == {204: 16}
    assert site.balance(ada) == 2000
    assert site.faults() == []


def test_sales_top_ups_and_confirmations_at_once_add_up(site: Site, barman: str) -> None:
    ada, juice = site.customer(5000), site.item(quantity=100)
    payments = [site.payment(ada, 1000 + one) for one in range(4)]

    answers = at_once(
        [
            *(site.sent(barman, f"/api/bar/pay/{ada}/{juice}") for _ in range(16)),
            *(
                site.sent(barman, f"/api/bar/top_up/{ada}", amount="1", method="card")
                for _ in range(8)
            ),
            *(site.called(said_by_lydia(one)) for one in payments for _ in range(3)),
        ]
    )

    assert answers == {201: 24, 204: 12}
    assert site.balance(ada) == 5000 - 1600 + 800 + 4006
    assert site.faults() == []


def revoked(site: Site, payment: Payment, by: int) -> Act:
    """What the GRIs do on the page of a payment."""

    def work(session: Session) -> None:
        row = session.get_one(Payment, payment.id)
        collect.revoke(
            session,
            payment=row,
            by=session.get_one(PCeen, by),
            why="Erreur",
            version=row.version,
            till=around.till(),
        )

    return site.done(work)


@pytest.mark.parametrize("attempt", range(2))
def test_what_gris_revoke_and_managers_undo_while_it_is_spent(
    site: Site, barman: str, boss: str, attempt: int
) -> None:
    ada, gri, juice = site.customer(500), site.customer(), site.item(price_cents=100)
    payment = site.payment(ada, 2000)
    assert site.called(said_by_lydia(payment))() == 204
    path = f"/api/bar/revert_transaction/{_last(site)}"

    answers = at_once(
        [
            *(site.sent(boss, path, reason="r") for _ in range(6)),
            *(revoked(site, payment, gri) for _ in range(6)),
            *(site.sent(barman, f"/api/bar/pay/{ada}/{juice}") for _ in range(8)),
            *(site.called(said_by_lydia(payment)) for _ in range(4)),
        ]
    )

    allowed = {201, 204, "done", "RevokedAlready", "StalePayment", "BalanceTooLow", FUNDS}
    assert set(answers) <= allowed | {(422, "reversed"), (422, "balance")}
    undone = site.lines(BarTransaction.type == BarKind.reversal)
    is_cancelled = site.status(payment) is PaymentStatus.cancelled
    assert undone == int(is_cancelled)
    sold = site.lines(BarTransaction.type == BarKind.pay_item)
    assert site.balance(ada) == 500 + 2000 - sold * 100 - undone * 2000
    assert site.faults() == []


# Merged accounts


def merging(site: Site, kept: int, absorbed: int) -> Act:
    def work(session: Session) -> None:
        pair = Pair(kept=people.one(session, kept), absorbed=people.one(session, absorbed))
        merge.merge(session, pair=pair, parts=lives.parts(), actor=None)

    def act() -> object:
        for _ in range(10):
            try:
                return site.done(work)()
            except sa.exc.OperationalError as error:
                if not requests.is_deadlock(error):
                    raise
        return "never done"

    return act


@pytest.mark.parametrize("attempt", range(2))
def test_an_account_that_is_merged_while_it_is_used_loses_nothing(
    site: Site, barman: str, attempt: int
) -> None:
    kept, absorbed, juice = site.customer(1000), site.customer(5000), site.item(quantity=100)
    payments = [site.payment(absorbed, 1000) for _ in range(4)]
    assert site.sent(barman, f"/api/bar/pay/{absorbed}/{juice}")() == 201
    sale = _last(site)

    answers = at_once(
        [
            *(site.sent(barman, f"/api/bar/pay/{absorbed}/{juice}") for _ in range(8)),
            *(
                site.sent(barman, f"/api/bar/top_up/{absorbed}", amount="1", method="card")
                for _ in range(8)
            ),
            *(again(site.called(said_by_lydia(one))) for one in payments),
            *(site.sent(barman, f"/api/bar/pay/{kept}/{juice}") for _ in range(4)),
            site.sent(barman, f"/api/bar/revert_transaction/{sale}"),
            merging(site, kept, absorbed),
        ]
    )

    assert answers["done"] == 1
    assert answers[204] == 4
    assert set(answers) <= {"done", 201, 204, 404}
    sold = site.lines(BarTransaction.type == BarKind.pay_item)
    given_back = site.lines(BarTransaction.type == BarKind.reversal)
    paid = site.lines(BarTransaction.type == BarKind.top_up, BarTransaction.payment_id.is_(None))
    assert site.balance(kept) == 6000 + 4000 + paid * 100 - (sold - given_back) * 100
    assert site.stock(juice) == 100 - sold + given_back
    site.opening = {kept: 6000}
    assert site.faults(is_chained=False) == []


# Deadlocks


def test_what_a_server_gives_up_is_done_all_the_same(site: Site) -> None:
    """Two who lock the same accounts, each in its order: nothing here does, on purpose."""
    with site.app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no locks of rows")
    ada, bob, juice = site.customer(500), site.customer(500), site.item()
    by = site.customer(rights=SERVES)
    both, tries = Barrier(2), Counter[int]()

    def sells(first: int, then: int) -> Act:
        def act() -> object:
            with site.app.test_request_context():
                session = db.session()
                question = asked(session.get_one(PCeen, by), new_key(), "pay")

                def work(session: Session) -> Outcome:
                    tries[first] += 1
                    lock(session, session.get_one(BarAccount, then))
                    if tries[first] == 1:
                        both.wait(30)
                    return sales.sell(session, Order(first, juice), request=question)

                try:
                    requests.once(session, question, work)
                finally:
                    db.session.remove()
            return "sold"

        return act

    assert at_once([sells(ada, bob), sells(bob, ada)]) == {"sold": 2}

    assert tries.total() == 3
    assert site.balance(ada) == site.balance(bob) == 400
    assert site.faults() == []
