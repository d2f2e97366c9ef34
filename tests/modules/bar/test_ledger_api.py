"""What the point of sale asks of the ledger, as scripts and forms send it: every answer."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.models import BarAccount, BarTransaction, LoginSession, PCeen
from app.modules.bar import choices
from tests.client import Client
from tests.conftest import Login
from tests.factories import BarItemFactory, PCeenFactory, barman, customer, manager
from tests.modules.bar.counter import Counter, lines, new_key

#: What names an account, an item and a line in the addresses below.
PATHS = {
    "pay": "/api/bar/pay/{client}/{item}",
    "top_up": "/api/bar/top_up/{client}",
    "deposit": "/api/bar/deposit/{client}",
    "deposit_refund": "/api/bar/deposit/{client}/refund",
    "refund": "/api/bar/refund/{client}",
    "adjust": "/api/bar/adjust/{client}",
    "revert": "/api/bar/revert_transaction/{line}",
}
#: What each is sent.
BODIES: dict[str, dict[str, Any]] = {
    "pay": {},
    "top_up": {"amount": "12,50", "method": "cash"},
    "deposit": {"method": "cash"},
    "deposit_refund": {},
    "refund": {"amount": "1.00", "method": "cash", "reason": "Il part"},
    "adjust": {"amount": "-1,00", "reason": "Erreur"},
    "revert": {},
}
MANAGERS = ("refund", "adjust")
Send = Callable[..., TestResponse]


class Bar:
    """Someone who buys, something to buy, and a line of the ledger."""

    def __init__(self, session: Session) -> None:
        self.ada = customer(500)
        self.item = BarItemFactory(price_cents=100)
        self.session = session
        self.line = 0

    def path(self, what: str, **others: int) -> str:
        numbers = {"client": self.ada.id, "item": self.item.id, "line": self.line}
        return PATHS[what].format(**numbers | others)

    def without_deposit(self) -> None:
        self.session.get_one(BarAccount, self.ada.id).deposit_cents = None
        self.session.commit()

    def get_ready(self, what: str, client: Client) -> None:
        """Have what is asked be possible."""
        if what == "deposit":
            self.without_deposit()
        if what == "revert":
            sold = client.post(self.path("pay"), headers=key())
            self.line = sold.json["transaction"]["id"]


def key(value: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": value or new_key()}


@pytest.fixture
def bar(session: Session) -> Bar:
    return Bar(session)


@pytest.fixture
def boss(login: Login) -> Client:
    """The browser of who runs the bar."""
    return login(manager())


def detail(answer: TestResponse) -> Any:
    return answer.json["error"].get("detail")


# What is done


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("what", PATHS)
def test_each_answers_what_it_wrote(bar: Bar, boss: Client, what: str, as_json: bool) -> None:
    bar.get_ready(what, boss)
    before = lines(bar.session)
    body = {"json": BODIES[what]} if as_json else {"data": BODIES[what]}

    answer = boss.post(bar.path(what), headers=key(), **body)

    assert answer.status_code == 201, answer.text
    assert answer.mimetype == "application/json"
    said = answer.json
    assert set(said) == {
        *("transaction", "balance_cents", "alcohol_today", "stock", "revert_until"),
    }
    assert set(said["transaction"]) == {"id", "type", "balance_change_cents", "reverses_id"}
    assert lines(bar.session) == before + 1
    bar.session.expire_all()
    line = bar.session.get_one(BarTransaction, said["transaction"]["id"])
    assert line.balance_after_cents == said["balance_cents"]
    assert bar.session.get_one(BarAccount, bar.ada.id).balance_cents == said["balance_cents"]


@pytest.mark.parametrize("what", PATHS)
def test_each_is_done_once_for_a_key_and_answers_the_same(
    bar: Bar, boss: Client, what: str
) -> None:
    bar.get_ready(what, boss)
    before, headers = lines(bar.session), key()

    answers = [boss.post(bar.path(what), json=BODIES[what], headers=headers) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {201}, answers[-1].text
    assert len({answer.data for answer in answers}) == 1
    assert [one.headers.get("Idempotent-Replay") for one in answers] == [None, "true", "true"]
    assert lines(bar.session) == before + 1


@pytest.mark.parametrize("what", PATHS)
def test_a_key_that_did_something_else_is_a_conflict(bar: Bar, boss: Client, what: str) -> None:
    headers = key()
    boss.post(bar.path("pay", item=BarItemFactory().id), headers=headers)
    bar.get_ready(what, boss)
    before = lines(bar.session)

    answer = boss.post(bar.path(what), json=BODIES[what], headers=headers)

    assert (answer.status_code, detail(answer)) == (409, "idempotency_key")
    assert lines(bar.session) == before


def test_the_same_key_with_another_body_is_a_conflict(bar: Bar, boss: Client) -> None:
    headers = key()
    first = boss.post(bar.path("top_up"), json={"amount": "1", "method": "cash"}, headers=headers)
    same = boss.post(bar.path("top_up"), data={"amount": "1,00", "method": "cash"}, headers=headers)
    assert (first.status_code, same.status_code, same.data) == (201, 201, first.data)

    for other in ({"amount": "2", "method": "cash"}, {"amount": "1", "method": "card"}):
        answer = boss.post(bar.path("top_up"), json=other, headers=headers)
        assert (answer.status_code, detail(answer)) == (409, "idempotency_key")


def test_the_key_of_one_is_not_the_key_of_another(bar: Bar, app: Flask, session: Session) -> None:
    headers = key()
    answers = [
        browser(app, session, barman()).post(bar.path("pay"), headers=headers) for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [201, 201]
    assert lines(session) == 2


def browser(app: Flask, session: Session, pceen: PCeen) -> Client:
    begun = LoginSession(pceen=pceen, method=LoginMethod.password)
    session.add(begun)
    session.commit()
    client = app.test_client()
    assert isinstance(client, Client)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    return client


@pytest.mark.once
@pytest.mark.parametrize("what", PATHS)
@pytest.mark.parametrize(
    "value", [None, "", "1234567", "x" * 65, "a key with blanks", "clé-clé-clé"]
)
def test_without_a_proper_key_nothing_is_done(
    bar: Bar, boss: Client, what: str, value: str | None
) -> None:
    headers = {} if value is None else {"Idempotency-Key": value.encode().decode("latin-1")}

    answer = boss.post(bar.path(what, line=1), json=BODIES[what], headers=headers)

    assert (answer.status_code, detail(answer)) == (400, "idempotency_key")
    assert lines(bar.session) == 0


@pytest.mark.once
@pytest.mark.parametrize("value", ["12345678", "x" * 64, "-_-_-_-_", "AZaz09-_"])
def test_keys_of_eight_to_sixty_four_are_welcome(bar: Bar, boss: Client, value: str) -> None:
    assert boss.post(bar.path("pay"), headers=key(value)).status_code == 201


# What is refused


@pytest.mark.parametrize("what", [what for what in PATHS if what != "revert"])
def test_nobody_knows_who_is_not_there(bar: Bar, boss: Client, what: str) -> None:
    for client in (2**31 - 1, 2**31, 10**17, 10**30):
        answer = boss.post(bar.path(what, client=client), json=BODIES[what], headers=key())
        assert answer.status_code == 404
        assert answer.json["error"]["name"] == "Not Found"


def test_nobody_knows_what_is_not_there(bar: Bar, boss: Client) -> None:
    for number in (0, 2**31 - 1, 2**31, 10**17, 10**30):
        for path in (bar.path("pay", item=number), bar.path("revert", line=number)):
            assert boss.post(path, headers=key()).status_code == 404


@pytest.mark.parametrize("what", ["pay", "top_up", "deposit"])
def test_who_may_not_read_the_bar_is_no_customer(
    bar: Bar, boss: Client, session: Session, what: str
) -> None:
    other = customer(500, roles=[])

    answer = boss.post(bar.path(what, client=other.id), json=BODIES[what], headers=key())

    assert answer.status_code == 404


@pytest.mark.parametrize("what", ["top_up", "deposit", "deposit_refund", "refund", "adjust"])
def test_nobody_moves_their_own_money(bar: Bar, login: Login, session: Session, what: str) -> None:
    own = manager()

    answer = login(own).post(bar.path(what, client=own.id), json=BODIES[what], headers=key())

    assert (answer.status_code, detail(answer)) == (422, "own_account")


@pytest.mark.parametrize(
    ("what", "code"),
    [("top_up", "deposit"), ("pay", "deposit"), ("deposit_refund", "no_deposit")],
)
def test_without_a_caution(bar: Bar, boss: Client, what: str, code: str) -> None:
    bar.without_deposit()

    answer = boss.post(bar.path(what), json=BODIES[what], headers=key())

    assert (answer.status_code, detail(answer)) == (422, code)


def test_a_caution_is_taken_once(bar: Bar, boss: Client) -> None:
    answer = boss.post(bar.path("deposit"), headers=key())

    assert (answer.status_code, detail(answer)) == (422, "deposit_there")


AMOUNTS: list[tuple[object, int]] = [
    ("nan", 400),
    ("inf", 400),
    ("-inf", 400),
    ("Infinity", 400),
    ("1e3", 400),
    ("1_0", 400),
    ("+5", 400),
    ("１５", 400),
    ("٣", 400),
    ("", 400),
    ("  ", 400),
    (".5", 400),
    ("5.", 400),
    ("1.234", 400),
    ("1 000", 400),
    ("12.50.1", 400),
    ("0x10", 400),
    ("--5", 400),
    ("9" * 400, 400),
    ("-5", 422),
    ("0", 422),
    ("0,00", 422),
    ("-0", 422),
    ("99999", 422),
    ("9999999", 422),
    ("500.01", 422),
]


@pytest.mark.once
@pytest.mark.parametrize(("typed", "status"), AMOUNTS)
@pytest.mark.parametrize("as_json", [True, False])
def test_what_is_no_amount_writes_nothing(
    bar: Bar, boss: Client, typed: str, status: int, as_json: bool
) -> None:
    body = {"amount": typed, "method": "cash"}

    answer = boss.post(
        bar.path("top_up"), headers=key(), **({"json": body} if as_json else {"data": body})
    )

    assert (answer.status_code, detail(answer)) == (status, "amount")
    assert lines(bar.session) == 0


@pytest.mark.once
@pytest.mark.parametrize("typed", AMOUNTS)
@pytest.mark.parametrize("what", ["refund", "adjust"])
def test_what_is_no_amount_goes_nowhere_either(
    bar: Bar, boss: Client, what: str, typed: tuple[str, int]
) -> None:
    written, status = typed
    if what == "adjust" and written in ("-5", "500.01", "99999", "9999999"):
        status = 201 if written in ("-5", "500.01") else 422

    answer = boss.post(bar.path(what), json={**BODIES[what], "amount": written}, headers=key())

    assert answer.status_code == status
    assert lines(bar.session) == int(status == 201)


@pytest.mark.once
@pytest.mark.parametrize("what", ["top_up", "refund", "adjust"])
def test_without_an_amount_nothing_is_done(bar: Bar, boss: Client, what: str) -> None:
    body = {name: value for name, value in BODIES[what].items() if name != "amount"}

    for sent in ({"json": body}, {"data": body}, {"json": {**body, "amount": None}}):
        answer = boss.post(bar.path(what), headers=key(), **sent)
        assert (answer.status_code, detail(answer)) == (400, "amount")


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12,50", 1250),
        ("12.50", 1250),
        ("12.5", 1250),
        ("12", 1200),
        (12, 1200),
        (12.5, 1250),
        (0.1, 10),
        (" 0,01 ", 1),
        ("500", 50_000),
        ("0500,00", 50_000),
    ],
)
def test_amounts_are_in_euros_with_a_comma_or_a_point(
    bar: Bar, boss: Client, typed: object, cents: int
) -> None:
    answer = boss.post(bar.path("top_up"), json={"amount": typed, "method": "card"}, headers=key())

    assert answer.status_code == 201
    assert answer.json["transaction"]["balance_change_cents"] == cents


@pytest.mark.once
@pytest.mark.parametrize("what", ["top_up", "refund"])
@pytest.mark.parametrize("method", [None, "", "gold", "CASH", " ", 1, "cash\x00", "cash "])
def test_money_comes_in_a_way_that_is_known(
    bar: Bar, boss: Client, what: str, method: object
) -> None:
    body = {**BODIES[what], "method": method}

    answer = boss.post(bar.path(what), json=body, headers=key())

    assert answer.status_code == (201 if method == "cash " else 400)


@pytest.mark.once
@pytest.mark.parametrize(
    "reason", ["x" * 281, "a\x00b", "a\nb", "a\u202eb", "\ud800", ["a"], {"a": 1}, True]
)
@pytest.mark.parametrize("what", ["refund", "adjust", "revert"])
def test_a_reason_is_a_line_of_text(bar: Bar, boss: Client, what: str, reason: object) -> None:
    bar.get_ready(what, boss)

    answer = boss.post(bar.path(what), json={**BODIES[what], "reason": reason}, headers=key())

    assert answer.status_code == 400


def test_a_reason_may_be_as_long_as_it_says_in_any_script(bar: Bar, boss: Client) -> None:
    answer = boss.post(
        bar.path("adjust"), json={"amount": "1", "reason": "🍺" * 280}, headers=key()
    )

    assert answer.status_code == 201, answer.text
    assert bar.session.scalars(sa.select(BarTransaction.reason)).all() == ["🍺" * 280]


@pytest.mark.parametrize("reason", ["", "   ", None])
def test_a_correction_says_why(bar: Bar, boss: Client, reason: str | None) -> None:
    answer = boss.post(bar.path("adjust"), json={"amount": "1", "reason": reason}, headers=key())

    assert (answer.status_code, detail(answer)) == (422, "reason")


@pytest.mark.once
@pytest.mark.parametrize("what", ["pay", "top_up", "revert"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"amount"',
        b"12",
        b"\xff\xfe",
        b"{" + b'"a":{' * 3000,
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"amount": ' + b"9" * 5000 + b"}",
        b'{"amount": "\\ud800", "reason": "\\ud800"}',
    ],
)
def test_what_is_no_object_is_malformed(bar: Bar, boss: Client, what: str, data: bytes) -> None:
    answer = boss.post(
        bar.path(what, line=1), data=data, headers=key(), content_type="application/json"
    )

    assert answer.status_code == 400
    assert answer.json["error"]["status"] == 400
    assert lines(bar.session) == 0


@pytest.mark.once
@pytest.mark.parametrize("sent", [[], {}, True, [1], {"a": 1}])
def test_what_is_no_text_is_malformed(bar: Bar, boss: Client, sent: object) -> None:
    for what, name in (("pay", "expected_price"), ("top_up", "amount"), ("deposit", "method")):
        answer = boss.post(bar.path(what), json={**BODIES[what], name: sent}, headers=key())
        assert answer.status_code == 400, (what, answer.text)


@pytest.mark.once
@pytest.mark.parametrize("price", ["-1", "1.5", "1,00", "nan", "１００", "1e2", "9" * 8, "x"])
def test_a_price_that_was_seen_is_a_number_of_cents(bar: Bar, boss: Client, price: str) -> None:
    for body in ({"json": {"expected_price": price}}, {"data": {"expected_price": price}}):
        answer = boss.post(bar.path("pay"), headers=key(), **body)
        assert answer.status_code == 400


@pytest.mark.once
@pytest.mark.parametrize("price", [100, "100", "0100", None, ""])
def test_the_price_that_was_seen_is_paid(bar: Bar, boss: Client, price: object) -> None:
    answer = boss.post(bar.path("pay"), json={"expected_price": price}, headers=key())

    assert answer.status_code == 201


def test_another_price_is_told_and_nothing_is_sold(bar: Bar, boss: Client) -> None:
    bar.item.price_cents = 120
    bar.session.commit()
    headers = key()

    answer = boss.post(bar.path("pay"), data={"expected_price": "100"}, headers=headers)

    assert (answer.status_code, detail(answer)) == (409, {"price_cents": 120})
    assert "1,20" in answer.json["error"]["message"]
    assert lines(bar.session) == 0
    # what did nothing has used no key
    assert (
        boss.post(bar.path("pay"), data={"expected_price": "120"}, headers=headers).status_code
        == 201
    )


def test_each_refusal_of_a_sale_has_its_code(bar: Bar, boss: Client) -> None:
    session, account = bar.session, bar.session.get_one(BarAccount, bar.ada.id)
    bar.item.alcohol_mass = Decimal(14)
    choices.ALCOHOL_CAP.set(session, "10.0")
    choices.OPEN.set(session, value=False)
    account.deposit_cents, account.balance_cents, bar.item.quantity = None, 0, 0
    account.birth_date = clock.today()
    session.commit()
    codes = []

    def ask() -> None:
        codes.append(detail(boss.post(bar.path("pay"), headers=key())))

    ask()
    choices.OPEN.set(session, value=True)
    session.commit()
    ask()
    account.deposit_cents = 0
    session.commit()
    ask()
    bar.item.quantity = 1
    session.commit()
    ask()
    account.balance_cents = 100
    session.commit()
    ask()
    account.birth_date = None
    session.commit()
    ask()
    choices.ALCOHOL_CAP.set(session, "14.0")
    session.commit()

    assert codes == ["closed", "deposit", "stock", "funds", "age", "alcohol"]
    assert boss.post(bar.path("pay"), headers=key()).status_code == 201


# Who may


@pytest.mark.once
@pytest.mark.parametrize("what", PATHS)
def test_nobody_unknown_asks(bar: Bar, client: Client, what: str) -> None:
    answer = client.post(bar.path(what, line=1), json=BODIES[what], headers=key())

    assert answer.status_code == 401
    assert answer.json["error"]["status"] == 401
    assert lines(bar.session) == 0


@pytest.mark.once
@pytest.mark.parametrize("what", PATHS)
@pytest.mark.parametrize("rights", [(), ((T.read, S.bar),), ((T.read, S.bar_stats),)])
def test_who_has_not_the_right_does_not(
    bar: Bar, login: Login, what: str, rights: tuple[tuple[T, S], ...]
) -> None:
    answer = login(PCeenFactory(can=rights)).post(
        bar.path(what, line=1), json=BODIES[what], headers=key()
    )

    assert answer.status_code == 403
    assert answer.json["error"]["status"] == 403


@pytest.mark.parametrize("what", PATHS)
def test_who_serves_does_all_but_refunds_and_corrections(bar: Bar, login: Login, what: str) -> None:
    client = login(barman())
    bar.get_ready(what, client)

    answer = client.post(bar.path(what), json=BODIES[what], headers=key())

    assert answer.status_code == (403 if what in MANAGERS else 201)


@pytest.mark.once
@pytest.mark.parametrize("what", PATHS)
def test_without_the_token_of_the_page_nothing_is_done(
    bar: Bar, boss: Client, what: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)
    path = bar.path(what, line=1)
    for headers in ({}, {"X-CSRFToken": "forged"}):
        answer = boss.post(path, json=BODIES[what], headers={**key(), **headers})
        assert answer.status_code == 403
        assert answer.json["error"]["status"] == 403
    assert lines(bar.session) == 0
    page = BeautifulSoup(boss.get("/profile/").text, "html.parser")
    token = str(page.select_one("meta[name=csrf-token]")["content"])  # type: ignore[index]
    sent = {**key(), "X-CSRFToken": token, "Origin": "http://localhost"}

    answer = boss.post(path, json=BODIES[what], headers=sent)

    assert answer.status_code in (201, 404, 422)


@pytest.mark.once
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_they_are_asked_by_post_alone(bar: Bar, boss: Client, method: str) -> None:
    for what in PATHS:
        answer = getattr(boss, method)(bar.path(what, line=1), headers=key())
        assert answer.status_code == 405
        assert answer.json["error"]["status"] == 405


@pytest.mark.once
class TestForSomebodyElse:
    """A GRI who acts for someone who serves."""

    @pytest.fixture
    def acting(self, client: Client, session: Session) -> Client:
        gri, other = PCeenFactory(slugs=["gri"]), barman()
        begun = LoginSession(pceen=gri, method=LoginMethod.password, proved_at=clock.now())
        session.add(begun)
        session.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret
        answer = client.post(
            f"/gris/pceens/{other.id}/doas", data={"reason": "Il a perdu son téléphone"}
        )
        assert answer.status_code == 303
        return client

    @pytest.mark.parametrize("what", PATHS)
    def test_the_ledger_is_written_in_person_alone(
        self, acting: Client, bar: Bar, what: str
    ) -> None:
        answer = acting.post(bar.path(what, line=1), json=BODIES[what], headers=key())

        assert answer.status_code == 403
        assert answer.json["error"]["status"] == 403
        assert lines(bar.session) == 0


# Reversals


def sold(bar: Bar, client: Client) -> int:
    number: int = client.post(bar.path("pay"), headers=key()).json["transaction"]["id"]
    return number


def test_it_is_undone_once(bar: Bar, boss: Client) -> None:
    path = bar.path("revert", line=sold(bar, boss))

    first, second = (boss.post(path, headers=key()) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 422)
    assert detail(second) == "reversed"
    undone = bar.path("revert", line=first.json["transaction"]["id"])
    assert detail(boss.post(undone, headers=key())) == "not_reversible"


@pytest.fixture
def old(bar: Bar, app: Flask, session: Session) -> str:
    """Where a sale of 24 hours and a minute ago is undone."""
    with time_machine.travel(clock.now() - timedelta(hours=24, minutes=1), tick=False):
        line = Counter(app, session).sell(barman(), bar.ada, bar.item)
    return bar.path("revert", line=line.id)


def test_after_a_day_who_serves_is_told_to_ask(login: Login, old: str) -> None:
    answer = login(barman()).post(old, json={"reason": "r"}, headers=key())

    assert (answer.status_code, detail(answer)) == (403, "too_late")


def test_after_a_day_who_runs_the_bar_says_why(boss: Client, old: str) -> None:
    silent = boss.post(old, headers=key())
    said = boss.post(old, json={"reason": "Erreur"}, headers=key())

    assert (silent.status_code, detail(silent)) == (422, "reason")
    assert said.status_code == 201


def test_nobody_undoes_what_they_bought(
    app: Flask, bar: Bar, session: Session, boss: Client
) -> None:
    own = barman()
    session.get_one(BarAccount, own.id).deposit_cents = 0
    session.get_one(BarAccount, own.id).balance_cents = 100
    session.commit()
    mine = browser(app, session, own)
    bought = mine.post(bar.path("pay", client=own.id), headers=key()).json["transaction"]["id"]

    answer = mine.post(bar.path("revert", line=bought), headers=key())

    assert (answer.status_code, detail(answer)) == (422, "own_account")
    assert boss.post(bar.path("revert", line=bought), headers=key()).status_code == 201


def test_answers_are_readable_by_scripts(bar: Bar, boss: Client) -> None:
    bar.item.alcohol_mass, bar.item.quantity = Decimal("14.4"), 3
    bar.session.commit()

    said = json.loads(boss.post(bar.path("pay"), headers=key()).data)

    assert said["alcohol_today"] == 14.4
    assert said["stock"] == 2
    assert said["transaction"]["type"] == "pay_item"
    assert said["transaction"]["reverses_id"] is None
    assert said["revert_until"].endswith("+00:00")
