"""The ledger of the bar as files: which lines, which names, which types."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.enums import BarKind, BarMethod
from app.models import BarTransaction, PCeen
from tests.client import Client
from tests.conftest import Login
from tests.factories import BarItemFactory, barman, customer

#: A Friday evening in Paris, of the week 48.
NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)
COLUMNS = ["id", "date", "barman", "client", "item", "type", "balance"]
COLUMNS += ["bar_day", "method", "reason", "reverses"]


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(login: Login) -> Client:
    return login(barman(locale="fr"))


def line(session: Session, who: PCeen | None, **values: Any) -> BarTransaction:
    """A line of the ledger, as it would be."""
    columns = {
        "client_id": who.id if who else None,
        "bar_day": FRIDAY,
        "bar_hour": 21,
        "type": BarKind.pay_item,
        "balance_change_cents": -150,
    } | values
    if columns["type"] is BarKind.pay_item and "item_id" not in columns:
        item = BarItemFactory()
        columns |= {"item_id": item.id, "item_name": item.name}
    made = BarTransaction(**columns)
    session.add(made)
    session.commit()
    return made


def sheet_of(answer: TestResponse) -> Worksheet:
    assert answer.status_code == 200, answer.text
    return load_workbook(BytesIO(answer.data)).active


def rows_of(answer: TestResponse) -> list[dict[str, Any]]:
    """The lines of a workbook, without its totals."""
    header, *rows, _totals = sheet_of(answer).iter_rows(values_only=True)
    assert list(header) == COLUMNS
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def text_of(answer: TestResponse) -> list[list[str]]:
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def name_of(answer: TestResponse) -> str:
    return answer.headers["Content-Disposition"].split("''")[1]


def test_the_page_offers_five_weeks_and_any_days(staff: Client) -> None:
    page = staff.open_page("/bar/export")

    links = [str(link["href"]) for link in page.html.select(".bar-files a")]
    names = ["current_week", "week47-2026", "week46-2026", "week45-2026", "week44-2026"]
    assert [f"period={name}&" in link for name, link in zip(names, links[::2], strict=True)]
    assert all("kind=sales" in link for link in links)
    assert [link.rsplit("format=")[1] for link in links] == ["xlsx", "csv"] * 5
    assert page.html.select_one("input[name=start]")["max"] == "2026-11-27"
    for link in links:
        assert staff.get(link).status_code == 200


def test_this_week_includes_the_sales_of_today(staff: Client, session: Session) -> None:
    buyer = customer()
    today = line(session, buyer)
    monday = line(session, buyer, bar_day=date(2026, 11, 23))
    line(session, buyer, bar_day=date(2026, 11, 22))

    answer = staff.get("/bar/export?period=current_week")

    assert [row["id"] for row in rows_of(answer)] == [today.id, monday.id]
    assert name_of(answer) == "current_week.xlsx"


def test_a_week_that_is_over_is_whole(staff: Client, session: Session) -> None:
    buyer = customer()
    for day in (15, 16, 22, 23):
        line(session, buyer, bar_day=date(2026, 11, day))

    answer = staff.get("/bar/export?period=week47-2026&format=csv")

    assert [row[7] for row in text_of(answer)[1:-1]] == ["2026-11-16", "2026-11-22"]
    assert name_of(answer) == "week47-2026.csv"


def test_a_week_belongs_to_its_iso_year(login: Login, session: Session) -> None:
    with time_machine.travel(datetime(2027, 1, 8, 12, tzinfo=UTC), tick=False):
        page = login(barman()).open_page("/bar/export")

    links = [str(link["href"]) for link in page.html.select(".bar-files a")]
    assert "period=week53-2026&" in links[2]


def test_a_day_alone_is_that_whole_day_of_the_bar(staff: Client, session: Session) -> None:
    buyer = customer()
    late = line(session, buyer, at=datetime(2026, 11, 28, 4, 59, tzinfo=UTC))
    line(session, buyer, bar_day=FRIDAY + timedelta(days=1))

    answer = staff.get("/bar/export?start=2026-11-27&end=2026-11-27")

    (row,) = rows_of(answer)
    assert row["id"] == late.id
    assert row["date"].isoformat() == "2026-11-28T05:59:00"
    assert row["bar_day"].isoformat() == "2026-11-27T00:00:00"
    assert name_of(answer) == "export_2026-11-27_2026-11-27.xlsx"


def test_post_gives_the_same_file(staff: Client, session: Session) -> None:
    line(session, customer())
    fields = {"start": "2026-11-27", "end": "2026-11-27", "kind": "everything"}

    posted = staff.post("/bar/export", data=fields)
    got = staff.get("/bar/export", query_string=fields)

    assert rows_of(posted) == rows_of(got)
    assert name_of(posted) == name_of(got)
    as_text = staff.post("/bar/export?format=csv", data=fields)
    assert len(text_of(as_text)) == 3


def test_sales_and_top_ups_leave_out_what_was_undone(staff: Client, session: Session) -> None:
    buyer = customer()
    sale, undone = line(session, buyer), line(session, buyer)
    money = line(session, buyer, type=BarKind.top_up, balance_change_cents=1000)
    taken = line(session, buyer, type=BarKind.top_up, balance_change_cents=500)
    back = [
        line(
            session,
            buyer,
            type=BarKind.reversal,
            balance_change_cents=-one.balance_change_cents,
            reverses_id=one.id,
            reason="erreur",
        )
        for one in (undone, taken)
    ]

    def ids(kind: str) -> list[int]:
        answer = staff.get("/bar/export", query_string={"period": "current_week", "kind": kind})
        return [row["id"] for row in rows_of(answer)]

    assert ids("sales") == [sale.id]
    assert ids("top_ups") == [money.id]
    assert ids("nonsense") == [sale.id]
    assert ids("everything") == [one.id for one in (sale, undone, money, taken, *back)]


def test_each_cell_is_of_its_type(staff: Client, session: Session) -> None:
    buyer, server = customer(prenom="Marie", nom="Curie"), barman(prenom="Paul", nom="Langevin")
    at = datetime(2026, 7, 1, 20, 0, 5, tzinfo=UTC)
    first = line(session, buyer, at=at, barman_id=server.id, method=BarMethod.cash, reason="dû")
    line(session, None, type=BarKind.stock, balance_change_cents=0, stock_change=3)

    sheet = sheet_of(staff.get("/bar/export?period=current_week&kind=everything"))
    cells = dict(zip(COLUMNS, sheet[2], strict=True))

    assert (cells["id"].value, cells["id"].data_type) == (first.id, "n")
    assert cells["date"].value.isoformat() == "2026-07-01T22:00:05"
    assert cells["date"].is_date
    assert cells["bar_day"].is_date
    assert (cells["balance"].value, cells["balance"].number_format) == (-1.5, "#,##0.00")
    assert (cells["barman"].value, cells["client"].value) == ("Paul Langevin", "Marie Curie")
    assert (cells["method"].value, cells["reason"].value) == ("espèces", "dû")
    assert cells["reverses"].value is None
    assert sheet[4][6].value == -1.5
    assert sheet[3][3].value is None


def test_nobody_behind_the_bar_is_the_site(staff: Client, session: Session) -> None:
    line(session, customer(), type=BarKind.top_up, method=BarMethod.lydia)

    (row,) = rows_of(staff.get("/bar/export?period=current_week&kind=top_ups"))
    assert row["barman"] == "site"


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "@SUM(A1)", "\uff0d1", "|x", "%x"])
def test_a_name_is_never_a_formula(staff: Client, session: Session, name: str) -> None:
    line(session, customer(prenom=name, nom=name), item_name=name, item_id=BarItemFactory().id)

    address = "/bar/export?period=current_week&kind=everything&format="
    sheet = sheet_of(staff.get(address + "xlsx"))
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for row in sheet for cell in row)
    assert (sheet[2][3].value, sheet[2][4].value) == (f"{name} {name}", name)
    assert [text_of(staff.get(address + "csv"))[1][place] for place in (3, 4)] == [
        f"'{name} {name}",
        f"'{name}",
    ]


def test_an_empty_file_has_its_header_and_no_money(staff: Client) -> None:
    for kind in ("sales", "top_ups", "everything"):
        answer = staff.get("/bar/export", query_string={"period": "current_week", "kind": kind})
        header, totals = sheet_of(answer).iter_rows(values_only=True)
        assert list(header) == COLUMNS
        assert totals[6] == 0


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-11-28", "2026-11-29", "pas encore venu"),
        ("2026-11-20", "2026-11-19", "avant le début"),
        ("2025-11-26", "2026-11-27", "366 jours"),
        ("2026-02-30", "2026-11-27", "n'existe pas"),
        ("", "2026-11-27", "obligatoire"),
        ("2026-11-27", "", "obligatoire"),
    ],
)
def test_days_that_make_no_file_are_told_why(
    staff: Client, start: str, end: str, words: str
) -> None:
    asked = {"start": start, "end": end, "kind": "top_ups"}
    for answer in (
        staff.get("/bar/export", query_string=asked),
        staff.post("/bar/export", data=asked),
    ):
        assert answer.status_code == 422
        assert words in answer.text.replace("&#39;", "'")
        assert answer.text.count(f'value="{start}"') >= (start != "")
        assert 'value="top_ups" selected' in answer.text.replace("selected value", "value") or (
            'selected value="top_ups"' in answer.text
        )


@pytest.mark.parametrize("start", ["2025-11-27", "2026-11-27"])
def test_the_longest_and_the_shortest_files_are_made(staff: Client, start: str) -> None:
    end = {"2025-11-27": "2026-11-27", "2026-11-27": "2026-11-29"}[start]

    assert staff.get(f"/bar/export?start={start}&end={end}").status_code == 200


@pytest.mark.parametrize("period", ["week49-2026", "week54-2026", "week0-2026", "week1", "x"])
def test_a_week_that_is_none_is_refused(staff: Client, period: str) -> None:
    assert staff.get(f"/bar/export?period={period}").status_code == 422


def test_a_file_takes_one_statement_whatever_its_length(
    staff: Client, session: Session, queries: list[str]
) -> None:
    counts = []
    for many in (1, 30):
        for _ in range(many):
            line(session, customer(), barman_id=customer().id)
        staff.get("/legal")
        queries.clear()
        staff.get("/bar/export?period=current_week&kind=everything")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_who_only_buys_takes_nothing_away(login: Login) -> None:
    client = login(customer())

    assert client.get("/bar/export?period=current_week").status_code == 403
    assert client.post("/bar/export").status_code == 403
