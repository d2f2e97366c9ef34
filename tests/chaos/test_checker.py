"""The checker of ``make chaos`` must not lie: it finds what is planted, and nothing else."""

import copy
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import BarAccount
from tests.factories import BarItemFactory, PhotoFactory, barman, customer
from tools.chaos.browser import Outrage
from tools.chaos.checker import Finding, check, counted, invariants
from tools.chaos.evidence import (
    STATEMENTS,
    Evidence,
    files_under,
    key_of,
    leftovers,
    read_lydia,
    read_tables,
)
from tools.chaos.ledger import Act, Journal, Ledger

pytestmark = pytest.mark.once

NOW = 1_800_000_000.0
DAY = "2026-12-08"


def told(kind: str, mark: str, **said: Any) -> Act:
    return Act(kind, mark, "someone", NOW, said, attempts=1, outcome="told", ended_at=NOW + 1)


def line(number: int, **values: Any) -> dict[str, Any]:
    plain = {
        "client_id": 7,
        "barman_id": 3,
        "type": "pay_item",
        "item_id": 5,
        "balance_change_cents": -130,
        "deposit_change_cents": 0,
        "stock_change": -1,
        "payment_id": None,
        "reverses_id": None,
        "idempotency_key": None,
    }
    return plain | {"id": number} | values


def entry(number: int, lane: str | None = None, **values: Any) -> dict[str, Any]:
    plain = {
        "kind": "account.registered",
        "attempts": 1,
        "sent_at": "then",
        "parked_at": None,
        "cancelled_at": None,
        "leased_until": None,
        "last_error": None,
    }
    return plain | {"id": number, "lane": lane} | values


def payment(number: int, type_: str, **values: Any) -> dict[str, Any]:
    plain = {
        "pceen_id": 7,
        "status": "accepted",
        "amount_cents": 1000,
        "order_ref": f"PEM-{number}",
        "lydia_uuid": f"u{number}",
        "payed_at": "then",
        "idempotency_key": None,
    }
    return plain | {"id": number, "type": type_} | values


