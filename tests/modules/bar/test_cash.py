"""The cash box: what should be in it, what was counted, and by whom."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from app.enums import BarKind, BarMethod
from app.models import AuditEvent, BarClosing, BarTransaction, PCeen
from app.modules.bar.errors import ClosedMeanwhile, DifferenceUnexplained, MoreThanCounted
from app.modules.bar.queries import cash as reading
from app.modules.bar.service.cash import Count, close
from tests.client import Client
from tests.conftest import Login
from tests.factories import barman, customer, manager

NOW = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def moved(session: Session, type: BarKind, cents: int, **values: Any) -> BarTransaction:
    """A line of cash, unless *values* say otherwise."""
    column = "deposit_change_cents" if type.startswith("deposit") else "balance_change_cents"
    columns = {
        "client_id": customer().id,
        "bar_day": date(2026, 11, 27),
        "bar_hour": 21,
        "type": type,
        "method": BarMethod.cash,
        column: cents,
    } | values
    made = BarTransaction(**columns)
    session.add(made)
    session.commit()
    return made


def counted(session: Session, cents: int, *, by: PCeen, **values: Any) -> BarClosing:
    last = reading.last(session)
    rank = last.rank if last else 0
    count = Count(**{"seen_rank": rank, "counted_cents": cents, "note": "?"} | values)
    made = close(session, count, by=by)
    session.commit()
    return made


def form_of(client: Client) -> dict[str, str]:
    """The hidden fields of the form of the page."""
    page = client.open_page("/bar/cash")
    fields = page.html.select("form[data-cash] input[type=hidden]")
    return {str(field["name"]): str(field["value"]) for field in fields}


def test_the_box_holds_what_cash_brought(session: Session) -> None:
    moved(session, BarKind.top_up, 2000)
    moved(session, BarKind.refund, -300)
    moved(session, BarKind.deposit, 1000)
    moved(session, BarKind.deposit_refund, -400)
    moved(session, BarKind.top_up, 5000, method=BarMethod.card)
    moved(session, BarKind.adjustment, 700, method=None)
    wrong = moved(session, BarKind.top_up, 50)
    moved(session, BarKind.reversal, -50, reverses_id=wrong.id)

    box = reading.box(session)

    assert box.expected_cents == 2300
    assert [(one.type, one.count, one.cents) for one in box.moved] == [
        (BarKind.top_up, 2, 2050),
        (BarKind.reversal, 1, -50),
        (BarKind.refund, 1, -300),
        (BarKind.deposit, 1, 1000),
        (BarKind.deposit_refund, 1, -400),
    ]


def test_what_the_counter_writes_is_what_is_expected(login: Login, session: Session) -> None:
    client, who = login(barman()), customer(0)
    headers = {"Idempotency-Key": "a-key-of-a-test"}
    sent = {"amount": "12.50", "method": "cash"}
    line = client.post(f"/api/bar/top_up/{who.id}", json=sent, headers=headers).json
    assert reading.box(session).expected_cents == 1250

    number = line["transaction"]["id"]
    client.post(f"/api/bar/revert_transaction/{number}", headers={"Idempotency-Key": "another-1"})
    session.rollback()

    assert reading.box(session).expected_cents == 0


def test_each_count_begins_where_the_last_one_ended(
    session: Session, clock: time_machine.Traveller
) -> None:
    me = barman()
    moved(session, BarKind.top_up, 2000)
    first = counted(session, 2100, by=me, taken_cents=1500)
    clock.shift(timedelta(days=1))
    moved(session, BarKind.top_up, 700)
    second = counted(session, 1300, by=me, note=None)

    assert (first.rank, first.opening_cents, first.expected_cents) == (1, 0, 2000)
    assert (first.difference_cents, first.left_cents) == (100, 600)
    assert (second.rank, second.opening_cents, second.expected_cents) == (2, 600, 1300)
    assert second.difference_cents == 0
    assert (first.bar_day, second.bar_day) == (date(2026, 11, 27), date(2026, 11, 28))
    assert second.by_id == me.id


def test_a_line_that_comes_late_falls_in_the_next_count(
    session: Session, clock: time_machine.Traveller
) -> None:
    me = barman()
    moved(session, BarKind.top_up, 2000)
    counted(session, 2000, by=me)
    clock.shift(timedelta(hours=1))
    moved(session, BarKind.top_up, 300, at=NOW - timedelta(seconds=1))
    moved(session, BarKind.top_up, 40)

    box = reading.box(session)
    assert (box.expected_cents, box.late_cents) == (2340, 300)
    assert counted(session, 2340, by=me, note=None).difference_cents == 0
    assert reading.box(session).late_cents == 0


def test_a_difference_is_explained(session: Session) -> None:
    moved(session, BarKind.top_up, 2000)

    with pytest.raises(DifferenceUnexplained):
        close(session, Count(seen_rank=0, counted_cents=1990), by=barman())
    assert counted(session, 1990, by=barman(), note="Perdu").difference_cents == -10


def test_no_more_is_taken_than_was_counted(session: Session) -> None:
    with pytest.raises(MoreThanCounted):
        close(session, Count(seen_rank=0, counted_cents=0, taken_cents=1), by=barman())


def test_who_saw_an_older_count_counts_again(session: Session) -> None:
    counted(session, 0, by=barman())

    with pytest.raises(ClosedMeanwhile):
        close(session, Count(seen_rank=0, counted_cents=0), by=barman())


def test_two_people_do_not_count_at_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    counted(session, 0, by=barman())
    monkeypatch.setattr(reading, "last", lambda _session: None)

    with pytest.raises(ClosedMeanwhile):
        close(session, Count(seen_rank=0, counted_cents=0), by=barman())


def test_a_count_is_written_from_the_page_once(login: Login, session: Session) -> None:
    me = barman(locale="fr")
    client = login(me)
    moved(session, BarKind.top_up, 1250)
    fields = form_of(client) | {"counted": "12,50", "taken": "10"}

    first = client.submit("/bar/cash", **fields)
    again = client.post("/bar/cash", data=fields)

    assert again.status_code == 303
    assert session.query(BarClosing).count() == 1
    assert first.flashes == ["La caisse est comptée : elle tombe juste."]
    closing = session.query(BarClosing).one()
    assert (closing.counted_cents, closing.taken_cents, closing.by_id) == (1250, 1000, me.id)
    event = session.scalars(sa.select(AuditEvent).filter_by(action="bar.cash.close")).one()
    assert (event.actor_id, event.object_id) == (me.id, 1)
    assert event.after == {"expected_cents": 1250, "counted_cents": 1250, "taken_cents": 1000}


def test_coins_and_notes_add_up_without_a_script(login: Login, session: Session) -> None:
    client = login(barman())
    fields = form_of(client)
    pieces = {"pieces_200": "3", "pieces_5": "1", "pieces_2000": "2"}

    page = client.submit("/bar/cash", **fields, **pieces, do="add")
    assert page.html.select_one("[name=counted]")["value"] in ("46.05", "46,05")
    assert page.html.select_one("[name=pieces_200]")["value"] == "3"
    assert session.query(BarClosing).count() == 0

    client.submit("/bar/cash", **fields, **pieces, note="Fond de caisse")
    assert session.query(BarClosing).one().counted_cents == 4605


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ({}, "counted"),
        ({"counted": "-5"}, "counted"),
        ({"counted": "nan"}, "counted"),
        ({"counted": "1e3"}, "counted"),
        ({"counted": "999999"}, "counted"),
        ({"counted": "5", "pieces_200": "1"}, "counted"),
        ({"counted": "5", "taken": "6", "note": "x"}, "taken"),
        ({"counted": "5"}, "note"),
        ({"counted": "5", "note": "a" * 281}, "note"),
        ({"pieces_200": "x", "note": "x"}, "pieces_200"),
        ({"pieces_200": "1_0", "note": "x"}, "pieces_200"),
        ({"pieces_200": "10001", "note": "x"}, "pieces_200"),
    ],
)
def test_what_is_mistyped_is_told_and_kept(
    login: Login, session: Session, typed: dict[str, str], place: str
) -> None:
    client = login(barman())

    page = client.submit("/bar/cash", status=422, **form_of(client), **typed)

    assert page.html.select_one(f"#{place}-errors") is not None
    for name, text in typed.items():
        assert page.html.select_one(f"[name={name}]")["value"] == text
    assert session.query(BarClosing).count() == 0


def test_the_page_of_who_comes_second_shows_the_new_figures(login: Login, session: Session) -> None:
    client = login(barman())
    fields = form_of(client)
    counted(session, 500, by=manager())

    page = client.submit("/bar/cash", status=409, **fields, counted="5", note="x")

    assert page.html.select_one("[name=seen_rank]")["value"] == "1"
    assert page.html.select_one("form[data-cash]")["data-cash"] == "500"
    kept = form_of(client)
    assert kept["seen_rank"] == "1"
    assert session.query(BarClosing).count() == 1


def test_the_counts_are_listed_with_their_differences(
    login: Login, session: Session, clock: time_machine.Traveller
) -> None:
    me = barman(prenom="Marie", nom="Curie")
    for cents in (100, 100, 90, 95):
        counted(session, cents, by=me)
        clock.shift(timedelta(days=1))

    page = login(me).open_page("/bar/cash")

    states = [re.sub(r"[^0-9+-]", "", text) for text in page.texts("td .state")]
    assert states == ["+005", "-010", "", "+100"]
    assert len(page.html.select(".state-danger")) == 1
    assert len(page.html.select("figure.chart rect")) == 3


def test_the_list_is_paged_and_read_in_few_statements(
    login: Login, session: Session, queries: list[str]
) -> None:
    me, client = barman(), login(barman())
    counts = []
    for many in (2, 30):
        for _ in range(many):
            counted(session, 0, by=me)
        client.get("/legal")
        queries.clear()
        page = client.open_page("/bar/cash?page=1")
        counts.append(len(queries))

    assert len(page.html.select("td .state")) == 10
    assert counts[0] == counts[1] <= 12
    assert len(client.open_page("/bar/cash?page=4").html.select("td .state")) == 2


def test_the_counts_are_taken_away_as_a_file(login: Login, session: Session) -> None:
    counted(session, 1234, by=barman(prenom="Marie", nom="Curie"), note='=HYPERLINK("x")')
    client = login(barman())

    sheet = load_workbook(BytesIO(client.get("/bar/cash?format=xlsx").data)).active
    assert [cell.value for cell in sheet[2]][:2] == [
        1,
        datetime.combine(date(2026, 11, 27), time()),
    ]
    assert (sheet[2][6].value, sheet[2][7].value) == (12.34, 12.34)
    assert (sheet[2][3].value, sheet[2][10].data_type) == ("Marie Curie", "s")
    assert b"'=HYPERLINK" in client.get("/bar/cash?format=csv").data


def test_a_count_is_never_changed(session: Session) -> None:
    closing = counted(session, 100, by=barman())
    closing.counted_cents = 200

    with pytest.raises(sa.exc.DBAPIError):
        session.commit()
    session.rollback()


def test_who_only_buys_does_not_see_the_box(login: Login) -> None:
    client = login(customer())

    assert client.get("/bar/cash").status_code == 403
    assert client.post("/bar/cash").status_code == 403
