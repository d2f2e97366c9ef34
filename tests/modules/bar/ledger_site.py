"""The bar as several use it at once: real connections, people, cookies, what came of it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import LoginMethod, PaymentMethod, PaymentStatus, PaymentType
from app.extensions import db
from app.models import BarAccount, BarItem, BarTransaction, LoginSession, Payment, PCeen
from app.modules.payments.service import books
from tests import secrets
from tests.client import Client
from tests.factories import BarItemFactory, base as factories, customer, role_with
from tests.modules.bar.counter import new_key, wrong
from tests.modules.payments.conftest import Fields, begun, callback

R = TypeVar("R")
#: Something that is done at once with others: it answers what may be counted.
Act = Callable[[], object]
CONFIRM, CANCEL = "/bar/lydia_callback/confirm", "/bar/lydia_callback/cancel"


@dataclass
class Site:
    """The site, on a database that several write to for real."""

    app: Flask
    #: What accounts held before the first line of the ledger.
    opening: dict[int, int] = field(default_factory=dict)

    def ask(self, work: Callable[[Session], R]) -> R:
        """Do something with a session of its own, in the words of a request."""
        with self.app.test_request_context():
            try:
                factories.use(db.session())
                return work(db.session())
            finally:
                db.session.remove()

    def customer(self, cents: int = 0, *, rights: Any = ()) -> int:
        """The number of someone who may buy."""

        def make(_session: Session) -> int:
            more = {"roles": [role_with(*rights)]} if rights else {}
            return customer(cents, **more).id

        key = self.ask(make)
        self.opening[key] = cents
        return key

    def item(self, **columns: Any) -> int:
        """The number of something that is sold."""
        return self.ask(lambda _session: BarItemFactory(**columns).id)

    def cookie(self, key: int) -> str:
        """What a browser of someone holds."""

        def log_in(session: Session) -> str:
            login = LoginSession(pceen=session.get_one(PCeen, key), method=LoginMethod.password)
            session.add(login)
            session.commit()
            return login.secret

        return self.ask(log_in)

    def payment(self, key: int, cents: int = 2000) -> Payment:
        """Money that someone is about to pay online, as it is read now."""

        def make(session: Session) -> Payment:
            payment = begun(
                session,
                session.get_one(PCeen, key),
                type=PaymentType.bar,
                offer_slug=None,
                amount_cents=cents,
                method=PaymentMethod.lydia,
            )
            session.refresh(payment)
            session.expunge(payment)
            return payment

        return self.ask(make)

    # What may happen, as functions of nothing: each has its own connection

    def sent(self, cookie: str, path: str, key: str | None = None, **body: Any) -> Act:
        """What a script asks: the status of the answer, and the code of the refusal if any."""
        browser = self._browser(cookie)
        headers = {"Idempotency-Key": key or new_key()}

        def act() -> object:
            answer = browser.post(path, json=body, headers=headers)
            detail = None if answer.status_code == 201 else answer.json["error"].get("detail")
            is_word = isinstance(detail, str)
            return (answer.status_code, detail) if is_word else answer.status_code

        return act

    def told(self, cookie: str, path: str, key: str, **body: Any) -> Act:
        """The same: all that is answered."""
        browser = self._browser(cookie)

        def act() -> object:
            answer = browser.post(path, json=body, headers={"Idempotency-Key": key})
            return answer.status_code, answer.text

        return act

    def posted(self, cookie: str, path: str, **form: str) -> Act:
        """A form, as a page sends it: the status of the answer."""
        browser = self._browser(cookie)
        return lambda: browser.post(path, data=form).status_code

    def opened(self, cookie: str, path: str) -> Act:
        browser = self._browser(cookie)
        return lambda: browser.get(path).status_code

    def called(self, fields: Fields, path: str = CONFIRM) -> Act:
        return lambda: self.app.test_client().post(path, data=fields).status_code

    def done(self, work: Callable[[Session], object]) -> Act:
        """Something of a service, in a transaction."""

        def act() -> object:
            with self.app.test_request_context():
                try:
                    with transaction(db.session()) as session:
                        work(session)
                except DomainError as refusal:
                    return type(refusal).__name__
                finally:
                    db.session.remove()
            return "done"

        return act

    def _browser(self, cookie: str) -> Client:
        client = self.app.test_client()
        assert isinstance(client, Client)
        client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
        with client.session_transaction() as kept:
            kept["_user_id"] = cookie
        return client

    # What came of it

    def balance(self, key: int) -> int:
        return self.ask(lambda session: session.get_one(BarAccount, key).balance_cents)

    def stock(self, key: int) -> int | None:
        return self.ask(lambda session: session.get_one(BarItem, key).quantity)

    def lines(self, *where: Any) -> int:
        stmt = sa.select(sa.func.count()).select_from(BarTransaction).where(*where)
        return self.ask(lambda session: session.execute(stmt).scalar_one())

    def status(self, payment: Payment) -> PaymentStatus:
        return self.ask(lambda session: session.get_one(Payment, payment.id).status)

    def faults(self, *, is_chained: bool = True) -> list[str]:
        """What does not follow from the ledger, or from the books of the GRIs."""
        return self.ask(
            lambda session: [
                *wrong(session, opening=self.opening, is_chained=is_chained),
                *books.faults(session),
            ]
        )


def said_by_lydia(payment: Payment, **changes: str | None) -> Fields:
    """What Lydia says of a top-up that was paid."""
    return callback(
        payment, token=secrets.BAR_PRIVATE, **{"vendor_token": secrets.BAR_VENDOR, **changes}
    )


def at_once(acts: list[Act], *, most: int = 40) -> Counter[object]:
    """Do all that at the same time, as many at once as said."""
    together = min(len(acts), most)
    ready = Barrier(together)
    waiting = iter([True] * together)

    def do(act: Act) -> object:
        if next(waiting, False):
            ready.wait(60)
        return act()

    with ThreadPoolExecutor(together) as workers:
        return Counter(workers.map(do, acts))