def well() -> Evidence:
    """A run in which everything went well, with something of each kind."""
    top_up, sale, revert = key_of(3, "key-top-up"), key_of(3, "key-sale"), key_of(3, "key-revert")
    money = {"type": "top_up", "item_id": None, "stock_change": 0}
    tables: dict[str, list[dict[str, Any]]] = {
        "ledger": [
            line(1, **money, balance_change_cents=5000, idempotency_key=top_up),
            line(2, type="stock", client_id=None, balance_change_cents=0, stock_change=20),
            line(3, idempotency_key=sale),
            line(4, **money, balance_change_cents=1000, payment_id=12),
            line(5, type="reversal", balance_change_cents=130, stock_change=1, reverses_id=3)
            | {"idempotency_key": revert},
        ],
        "accounts": [{"pceen_id": 7, "balance_cents": 6000}, {"pceen_id": 8, "balance_cents": 0}],
        "items": [{"id": 5, "quantity": 20}],
        "payments": [
            payment(11, "internet"),
            payment(12, "bar"),
            payment(13, "bar", status="waiting", payed_at=None),
            payment(14, "bar", status="error", payed_at=None),
        ],
        "subscriptions": [{"id": 1, "payment_id": 11}],
        "journal": [
            {"payment_id": 11, "kind": "payment", "amount_cents": 1000},
            {"payment_id": 12, "kind": "payment", "amount_cents": 1000},
        ],
        "baskets": [
            {"id": 1, "date": DAY, "pceen_id": 7, "status": "confirmed"},
            {"id": 2, "date": DAY, "pceen_id": 8, "status": "confirmed"},
            {"id": 3, "date": DAY, "pceen_id": 9, "status": "waiting"},
        ],
        "capacities": [{"date": DAY, "capacity": None}],
        "wishes": [
            {"pceen_id": 7, "spectacle_id": 1, "priorite": 1, "places_demandees": 2, "season_id": 1}
        ],
        "photos": [
            {
                "sha256": "d1",
                "file_name": "ab.jpg",
                "state": "ready",
                "cover_name": None,
                "album": "gala",
                "collection": "2026",
            }
        ],
        "uploads": [{"token": "going-on"}],
        "devices": [{"pceen_id": 7, "mac_address": "3c:22:fb:00:00:01"}],
        "rentals": [
            {"pceen_id": 7, "room_num": 101, "closed_at": None, "ends_on": None},
            {"pceen_id": 8, "room_num": 102, "closed_at": "then", "ends_on": "then"},
        ],
        "people": [
            {
                "id": 7,
                "username": "a",
                "email": "new@x.org",
                "espci_email": None,
                "sso_subject": None,
            },
            {
                "id": 8,
                "username": "b",
                "email": "s@x.org",
                "espci_email": "s@x.org",
                "sso_subject": "s",
            },
        ],
        "messages": [{"title": "Chaos 1"}],
        "notices": [{"title": "Chaos 2", "audience_count": 3, "told": 3}],
        "outbox": [
            entry(1, "mail:new@x.org"),
            entry(2, "mail:old@x.org"),
            entry(3, "discord:message", kind="discord.message"),
        ],
        "jobs": [
            {"job": "network.tick", "due_at": f"{n:02}", "ended_at": n, "error": None}
            for n in range(12)
        ],
        "runs": [{"id": 4, "task": "audit.verify", "state": "done"}],
    }
    bar = {"by": 3, "client": 7, "cents": 130}
    acts = [
        told("top_up", "key-top-up", id=1, **bar),
        told("sale", "key-sale", id=3, item=5, **bar),
        told("revert", "key-revert", id=5, line=3, **bar),
        told("photo", "d1"),
        told("basket", "b1", pceen=7, day=DAY),
        told("wishes", "w1", pceen=7, wanted=[[1, 1, 2]]),
        told("pay_internet", "p1", payment=11),
        told("pay_bar", "p2", payment=12),
        told("device", "3c:22:fb:00:00:01", pceen=7),
        told("room", "r1", pceen=7, room=101),
        told("leave", "r2", pceen=8, room=102),
        told("register", "new@x.org"),
        told("school", "s@x.org"),
        told("reset", "old@x.org"),
        told("contact", "Chaos 1"),
        told("notify", "Chaos 2"),
        told("task", "t1", run=4),
    ]
    return Evidence(
        tables=tables,
        acts=acts,
        mails=[mail("m1", "new@x.org"), mail("m2", "old@x.org")],
        chat=[{"title": "Contact : Chaos 1", "at": NOW, "mood": "well"}],
        lydia=[
            {"order_ref": "PEM-11", "amount": "10.00", "state": 1},
            {"order_ref": "PEM-12", "amount": "10.00", "state": 1},
            {"order_ref": "PEM-13", "amount": "10.00", "state": 0},
        ],
        files=frozenset(
            ("2026/gala/ab.jpg", "2026/gala/_large/ab.webp", "2026/gala/_thumbs/ab.webp")
        ),
        baskets=2,
    )


def mail(identity: str, to: str, at: float = NOW) -> dict[str, Any]:
    return {"id": identity, "to": to, "at": at, "mood": "well"}


def found(evidence: Evidence) -> set[tuple[str, str]]:
    return {(one.verdict, one.what) for one in check(evidence)}


def test_it_finds_nothing_where_all_is_well() -> None:
    assert check(well()) == []
    assert invariants(well().tables, baskets_a_day=2) == []


def without(table: str, number: int) -> Callable[[Evidence], object]:
    """Take a row away."""
    return lambda seen: seen.tables[table].pop(number)


def twice(table: str, number: int, **changes: Any) -> Callable[[Evidence], object]:
    """Have a row twice."""
    return lambda seen: seen.tables[table].append(seen.tables[table][number] | changes)


