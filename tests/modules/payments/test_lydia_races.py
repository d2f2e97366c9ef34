"""All that Lydia, browsers, the worker and GRIs may do at once: one delivery exactly."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, pairwise
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import EntryKind, LoginMethod, PaymentStatus
from app.extensions import db
from app.models import (
    Attempt,
    JournalEntry,
    LoginSession,
    OutboxEntry,
    Payment,
    PaymentEvent,
    Subscription,
)
from app.modules.payments import around
from app.modules.payments.effects import PollPayment
from app.modules.payments.mails import MoneyUnmatched
from app.modules.payments.service import books, collect, reconcile
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.factories import PCeenFactory, base as factories
from tests.modules.payments.conftest import (
    CANCEL,
    CONFIRM,
    ONCE,
    Fields,
    Outcome,
    Spoken,
    begun,
    callback,
    cancelled,
    outcome_of,
    resident,
)

S = PaymentStatus
Act = Callable[[], object]


@dataclass
class Site:
    """The site, on a database of its own, with someone about to pay."""

    app: Flask
    lydia: Spoken
    #: The cookie of the payer, and who may revoke.
    secret: str
    payer_id: int
    gri_id: int
    #: The last row of each table, before the test.
    since: dict[type, int]

    def browser(self) -> Client:
        """The payer's browser: one more."""
        client = self.app.test_client()
        assert isinstance(client, Client)
        client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
        with client.session_transaction() as cookie:
            cookie["_user_id"] = self.secret
        return client

    def payment(self, **values: Any) -> Payment:
        """A payment that waits; what is read of it now is all that is used."""
        with self.app.app_context():
            session = db.session()
            payer = session.get_one(collect.PCeen, self.payer_id)
            payment = begun(session, payer, **values)
            session.refresh(payment)
            session.expunge(payment)
            db.session.remove()
        return payment

    def ask(self, work: Callable[[Session], Any]) -> Any:
        """What the database says."""
        with self.app.test_request_context():
            found = work(db.session())
            db.session.remove()
        return found

    def outcome(self, payment: Payment) -> Outcome:
        found: Outcome = self.ask(lambda session: outcome_of(session, payment.id))
        return found

    def new(self, column: Any, *where: Any) -> list[Any]:
        """What there is of a table since the test began."""
        key = column.class_.id
        stmt = sa.select(column).where(key > self.since[column.class_], *where).order_by(key)
        return list(self.ask(lambda session: session.scalars(stmt).all()))

    def faults(self) -> list[str]:
        return list(self.ask(lambda session: list(books.faults(session))))

    # What may happen to a payment, as functions of nothing: each has its own connection

    def called(self, fields: Fields, path: str = CONFIRM) -> Act:
        return lambda: self.app.test_client().post(path, data=fields).status_code

    def polled(self, payment: Payment) -> Act:
        def act() -> str:
            with self.app.test_request_context():
                try:
                    asked = reconcile.poll(db.session(), payment.id, till=around.till())
                finally:
                    db.session.remove()
            return f"poll: {asked.trouble}"

        return act

    def opened(self, path: str) -> Act:
        browser = self.browser()
        return lambda: browser.get(path).status_code

    def sent(self, path: str, **fields: str) -> Act:
        browser = self.browser()
        return lambda: browser.post(path, data=fields).status_code

    def revoked(self, payment: Payment) -> Act:
        def act() -> str:
            with self.app.test_request_context():
                try:
                    with transaction(db.session()) as session:
                        row = session.get_one(Payment, payment.id)
                        gri = session.get_one(collect.PCeen, self.gri_id)
                        collect.revoke(
                            session,
                            payment=row,
                            by=gri,
                            why="test",
                            version=row.version,
                            till=around.till(),
                        )
                except DomainError as refusal:
                    return type(refusal).__name__
                finally:
                    db.session.remove()
            return "revoked"

        return act


TABLES = (JournalEntry, OutboxEntry, Payment, PaymentEvent, Subscription)
ROOMS = count(301)


@pytest.fixture
def site(hall: Flask) -> Iterator[Site]:
    lydia = Spoken()
    hall.extensions["lydia"] = lydia
    with hall.app_context():
        session = db.session()
        factories.use(session)
        payer, gri = resident(room_num=next(ROOMS)), PCeenFactory(slugs=["gri"])
        login = LoginSession(pceen=payer, method=LoginMethod.password)
        session.add(login)
        session.execute(sa.delete(Attempt))
        session.commit()
        last = {one: session.scalar(sa.select(sa.func.max(one.id))) or 0 for one in TABLES}
        site = Site(hall, lydia, login.secret, payer.id, gri.id, last)
        db.session.remove()
    yield site
    with hall.app_context():
        db.session.remove()


def at_once(acts: list[Act]) -> Counter[object]:
    """Do all that at the same time."""
    ready = Barrier(len(acts))

    def do(act: Act) -> object:
        ready.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as workers:
        return Counter(workers.map(do, acts))


