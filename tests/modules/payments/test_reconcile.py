"""Asking Lydia what became of payments, for when it could not say (network-b B5.6, 6 and 7)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import EventSource, PaymentMethod, PaymentStatus, PaymentType
from app.integrations.lydia import LydiaAway, LydiaGarbled, Order
from app.models import JobRun, OutboxEntry, Payment, PaymentEvent, Subscription
from app.modules.intrarez.service import subscriptions
from app.modules.payments import around, jobs
from app.modules.payments.rules import polls
from app.modules.payments.service import collect, reconcile
from app.modules.payments.service.reconcile import Asked
from app.web.module import all_effects
from app.worker import run_due, run_job
from tests import secrets
from tests.client import Client
from tests.modules.payments.conftest import (
    CONFIRM,
    ONCE,
    Outcome,
    Sandbox,
    Spoken,
    Wait,
    callback,
    faults,
    outcome_of,
    state_of,
)

S = PaymentStatus
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOTHING = Outcome(S.waiting, 0, 0, 0)

Clock = time_machine.Traveller
Round = Callable[..., list[Asked]]


@pytest.fixture
def now() -> Iterator[Clock]:
    with time_machine.travel(NOON, tick=False) as now:
        yield now


@pytest.fixture
def round_(app: Flask, session: Session, lydia: Spoken, now: Clock) -> Round:
    """One round of the job: ``round_()``, ``round_(everything=True)``."""

    def _round(*, everything: bool = False) -> list[Asked]:
        session.commit()
        with app.test_request_context():
            found = reconcile.run(session, till=around.till(), everything=everything)
        session.commit()
        return found

    return _round


@pytest.fixture
def poll(app: Flask, session: Session, lydia: Spoken, now: Clock) -> Callable[[Payment], Asked]:
    def _poll(payment: Payment) -> Asked:
        session.commit()
        with app.test_request_context():
            asked = reconcile.poll(session, payment.id, till=around.till())
        session.commit()
        return asked

    return _poll


def events(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    rows = session.scalars(sa.select(PaymentEvent).order_by(PaymentEvent.id)).all()
    assert all(one.source is EventSource.poll for one in rows)
    return [(one.outcome, one.body) for one in rows]


def status_of(session: Session, payment: Payment) -> PaymentStatus:
    session.refresh(payment)
    return payment.status


# When


def minutes_asked(round_: Round, lydia: Spoken, now: Clock, *, until: timedelta) -> list[int]:
    """The minutes, from the creation on, at which Lydia is asked by a job of each minute."""
    found = []
    for minute in range(until // MINUTE + 1):
        now.move_to(NOON + minute * MINUTE)
        if round_():
            found.append(minute)
    return found


def test_lydia_is_asked_after_1_5_15_and_60_minutes(
    round_: Round, lydia: Spoken, now: Clock, wait: Wait
) -> None:
    wait()
    lydia.say("0")

    assert minutes_asked(round_, lydia, now, until=timedelta(hours=3)) == [1, 5, 15, 60]


def test_then_each_day_until_the_thirtieth(
    round_: Round, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait()
    lydia.say("0")
    now.move_to(NOON + timedelta(hours=2))
    round_()
    days = []
    for hour in range(3, 24 * 33):
        now.move_to(NOON + timedelta(hours=hour))
        if round_():
            days.append(hour / 24)

    assert days == list(range(1, 30))
    assert status_of(session, payment) is S.error
    assert lydia.asked[0][0] == "request/state.json"


@pytest.mark.once
def test_the_next_time_is_always_later_and_a_day_away_at_most() -> None:
    moment = NOON
    for _ in range(60):
        following = polls.next_poll(NOON, moment)
        assert moment < following <= moment + timedelta(days=1)
        moment = following


def test_a_payment_in_the_making_is_an_error_after_fifteen_minutes(
    round_: Round, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait(status=S.creating)
    now.move_to(NOON + timedelta(minutes=15) - timedelta(seconds=1))
    assert round_() == []
    assert status_of(session, payment) is S.creating

    now.move_to(NOON + timedelta(minutes=15))
    (asked,) = round_()

    assert status_of(session, payment) is S.error
    assert asked.trouble == "no state: error 1"
    assert lydia.asked == [
        (
            "request/state.json",
            {"vendor_token": secrets.VENDOR, "order_ref": payment.order_ref},
        )
    ]


def test_a_payment_that_waits_for_thirty_days_is_an_error(
    round_: Round, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait()
    lydia.say("0")
    now.move_to(NOON + timedelta(days=30) - timedelta(seconds=1))
    round_()
    assert status_of(session, payment) is S.waiting

    now.move_to(NOON + timedelta(days=30))
    assert round_() == []
    assert status_of(session, payment) is S.error


def test_money_that_comes_after_thirty_days_counts(
    round_: Round, client: Client, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait()
    now.move_to(NOON + timedelta(days=40))
    round_()

    assert client.post(CONFIRM, data=callback(payment)).status_code == 204
    assert outcome_of(session, payment.id) == ONCE


def test_an_error_whose_number_is_unknown_is_asked_about_by_its_reference_for_a_day(
    round_: Round, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait(status=S.error)

    assert minutes_asked(round_, lydia, now, until=timedelta(hours=25)) == [1, 5, 15, 60]
    assert {fields.get("order_ref") for _, fields in lydia.asked} == {payment.order_ref}
    now.move_to(NOON + timedelta(hours=24))
    assert round_(everything=True) == []


def test_an_error_whose_number_is_known_is_over(round_: Round, now: Clock, wait: Wait) -> None:
    wait(status=S.error, lydia_uuid="u-known")
    now.move_to(NOON + timedelta(minutes=5))

    assert round_(everything=True) == []


@pytest.mark.parametrize("status", [S.accepted, S.refused, S.cancelled], ids=str)
def test_what_is_over_is_not_asked_about(
    round_: Round, now: Clock, wait: Wait, status: PaymentStatus
) -> None:
    wait(status=status, payed_at=clock.now() if status is S.accepted else None)
    now.move_to(NOON + timedelta(minutes=5))

    assert round_(everything=True) == []


@pytest.mark.parametrize(
    "method", [PaymentMethod.cash, PaymentMethod.transfer, PaymentMethod.gift], ids=str
)
def test_lydia_is_not_asked_about_money_that_it_never_saw(
    round_: Round, now: Clock, wait: Wait, method: PaymentMethod
) -> None:
    wait(status=S.error, method=method, amount_cents=0)
    now.move_to(NOON + timedelta(minutes=5))

    assert round_(everything=True) == []


# What is answered


def test_a_payment_that_is_paid_is_credited(
    app: Flask, poll: Callable[[Payment], Asked], lydia: Spoken, session: Session, wait: Wait
) -> None:
    payment = wait()
    lydia.say("1")

    assert poll(payment) == Asked(payment.id, S.accepted)

    assert outcome_of(session, payment.id) == ONCE
    assert [outcome for outcome, _ in events(session)] == ["accepted"]
    assert status_of(session, payment) is S.accepted
    assert payment.next_poll_at is None
    assert poll(payment) == Asked(payment.id, S.accepted)
    assert outcome_of(session, payment.id) == ONCE
    assert faults(app, session) == []


@pytest.mark.parametrize(
    ("said", "status"),
    [("0", S.waiting), ("5", S.refused), ("6", S.cancelled), ("2", S.error), ("x", S.error)],
)
def test_what_lydia_says_of_a_payment_is_what_it_becomes(
    poll: Callable[[Payment], Asked],
    lydia: Spoken,
    session: Session,
    wait: Wait,
    said: str,
    status: PaymentStatus,
) -> None:
    payment = wait()
    lydia.say(said)

    assert poll(payment) == Asked(payment.id, status)

    assert outcome_of(session, payment.id) == Outcome(status, 0, 0, 0)
    outcome = "nothing" if status is S.waiting else status
    assert [one for one, _ in events(session)] == [outcome]


@pytest.mark.parametrize(
    "before", [S.creating, S.waiting, S.refused, S.cancelled, S.error], ids=str
)
def test_money_that_lydia_took_counts_whatever_was_thought_before(
    app: Flask,
    poll: Callable[[Payment], Asked],
    lydia: Spoken,
    session: Session,
    wait: Wait,
    before: PaymentStatus,
) -> None:
    payment = wait(status=before)
    lydia.say("1")

    assert poll(payment).status is S.accepted
    assert outcome_of(session, payment.id) == ONCE
    assert faults(app, session) == []


@pytest.mark.parametrize("said", ["0", "5", "6", "9"])
def test_nothing_that_lydia_says_later_undoes_a_payment(
    client: Client,
    poll: Callable[[Payment], Asked],
    lydia: Spoken,
    session: Session,
    wait: Wait,
    said: str,
) -> None:
    payment = wait()
    client.post(CONFIRM, data=callback(payment))
    lydia.say(said)

    assert poll(payment).status is S.accepted
    assert outcome_of(session, payment.id) == ONCE


def test_a_payment_whose_answer_was_lost_is_found_by_its_reference_even_if_paid_later(
    app: Flask, round_: Round, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait(status=S.error)
    lydia.say("0", uuid="u-found")
    now.shift(MINUTE)
    assert len(round_()) == 1
    assert outcome_of(session, payment.id).status is S.error

    lydia.say("1", uuid="u-found")
    for _ in range(4):
        now.shift(MINUTE)
        round_()

    assert outcome_of(session, payment.id) == ONCE
    session.refresh(payment)
    assert payment.lydia_uuid == "u-found"
    assert faults(app, session) == []


def test_a_payment_that_was_cut_short_and_asked_about_at_once_is_found_if_paid_later(
    poll: Callable[[Payment], Asked],
    round_: Round,
    lydia: Spoken,
    now: Clock,
    session: Session,
    wait: Wait,
) -> None:
    payment = wait(status=S.creating)
    lydia.say("0", uuid="u-found")
    poll(payment)
    now.shift(timedelta(minutes=16))
    round_()

    lydia.say("1", uuid="u-found")
    now.shift(timedelta(minutes=44))
    round_()

    assert outcome_of(session, payment.id) == ONCE


def test_a_number_of_lydia_that_another_payment_has_is_not_taken(
    poll: Callable[[Payment], Asked], lydia: Spoken, session: Session, wait: Wait
) -> None:
    one, other = wait(), wait(status=S.creating)
    lydia.say("0", uuid=one.lydia_uuid)

    poll(other)

    session.refresh(other)
    assert other.lydia_uuid is None


# What is not believed


DOUBTFUL = {
    "signed by the bar": lambda uuid: state_of(
        "1", amount="15.00", uuid=uuid, token=secrets.BAR_PRIVATE
    ),
    "signed for another amount": lambda uuid: (
        state_of("1", amount="16.00", uuid=uuid) | {"amount": "15.00"}
    ),
    "of another request": lambda _uuid: state_of("1", amount="15.00", uuid="u-other"),
    "without an amount": lambda uuid: (
        state_of("1", amount="15.00", uuid=uuid) | {"amount": "fifteen"}
    ),
}


@pytest.mark.parametrize("answer", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_not_signed_changes_nothing_and_is_kept(
    poll: Callable[[Payment], Asked],
    lydia: Spoken,
    session: Session,
    wait: Wait,
    answer: Callable[[str | None], dict[str, object]],
) -> None:
    payment = wait()
    lydia.says = lambda _path, _fields: answer(payment.lydia_uuid)

    asked = poll(payment)

    assert asked.trouble is not None
    assert not asked.is_silent
    assert outcome_of(session, payment.id) == NOTHING
    ((outcome, body),) = events(session)
    assert outcome == "unsure"
    assert secrets.token_in(body) is None
    session.refresh(payment)
    assert payment.next_poll_at == NOON + MINUTE


def test_another_amount_changes_nothing_and_is_kept(
    poll: Callable[[Payment], Asked], lydia: Spoken, session: Session, wait: Wait
) -> None:
    payment = wait()
    lydia.say("1", amount="14.99")

    assert poll(payment).trouble == "another amount"

    assert outcome_of(session, payment.id) == NOTHING
    assert [outcome for outcome, _ in events(session)] == ["other_amount"]


@pytest.mark.parametrize("error", ["unreadable answer", "HTTP 500"])
def test_a_page_in_the_place_of_an_answer_changes_nothing_and_is_kept(
    poll: Callable[[Payment], Asked], lydia: Spoken, session: Session, wait: Wait, error: str
) -> None:
    payment = wait()
    lydia.fail(LydiaGarbled(error))

    asked = poll(payment)

    assert (asked.trouble, asked.is_silent) == (error, True)
    assert outcome_of(session, payment.id) == NOTHING
    assert events(session) == [("unsure", error)]


def test_silence_changes_nothing_and_lydia_is_asked_again_within_five_minutes(
    poll: Callable[[Payment], Asked], lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait()
    lydia.fail(LydiaAway("no answer: ReadTimeoutError"))
    now.shift(timedelta(hours=2))

    assert poll(payment).is_silent

    assert outcome_of(session, payment.id) == NOTHING
    assert events(session) == []
    session.refresh(payment)
    assert payment.next_poll_at == clock.now() + timedelta(minutes=5)


# Outages


def test_after_three_hours_of_silence_all_that_was_paid_is_credited_within_fifteen_minutes(
    app: Flask, round_: Round, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payments = [wait(offer_slug="3months", amount_cents=400) for _ in range(20)]
    lydia.fail(LydiaAway("no answer: NewConnectionError"))
    for _ in range(180):
        now.shift(MINUTE)
        round_()

    lydia.say("1", amount="4.00")
    for _ in range(15):
        now.shift(MINUTE)
        round_()

    assert {outcome_of(session, one.id) for one in payments} == {ONCE}
    assert faults(app, session) == []


def test_three_silences_in_a_row_end_the_round(
    round_: Round, lydia: Spoken, now: Clock, wait: Wait
) -> None:
    for _ in range(8):
        wait()
    lydia.fail(LydiaAway("no answer: ReadTimeoutError"))
    now.shift(MINUTE)

    assert len(round_()) == 3
    assert len(round_()) == 3
    assert len(round_()) == 2
    assert round_() == []


def test_two_silences_and_an_answer_do_not_end_the_round(
    round_: Round, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payments = [wait() for _ in range(9)]

    def says(_path: str, fields: dict[str, str]) -> dict[str, object]:
        if len(lydia.asked) % 3:
            raise LydiaAway("no answer: ReadTimeoutError")
        return state_of("1", amount="15.00", uuid=fields["request_uuid"])

    lydia.says = says
    now.shift(MINUTE)

    assert len(round_()) == 9
    assert sum(status_of(session, one) is S.accepted for one in payments) == 3


def test_one_payment_that_fails_does_not_keep_the_others_from_their_turn(
    round_: Round,
    lydia: Spoken,
    now: Clock,
    session: Session,
    wait: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payments = [wait(offer_slug="3months", amount_cents=400) for _ in range(5)]
    lydia.say("1", amount="4.00")
    find = subscriptions.queries.of_payment

    def finds(session: Session, key: int) -> Subscription | None:
        if key == payments[1].id:
            raise ZeroDivisionError
        return find(session, key)

    with monkeypatch.context() as broken:
        broken.setattr(subscriptions.queries, "of_payment", finds)
        now.shift(MINUTE)
        asked = round_()

    assert asked[1] == Asked(payments[1].id, S.waiting, "ZeroDivisionError")

    assert [status_of(session, one) for one in payments] == [
        S.accepted, S.waiting, S.accepted, S.accepted, S.accepted
    ]  # fmt: skip
    now.shift(5 * MINUTE)
    round_()
    assert outcome_of(session, payments[1].id) == ONCE


@pytest.fixture
def job(app: Flask, session: Session, lydia: Spoken, now: Clock) -> Callable[[], JobRun | None]:
    """The job, as the worker runs it."""

    def _job() -> JobRun | None:
        session.commit()
        with app.test_request_context():
            return run_job(session, jobs.RECONCILE, due_at=clock.now())

    return _job


def test_a_site_that_was_stopped_for_an_hour_asks_about_all_that_waits_at_once(
    job: Callable[[], JobRun | None], lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payments = [wait(offer_slug="3months", amount_cents=400) for _ in range(5)]
    lydia.say("0", amount="4.00")
    for _ in range(61):
        now.shift(MINUTE)
        job()
    asked = len(lydia.asked)

    lydia.say("1", amount="4.00")
    now.shift(timedelta(hours=1))
    job()

    assert len(lydia.asked) == asked + 5
    assert {outcome_of(session, one.id) for one in payments} == {ONCE}


def test_a_site_that_was_not_stopped_asks_about_what_is_due_alone(
    job: Callable[[], JobRun | None], lydia: Spoken, now: Clock, wait: Wait
) -> None:
    wait()
    lydia.say("0")
    job()
    asked = len(lydia.asked)
    now.shift(timedelta(seconds=30))
    job()

    assert asked == 1  # it never ran before
    assert len(lydia.asked) == 1


def test_whether_the_site_was_stopped_is_told_by_runs_that_ended_well(
    session: Session, now: Clock
) -> None:
    def stopped() -> bool:
        return reconcile.was_stopped(session, "payments.reconcile", now=clock.now())

    def ran(**values: object) -> None:
        session.add(JobRun(job="payments.reconcile", due_at=clock.now(), **values))
        session.commit()
        now.shift(MINUTE)

    assert stopped()
    ran(ended_at=None)
    assert stopped()
    ran(ended_at=clock.now(), error="oops")
    assert stopped()
    session.add(JobRun(job="another", due_at=clock.now(), ended_at=clock.now()))
    session.commit()
    assert stopped()
    ran(ended_at=clock.now())
    assert not stopped()
    now.shift(timedelta(minutes=3))
    assert not stopped()
    now.shift(timedelta(minutes=2))
    assert stopped()


def test_without_lydia_nothing_is_asked_and_what_is_too_old_ends_all_the_same(
    app: Flask,
    round_: Round,
    now: Clock,
    session: Session,
    wait: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payment = wait(status=S.creating)
    monkeypatch.setitem(app.extensions, "lydia", None)
    now.shift(timedelta(hours=1))

    assert round_(everything=True) == []
    assert status_of(session, payment) is S.error


# The effect of the outbox


@pytest.fixture
def work(app: Flask, session: Session, lydia: Spoken, now: Clock) -> Callable[[], None]:
    """What the worker does of the outbox."""

    def _work() -> None:
        session.commit()
        with app.test_request_context():
            run_due(session, all_effects())

    return _work


def entry(session: Session) -> OutboxEntry:
    session.expire_all()
    stmt = sa.select(OutboxEntry).where(OutboxEntry.kind == "lydia.poll")
    return session.scalars(stmt).one()


def check(session: Session, payment: Payment) -> None:
    with transaction(session):
        collect.ask(session, session.get_one(Payment, payment.id))


def test_a_check_that_lydia_does_not_answer_is_made_again_by_the_worker(
    work: Callable[[], None], lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment = wait()
    check(session, payment)
    lydia.fail(LydiaAway("no answer: ReadTimeoutError"))
    work()
    assert entry(session).sent_at is None
    assert entry(session).last_error == "StillSilent: no answer: ReadTimeoutError"
    assert outcome_of(session, payment.id) == NOTHING

    lydia.say("1")
    now.shift(timedelta(seconds=10))
    work()

    assert entry(session).sent_at is not None
    assert outcome_of(session, payment.id) == ONCE


@pytest.mark.parametrize(
    "says",
    [
        Spoken.knows_nothing,
        lambda _path, fields: state_of("0", amount="15.00", uuid=fields["request_uuid"]),
        lambda _path, fields: state_of("1", amount="1.00", uuid=fields["request_uuid"]),
        lambda _path, fields: state_of("1", amount="15.00", uuid="u-other"),
    ],
    ids=["unknown", "waiting", "another amount", "another request"],
)
def test_a_check_that_lydia_answers_is_not_made_again_whatever_it_says(
    work: Callable[[], None],
    lydia: Spoken,
    session: Session,
    wait: Wait,
    says: Callable[[str, dict[str, str]], dict[str, object]],
) -> None:
    payment = wait()
    check(session, payment)
    lydia.says = says
    work()

    assert entry(session).sent_at is not None
    assert outcome_of(session, payment.id) == NOTHING


def test_pay_without_callback_is_credited_at_once_after_a_check_else_within_two_minutes(
    app: Flask, session: Session, wait: Wait, sandbox: Sandbox
) -> None:
    paid = []
    for _ in range(2):
        payment = wait(lydia_uuid=None, status=S.creating)
        with app.test_request_context("/", base_url="http://localhost"):
            accepted = sandbox.client().request(order_of(payment))
        with transaction(session):
            collect.wait(session, session.get_one(Payment, payment.id), accepted)
        sandbox.choose(accepted.uuid, "silent")
        paid.append(payment)
    session.commit()

    check(session, paid[0])
    session.commit()
    with app.test_request_context():
        run_due(session, all_effects())
    assert outcome_of(session, paid[0].id) == ONCE
    assert outcome_of(session, paid[1].id) == NOTHING

    with time_machine.travel(clock.now() + timedelta(seconds=119)), app.test_request_context():
        reconcile.run(session, till=around.till())
    assert outcome_of(session, paid[1].id) == ONCE
    assert faults(app, session) == []


def order_of(payment: Payment) -> Order:
    """What is asked of Lydia for a payment."""
    site = "http://localhost/payments"
    return Order(
        type=PaymentType.internet,
        method=payment.method,
        amount_cents=payment.amount_cents,
        recipient="0612345678",
        message="Offre Internet",
        order_ref=payment.order_ref or "",
        confirm_url=f"{site}/lydia_callback/confirm",
        cancel_url=f"{site}/lydia_callback/cancel",
        success_url=f"{site}/lydia/success?payment={payment.id}",
        fail_url=f"{site}/lydia/fail?payment={payment.id}",
    )


# From a terminal


@pytest.fixture
def terminal(cli: FlaskCliRunner, session: Session) -> Callable[..., tuple[int, str]]:
    """``terminal("reconcile", "--all")``: the code and what is said."""

    def _terminal(*words: str) -> tuple[int, str]:
        session.commit()
        result = cli.invoke(args=["payments", *words])
        assert secrets.secret_in(result.output) is None
        return result.exit_code, result.output

    return _terminal


Terminal = Callable[..., tuple[int, str]]


def test_a_terminal_asks_about_what_is_due(
    terminal: Terminal, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    due, later = wait(), wait(next_poll_at=NOON)
    later.next_poll_at = NOON + timedelta(days=1)
    session.commit()
    lydia.say("1")
    now.shift(MINUTE)

    code, said = terminal("reconcile")

    assert code == 0
    assert f"payment {due.id}: accepted" in said
    assert f"payment {later.id}" not in said
    assert outcome_of(session, due.id) == ONCE
    assert outcome_of(session, later.id) == NOTHING


def test_a_terminal_asks_about_all_or_about_one(
    terminal: Terminal, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payments = [wait(), wait(), wait()]
    lydia.say("0")

    code, said = terminal("reconcile", "--id", str(payments[1].id))
    assert (code, said) == (0, f"payment {payments[1].id}: waiting\n")
    assert len(lydia.asked) == 1

    code, said = terminal("reconcile", "--all")
    assert code == 0
    assert said.count(": waiting") == 3


def test_a_terminal_that_only_looks_asks_nothing_and_changes_nothing(
    terminal: Terminal, lydia: Spoken, now: Clock, session: Session, wait: Wait
) -> None:
    payment, old = wait(), wait(status=S.creating)
    now.shift(timedelta(hours=1))

    for words in (["--dry-run"], ["--all", "--dry-run"], ["--id", str(payment.id), "--dry-run"]):
        code, said = terminal("reconcile", *words)
        assert (code, said) == (0, f"payment {payment.id}: would be asked about\n")

    assert lydia.asked == []
    assert status_of(session, payment) is S.waiting
    assert status_of(session, old) is S.creating


def test_a_terminal_tells_of_a_silent_lydia(
    terminal: Terminal, lydia: Spoken, now: Clock, wait: Wait
) -> None:
    payment = wait()
    lydia.fail(LydiaAway("no answer: ReadTimeoutError"))

    code, said = terminal("reconcile", "--all")

    assert code == 0
    assert f"payment {payment.id}: waiting (no answer: ReadTimeoutError)" in said


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("words", [("reconcile", "--id", "999999"), ("show", "999999")])
def test_a_payment_that_is_not_there_is_said_not_to_be(
    terminal: Terminal, lydia: Spoken, words: tuple[str, ...]
) -> None:
    code, said = terminal(*words)

    assert code == 1
    assert "There is no payment 999999." in said


def test_where_nobody_pays_online_there_is_nobody_to_ask(terminal: Terminal) -> None:
    code, said = terminal("reconcile")

    assert code == 1
    assert "LYDIA_BASE_URL is empty" in said


def test_a_terminal_shows_a_payment_and_what_was_said_of_it(
    terminal: Terminal, client: Client, lydia: Spoken, now: Clock, wait: Wait
) -> None:
    payment = wait()
    client.post(CONFIRM, data=callback(payment))

    code, said = terminal("show", str(payment.id))

    assert code == 0
    assert f"payment {payment.id}: accepted, 15.00 EUR, lydia, for internet 12months" in said
    assert "paid 2026-11-24 12:00:00 UTC" in said
    assert "confirm: accepted" in said


def test_a_terminal_lists_the_money_of_no_payment(
    terminal: Terminal, client: Client, lydia: Spoken, now: Clock, wait: Wait
) -> None:
    assert terminal("unmatched") == (0, "")
    said = callback(wait(), order_ref="PEM-999999-1", request_id="nobody", amount="9.50")
    client.post(CONFIRM, data=said)

    code, listed = terminal("unmatched")

    assert code == 0
    assert "9.50 EUR, unknown, PEM-999999-1, 2026-11-24 12:00 UTC" in listed


def test_books_that_add_up_are_said_to(
    terminal: Terminal, client: Client, lydia: Spoken, wait: Wait
) -> None:
    client.post(CONFIRM, data=callback(wait()))

    code, said = terminal("audit")

    assert code == 0
    assert "The books add up." in said


@pytest.mark.parametrize("alert", [False, True])
def test_books_that_someone_tampered_with_are_noticed(
    terminal: Terminal,
    client: Client,
    lydia: Spoken,
    session: Session,
    wait: Wait,
    alert: bool,
) -> None:
    payment = wait()
    client.post(CONFIRM, data=callback(payment))
    session.commit()
    session.execute(
        sa.text("DELETE FROM subscription WHERE payment_id = :key"), {"key": payment.id}
    )

    code, said = terminal("audit", *(["--alert"] if alert else []))

    assert code == 1
    assert f"{payment.id} : 0 abonnement(s)" in said
    mails = sa.select(OutboxEntry).where(OutboxEntry.kind == "payments.books_wrong")
    assert len(session.scalars(mails).all()) == (1 if alert else 0)


def test_a_status_that_someone_forged_is_noticed(
    terminal: Terminal, lydia: Spoken, session: Session, wait: Wait
) -> None:
    payment = wait()
    session.execute(
        sa.text("UPDATE payment SET status = 'accepted', payed_at = created_at WHERE id = :key"),
        {"key": payment.id},
    )

    code, said = terminal("audit")

    assert code == 1
    assert f"paiement {payment.id} : 0 centimes au journal au lieu de 1500" in said