def changed(table: str, number: int, **changes: Any) -> Callable[[Evidence], object]:
    return lambda seen: seen.tables[table][number].update(changes)


def having(**changes: Any) -> Callable[[Evidence], object]:
    def plant(seen: Evidence) -> None:
        for name, change in changes.items():
            setattr(seen, name, change(getattr(seen, name)))

    return plant


PLANTED: dict[str, tuple[Callable[[Evidence], object], tuple[str, str]]] = {
    "a sale deleted": (without("ledger", 2), ("lost", "sale")),
    "a sale made twice": (twice("ledger", 2, id=9), ("doubled", "sale")),
    "a sale that moved something else": (
        changed("ledger", 2, balance_change_cents=-260),
        ("wrong", "sale"),
    ),
    "a sale to somebody else": (changed("ledger", 2, client_id=8), ("wrong", "sale")),
    "a sale that was told under another number": (changed("ledger", 2, id=99), ("doubled", "sale")),
    "a top-up lost": (without("ledger", 0), ("lost", "top_up")),
    "a sale undone twice": (twice("ledger", 4, id=9, idempotency_key=None), ("doubled", "revert")),
    "a balance too high": (changed("accounts", 0, balance_cents=7000), ("lost", "balance")),
    "a balance too low": (changed("accounts", 0, balance_cents=10), ("doubled", "balance")),
    "stock that is not there": (changed("items", 0, quantity=4), ("wrong", "stock")),
    "a photo without its row": (without("photos", 0), ("lost", "photo")),
    "a photo twice": (twice("photos", 0), ("doubled", "photo")),
    "a photo that could not be prepared": (changed("photos", 0, state="failed"), ("lost", "photo")),
    "a photo file removed": (
        having(files=lambda files: files - {"2026/gala/ab.jpg"}),
        ("lost", "photo"),
    ),
    "a preview removed": (
        having(files=lambda files: files - {"2026/gala/_thumbs/ab.webp"}),
        ("lost", "photo"),
    ),
    "an order lost": (changed("baskets", 0, status="cancelled"), ("lost", "basket")),
    "an order twice": (twice("baskets", 0, id=9, status="waiting"), ("doubled", "basket")),
    "an order beyond capacity": (
        changed("baskets", 2, status="confirmed"),
        ("doubled", "capacity"),
    ),
    "baskets beyond what a day has": (
        changed("capacities", 0, capacity=1),
        ("doubled", "capacity"),
    ),
    "wishes lost": (without("wishes", 0), ("lost", "wishes")),
    "other wishes": (changed("wishes", 0, places_demandees=1), ("lost", "wishes")),
    "a payment lost": (changed("payments", 0, status="error"), ("lost", "payment")),
    "a subscription lost": (without("subscriptions", 0), ("lost", "payment")),
    "a subscription given twice": (twice("subscriptions", 0, id=9), ("doubled", "payment")),
    "a top-up credited twice": (twice("ledger", 3, id=9), ("doubled", "payment")),
    "a subscription for nothing": (
        lambda seen: seen.lydia[0].update(state=0),  # type: ignore[index]
        ("wrong", "payment"),
    ),
    "another amount at Lydia": (
        lambda seen: seen.lydia[1].update(amount="11.00"),  # type: ignore[index]
        ("wrong", "payment"),
    ),
    "money that nobody knows here": (
        having(lydia=lambda some: [*some, {"order_ref": "PEM-9", "amount": "1", "state": 1}]),
        ("lost", "payment"),
    ),
    "less in the books": (changed("journal", 0, amount_cents=900), ("wrong", "books")),
    "a device lost": (without("devices", 0), ("lost", "device")),
    "a device of somebody else": (changed("devices", 0, pceen_id=8), ("wrong", "device")),
    "a room lost": (without("rentals", 0), ("lost", "room")),
    "a room for two": (twice("rentals", 0, pceen_id=9), ("doubled", "rental")),
    "a room that was left": (
        changed("rentals", 1, closed_at=None, ends_on=None),
        ("lost", "leave"),
    ),
    "an account lost": (without("people", 0), ("lost", "register")),
    "an account twice": (twice("people", 0, id=9), ("doubled", "register")),
    "an account of the school twice": (twice("people", 1, id=9), ("doubled", "school")),
    "a message lost": (without("messages", 0), ("lost", "contact")),
    "a message twice": (twice("messages", 0), ("doubled", "contact")),
    "a message that nobody was told": (having(chat=lambda _: []), ("lost", "chat")),
    "a message told twice": (having(chat=lambda some: [*some, *some]), ("doubled", "chat")),
    "a notification lost": (without("notices", 0), ("lost", "notify")),
    "a notification for some": (changed("notices", 0, told=2), ("lost", "notify")),
    "a mail lost": (having(mails=lambda some: some[1:]), ("lost", "mail")),
    "a mail doubled": (having(mails=lambda some: [*some, some[0]]), ("doubled", "mail")),
    "a mail under another name": (
        having(mails=lambda some: [*some, mail("m9", "new@x.org")]),
        ("doubled", "mail"),
    ),
    "a mail that no row wanted": (
        having(mails=lambda some: [*some, mail("m9", "who@x.org")]),
        ("doubled", "mail"),
    ),
    "a mail that waits": (changed("outbox", 1, sent_at=None), ("lost", "outbox")),
    "a mail that was given up": (
        changed("outbox", 1, sent_at=None, parked_at="then"),
        ("lost", "outbox"),
    ),
    "a lease for ever": (changed("outbox", 1, leased_until="later"), ("wrong", "outbox")),
    "a job run twice": (twice("jobs", 3), ("doubled", "job")),
    "a job left to itself": (changed("jobs", 11, ended_at=None), ("lost", "job")),
    "a task that goes on": (changed("runs", 0, state="running"), ("lost", "task")),
    "a task that nobody knows": (without("runs", 0), ("lost", "task")),
    "a page of error": (
        having(outrages=lambda _: [Outrage(NOW, "GET /", 500, "broken")]),
        ("wrong", "answer"),
    ),
    "a command that complains": (
        having(commands=lambda _: {"bar audit": "exits with 1"}),
        ("wrong", "command"),
    ),
    "a temporary file": (having(leftovers=lambda _: ["photos/tmp1"]), ("wrong", "leftover")),
}