@pytest.mark.parametrize("times", [16, 32])
def test_one_confirmation_many_times_at_once_is_one(site: Site, times: int) -> None:
    payment = site.payment()
    said = callback(payment)

    assert at_once([site.called(said) for _ in range(times)]) == {204: times}

    assert site.outcome(payment) == ONCE
    assert site.faults() == []
    outcomes = Counter(site.new(PaymentEvent.outcome))
    assert outcomes == {"accepted": 1, "nothing": times - 1}


@pytest.mark.parametrize("times", [4, 8])
def test_confirmations_polls_and_browsers_at_once_pay_once(site: Site, times: int) -> None:
    payment = site.payment()
    site.lydia.say("1")
    page = f"/payments/{payment.id}"

    answers = at_once(
        [
            act
            for _ in range(times)
            for act in (
                site.called(callback(payment)),
                site.polled(payment),
                site.opened(f"/payments/lydia/success?payment={payment.id}"),
                site.opened(page),
            )
        ]
    )

    assert answers == {204: times, "poll: None": times, 200: 2 * times}
    assert site.outcome(payment) == ONCE
    assert site.faults() == []


def test_a_payment_in_the_making_is_paid_once_by_all_who_say_so_at_once(site: Site) -> None:
    payment = site.payment(status=S.creating)
    site.lydia.say("1")

    def waited() -> str:
        with site.app.test_request_context(), transaction(db.session()) as session:
            accepted = collect.Accepted("u-found", None)
            collect.wait(session, session.get_one(Payment, payment.id), accepted)
        return "waited"

    answers = at_once(
        [
            *(site.called(callback(payment)) for _ in range(6)),
            *(site.polled(payment) for _ in range(6)),
            *(waited for _ in range(4)),
        ]
    )

    assert answers == {204: 6, "poll: None": 6, "waited": 4}
    assert site.outcome(payment) == ONCE
    assert site.faults() == []


@pytest.mark.parametrize("attempt", range(3))
def test_a_confirmation_and_a_cancellation_at_once_pay_once(site: Site, attempt: int) -> None:
    payment = site.payment()
    site.lydia.say("6" if attempt == 1 else "0")

    answers = at_once(
        [
            act
            for _ in range(6)
            for act in (
                site.called(cancelled(payment), CANCEL),
                site.called(callback(payment)),
                site.polled(payment),
            )
        ]
    )

    assert answers == {204: 12, "poll: None": 6}
    assert site.outcome(payment) == ONCE
    assert site.faults() == []


def test_a_confirmation_while_it_is_revoked_never_pays_again(site: Site) -> None:
    payment = site.payment()
    said = callback(payment)
    assert site.called(said)() == 204

    answers = at_once(
        [
            *(site.called(said) for _ in range(10)),
            *(site.revoked(payment) for _ in range(6)),
        ]
    )

    assert answers[204] == 10
    assert answers["revoked"] == 1
    assert site.outcome(payment) == Outcome(S.cancelled, 1, 1, 1)
    assert site.faults() == []
    assert site.new(Subscription.effective_start) == [None]


@pytest.mark.parametrize("attempt", range(3))
def test_a_first_confirmation_and_a_revocation_at_once_agree_with_the_books(
    site: Site, attempt: int
) -> None:
    payment = site.payment()

    answers = at_once(
        [
            *(site.called(callback(payment)) for _ in range(8)),
            *(site.revoked(payment) for _ in range(8)),
        ]
    )

    assert answers[204] == 8
    assert answers["revoked"] <= 1
    status = S.cancelled if answers["revoked"] else S.accepted
    assert site.outcome(payment) == Outcome(status, 1, 1, 1)
    assert site.faults() == []


def test_many_payments_of_one_person_at_once_follow_one_another(site: Site) -> None:
    payments = [site.payment(offer_slug="3months", amount_cents=400) for _ in range(8)]

    acts = [act for one in payments for act in (site.called(callback(one)),) * 2]
    assert at_once(acts) == {204: 16}

    assert {site.outcome(one) for one in payments} == {ONCE}
    assert site.faults() == []
    given = zip(site.new(Subscription.start), site.new(Subscription.end), strict=True)
    assert all(end < start for (_, end), (start, _) in pairwise(sorted(given)))


def again(act: Act) -> Act:
    """Do it as Lydia does: again, as long as the site says that it cannot now."""

    def acts() -> object:
        for _ in range(20):
            answer = act()
            if answer != 503:
                break
        return answer

    return acts


def test_one_transaction_that_is_told_of_two_payments_at_once_pays_one(site: Site) -> None:
    payments = [site.payment(), site.payment()]
    said = [callback(one, transaction_identifier="T1") for one in payments]

    answers = at_once([again(site.called(said[number % 2])) for number in range(16)])

    assert set(answers) == {204, 400}
    assert Counter(site.outcome(one).status for one in payments) == {S.accepted: 1, S.waiting: 1}
    assert site.faults() == []


