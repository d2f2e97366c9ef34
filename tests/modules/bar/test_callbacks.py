"""What Lydia says of top-ups: credited once, whatever it says, in whatever order."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.enums import BarKind, PaymentStatus as S, PaymentType
from app.models import (
    BALANCE_MAX,
    BarAccount,
    BarDailyData,
    BarTransaction,
    Payment,
    PaymentEvent,
    PCeen,
)
from app.modules.payments.around import till
from app.modules.payments.service import reconcile
from tests import secrets
from tests.client import Client
from tests.factories import customer
from tests.modules.operations.test_maintenance import close
from tests.modules.payments.conftest import (
    CANCEL as INTERNET_CANCEL,
    CONFIRM as INTERNET_CONFIRM,
    Fields,
    Spoken,
    begun,
    callback,
    faults,
    lydia,
    state_of,
)

__all__ = ["lydia"]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIRM, CANCEL = "/bar/lydia_callback/confirm", "/bar/lydia_callback/cancel"
pytestmark = pytest.mark.usefixtures("lydia")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def buyer(session: Session) -> PCeen:
    return customer(500)


@pytest.fixture
def payment(session: Session, buyer: PCeen) -> Payment:
    return top_up(session, buyer)


def top_up(session: Session, pceen: PCeen, **values: object) -> Payment:
    wanted = {"type": PaymentType.bar, "offer_slug": None, "amount_cents": 2000}
    return begun(session, pceen, **(wanted | values))


def said(payment: Payment, **changes: str | None) -> Fields:
    """What Lydia says to the bar of a payment that was made."""
    return callback(
        payment, token=secrets.BAR_PRIVATE, **({"vendor_token": secrets.BAR_VENDOR} | changes)
    )


def given_up(payment: Payment) -> Fields:
    return said(payment, transaction_identifier=None)


def balance(session: Session, pceen: PCeen) -> int:
    session.expire_all()
    return session.get_one(BarAccount, pceen.id).balance_cents


def credited(session: Session) -> list[BarTransaction]:
    session.expire_all()
    return session.query(BarTransaction).filter_by(type=BarKind.top_up).all()


def test_a_payment_is_credited_with_its_line_its_day_and_its_books(
    app: Flask, client: Client, session: Session, buyer: PCeen, payment: Payment
) -> None:
    answer = client.post(CONFIRM, data=said(payment))

    assert answer.status_code == 204
    assert balance(session, buyer) == 2500
    (line,) = credited(session)
    assert (line.client_id, line.barman_id, line.payment_id) == (buyer.id, None, payment.id)
    assert (line.balance_change_cents, line.balance_after_cents) == (2000, 2500)
    assert session.get_one(BarDailyData, (buyer.id, line.bar_day)).balance_change_cents == 2000
    assert session.get_one(Payment, payment.id).status is S.accepted
    assert faults(app, session) == []


def test_a_hundred_times_is_once(
    client: Client, session: Session, buyer: PCeen, payment: Payment
) -> None:
    answers = {client.post(CONFIRM, data=said(payment)).status_code for _ in range(100)}

    assert answers == {204}
    assert len(credited(session)) == 1
    assert balance(session, buyer) == 2500


def test_given_up_then_paid_is_credited(
    client: Client, session: Session, buyer: PCeen, payment: Payment
) -> None:
    assert client.post(CANCEL, data=given_up(payment)).status_code == 204
    session.expire_all()
    assert session.get_one(Payment, payment.id).status is S.cancelled

    assert client.post(CONFIRM, data=said(payment)).status_code == 204

    assert balance(session, buyer) == 2500


def test_paid_then_given_up_stays_credited(
    client: Client, session: Session, buyer: PCeen, payment: Payment
) -> None:
    client.post(CONFIRM, data=said(payment))

    assert client.post(CANCEL, data=given_up(payment)).status_code == 204

    assert balance(session, buyer) == 2500
    assert session.get_one(Payment, payment.id).status is S.accepted


@pytest.mark.parametrize("status", [S.refused, S.error, S.creating])
def test_money_that_was_taken_is_credited_whatever_was_known(
    client: Client, session: Session, buyer: PCeen, status: S
) -> None:
    payment = top_up(session, buyer, status=status)

    assert client.post(CONFIRM, data=said(payment)).status_code == 204

    assert balance(session, buyer) == 2500


@pytest.mark.parametrize(("changes", "status"), [
    ({"amount": "20.01"}, 400),
    ({"amount": "2000.00"}, 400),
    ({"currency": "USD"}, 400),
    ({"vendor_token": secrets.VENDOR}, 400),
    ({"order_ref": "PEM-999999-1"}, 404),
    ({"amount": "20"}, 400),
    ({"amount": None}, 400),
])  # fmt: skip
def test_what_is_wrong_is_not_credited(
    client: Client,
    session: Session,
    buyer: PCeen,
    payment: Payment,
    changes: dict[str, str | None],
    status: int,
) -> None:
    assert client.post(CONFIRM, data=said(payment, **changes)).status_code == status

    assert credited(session) == []
    assert balance(session, buyer) == 500


@pytest.mark.parametrize("token", [secrets.PRIVATE, "x" * 22])
def test_a_signature_of_another_merchant_is_refused(
    client: Client, session: Session, payment: Payment, token: str
) -> None:
    fields = callback(payment, token=token, vendor_token=secrets.BAR_VENDOR)

    assert client.post(CONFIRM, data=fields).status_code == 403
    assert credited(session) == []


def test_each_side_hears_of_its_own_payments_alone(
    client: Client, session: Session, buyer: PCeen, payment: Payment
) -> None:
    internet = begun(session, buyer)

    assert client.post(CONFIRM, data=said(internet)).status_code == 404
    assert client.post(CANCEL, data=given_up(internet)).status_code == 404
    assert client.post(INTERNET_CONFIRM, data=callback(payment)).status_code == 404
    cancel = callback(payment, transaction_identifier=None)
    assert client.post(INTERNET_CANCEL, data=cancel).status_code == 404

    session.expire_all()
    assert {one.status for one in session.query(Payment)} == {S.waiting}
    assert credited(session) == []
    kept = {event.outcome for event in session.query(PaymentEvent)}
    assert kept == {"unknown"}


# Money that the account cannot hold


def test_money_that_the_account_cannot_hold_waits_at_lydia_and_is_not_lost(
    client: Client, session: Session, payment: Payment, buyer: PCeen
) -> None:
    session.get_one(BarAccount, buyer.id).balance_cents = BALANCE_MAX - 1999
    session.commit()

    assert client.post(CONFIRM, data=said(payment)).status_code == 503

    assert balance(session, buyer) == BALANCE_MAX - 1999
    assert credited(session) == []
    assert session.get_one(Payment, payment.id).status is S.waiting
    session.get_one(BarAccount, buyer.id).balance_cents = 0
    session.commit()

    assert client.post(CONFIRM, data=said(payment)).status_code == 204
    assert balance(session, buyer) == 2000


def test_the_site_asks_again_for_money_that_the_account_could_not_hold(
    app: Flask, session: Session, lydia: Spoken, payment: Payment, buyer: PCeen
) -> None:
    lydia.says = lambda _path, fields: state_of(
        1, amount="20.00", uuid=fields["request_uuid"], token=secrets.BAR_PRIVATE
    )
    session.get_one(BarAccount, buyer.id).balance_cents = BALANCE_MAX
    session.commit()
    with app.test_request_context():
        (asked,) = reconcile.run(session, till=till(), everything=True)
        assert asked.trouble == "BalanceTooHigh"
        session.get_one(BarAccount, buyer.id).balance_cents = 0
        session.commit()

        reconcile.run(session, till=till(), everything=True)

    assert balance(session, buyer) == 2000


# While the site is closed, and for whoever has lost their rights


def test_lydia_is_answered_while_the_site_is_closed(
    client: Client, session: Session, payment: Payment, buyer: PCeen
) -> None:
    close(session)

    assert client.post(CONFIRM, data=said(payment)).status_code == 204
    assert balance(session, buyer) == 2500


def test_who_no_longer_comes_to_the_bar_is_credited_all_the_same(
    client: Client, session: Session, payment: Payment, buyer: PCeen
) -> None:
    buyer.roles = []
    session.commit()

    assert client.post(CONFIRM, data=said(payment)).status_code == 204
    assert balance(session, buyer) == 2500


def test_no_cookie_is_read_and_no_form_is_asked_for(client: Client, session: Session) -> None:
    assert client.post(CONFIRM, data={}).status_code == 400
    assert client.get(CONFIRM).status_code == 405
    assert client.post(CONFIRM, data={"x": "x" * 9000}).status_code == 413
