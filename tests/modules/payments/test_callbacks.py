"""What Lydia says, well or badly, once or a hundred times, in any order (network-b B5.6, 3)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core import clock
from app.core.transaction import transaction
from app.enums import (
    Account,
    EntryKind,
    EventSource,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
)
from app.models import (
    AuditEvent,
    Delivery,
    JournalEntry,
    OutboxEntry,
    Payment,
    PaymentEvent,
    PCeen,
    Subscription,
)
from app.modules.intrarez.errors import OfferNotForSale
from app.modules.intrarez.service import offers, subscriptions
from app.modules.payments import queries
from app.modules.payments.mails import MoneyUnmatched
from app.modules.payments.rules.callbacks import CANCEL as CANCEL_NAMES, CONFIRM as CONFIRM_NAMES
from app.modules.payments.service import callbacks, collect
from app.modules.payments.service.callbacks import Said
from app.modules.payments.service.collect import Purchase
from app.modules.payments.service.till import Till
from tests import secrets
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.modules.payments.conftest import (
    CANCEL,
    CONFIRM,
    FORM,
    ONCE,
    Delivered,
    Fields,
    Outcome,
    Spoken,
    Wait,
    callback,
    cancelled,
    faults,
    outcome_of,
    signed,
)

S = PaymentStatus
#: A payment that did not come.
NOTHING = Outcome(S.waiting, 0, 0, 0)

pytestmark = pytest.mark.usefixtures("lydia")


def say(client: Client, fields: Fields, path: str = CONFIRM) -> int:
    """Call the site as Lydia does; return its answer, which is empty."""
    answer = client.post(path, data=fields)
    if answer.status_code in (204, 400, 403, 404):
        assert answer.data == b""
    return answer.status_code


def events(session: Session) -> list[PaymentEvent]:
    session.expire_all()
    return list(session.scalars(sa.select(PaymentEvent).order_by(PaymentEvent.id)))


def outcomes(session: Session) -> list[str]:
    return [event.outcome for event in events(session)]


def alerts(session: Session) -> list[str]:
    """What the GRIs are told of, by mail."""
    stmt = sa.select(OutboxEntry).where(OutboxEntry.kind == MoneyUnmatched.kind)
    return [mail.payload["outcome"] for mail in session.scalars(stmt.order_by(OutboxEntry.id))]


def put_aside(session: Session) -> list[tuple[Account, Account, int]]:
    """The money of the books that waits for its payment."""
    stmt = sa.select(JournalEntry).where(JournalEntry.kind == EntryKind.unmatched)
    return [(one.debit, one.credit, one.amount_cents) for one in session.scalars(stmt)]


# The form of each field


@pytest.mark.parametrize("name", sorted(CONFIRM_NAMES))
def test_a_field_that_is_missing_empty_or_doubled_is_refused(
    client: Client, session: Session, payment: Payment, name: str
) -> None:
    good = callback(payment)
    doubled = MultiDict([*good.items(), (name, good[name])])
    without = {key: value for key, value in good.items() if key != name}

    assert say(client, without) == 400
    assert say(client, doubled) == 400
    assert say(client, good | {name: ""}) == 400
    assert outcome_of(session, payment.id) == NOTHING
    assert events(session) == []


@pytest.mark.parametrize("name", sorted(CANCEL_NAMES))
def test_a_field_of_a_cancellation_that_is_missing_or_doubled_is_refused(
    client: Client, session: Session, payment: Payment, name: str
) -> None:
    good = cancelled(payment)
    doubled = MultiDict([*good.items(), (name, good[name])])
    without = {key: value for key, value in good.items() if key != name}

    assert say(client, without, CANCEL) == 400
    assert say(client, doubled, CANCEL) == 400
    assert outcome_of(session, payment.id) == NOTHING


MALFORMED = {
    "amount": [
        "15", "15.0", "15,00", " 15.00", "15.00 ", "NaN", "-15.00", "+15.00", "1e1", "15.000",
        "0x0f.00", "1500000.00", "15.00\n", "１５.00", "15.00\0", "Infinity", ".00", "1_5.00",
    ],
    "currency": ["eur", "EU", "EURO", "EUR ", "€€€", "E1R", "EUR\n"],
    "request_id": ["a" * 65, "4 2", "a_b", "é", "1&2", "1=2", "42\n", "4242\0"],
    "signed": ["2", "true", "00", "-1", "10", "１"],
    "transaction_identifier": ["T" * 65, "T X", "T/X", "é", "TX\n", "TX&amount=1.00"],
    "vendor_token": ["a" * 65, "a-b", "a b", "tok\n"],
    "order_ref": [
        "PEM-7", "PEM-a-1", "pem-7-1", "PEM-7-1 ", "PEM--7-1", "PEM-1234567890123-1",
        "PEM-7-1234567890123", "XPEM-7-1", "PEM-7-1\n", "PEM-٧-1",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in MALFORMED.items() for value in values]
)
def test_a_field_that_is_not_in_its_form_is_refused_be_it_signed(
    client: Client, session: Session, payment: Payment, name: str, value: str
) -> None:
    assert say(client, callback(payment, **{name: value})) == 400
    assert outcome_of(session, payment.id) == NOTHING
    assert events(session) == []


def test_a_field_that_nobody_knows_decides_nothing(
    client: Client, session: Session, payment: Payment
) -> None:
    assert say(client, callback(payment) | {"payment": "1", "status": "refused"}) == 204
    assert outcome_of(session, payment.id) == ONCE


@pytest.mark.parametrize("is_signed", ["0", "1"])
def test_what_lydia_calls_signed_decides_nothing(
    client: Client, session: Session, payment: Payment, is_signed: str
) -> None:
    assert say(client, callback(payment, signed=is_signed)) == 204
    assert outcome_of(session, payment.id) == ONCE


def test_fields_are_read_from_the_body_alone(
    client: Client, session: Session, payment: Payment
) -> None:
    good = callback(payment)

    assert client.post(f"{CONFIRM}?{urlencode(good)}").status_code == 400
    assert client.post(CONFIRM, json=good).status_code == 400
    assert client.post(CONFIRM, data=urlencode(good), content_type="text/plain").status_code == 400
    assert client.post(CONFIRM, data=b"\xff\xfe\x00", content_type=FORM).status_code == 400
    assert client.post(CONFIRM, content_type=FORM).status_code == 400
    assert outcome_of(session, payment.id) == NOTHING


@pytest.mark.parametrize("path", [CONFIRM, CANCEL])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_lydia_calls_by_post_alone(
    client: Client, session: Session, payment: Payment, path: str, method: str
) -> None:
    answer = client.open(path, method=method, query_string=callback(payment))

    assert answer.status_code == 405
    assert outcome_of(session, payment.id) == NOTHING


def test_more_than_eight_kibibytes_are_not_read(
    client: Client, session: Session, payment: Payment
) -> None:
    body = urlencode(callback(payment))
    most = f"{body}&x={'x' * (8192 - len(body) - 3)}"

    assert client.post(CONFIRM, data=f"{most}x", content_type=FORM).status_code == 413
    assert outcome_of(session, payment.id) == NOTHING
    assert client.post(CONFIRM, data=most, content_type=FORM).status_code == 204
    assert outcome_of(session, payment.id) == ONCE


def test_a_body_of_unknown_length_is_read_no_further(
    client: Client, session: Session, payment: Payment
) -> None:
    class Endless:
        """A body that goes on and on, and counts what was taken of it."""

        taken = 0

        def tell(self) -> int:
            return 0

        def seek(self, *_: int) -> int:
            return 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            assert 0 <= size < 100_000 > self.taken
            return b"x" * size

    body = Endless()

    answer = client.post(
        CONFIRM,
        input_stream=body,
        content_type=FORM,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )

    assert answer.status_code in (400, 413)
    assert body.taken <= 8193
    assert outcome_of(session, payment.id) == NOTHING


# The signature


@pytest.mark.parametrize("name", sorted(CONFIRM_NAMES - {"sig"}))
def test_one_byte_that_is_not_the_signed_one_is_refused(
    client: Client, session: Session, payment: Payment, name: str
) -> None:
    good = callback(payment)
    last = good[name][-1]
    other = {"R": "S", "0": "1", "1": "0"}.get(last, "0")

    assert say(client, good | {name: good[name][:-1] + other}) == 403
    assert outcome_of(session, payment.id) == NOTHING
    assert events(session) == []


def test_only_the_signature_of_our_own_account_is_one(
    client: Client, session: Session, payment: Payment
) -> None:
    good = callback(payment)
    wrong = "0" if good["sig"][0] != "0" else "1"

    assert say(client, callback(payment, token=secrets.BAR_PRIVATE)) == 403
    assert say(client, callback(payment, token="")) == 403
    assert say(client, callback(payment, token=secrets.VENDOR)) == 403
    assert say(client, good | {"sig": wrong + good["sig"][1:]}) == 403
    assert say(client, good | {"sig": signed({**good})}) == 403  # covers itself
    assert say(client, good | {"sig": cancelled(payment)["sig"]}) == 403
    assert outcome_of(session, payment.id) == NOTHING
    assert events(session) == []


def test_a_signature_that_is_not_written_as_one_is_refused(
    client: Client, session: Session, payment: Payment
) -> None:
    good = callback(payment)

    for sig in (good["sig"].upper(), "", good["sig"][:-1], f"{good['sig']}0", f" {good['sig']}"):
        assert say(client, good | {"sig": sig}) in (400, 403)
    assert outcome_of(session, payment.id) == NOTHING


def test_a_confirmation_is_no_cancellation_nor_the_reverse(
    client: Client, session: Session, payment: Payment
) -> None:
    assert say(client, cancelled(payment), CONFIRM) == 400
    assert say(client, callback(payment), CANCEL) == 403  # the transaction is in the signature
    assert outcome_of(session, payment.id) == NOTHING


def test_without_lydia_nothing_is_believed(
    app: Flask,
    client: Client,
    session: Session,
    payment: Payment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "lydia", None)

    assert say(client, callback(payment)) == 403
    assert say(client, callback(payment, token="")) == 403
    assert say(client, cancelled(payment), CANCEL) == 403
    assert outcome_of(session, payment.id) == NOTHING


def test_the_form_counts_before_the_signature_and_the_signature_before_the_payment(
    client: Client, session: Session, payment: Payment
) -> None:
    unknown = {"order_ref": "PEM-999999-1", "request_id": "nobody"}

    assert say(client, callback(payment, amount="15", token="x", **unknown)) == 400
    assert say(client, callback(payment, token="x", **unknown)) == 403
    assert say(client, callback(payment, currency="USD", token="x")) == 403
    assert outcomes(session) == []
    assert say(client, callback(payment, currency="USD", amount="9.00", **unknown)) == 404
    assert say(client, callback(payment, vendor_token="other", **unknown)) == 404
    assert outcomes(session) == ["unknown", "unknown"]


# Which payment


def test_money_of_no_payment_is_put_aside_written_and_told_of(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    said = callback(payment, order_ref="PEM-999999-1795390200", request_id="nobody")

    assert say(client, said) == 404

    (event,) = events(session)
    assert (event.source, event.outcome, event.payment_id) == (EventSource.confirm, "unknown", None)
    assert (event.order_ref, event.request_id) == ("PEM-999999-1795390200", "nobody")
    assert (event.transaction_id, event.amount_cents) == (f"TX{payment.id}", 1500)
    assert put_aside(session) == [(Account.lydia, Account.unmatched, 1500)]
    assert [one.id for one in queries.unsettled(session)] == [event.id]
    assert alerts(session) == ["unknown"]
    assert outcome_of(session, payment.id) == NOTHING
    assert faults(app, session) == []


def test_money_of_no_payment_is_put_aside_once_however_often_it_is_told(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    said = callback(payment, order_ref="PEM-999999-1795390200", request_id="nobody")

    assert {say(client, said) for _ in range(10)} == {404}

    assert outcomes(session) == ["unknown"] * 10
    assert len(put_aside(session)) == 1
    assert queries.count_unsettled(session) == 1
    assert alerts(session) == ["unknown"]
    assert faults(app, session) == []


def test_a_cancellation_of_no_payment_is_written_and_told_of_without_any_money(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    said = cancelled(payment, order_ref="PEM-999999-1795390200", request_id="nobody")

    assert say(client, said, CANCEL) == 404
    assert outcomes(session) == ["unknown"]
    assert put_aside(session) == []
    assert alerts(session) == ["unknown"]
    assert faults(app, session) == []


def test_no_money_at_all_is_not_put_aside(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    unknown = callback(payment, amount="0.00", order_ref="PEM-999999-1", request_id="nobody")

    assert say(client, unknown) == 404
    assert say(client, callback(payment, amount="0.00")) == 400
    assert put_aside(session) == []
    assert queries.count_unsettled(session) == 0
    assert outcome_of(session, payment.id) == NOTHING
    assert faults(app, session) == []


def test_a_payment_whose_reference_was_lost_is_found_by_the_number_of_lydia(
    client: Client, session: Session, wait: Wait
) -> None:
    payment = wait(lydia_request_id="4242")

    assert say(client, callback(payment, order_ref="PEM-999999-1795390200")) == 204
    assert outcome_of(session, payment.id) == ONCE


def test_a_callback_of_two_payments_is_of_none(
    app: Flask, client: Client, session: Session, wait: Wait
) -> None:
    one, other = wait(lydia_request_id="4241"), wait(lydia_request_id="4242")

    assert say(client, callback(one, request_id="4242")) == 404
    assert say(client, cancelled(other, request_id="4241"), CANCEL) == 404

    assert outcomes(session) == ["unknown", "unknown"]
    assert put_aside(session) == [(Account.lydia, Account.unmatched, 1500)]
    assert outcome_of(session, one.id) == outcome_of(session, other.id) == NOTHING
    assert faults(app, session) == []


def test_money_for_internet_never_pays_for_the_bar(
    app: Flask, client: Client, session: Session, wait: Wait
) -> None:
    top_up = wait(type=PaymentType.bar, offer_slug=None, amount_cents=400, lydia_request_id="4242")

    assert say(client, callback(top_up)) == 404
    assert say(client, callback(top_up, order_ref="PEM-999999-1")) == 404
    assert say(client, cancelled(top_up), CANCEL) == 404

    session.expire_all()
    assert session.get_one(Payment, top_up.id).status is S.waiting
    assert outcomes(session) == ["unknown"] * 3
    assert put_aside(session) == [(Account.lydia, Account.unmatched, 400)]
    assert faults(app, session) == []


# Whose account, which currency, how much


def test_money_of_another_account_currency_or_amount_is_not_that_of_the_payment(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    assert say(client, callback(payment, vendor_token="anotherMerchant0123456")) == 400
    assert say(client, callback(payment, vendor_token=secrets.BAR_VENDOR)) == 400
    assert say(client, callback(payment, currency="USD")) == 400
    assert say(client, callback(payment, amount="15.01", transaction_identifier="T1")) == 400
    assert say(client, callback(payment, amount="14.99", transaction_identifier="T2")) == 400

    assert outcomes(session) == [
        *["other_merchant"] * 2, "other_currency", *["other_amount"] * 2
    ]  # fmt: skip
    assert {event.payment_id for event in events(session)} == {payment.id}
    assert alerts(session) == ["other_merchant", "other_currency", "other_amount"]
    assert [cents for _, _, cents in put_aside(session)] == [1501, 1499]
    assert outcome_of(session, payment.id) == NOTHING
    assert faults(app, session) == []


def test_the_account_counts_before_the_currency_and_the_currency_before_the_amount(
    client: Client, session: Session, payment: Payment
) -> None:
    assert say(client, callback(payment, vendor_token="x", currency="USD", amount="1.00")) == 400
    assert say(client, callback(payment, currency="USD", amount="1.00")) == 400

    assert outcomes(session) == ["other_merchant", "other_currency"]
    assert put_aside(session) == []


def test_a_cancellation_that_does_not_fit_cancels_nothing(
    client: Client, session: Session, payment: Payment
) -> None:
    assert say(client, cancelled(payment, currency="USD"), CANCEL) == 400
    assert say(client, cancelled(payment, amount="1.00"), CANCEL) == 400
    assert say(client, cancelled(payment, vendor_token="x"), CANCEL) == 400

    assert outcome_of(session, payment.id) == NOTHING
    assert put_aside(session) == []


def test_money_of_another_amount_on_a_paid_payment_is_put_aside(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    say(client, callback(payment))

    assert say(client, callback(payment, amount="99.00", transaction_identifier="T2")) == 400

    assert outcome_of(session, payment.id) == ONCE
    assert [cents for _, _, cents in put_aside(session)] == [9900]
    assert faults(app, session) == []


def test_the_gris_are_told_of_each_way_not_to_fit_once_an_hour(
    client: Client, session: Session, payment: Payment
) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False) as now:
        for _ in range(3):
            say(client, callback(payment, currency="USD"))
        assert alerts(session) == ["other_currency"]
        now.shift(timedelta(minutes=59))
        say(client, callback(payment, currency="USD"))
        assert len(alerts(session)) == 1
        now.shift(timedelta(minutes=2))
        say(client, callback(payment, currency="USD"))
        assert len(alerts(session)) == 2
        say(client, callback(payment, amount="9.00"))
        assert alerts(session)[2:] == ["other_amount"]


def test_the_gris_are_told_what_and_how_much_and_no_more(
    client: Client, session: Session, payment: Payment
) -> None:
    say(client, callback(payment, amount="9.00"))

    mail = session.scalars(
        sa.select(OutboxEntry).where(OutboxEntry.kind == MoneyUnmatched.kind)
    ).one()
    assert mail.payload == {
        "to": "gri@example.org",
        "locale": "fr",
        "outcome": "other_amount",
        "order_ref": payment.order_ref,
        "amount_cents": 900,
    }


# What a confirmation does


def test_a_confirmation_pays_once_and_gives_what_was_bought(
    app: Flask, client: Client, session: Session, ada: PCeen, payment: Payment
) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        assert say(client, callback(payment, request_id="4242")) == 204

    assert outcome_of(session, payment.id) == ONCE
    session.refresh(payment)
    assert payment.payed_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert payment.lydia_transaction_id == f"TX{payment.id}"
    assert payment.lydia_request_id == "4242"
    assert payment.next_poll_at is None
    given = session.scalars(sa.select(Subscription)).one()
    assert (given.pceen_id, given.offer_slug) == (ada.id, "12months")
    line = session.scalars(sa.select(JournalEntry)).one()
    assert (line.debit, line.credit) == (Account.lydia, Account.internet)
    assert line.amount_cents == 1500
    assert outcomes(session) == ["accepted"]
    assert alerts(session) == []
    assert faults(app, session) == []


def test_the_same_confirmation_a_hundred_times_is_one(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    said = callback(payment)

    assert {say(client, said) for _ in range(100)} == {204}

    assert outcome_of(session, payment.id) == ONCE
    assert outcomes(session) == ["accepted", *["nothing"] * 99]
    assert alerts(session) == []
    changes = sa.select(AuditEvent).where(AuditEvent.action == "payments.payment.change")
    assert len(session.scalars(changes).all()) == 1
    assert faults(app, session) == []


@pytest.mark.parametrize(
    "before", [S.creating, S.waiting, S.refused, S.cancelled, S.error], ids=str
)
def test_money_that_was_taken_counts_whatever_was_thought_before(
    app: Flask, client: Client, session: Session, wait: Wait, before: PaymentStatus
) -> None:
    payment = wait(status=before)

    assert say(client, callback(payment)) == 204
    assert outcome_of(session, payment.id) == ONCE
    assert faults(app, session) == []


def test_a_confirmation_may_come_three_days_later(
    client: Client, session: Session, wait: Wait
) -> None:
    payment = wait(created_at=clock.now() - timedelta(days=3))

    assert say(client, callback(payment)) == 204
    assert outcome_of(session, payment.id) == ONCE


def test_a_confirmation_may_come_before_the_answer_of_do_json_is_written(
    app: Flask, client: Client, session: Session, wait: Wait
) -> None:
    payment = wait(status=S.creating)
    assert say(client, callback(payment, request_id="4242")) == 204
    session.commit()

    with transaction(session):
        collect.wait(session, payment, collect.Accepted("the-uuid", "4242"))

    assert outcome_of(session, payment.id) == ONCE
    session.refresh(payment)
    assert (payment.lydia_uuid, payment.lydia_request_id) == ("the-uuid", "4242")


def test_a_cancellation_may_come_before_the_answer_of_do_json_is_written(
    client: Client, session: Session, wait: Wait
) -> None:
    payment = wait(status=S.creating)
    assert say(client, cancelled(payment), CANCEL) == 204
    session.commit()

    with transaction(session):
        collect.wait(session, payment, collect.Accepted("the-uuid", None))

    assert outcome_of(session, payment.id).status is S.cancelled


def test_a_failure_that_is_written_after_the_confirmation_changes_nothing(
    client: Client, session: Session, wait: Wait
) -> None:
    payment = wait(status=S.creating)
    say(client, callback(payment))
    session.commit()

    with transaction(session):
        collect.fail(session, payment)

    assert outcome_of(session, payment.id) == ONCE


@pytest.mark.parametrize("order", sorted(set(permutations("ccx"))) + list(product("cx", repeat=4)))
def test_confirmations_and_cancellations_in_any_order_pay_once(
    app: Flask, client: Client, session: Session, payment: Payment, order: tuple[str, ...]
) -> None:
    for what in order:
        if what == "c":
            assert say(client, callback(payment)) == 204
        else:
            assert say(client, cancelled(payment), CANCEL) == 204

    if "c" in order:
        assert outcome_of(session, payment.id) == ONCE
    else:
        assert outcome_of(session, payment.id) == Outcome(S.cancelled, 0, 0, 0)
    assert faults(app, session) == []


@pytest.mark.parametrize("before", [S.refused, S.error, S.cancelled], ids=str)
def test_what_is_over_is_not_cancelled_again(
    client: Client, session: Session, wait: Wait, before: PaymentStatus
) -> None:
    payment = wait(status=before)

    assert say(client, cancelled(payment), CANCEL) == 204
    assert outcome_of(session, payment.id).status is before
    assert outcomes(session) == ["nothing"]


def test_the_price_of_the_day_of_the_order_counts_and_an_offer_withdrawn_is_still_given(
    client: Client, session: Session, wait: Wait
) -> None:
    payment = wait(offer_slug="3months", amount_cents=400)
    offer = offers.queries.offer(session, "3months")
    offer.price_cents, offer.active, offer.visible = 900, False, False
    session.commit()

    assert say(client, callback(payment, amount="9.00")) == 400
    assert say(client, callback(payment)) == 204
    assert outcome_of(session, payment.id).subscriptions == 1


def test_two_offers_at_one_price_are_not_mistaken(
    client: Client, session: Session, wait: Wait
) -> None:
    spring = offers.SeededOffer(
        slug="spring", name_fr="Printemps", name_en="Spring", price_cents=400, days=40
    )
    offers.create(session, spring)
    session.commit()
    payments = [
        wait(offer_slug="3months", amount_cents=400),
        wait(offer_slug="spring", amount_cents=400),
    ]

    for payment in reversed(payments):
        assert say(client, callback(payment)) == 204

    given = sa.select(Subscription.payment_id, Subscription.offer_slug)
    assert dict(session.execute(given).all()) == {
        payments[0].id: "3months",
        payments[1].id: "spring",
    }


# Money that was revoked, money that came twice


@pytest.fixture
def gri() -> PCeen:
    return PCeenFactory(slugs=["gri"])


def internet(lydia: Spoken, **deliveries: Delivery) -> Till:
    """What money needs, as the site has it."""
    own = Delivery(
        deliver=subscriptions.grant,
        take_back=subscriptions.take_back,
        describe=lambda _session, _payment: ("", ()),
    )
    others = {PaymentType[name]: delivery for name, delivery in deliveries.items()}
    return Till(deliveries={PaymentType.internet: own} | others, lydia=lydia)


@pytest.fixture
def revoke(app: Flask, session: Session, lydia: Spoken, gri: PCeen) -> Callable[[Payment], None]:
    def _revoke(payment: Payment) -> None:
        session.commit()
        with app.test_request_context(), transaction(session):
            collect.revoke(
                session,
                payment=payment,
                by=gri,
                why="test",
                version=session.get_one(Payment, payment.id).version,
                till=internet(lydia),
            )

    return _revoke


#: Paid, then revoked: its line, and what it gave, are still there.
REVOKED = Outcome(S.cancelled, 1, 1, 1)


def test_a_payment_that_was_revoked_never_comes_back_to_life(
    app: Flask,
    client: Client,
    session: Session,
    payment: Payment,
    revoke: Callable[[Payment], None],
) -> None:
    say(client, callback(payment))
    revoke(payment)

    assert {say(client, callback(payment)) for _ in range(3)} == {204}
    assert say(client, cancelled(payment), CANCEL) == 204

    assert outcome_of(session, payment.id) == REVOKED
    session.refresh(payment)
    assert payment.is_revoked
    assert outcomes(session) == ["accepted", *["nothing"] * 4]
    assert session.scalars(sa.select(Subscription.effective_start)).all() == [None]
    assert faults(app, session) == []


def test_money_that_comes_again_for_a_revoked_payment_is_put_aside(
    app: Flask,
    client: Client,
    session: Session,
    payment: Payment,
    revoke: Callable[[Payment], None],
) -> None:
    say(client, callback(payment))
    revoke(payment)

    assert say(client, callback(payment, transaction_identifier="T2")) == 204

    assert outcome_of(session, payment.id) == REVOKED
    assert outcomes(session)[-1] == "paid_twice"
    assert put_aside(session) == [(Account.lydia, Account.unmatched, 1500)]
    assert faults(app, session) == []


def test_a_payment_that_was_paid_twice_gives_once_and_the_rest_is_put_aside(
    app: Flask, client: Client, session: Session, payment: Payment
) -> None:
    assert say(client, callback(payment)) == 204
    again = callback(payment, transaction_identifier="T2")

    assert {say(client, again) for _ in range(3)} == {204}

    assert outcome_of(session, payment.id) == ONCE
    assert outcomes(session) == ["accepted", *["paid_twice"] * 3]
    assert put_aside(session) == [(Account.lydia, Account.unmatched, 1500)]
    assert alerts(session) == ["paid_twice"]
    session.refresh(payment)
    assert payment.lydia_transaction_id == f"TX{payment.id}"
    assert faults(app, session) == []


def test_a_transaction_pays_one_payment(
    app: Flask, client: Client, session: Session, wait: Wait
) -> None:
    one, other = wait(), wait()
    assert say(client, callback(one, transaction_identifier="T1")) == 204

    assert say(client, callback(other, transaction_identifier="T1")) == 400

    assert outcome_of(session, one.id) == ONCE
    assert outcome_of(session, other.id) == NOTHING
    assert outcomes(session) == ["accepted", "other_payment"]
    assert alerts(session) == ["other_payment"]
    assert put_aside(session) == []
    assert faults(app, session) == []


def test_the_transaction_of_a_payment_that_a_poll_found_first_is_kept(
    app: Flask, client: Client, session: Session, lydia: Spoken, payment: Payment
) -> None:
    with app.test_request_context(), transaction(session):
        collect.accept(session, payment, till=internet(lydia))

    assert say(client, callback(payment)) == 204
    assert say(client, callback(payment)) == 204

    assert outcome_of(session, payment.id) == ONCE
    session.refresh(payment)
    assert payment.lydia_transaction_id == f"TX{payment.id}"
    assert outcomes(session) == ["nothing", "nothing"]
    assert alerts(session) == []


# Two merchants


def test_the_bar_and_internet_at_one_price_are_paid_each_by_its_own(
    app: Flask, session: Session, lydia: Spoken, wait: Wait
) -> None:
    given = Delivered()
    bar = Delivery(deliver=given.deliver, take_back=given.take_back, describe=given.describe)
    till = internet(lydia, bar=bar)
    for_bar = wait(type=PaymentType.bar, offer_slug=None, amount_cents=400)
    for_internet = wait(offer_slug="3months", amount_cents=400)

    def hear(payment: Payment, type_: PaymentType) -> int:
        vendor = lydia.vendor_token(type_)
        fields = callback(payment, vendor_token=vendor)
        with app.test_request_context(), transaction(session):
            said = Said(source=EventSource.confirm, type=type_, fields=fields)
            return callbacks.hear(session, said, till=till)

    assert hear(for_bar, PaymentType.internet) == 404
    assert hear(for_internet, PaymentType.bar) == 404
    assert hear(for_bar, PaymentType.bar) == 204
    assert hear(for_internet, PaymentType.internet) == 204

    assert given.keys == [for_bar.id]
    assert outcome_of(session, for_internet.id) == ONCE
    assert outcome_of(session, for_bar.id) == Outcome(S.accepted, 0, 1, 0)
    places = sa.select(JournalEntry.kind, JournalEntry.debit, JournalEntry.credit)
    assert [tuple(row) for row in session.execute(places.order_by(JournalEntry.id))] == [
        (EntryKind.unmatched, Account.lydia, Account.unmatched),
        (EntryKind.unmatched, Account.lydia_bar, Account.unmatched),
        (EntryKind.payment, Account.lydia_bar, Account.bar),
        (EntryKind.payment, Account.lydia, Account.internet),
    ]
    assert faults(app, session) == []


# When the site itself is in trouble


@pytest.mark.parametrize(
    "failure",
    [
        sa.exc.OperationalError("", {}, Exception("gone")),
        sa.exc.InterfaceError("", {}, Exception("gone")),
        sa.exc.InternalError("", {}, Exception("aborted")),
        sa.exc.IntegrityError("", {}, Exception("someone else was faster")),
        sa.exc.TimeoutError("no connection is free"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_database_that_fails_has_lydia_call_again(
    app: Flask,
    client: Client,
    session: Session,
    payment: Payment,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise failure

    with monkeypatch.context() as broken:
        broken.setattr(callbacks, "hear", fails)
        assert client.post(CONFIRM, data=callback(payment)).status_code == 503
        assert client.post(CANCEL, data=cancelled(payment)).status_code == 503
    with monkeypatch.context() as broken:
        broken.setattr(collect.books, "record", fails)
        assert client.post(CONFIRM, data=callback(payment)).status_code == 503
    assert outcome_of(session, payment.id) == NOTHING

    assert say(client, callback(payment)) == 204
    assert outcome_of(session, payment.id) == ONCE
    assert faults(app, session) == []


def test_a_delivery_that_fails_leaves_the_money_to_be_told_again(
    app: Flask,
    client: Client,
    session: Session,
    payment: Payment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(subscriptions.queries, "of_payment", lambda *_: 1 / 0)
        status = client.post(CONFIRM, data=callback(payment)).status_code
    assert status == 500
    assert outcome_of(session, payment.id) == NOTHING

    assert say(client, callback(payment)) == 204
    assert outcome_of(session, payment.id) == ONCE


def test_a_delivery_that_is_refused_leaves_the_money_to_be_told_again(
    client: Client, session: Session, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise OfferNotForSale

    with monkeypatch.context() as broken:
        broken.setattr(subscriptions.queries, "of_payment", refuses)
        answer = client.post(CONFIRM, data=callback(payment))
    assert answer.status_code == 503
    assert outcome_of(session, payment.id) == NOTHING

    assert say(client, callback(payment)) == 204
    assert outcome_of(session, payment.id) == ONCE


def test_lydia_needs_no_session_and_no_token_of_a_form(
    app: Flask,
    client: Client,
    session: Session,
    payment: Payment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)

    answer = client.post(CONFIRM, data=callback(payment), headers={"Origin": "null"})

    assert answer.status_code == 204
    assert "Set-Cookie" not in answer.headers
    assert outcome_of(session, payment.id) == ONCE


def test_who_calls_is_nobody_even_with_a_cookie(
    client: Client, session: Session, login: Login, payment: Payment
) -> None:
    browser = login(PCeenFactory(slugs=["gri"]))

    assert say(browser, callback(payment)) == 204

    change = sa.select(AuditEvent).where(AuditEvent.action == "payments.payment.change")
    assert session.scalars(change).one().actor_id is None


def test_a_callback_costs_few_statements(
    client: Client, session: Session, payment: Payment, queries: list[str]
) -> None:
    queries.clear()
    say(client, callback(payment))
    assert len(queries) <= 40
    queries.clear()
    say(client, callback(payment))
    assert len(queries) <= 10


# What is kept, what is not


def test_what_is_kept_holds_no_secret(client: Client, session: Session, payment: Payment) -> None:
    good = callback(payment)
    say(client, good)
    say(client, cancelled(payment), CANCEL)
    say(client, callback(payment, vendor_token=secrets.BAR_VENDOR))

    found = events(session)
    assert len(found) == 3
    for event in found:
        kept = json.loads(event.body)
        assert not {"sig", "signature", "vendor_token"} & kept.keys()
        assert {"amount", "currency", "order_ref", "request_id", "signed"} <= kept.keys()
        assert secrets.token_in(event.body) is None


def test_no_row_of_the_site_holds_a_secret(
    client: Client, session: Session, payment: Payment
) -> None:
    say(client, callback(payment))
    say(client, callback(payment, order_ref="PEM-999999-1", request_id="nobody"))
    say(client, callback(payment, token="x"))

    session.expire_all()
    for table in (PaymentEvent, AuditEvent, OutboxEntry, JournalEntry, Payment):
        for row in session.scalars(sa.select(table)):
            values = str({column.key: getattr(row, column.key) for column in row.__table__.columns})
            assert secrets.token_in(values) is None


def test_refusals_are_logged_without_what_was_said(
    client: Client, payment: Payment, caplog: pytest.LogCaptureFixture
) -> None:
    say(client, callback(payment, amount="15"))
    say(client, callback(payment, token="x"))

    said = [one.getMessage() for one in caplog.records if one.name == "app"]
    assert said == ["a callback of Lydia is malformed", "a callback of Lydia is wrongly signed"]
    assert payment.order_ref not in caplog.text


def test_a_service_that_begins_a_payment_is_found_by_its_callback(
    app: Flask, client: Client, session: Session, ada: PCeen, lydia: Spoken
) -> None:
    purchase = Purchase(offer_slug="12months", amount_cents=1500, method=PaymentMethod.card)
    till = internet(lydia)
    with transaction(session):
        payment, is_new = collect.begin(session, pceen=ada, purchase=purchase, key="k", till=till)
        key = payment.id

    assert is_new
    assert say(client, callback(session.get_one(Payment, key))) == 204
    assert outcome_of(session, key) == ONCE