def test_one_number_of_lydia_that_is_told_of_two_payments_at_once_is_of_one(site: Site) -> None:
    payments = [site.payment(), site.payment()]
    said = [callback(one, request_id="4242") for one in payments]

    answers = at_once([again(site.called(said[number % 2])) for number in range(16)])

    assert set(answers) == {204, 404}
    assert site.faults() == []


def test_money_of_no_payment_that_is_told_many_times_at_once_is_put_aside_once(site: Site) -> None:
    payment = site.payment()
    said = callback(payment, order_ref="PEM-999999-1", request_id="nobody")

    assert at_once([again(site.called(said)) for _ in range(16)]) == {404: 16}

    lines = site.new(JournalEntry.amount_cents, JournalEntry.kind == EntryKind.unmatched)
    assert lines == [1500]
    assert len(site.new(OutboxEntry.id, OutboxEntry.kind == MoneyUnmatched.kind)) == 1
    assert site.faults() == []


def test_what_does_not_fit_and_is_told_many_times_at_once_is_written_each_time(site: Site) -> None:
    payment = site.payment()

    answers = at_once([again(site.called(callback(payment, currency="USD"))) for _ in range(16)])

    assert answers == {400: 16}
    assert site.new(PaymentEvent.outcome) == ["other_currency"] * 16
    assert len(site.new(OutboxEntry.id, OutboxEntry.kind == MoneyUnmatched.kind)) == 1


def test_cancellations_of_no_payment_at_once_are_written_each_time_and_told_of(site: Site) -> None:
    payment = site.payment()
    said = cancelled(payment, order_ref="PEM-999999-1", request_id="nobody")

    assert at_once([again(site.called(said, CANCEL)) for _ in range(16)]) == {404: 16}

    assert site.new(PaymentEvent.outcome) == ["unknown"] * 16
    assert site.new(OutboxEntry.id, OutboxEntry.kind == MoneyUnmatched.kind)


# The person who pays


def test_one_form_sent_many_times_at_once_is_one_payment_and_one_call(site: Site) -> None:
    site.lydia.says = lambda _path, fields: {"error": "0", "request_uuid": fields["order_ref"]}
    typed = {"phone": "0612345678", "idempotency_key": "k"}

    answers = at_once([site.sent("/payments/pay/lydia/12months", **typed) for _ in range(8)])

    assert answers == {303: 8}
    assert len(site.lydia.asked) == 1
    assert site.new(Payment.status) == [S.waiting]


def test_one_form_sent_many_times_while_lydia_is_away_is_one_payment(site: Site) -> None:
    typed = {"phone": "0612345678", "idempotency_key": "k"}

    answers = at_once([site.sent("/payments/pay/lydia/12months", **typed) for _ in range(8)])

    assert set(answers) <= {303, 422}
    assert len(site.lydia.asked) == 1
    assert site.new(Payment.status) == [S.error]


def test_paying_and_being_paid_at_once_get_in_nobodys_way(site: Site) -> None:
    site.lydia.says = lambda _path, fields: {"error": "0", "request_uuid": fields["order_ref"]}
    payment = site.payment()

    answers = at_once(
        [
            *(site.called(callback(payment)) for _ in range(8)),
            *(
                site.sent("/payments/pay/card/3months", idempotency_key=f"k{number}")
                for number in range(6)
            ),
        ]
    )

    assert answers == {204: 8, 303: 6}
    assert site.outcome(payment) == ONCE
    assert site.faults() == []


def test_a_check_asked_for_many_times_at_once_is_one_question(site: Site) -> None:
    payment = site.payment()

    answers = at_once([site.sent(f"/payments/{payment.id}/check") for _ in range(16)])

    assert answers == {303: 1, 429: 15}
    effects = site.new(OutboxEntry.payload, OutboxEntry.kind == PollPayment.kind)
    assert effects == [{"payment_id": payment.id}]


def test_workers_rounds_and_callbacks_at_once_pay_each_payment_once(site: Site) -> None:
    payments = [site.payment(offer_slug="3months", amount_cents=400) for _ in range(4)]
    site.lydia.say("1", amount="4.00")
    for payment in payments:
        assert site.sent(f"/payments/{payment.id}/check")() == 303

    def worked() -> str:
        with site.app.test_request_context():
            run_due(db.session(), all_effects())
            db.session.remove()
        return "worked"

    def reconciled() -> str:
        with site.app.test_request_context():
            reconcile.run(db.session(), till=around.till(), everything=True)
            db.session.remove()
        return "reconciled"

    answers = at_once(
        [
            *(reconciled for _ in range(4)),
            *(site.called(callback(one)) for one in payments for _ in range(2)),
        ]
    )
    assert worked() == "worked"

    assert answers == {"reconciled": 4, 204: 8}
    assert {site.outcome(one) for one in payments} == {ONCE}
    assert site.faults() == []
