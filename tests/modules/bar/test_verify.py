"""``flask bar audit``: what is kept is what the ledger says, or it says where it is not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import BarKind, PaymentMethod, PaymentStatus, PaymentType
from app.models import (
    AuditEvent,
    BarAccount,
    BarDailyData,
    BarItem,
    BarTransaction,
    Payment,
    PCeen,
)
from app.modules.bar.mails import LedgerWrong
from app.modules.bar.service import verify as service
from app.modules.payments.service import collect
from tests.conftest import Outbox
from tests.factories import PaymentFactory, PCeenFactory
from tests.modules.bar.ledgers import TILL, Bar, drinker, open_bar


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    with app.app_context(), force_locale("fr"):
        yield


@pytest.fixture
def bar(session: Session) -> Bar:
    return open_bar(session)


@pytest.fixture
def ada(bar: Bar) -> PCeen:
    """Someone who did a bit of everything."""
    ada = bar.open(drinker(prenom="Ada"), 2000)
    bar.sell(ada, bar.beer)
    bar.undo(bar.sell(ada, bar.juice))
    bar.undo(bar.sell(ada, bar.beer))
    bar.sell(ada, bar.beer)
    bar.undo(bar.top_up(ada, 300))
    bar.pay(ada, 1000)
    revoked = bar.pay(ada, 500)
    with transaction(bar.session) as session:
        collect.revoke(
            session,
            payment=revoked,
            by=bar.manager,
            why="Erreur",
            version=revoked.version,
            till=TILL,
        )
    return ada


def line(account: PCeen | None, **columns: Any) -> BarTransaction:
    """A line that the site would not write."""
    today = clock.today()
    owner = {"client_id": account.id if account is not None else None}
    return BarTransaction(**owner, bar_day=today, bar_hour=20, **columns)


def test_nothing_is_said_of_what_the_site_wrote(session: Session, bar: Bar, ada: PCeen) -> None:
    bar.open(drinker(prenom="Bob"), 0)

    assert service.faults(session) == []
    assert not service.wrong_days(session)


def test_nothing_is_said_of_an_empty_bar(session: Session) -> None:
    assert service.faults(session) == []


def _set(model: type[Any], **values: Any) -> Callable[[Session, Bar, PCeen], None]:
    """Change the rows of a table behind the back of the site."""

    def spoil(session: Session, _bar: Bar, ada: PCeen) -> None:
        stmt = sa.update(model).values(**values)
        if model is not BarItem:
            stmt = stmt.where(model.pceen_id == ada.id)
        else:
            stmt = stmt.where(BarItem.quantity.is_not(None))
        session.execute(stmt)

    return spoil


def _forget_day(session: Session, _bar: Bar, ada: PCeen) -> None:
    session.execute(sa.delete(BarDailyData).where(BarDailyData.pceen_id == ada.id))


def _invent_day(session: Session, _bar: Bar, ada: PCeen) -> None:
    day = clock.today() - timedelta(days=400)
    session.add(BarDailyData(pceen_id=ada.id, bar_day=day, total_spent_cents=1))


def _unpaid(session: Session, _bar: Bar, ada: PCeen) -> None:
    paid = sa.update(Payment).where(Payment.amount_cents == 1000)
    session.execute(paid.values(status=PaymentStatus.error, payed_at=None))


def _uncredited(session: Session, _bar: Bar, ada: PCeen) -> None:
    session.add(
        Payment(
            pceen_id=ada.id,
            type=PaymentType.bar,
            amount_cents=700,
            method=PaymentMethod.card,
            status=PaymentStatus.accepted,
            payed_at=clock.now(),
        )
    )


def _of_another(session: Session, _bar: Bar, ada: PCeen) -> None:
    theirs = sa.update(Payment).where(Payment.amount_cents == 1000)
    session.execute(theirs.values(pceen_id=PCeenFactory().id))


def _amount(session: Session, _bar: Bar, ada: PCeen) -> None:
    theirs = sa.update(Payment).where(Payment.amount_cents == 1000)
    session.execute(theirs.values(amount_cents=900))


def _revoked(session: Session, bar: Bar, ada: PCeen) -> None:
    theirs = sa.update(Payment).where(Payment.amount_cents == 1000)
    session.execute(
        theirs.values(
            status=PaymentStatus.cancelled, revoked_at=clock.now(), revoked_by_id=bar.manager.id
        )
    )


def _unrevoked(session: Session, _bar: Bar, ada: PCeen) -> None:
    theirs = sa.update(Payment).where(Payment.amount_cents == 500)
    session.execute(theirs.values(status=PaymentStatus.accepted, revoked_at=None))


def _internet(session: Session, bar: Bar, ada: PCeen) -> None:
    payment = PaymentFactory(
        pceen=ada, status=PaymentStatus.accepted, payed_at=clock.now(), amount_cents=0
    )
    session.flush()
    last = session.scalars(
        sa.select(BarTransaction.balance_after_cents)
        .where(BarTransaction.client_id == ada.id)
        .order_by(BarTransaction.id.desc())
    ).first()
    session.add(line(ada, type=BarKind.top_up, payment_id=payment.id, balance_after_cents=last))


def _chain(session: Session, bar: Bar, ada: PCeen) -> None:
    session.add(line(ada, type=BarKind.adjustment, balance_after_cents=5))


def _not_opposite(session: Session, bar: Bar, ada: PCeen) -> None:
    bob = bar.open(drinker(), 0)
    first = bar.top_up(bob, 100)
    session.add(line(bob, type=BarKind.reversal, reverses_id=first.id, balance_after_cents=100))


SPOILS: dict[str, tuple[Callable[[Session, Bar, PCeen], None], str]] = {
    "a cent more": (_set(BarAccount, balance_cents=2301), "le solde est 23,01 €, le journal dit"),
    "a caution": (
        _set(BarAccount, deposit_owed_cents=1),
        "la caution est 0,01 €, le journal dit 0",
    ),
    "a bottle": (_set(BarItem, quantity=47), "(Pinte) : il y en a 47, le journal dit 48"),
    "grams": (_set(BarDailyData, alcohol_bought=Decimal("28.7")), "alcool 28,7 g, le journal dit"),
    "spent": (_set(BarDailyData, total_spent_cents=0), "dépensé 0,00 €"),
    "count": (_set(BarDailyData, items_bought_count=3), "articles 3"),
    "no day": (_forget_day, ": rien, le journal dit solde 23,00 €, dépensé 7,00 €, articles 2"),
    "a day of nothing": (_invent_day, "le journal dit rien"),
    "not paid": (_unpaid, "crédité, alors que"),
    "no credit": (_uncredited, "payé, et crédité à personne"),
    "another's": (_of_another, "crédité à quelqu'un d'autre"),
    "another amount": (_amount, "9,00 € payés, 10,00 € crédités"),
    "revoked": (_revoked, "annulé, et toujours crédité"),
    "undone": (_unrevoked, "payé, mais son crédit est annulé"),
    "of the Internet": (_internet, "crédité, alors que"),
    "a chain": (_chain, "elle laisse 0,05 € au compte"),
    "no opposite": (_not_opposite, "elle n'est pas le contraire de la"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_each_difference_is_said_once(session: Session, bar: Bar, ada: PCeen, name: str) -> None:
    spoil, words = SPOILS[name]
    spoil(session, bar, ada)
    session.commit()

    (said,) = service.faults(session)

    assert words in said.replace("\xa0", " ").replace("\u202f", " ")


def test_it_takes_as_many_statements_whatever_the_ledger(
    session: Session, bar: Bar, ada: PCeen, queries: list[str]
) -> None:
    queries.clear()
    service.faults(session)
    few = len(queries)
    for _ in range(3):
        bar.sell(bar.open(drinker(), 1000), bar.juice, times=2)
    queries.clear()

    service.faults(session)

    assert len(queries) == few == 6


def test_it_tells_how_far_it_is(session: Session) -> None:
    told: list[tuple[int, int]] = []

    service.faults(session, tick=lambda done, total: told.append((done, total)))

    assert told == [(done, 6) for done in range(1, 7)]


def test_no_more_than_some_of_each_kind_are_told(session: Session, bar: Bar) -> None:
    for _ in range(service.TOLD + 2):
        PCeenFactory()
    session.execute(sa.update(BarAccount).values(balance_cents=1))
    session.commit()

    found = service.faults(session)

    assert len(found) == service.TOLD + 1
    assert found[-1] == "… et d'autres comme cela."


def test_a_stock_is_that_since_the_item_is_counted(session: Session, bar: Bar) -> None:
    ada = bar.open(drinker(), 5000)
    bar.sell(ada, bar.beer)
    begins = line(None, type=BarKind.stock, item_id=bar.beer.id, item_name="Pinte", stock_change=9)
    session.add(begins)
    session.flush()
    bar.beer.quantity, bar.beer.counted_from_id = 9, begins.id
    session.commit()
    bar.sell(ada, bar.beer)

    assert service.faults(session) == []


# The days, made again


def test_days_are_made_again_from_the_ledger(session: Session, bar: Bar, ada: PCeen) -> None:
    bob = bar.open(drinker(), 1000)
    bar.sell(bob, bar.beer)
    day = bar.sell(bob, bar.juice).bar_day
    _forget_day(session, bar, ada)
    _invent_day(session, bar, ada)
    session.execute(
        sa.update(BarDailyData)
        .where(BarDailyData.pceen_id == bob.id)
        .values(alcohol_bought=Decimal("0.1"), items_bought_count=7)
    )
    session.commit()

    with transaction(session):
        changed = service.rebuild_days(session)

    assert [(one.pceen_id, one.is_kept, one.is_told) for one in changed] == [
        (ada.id, True, False),
        (ada.id, False, True),
        (bob.id, True, True),
    ]
    assert service.faults(session) == []
    session.expire_all()
    theirs = session.get_one(BarDailyData, (bob.id, day))
    assert (theirs.balance_change_cents, theirs.total_spent_cents) == (530, 470)
    assert (theirs.items_bought_count, theirs.alcohol_bought) == (2, Decimal("14.4"))
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.after) == ("bar.days.rebuild", {"days": 3})


def test_days_that_are_right_are_left_alone(session: Session, bar: Bar, ada: PCeen) -> None:
    before = session.scalar(sa.select(sa.func.count(AuditEvent.id)))
    with transaction(session):
        assert not service.rebuild_days(session)

    assert session.scalar(sa.select(sa.func.count(AuditEvent.id))) == before


# Who is told


def test_the_gris_are_told_once(session: Session, ada: PCeen, outbox: Outbox) -> None:
    for _ in range(2):
        with transaction(session):
            service.alert(session, ["faux"], admins=("gri@example.org",))

    (mail,) = [one for one in outbox() if isinstance(one, LedgerWrong)]
    assert (mail.to, mail.faults) == ("gri@example.org", ["faux"])


def test_nobody_is_told_that_all_is_well(session: Session, outbox: Outbox) -> None:
    with transaction(session):
        service.alert(session, [], admins=("gri@example.org",))
        service.alert(session, ["faux"], admins=())

    assert outbox() == []