@pytest.mark.parametrize("name", PLANTED)
def test_it_finds_what_is_planted(name: str) -> None:
    plant, expected = PLANTED[name]
    evidence = copy.deepcopy(well())

    plant(evidence)

    assert expected in found(evidence)


@pytest.mark.parametrize("outcome", ["refused", "unknown"])
def test_what_was_not_acknowledged_may_be_there_once_or_not_at_all(outcome: Any) -> None:
    evidence = well()
    (sale,) = [act for act in evidence.acts if act.kind == "sale"]
    sale.outcome = outcome

    assert check(evidence) == []
    evidence.tables["ledger"] = [
        one for one in evidence.tables["ledger"] if one["id"] not in (3, 5)
    ]
    evidence.acts = [act for act in evidence.acts if act.kind != "revert"]
    assert check(evidence) == []


def test_wishes_of_which_nobody_knows_may_be_the_former_ones_or_the_new_ones() -> None:
    evidence = well()
    late = told("wishes", "w2", pceen=7, wanted=[[2, 1, 1]])
    late.outcome = "unknown"
    evidence.acts = [*evidence.acts, late]

    assert check(evidence) == []
    evidence.tables["wishes"][0].update(spectacle_id=2, places_demandees=1)
    assert check(evidence) == []
    evidence.tables["wishes"][0].update(spectacle_id=3)
    assert found(evidence) == {("lost", "wishes")}


