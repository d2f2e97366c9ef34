"""What the tests of money start from: Lydia, a sandbox of it, and someone who pays."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import create_app
from app.core import clock
from app.enums import EntryKind, PaymentMethod, PaymentStatus, PaymentType
from app.extensions import db
from app.integrations.lydia import Lydia, Merchant
from app.models import Base, JournalEntry, OutboxEntry, Payment, PCeen, Subscription
from app.modules.intrarez.mails import NewSubscription
from app.modules.payments.rules import polls
from app.modules.payments.service import books
from lydia_sandbox import merchants as played, signature, store
from lydia_sandbox.__main__ import Quiet
from lydia_sandbox.callbacks import deliver_due
from lydia_sandbox.outcomes import Request
from lydia_sandbox.site import PREFIX, create_sandbox
from tests import database_urls, secrets
from tests.client import Client
from tests.conftest import furnish
from tests.factories import DeviceFactory, RentalFactory

#: Who is paid, as the site knows them.
MERCHANTS = {
    PaymentType.internet: Merchant(secrets.VENDOR, SecretStr(secrets.PRIVATE)),
    PaymentType.bar: Merchant(secrets.BAR_VENDOR, SecretStr(secrets.BAR_PRIVATE)),
}
#: The same, as Lydia knows them.
PLAYED = (
    played.Merchant("Internet", secrets.VENDOR, secrets.PRIVATE),
    played.Merchant("Bar", secrets.BAR_VENDOR, secrets.BAR_PRIVATE),
)
CONFIRM, CANCEL = "/payments/lydia_callback/confirm", "/payments/lydia_callback/cancel"
FORM = "application/x-www-form-urlencoded"
TRANSACTION = "TX2026112300001"

#: What Lydia answers: given the path of its API and what was sent.
Says = Callable[[str, dict[str, str]], dict[str, Any]]
Fields = dict[str, str]
Wait = Callable[..., Payment]


def signed(parameters: Mapping[str, str], token: str = secrets.PRIVATE) -> str:
    """The signature of *parameters*; no log may hold it."""
    made = signature.sign(parameters, token)
    secrets.SIGNATURES.add(made)
    return made


def callback(payment: Payment, *, token: str = secrets.PRIVATE, **changes: str | None) -> Fields:
    """What Lydia says of a *payment* that was made; ``None`` leaves a field out."""
    said: dict[str, str | None] = {
        "currency": "EUR",
        "request_id": payment.lydia_request_id or f"42{payment.id}",
        "amount": f"{payment.amount_cents // 100}.{payment.amount_cents % 100:02}",
        "signed": "1",
        "transaction_identifier": f"TX{payment.id}",
        "vendor_token": secrets.VENDOR,
        "order_ref": payment.order_ref,
    }
    fields = {name: value for name, value in (said | changes).items() if value is not None}
    return fields | {"sig": signed(fields, token)}


def cancelled(payment: Payment, **changes: Any) -> Fields:
    """What Lydia says of *payment* once it was given up."""
    return callback(payment, transaction_identifier=None, **changes)


class Spoken(Lydia):
    """Lydia without a network: it says what the test has it say."""

    def __init__(self) -> None:
        super().__init__("https://lydia.example.org", MERCHANTS)
        self.says: Says = self.knows_nothing
        #: What it was asked: paths, and what was sent.
        self.asked: list[tuple[str, dict[str, str]]] = []

    def _ask(self, path: str, fields: dict[str, str]) -> dict[str, Any]:
        self.asked.append((path, fields))
        return self.says(path, fields)

    @staticmethod
    def knows_nothing(path: str, fields: dict[str, str]) -> dict[str, Any]:
        return {"error": "1", "message": "Unknown request."}

    def say(self, state: object, *, amount: str = "15.00", uuid: str | None = None) -> None:
        """Have it say the state of whatever it is asked about."""
        self.says = lambda _path, fields: state_of(
            state, amount=amount, uuid=uuid or fields.get("request_uuid") or "u-found"
        )

    def fail(self, error: Exception) -> None:
        """Have it be out of reach."""

        def says(path: str, fields: dict[str, str]) -> dict[str, Any]:
            raise error

        self.says = says


def state_of(
    state: object, *, amount: str, uuid: str, token: str = secrets.PRIVATE
) -> dict[str, Any]:
    """What Lydia answers of a request."""
    said = {"amount": amount, "request_uuid": uuid}
    return said | {"state": state, "signature": signed(said, token)}


@dataclass
class Sandbox:
    """A Lydia that listens on a port, and what people do there."""

    app: Flask
    database: Path
    address: str

    def client(self) -> Lydia:
        """What the site asks it with."""
        return Lydia(self.address, MERCHANTS)

    def requests(self) -> list[Request]:
        """What it was asked for, the latest first."""
        with store.opened(self.database) as connection:
            return store.latest(connection)

    def of(self, order_ref: str | None) -> Request | None:
        """The request of an order."""
        return next((one for one in self.requests() if one.order_ref == order_ref), None)

    def choose(self, uuid: str | None, outcome: str = "pay") -> None:
        """End a payment, as on the page where one pays."""
        page = f"{PREFIX}/collect/payment/{uuid}/cb"
        answer = self.app.test_client().post(page, data={"outcome": outcome})
        assert answer.status_code == 303

    def behave(self, behaviour: str) -> None:
        """Choose how the next request is answered."""
        answer = self.app.test_client().post(f"{PREFIX}/behaviour", data={"behaviour": behaviour})
        assert answer.status_code == 303

    def deliver(self, client: FlaskClient) -> list[int]:
        """Send the callbacks that are due to a site; return what it answered."""
        answers: list[int] = []

        def send(url: str, body: str) -> int:
            secrets.SIGNATURES.add(body.rpartition("sig=")[2][:32])
            answer = client.post(urlsplit(url).path, data=body, content_type=FORM)
            answers.append(answer.status_code)
            return answer.status_code

        deliver_due(self.database, now=time.time, send=send)
        return answers


@contextmanager
def serving(folder: Path) -> Iterator[Sandbox]:
    """A sandbox that answers on a port of this machine."""
    database = folder / "sandbox.db"
    app = create_sandbox(merchants=PLAYED, database=database)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Sandbox(app, database, f"http://127.0.0.1:{server.port}{PREFIX}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def hall(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site on a database that many write to for real, one for all the tests of a file."""
    with app.app_context():
        url = database_urls.own(db.engine.url, tmp_path_factory.mktemp("hall"))
    hall = create_app(
        app.extensions["settings"], SQLALCHEMY_DATABASE_URI=url, WTF_CSRF_ENABLED=False
    )
    hall.test_client_class = Client
    with hall.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
        db.session.remove()
    yield hall
    with hall.app_context():
        db.engine.dispose()


