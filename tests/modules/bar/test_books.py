"""Money of the bar, on the pages of those who look after the books."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import (
    Account,
    BarKind,
    EntryKind,
    EventSource,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    PermissionScope as S,
    PermissionType as T,
    Settlement,
)
from app.integrations.lydia import Order
from app.models import (
    BALANCE_MAX,
    BarAccount,
    BarTransaction,
    JournalEntry,
    Payment,
    PaymentEvent,
    PCeen,
)
from app.modules.bar.service import verify
from app.modules.payments.queries import account_balances
from app.modules.payments.service import books, collect
from tests import secrets
from tests.client import Client
from tests.conftest import Login
from tests.factories import PaymentFactory, PCeenFactory
from tests.modules.bar.ledgers import Bar, drinker, open_bar
from tests.modules.payments.conftest import Sandbox, begun, faults, serving

Lose = Callable[[int], PaymentEvent]


@pytest.fixture
def bar(session: Session) -> Bar:
    return open_bar(session)


@pytest.fixture
def ada(bar: Bar) -> PCeen:
    return bar.open(drinker(prenom="Ada", nom="Lovelace", username="ada"), 0)


@pytest.fixture
def emmy(session: Session) -> PCeen:
    return PCeenFactory(prenom="Emmy", nom="Noether", username="emmy", can=[(T.write, S.payments)])


@pytest.fixture
def treasurer(emmy: PCeen, login: Login) -> Client:
    browser = login(emmy)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    return browser


@pytest.fixture
def lose(session: Session) -> Lose:
    """Money of the bar that fits nothing."""
    numbers = count(1)

    def _lose(cents: int) -> PaymentEvent:
        number = next(numbers)
        event = PaymentEvent(
            source=EventSource.confirm,
            type=PaymentType.bar,
            order_ref=f"PEM-{number}-1",
            transaction_id=f"LYD-{number}",
            amount_cents=cents,
            body="{}",
            outcome="unknown",
            unmatched_key=f"bar:LYD-{number}",
        )
        session.add(event)
        session.flush()
        books.receive_unmatched(session, event, amount_cents=cents)
        session.commit()
        return event

    return _lose


def spaced(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


# What was paid


def test_a_top_up_is_among_the_payments(bar: Bar, ada: PCeen, treasurer: Client) -> None:
    payment = bar.pay(ada, 1000)
    PaymentFactory()
    bar.session.commit()

    page = treasurer.open_page("/gris/payments?type=bar")

    (row,) = page.texts("tbody tr")
    assert "Ada Lovelace" in row
    assert "Bar" in row
    assert "10,00 €" in spaced(row)
    its = treasurer.open_page(f"/payments/{payment.id}")
    assert "Rechargement du compte du bar" in its.text("main")
    receipt = treasurer.get(f"/payments/{payment.id}/receipt.pdf")
    assert (receipt.status_code, receipt.mimetype) == (200, "application/pdf")
    assert receipt.data.startswith(b"%PDF")
    assert treasurer.get("/gris/payments?type=bar&format=csv").status_code == 200


@pytest.mark.parametrize("status", [PaymentStatus.waiting, PaymentStatus.error])
def test_who_looks_after_payments_sees_their_own_top_up_as_the_others(
    session: Session, emmy: PCeen, treasurer: Client, status: PaymentStatus
) -> None:
    payment = PaymentFactory(
        pceen=emmy, type=PaymentType.bar, offer_slug=None, status=status, created_at=clock.now()
    )
    session.commit()

    page = treasurer.open_page(f"/payments/{payment.id}")

    assert "Choisir un autre moyen" not in page.text("main")
    assert page.html.select('nav a[href="/gris/payments"]')


def test_the_owner_of_a_top_up_has_its_page_at_the_bar(bar: Bar, ada: PCeen, login: Login) -> None:
    payment = bar.pay(ada, 1000)

    assert login(ada).get(f"/payments/{payment.id}").status_code == 404


def test_the_books_add_up_with_the_bar(app: Flask, session: Session, bar: Bar, ada: PCeen) -> None:
    bar.pay(ada, 1000)
    back = bar.pay(ada, 500)
    PaymentFactory(pceen=ada, type=PaymentType.bar, offer_slug=None)
    bar.undo(session.scalars(_line_of(back)).one())

    assert faults(app, session) == []
    assert account_balances(session) == {Account.lydia_bar: 1000, Account.bar: -1000}


def _line_of(payment: Payment) -> sa.Select[BarTransaction]:
    return sa.select(BarTransaction).where(BarTransaction.payment_id == payment.id)


def test_a_top_up_that_is_not_in_the_books_is_said_without_a_subscription(
    app: Flask, session: Session, ada: PCeen
) -> None:
    PaymentFactory(
        pceen=ada,
        type=PaymentType.bar,
        offer_slug=None,
        status=PaymentStatus.cancelled,
        payed_at=clock.now(),
        revoked_at=clock.now(),
    )
    session.commit()

    found = faults(app, session)
    assert [one for one in found if "subscription" in one] == []
    assert len(found) == 2


# Money that fits nothing


def test_money_of_the_bar_goes_on_an_account_and_buys_no_offer(
    app: Flask, bar: Bar, ada: PCeen, treasurer: Client, lose: Lose
) -> None:
    session = bar.session
    event = lose(900)
    page = treasurer.open_page("/gris/payments/events")
    assert page.html.select("[name=username]")
    assert not page.html.select("[name=offer]")

    page = treasurer.submit(
        f"/gris/payments/events/{event.id}/settle", how="attached", username="ada", note="vue"
    )

    assert page.flashes == ["C'est maintenant un paiement de Ada Lovelace."]
    session.expire_all()
    payment = event.payment
    assert payment is not None
    assert (payment.type, payment.offer_slug, payment.amount_cents) == (PaymentType.bar, None, 900)
    line = session.scalars(_line_of(payment)).one()
    assert (line.client_id, line.type, line.balance_change_cents) == (ada.id, BarKind.top_up, 900)
    assert bar.account(ada).balance_cents == 900
    assert event.settled_how is Settlement.attached
    held = account_balances(session)
    assert held == {Account.lydia_bar: 900, Account.bar: -900, Account.unmatched: 0}
    assert faults(app, session) == []
    with app.app_context():
        assert verify.faults(session) == []


@pytest.mark.parametrize(
    ("username", "said"),
    [
        ("nobody", "Personne n'a cet identifiant."),
        ("emmy", "Personne n'enregistre un paiement pour soi"),
        ("ada", "Le solde dépasserait ce qu'un compte peut contenir (9 999,99 €)."),
    ],
)
def test_money_that_no_account_may_take_waits(
    session: Session, ada: PCeen, treasurer: Client, lose: Lose, username: str, said: str
) -> None:
    event = lose(900)
    session.execute(
        sa.update(BarAccount)
        .where(BarAccount.pceen_id == ada.id)
        .values(balance_cents=BALANCE_MAX - 899)
    )
    session.commit()

    page = treasurer.submit(
        f"/gris/payments/events/{event.id}/settle",
        status=422,
        how="attached",
        username=username,
        note="gardée",
    )

    (form,) = page.html.select("details[open] form")
    assert said in spaced(form.get_text(" ", strip=True))
    assert form.select_one("[name=note]")["value"] == "gardée"  # type: ignore[index]
    session.expire_all()
    assert event.settled_at is None
    assert session.scalars(sa.select(Payment)).all() == []


# Taken back


def test_a_revoked_top_up_is_taken_back_from_the_account(
    app: Flask, session: Session, bar: Bar, ada: PCeen, emmy: PCeen, treasurer: Client
) -> None:
    payment = bar.pay(ada, 1000)
    version = payment.version

    page = treasurer.submit(
        f"/gris/payments/{payment.id}/revoke", why="Remboursé sur Lydia", version=version
    )

    assert page.flashes == [f"Le paiement {payment.id} est annulé."]
    line = session.scalars(_line_of(payment)).one()
    undo = session.scalars(
        sa.select(BarTransaction).where(BarTransaction.reverses_id == line.id)
    ).one()
    assert (undo.balance_change_cents, undo.barman_id) == (-1000, emmy.id)
    assert (undo.reason, undo.bar_day) == ("Remboursé sur Lydia", line.bar_day)
    assert bar.account(ada).balance_cents == 0
    assert faults(app, session) == []
    with app.app_context():
        assert verify.faults(session) == []


def test_money_that_is_spent_is_not_taken_back(
    session: Session, bar: Bar, ada: PCeen, treasurer: Client
) -> None:
    payment = bar.pay(ada, 1000)
    bar.sell(ada, bar.juice)

    page = treasurer.submit(
        f"/gris/payments/{payment.id}/revoke", status=422, why="Erreur", version=payment.version
    )

    assert "Le solde deviendrait négatif : l'argent est déjà dépensé." in page.text("main")
    session.expire_all()
    assert not payment.is_revoked
    assert bar.account(ada).balance_cents == 880
    lines = sa.select(JournalEntry).where(JournalEntry.kind == EntryKind.reversal)
    assert session.scalars(lines).all() == []


# Asking Lydia


@pytest.fixture
def sandbox(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    with serving(tmp_path) as sandbox:
        monkeypatch.setitem(app.extensions, "lydia", sandbox.client())
        yield sandbox


def test_a_top_up_whose_callback_never_came_is_credited_by_a_poll(
    app: Flask,
    session: Session,
    bar: Bar,
    ada: PCeen,
    sandbox: Sandbox,
    cli: FlaskCliRunner,
) -> None:
    payment = begun(
        session,
        ada,
        type=PaymentType.bar,
        offer_slug=None,
        amount_cents=1000,
        method=PaymentMethod.card,
        status=PaymentStatus.creating,
        lydia_uuid=None,
    )
    with app.test_request_context("/", base_url="http://localhost"):
        accepted = sandbox.client().request(_order(payment))
    with transaction(session):
        collect.wait(session, session.get_one(Payment, payment.id), accepted)
    sandbox.choose(accepted.uuid, "silent")
    session.commit()

    for _ in range(2):
        said = cli.invoke(args=["payments", "reconcile", "--all"])
        assert said.exit_code == 0
        assert secrets.secret_in(said.output) is None

    session.expire_all()
    assert payment.status is PaymentStatus.accepted
    assert bar.account(ada).balance_cents == 1000
    assert faults(app, session) == []
    shown = cli.invoke(args=["payments", "show", str(payment.id)])
    assert f"payment {payment.id}: accepted, 10.00 EUR, card, for bar" in shown.output
    with app.app_context():
        assert verify.faults(session) == []


def _order(payment: Payment) -> Order:
    site = "http://localhost/bar"
    return Order(
        type=PaymentType.bar,
        method=payment.method,
        amount_cents=payment.amount_cents,
        recipient="0612345678",
        message="Bar",
        order_ref=payment.order_ref or "",
        confirm_url=f"{site}/lydia_callback/confirm",
        cancel_url=f"{site}/lydia_callback/cancel",
        success_url=f"{site}/lydia/success?payment={payment.id}",
        fail_url=f"{site}/lydia/fail?payment={payment.id}",
    )