def test_a_mail_is_told_twice_at_most_and_only_where_it_was_in_doubt() -> None:
    evidence = well()
    again = mail("m1", "new@x.org", NOW + 60)
    evidence.mails = [*evidence.mails, again]

    assert found(evidence) == {("doubled", "mail")}
    evidence.doubtful = [(NOW - 2, NOW + 1)]
    assert found(evidence) == {("repeated", "mail")}
    evidence.mails = [*evidence.mails, again]
    assert found(evidence) == {("doubled", "mail")}


def test_a_doubt_long_before_or_after_excuses_nothing() -> None:
    evidence = well()
    evidence.mails = [*evidence.mails, mail("m1", "new@x.org", NOW + 60)]
    evidence.doubtful = [(NOW - 900, NOW - 800), (NOW + 800, NOW + 900)]

    assert found(evidence) == {("doubled", "mail")}


def test_a_reset_that_was_sent_again_may_send_as_many_mails() -> None:
    evidence = well()
    evidence.tables["outbox"].append(entry(9, "mail:old@x.org"))
    evidence.mails = [*evidence.mails, mail("m9", "old@x.org")]
    assert found(evidence) == {("doubled", "mail")}

    (reset,) = [act for act in evidence.acts if act.kind == "reset"]
    reset.attempts = 2
    assert check(evidence) == []


def test_findings_are_counted() -> None:
    some = [Finding("lost", "a", "b", "c"), Finding("lost", "a", "d", "c")]
    assert counted(some) == {"lost": 2, "doubled": 0, "wrong": 0, "repeated": 0}


# Evidence itself


def test_the_tables_of_the_site_are_read(session: Session) -> None:
    client, serves = customer(500), barman()
    photo = PhotoFactory()
    BarItemFactory()

    def rows(statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in session.execute(sa.text(statement)).mappings()]

    tables = read_tables(rows)

    assert set(tables) == set(STATEMENTS)
    assert {"pceen_id": client.id, "balance_cents": 500} in tables["accounts"]
    assert serves.id in [row["id"] for row in tables["people"]]
    assert photo.sha256 in [row["sha256"] for row in tables["photos"]]
    # money from nowhere is what the checker is for
    assert ("lost", "balance") in {
        (one.verdict, one.what) for one in invariants(tables, baskets_a_day=0)
    }
    account = session.get_one(BarAccount, client.id)
    account.balance_cents = 0
    session.flush()
    assert invariants(read_tables(rows), baskets_a_day=0) == []


def test_what_lydia_has_is_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "sandbox.db") as connection:
        connection.execute("CREATE TABLE request (order_ref TEXT, amount TEXT, state INTEGER)")
        connection.execute("INSERT INTO request VALUES ('PEM-1', '10.00', 1)")
    connection.close()

    assert read_lydia(tmp_path / "sandbox.db") == [
        {"order_ref": "PEM-1", "amount": "10.00", "state": 1}
    ]


def test_what_is_left_of_work_is_found(tmp_path: Path) -> None:
    for path in (
        "photos/a/b.jpg",
        "photos/tmpx1",
        "photos/_incoming/known",
        "photos/_incoming/lost",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x")

    assert "photos/a/b.jpg" in files_under(tmp_path)
    assert leftovers(tmp_path, incoming=frozenset(["known"])) == [
        "photos/_incoming/lost",
        "photos/tmpx1",
    ]


def test_an_act_is_written_before_it_is_asked_and_once_it_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "ledger.jsonl")
    ledger = Ledger(journal)
    before = time.time()
    act = ledger.ask("sale", "key", "barman", by=3)
    assert '"outcome": "unknown"' in (tmp_path / "ledger.jsonl").read_text()

    ledger.end(act, "told", id=9)
    journal.close()

    assert '"outcome": "told"' in (tmp_path / "ledger.jsonl").read_text().splitlines()[1]
    assert ledger.told("sale") == [act]
    assert act.said == {"by": 3, "id": 9}
    assert act.asked_at >= before