@pytest.fixture
def lydia(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Spoken:
    """Lydia, as the site knows it."""
    spoken = Spoken()
    monkeypatch.setitem(app.extensions, "lydia", spoken)
    return spoken


@pytest.fixture
def sandbox(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """The sandbox, as the site knows Lydia."""
    with serving(tmp_path) as sandbox:
        monkeypatch.setitem(app.extensions, "lydia", sandbox.client())
        yield sandbox


def resident(*, room_num: int = 305, **values: Any) -> PCeen:
    """Someone who has a room and a device there."""
    rental = RentalFactory(room_num=room_num)
    for name, value in values.items():
        setattr(rental.pceen, name, value)
    DeviceFactory(pceen=rental.pceen)
    pceen: PCeen = rental.pceen
    return pceen


@pytest.fixture
def ada(session: Session) -> PCeen:
    return resident(prenom="Ada", nom="Lovelace")


def begun(session: Session, pceen: PCeen, **values: Any) -> Payment:
    """A payment that waits for its payer at Lydia, unless *values* say otherwise."""
    wanted: dict[str, Any] = {
        "offer_slug": "12months",
        "amount_cents": 1500,
        "method": PaymentMethod.lydia,
        "status": PaymentStatus.waiting,
        "created_at": clock.now(),
    } | values
    payment = Payment(pceen=pceen, **wanted)
    session.add(payment)
    session.flush()
    payment.order_ref = f"PEM-{payment.id}-{int(payment.created_at.timestamp())}"
    if payment.status is PaymentStatus.waiting and "lydia_uuid" not in wanted:
        payment.lydia_uuid = f"u-{payment.id}"
    payment.next_poll_at = polls.next_poll(payment.created_at, payment.created_at)
    session.commit()
    return payment


@pytest.fixture
def wait(session: Session, ada: PCeen) -> Wait:
    """A payment of Ada's: ``wait()`` waits for her, ``wait(status=…, amount_cents=…)``."""
    return lambda pceen=ada, **values: begun(session, pceen, **values)


@pytest.fixture
def payment(wait: Wait) -> Payment:
    """What Ada is about to pay: a year, for 15 €."""
    return wait()


@dataclass(frozen=True)
class Outcome:
    """What a payment led to: rows of each kind."""

    status: PaymentStatus
    subscriptions: int
    lines: int
    mails: int


#: A payment that came, whatever happened on the way.
ONCE = Outcome(PaymentStatus.accepted, 1, 1, 1)


def outcome_of(session: Session, key: int) -> Outcome:
    """What a payment led to, as the database says now."""
    session.commit()
    given = sa.select(sa.func.count()).where(Subscription.payment_id == key)
    lines = sa.select(sa.func.count()).where(
        JournalEntry.payment_id == key, JournalEntry.kind == EntryKind.payment
    )
    mails = session.scalars(sa.select(OutboxEntry).where(OutboxEntry.kind == NewSubscription.kind))
    outcome = Outcome(
        status=session.get_one(Payment, key).status,
        subscriptions=session.execute(given).scalar_one(),
        lines=session.execute(lines).scalar_one(),
        mails=sum(mail.payload["payment"] == key for mail in mails),
    )
    session.commit()
    return outcome


def faults(app: Flask, session: Session) -> list[str]:
    """What is wrong with the books."""
    with app.test_request_context():
        return list(books.faults(session))


@dataclass
class Delivered:
    """What the payments of the bar gave."""

    keys: list[int] = field(default_factory=list)
    taken_back: list[int] = field(default_factory=list)

    def deliver(self, session: Session, payment: Payment) -> None:
        self.keys.append(payment.id)

    def take_back(self, session: Session, payment: Payment) -> None:
        self.taken_back.append(payment.id)

    def describe(self, session: Session, payment: Payment) -> tuple[str, list[tuple[str, str]]]:
        return "Recharge", []
