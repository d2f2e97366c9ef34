"""What clients of the bar are told, in the site."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import NotificationTopic
from app.models import Effect
from app.modules.bar.effects import TellBalanceLow
from app.modules.bar.mails import BarBalanceLow
from app.modules.bar.service import online, sales
from app.modules.bar.service.money import Money, refund
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import Outbox
from tests.modules.bar.ledgers import Bar, asks, drinker, open_bar
from tests.notices import not_kept, notice, told


@pytest.fixture
def bar(session: Session) -> Bar:
    return open_bar(session)


def work(app: Flask, session: Session) -> None:
    """Have the worker tell who is to be told."""
    with app.app_context():
        run_due(session, all_effects(), kinds=[TellBalanceLow.kind])


def of_kind(outbox: Outbox, kind: type[Effect]) -> list[Effect]:
    return [one for one in outbox() if isinstance(one, kind)]


def test_who_paid_online_is_told_once_that_their_account_has_it(session: Session, bar: Bar) -> None:
    ada = bar.open(drinker(), 0)

    payment = bar.pay(ada, 1250)
    with transaction(session):
        online.deliver(session, payment)

    key = f"bar:top_up:{payment.id}"
    assert told(session) == {key: {ada.id}}
    found = notice(session, key)
    assert (found.topic, found.title) == (NotificationTopic.bar, "Votre compte du bar est rechargé")
    assert found.body == "Il a reçu 12,50\xa0€."
    assert found.url == "/bar/me"


def test_what_is_not_done_tells_nothing(session: Session, bar: Bar, outbox: Outbox) -> None:
    ada = bar.open(drinker(), 400)
    payment = bar.pay(ada, 100)
    before, waiting = told(session), outbox()

    with not_kept(session):
        sales.sell(session, sales.Order(ada.id, bar.beer.id), request=asks(bar.barman))
        sales.sell(session, sales.Order(ada.id, bar.juice.id), request=asks(bar.barman))
        online.deliver(session, payment)
        assert of_kind(outbox, TellBalanceLow)

    assert (told(session), outbox()) == (before, waiting)


def test_who_buys_their_last_drinks_is_told_once_each_time_that_little_is_left(
    app: Flask, session: Session, bar: Bar, outbox: Outbox
) -> None:
    ada = bar.open(drinker(), 320)

    bar.sell(ada, bar.juice)
    assert not of_kind(outbox, TellBalanceLow)
    low = bar.sell(ada, bar.juice)
    assert told(session) == {}
    work(app, session)
    work(app, session)

    assert told(session) == {f"bar:low:{low.id}": {ada.id}}
    found = notice(session, f"bar:low:{low.id}")
    assert found.title == "Votre compte du bar est presque vide"
    assert found.body == "Il reste 0,80\xa0€ sur votre compte du bar."
    # nobody asked for a mail
    assert not of_kind(outbox, BarBalanceLow)
    bar.top_up(ada, 100)
    again = bar.sell(ada, bar.juice)
    work(app, session)
    assert told(session) == {f"bar:low:{one.id}": {ada.id} for one in (low, again)}


def test_who_chose_a_limit_is_told_of_that_one_with_their_mail(
    app: Flask, session: Session, bar: Bar, outbox: Outbox
) -> None:
    ada = bar.open(drinker(), 600)
    bar.account(ada).alert_cents = 500
    session.commit()

    first = bar.sell(ada, bar.juice)
    bar.sell(ada, bar.beer)
    work(app, session)

    assert told(session) == {f"bar:low:{first.id}": {ada.id}}
    assert len(of_kind(outbox, BarBalanceLow)) == 1


def test_who_paid_in_meanwhile_is_told_nothing(app: Flask, session: Session, bar: Bar) -> None:
    ada = bar.open(drinker(), 200)

    bar.sell(ada, bar.juice)
    bar.top_up(ada, 1000)
    work(app, session)

    assert told(session) == {}


def test_money_given_back_is_not_told_to_who_chose_no_limit(
    session: Session, bar: Bar, outbox: Outbox
) -> None:
    ada = bar.open(drinker(), 600)

    with transaction(session):
        refund(session, Money(client_id=ada.id, amount_cents=600), request=asks(bar.manager))

    assert not of_kind(outbox, TellBalanceLow)
