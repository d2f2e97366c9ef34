"""Stock that is counted while it is sold, on real connections."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.enums import BarKind, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarItem, BarTransaction
from app.modules.bar.queries import items as reading
from app.modules.bar.service import items as service
from app.modules.bar.service.items import Draft, Entry
from tests.modules.bar.ledger_site import Site, at_once


@pytest.fixture
def site(shared: Flask) -> Iterator[Site]:
    yield Site(shared)
    with shared.app_context():
        db.session.remove()


@pytest.fixture
def barman(site: Site) -> str:
    """The cookie of who serves."""
    return site.cookie(site.customer(rights=((T.write, S.bar),)))


@pytest.fixture
def beer(site: Site) -> int:
    """The number of an item of which there are a hundred, as the ledger says."""

    def make(session: Session) -> int:
        draft = Draft(name="Bière", price_cents=100)
        item = service.create(session, draft, quantity=100, entry=Entry(by_id=1))
        session.commit()
        return item.id

    return site.ask(make)


def left(site: Site, item: int) -> tuple[int, int]:
    """What is kept of a stock, and what the ledger says of it."""

    def read(session: Session) -> tuple[int, int]:
        return session.get_one(BarItem, item).quantity or 0, reading.counted(session)[item]

    return site.ask(read)


def post(site: Site, cookie: str, path: str, **fields: str) -> int:
    """What a form is answered."""
    client = site.app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = cookie
    return client.post(path, data=fields).status_code


def test_deliveries_losses_counts_and_sales_at_once_lose_nothing(
    site: Site, barman: str, beer: int
) -> None:
    buyers = [site.customer(1000) for _ in range(8)]
    path = f"/bar/items/{beer}/stock"
    acts = [site.sent(barman, f"/api/bar/pay/{buyer}/{beer}") for buyer in buyers]
    for number in range(6):
        key = f"a-key-numbered-{number}"
        change = {"change": "5" if number % 2 else "-2", "reason": "essai"}
        acts.append(lambda k=key, c=change: post(site, barman, path, idempotency_key=k, **c))
    inventory = {f"counted_{beer}": "97", f"seen_{beer}": "100", "reason": "comptage"}
    acts.append(
        lambda: post(
            site, barman, "/bar/items/inventory", idempotency_key="a-key-of-count", **inventory
        )
    )

    at_once(acts)

    assert left(site, beer) == (100 - 8 + 15 - 6 - 3,) * 2


def test_one_delivery_that_is_sent_many_times_is_written_once(
    site: Site, barman: str, beer: int
) -> None:
    sent = {"change": "24", "reason": "livraison", "idempotency_key": "a-key-of-one"}

    at_once([lambda: post(site, barman, f"/bar/items/{beer}/stock", **sent) for _ in range(12)])

    def count(session: Session) -> int:
        stmt = sa.select(sa.func.count()).where(BarTransaction.type == BarKind.stock)
        return session.scalars(stmt).one()

    assert site.ask(count) == 2
    assert left(site, beer) == (124, 124)
