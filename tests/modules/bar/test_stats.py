"""The figures of the bar: what they count, and what they do not."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.enums import BarKind, BarMethod, PermissionScope as S, PermissionType as T
from app.models import BarDailyData, BarItem, BarTransaction, PCeen, StoredChoice
from app.modules.bar.queries import stats
from app.modules.bar.queries.stats import Span
from tests.client import Page
from tests.conftest import Login
from tests.factories import BarItemFactory, PCeenFactory, barman, customer
from tests.factories.people import role_with

#: A Friday evening in Paris.
NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)
NOVEMBER = Span(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture(autouse=True)
def _evening() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def observer(**columns: Any) -> PCeen:
    return PCeenFactory(roles=[role_with((T.read, S.bar_stats))], locale="fr", **columns)


def sold(
    session: Session,
    buyer: PCeen,
    item: BarItem,
    *,
    day: date = FRIDAY,
    hour: int = 21,
    undone: bool = False,
) -> None:
    """A sale as the service writes it, on any day; with what undid it."""
    common = {
        "client_id": buyer.id,
        "bar_day": day,
        "bar_hour": hour,
        "item_id": item.id,
        "item_name": item.name,
        "price_cents": item.price_cents,
        "alcohol_mass": item.alcohol_mass,
    }
    sale = BarTransaction(type=BarKind.pay_item, balance_change_cents=-item.price_cents, **common)
    session.add(sale)
    session.flush()
    if undone:
        reversal = BarTransaction(
            type=BarKind.reversal,
            balance_change_cents=item.price_cents,
            reverses_id=sale.id,
            **common,
        )
        session.add(reversal)
    seen = session.get(BarDailyData, (buyer.id, day))
    if seen is None:
        seen = BarDailyData(
            pceen_id=buyer.id,
            bar_day=day,
            total_spent_cents=0,
            items_bought_count=0,
            alcohol_bought=Decimal(0),
        )
        session.add(seen)
    if not undone:
        seen.total_spent_cents += item.price_cents
        seen.items_bought_count += 1
        seen.alcohol_bought += item.alcohol_mass
    session.commit()


def topped_up(
    session: Session, who: PCeen, cents: int, *, day: date = FRIDAY, undone: bool = False
) -> None:
    common = {"client_id": who.id, "bar_day": day, "bar_hour": 21, "method": BarMethod.cash}
    line = BarTransaction(type=BarKind.top_up, balance_change_cents=cents, **common)
    session.add(line)
    session.flush()
    if undone:
        session.add(
            BarTransaction(
                type=BarKind.reversal, balance_change_cents=-cents, reverses_id=line.id, **common
            )
        )
    session.commit()


def beer(**columns: Any) -> BarItem:
    values = {"name": "Blonde", "price_cents": 150, "alcohol_mass": Decimal("10.5")} | columns
    return BarItemFactory(**values)


def figures_of(page: Page) -> dict[str, str]:
    return {
        one["data-figure"]: one.get_text(strip=True) for one in page.html.select("[data-figure]")
    }


def test_a_day_says_who_came_and_what_it_brought(login: Login, session: Session) -> None:
    first, second = customer(1000, prenom="Marie", nom="Curie"), customer(234)
    ale, juice = beer(), BarItemFactory(price_cents=80)
    sold(session, first, ale)
    sold(session, first, ale)
    sold(session, second, juice)

    page = login(observer()).open_page("/bar/stats")

    found = figures_of(page)
    assert (found["clients"], found["revenue"], found["held"]) == (
        "2",
        "3,80\u00a0€",
        "12,34\u00a0€",
    )
    assert found["alcohol"] == "21\u00a0g"
    assert found["drinkers"] == "dont 1 pour de l'alcool"
    assert "Marie Curie" in page.texts(".bar-figures .card-figure")


def test_what_was_reversed_does_not_count(session: Session) -> None:
    buyer, ale = customer(), beer()
    sold(session, buyer, ale, hour=20)
    sold(session, buyer, ale, hour=22, undone=True)
    topped_up(session, buyer, 1000)
    topped_up(session, buyer, 500, undone=True)
    span = Span(FRIDAY, FRIDAY)

    assert stats.figures(session, span).revenue_cents == 150
    assert stats.sales(session, span).hours() == {20: 1}
    best = stats.sales(session, span).best_sellers(5)
    assert [(one.name, one.count) for one in best] == [("Blonde", 1)]
    assert stats.topped_up(session, span) == {FRIDAY: 1000}


def test_who_only_took_back_is_no_client(session: Session) -> None:
    sold(session, customer(), beer(), undone=True)

    found = stats.figures(session, Span(FRIDAY, FRIDAY))
    assert (found.clients, found.alcohol_clients, found.alcohol) == (0, 0, Decimal(0))
    assert stats.best_customer(session, NOVEMBER) is None


def test_what_sells_best_is_told_with_its_revenue_and_its_grams(session: Session) -> None:
    buyer, ale, juice = customer(), beer(), BarItemFactory(name="Jus", price_cents=80)
    for _ in range(3):
        sold(session, buyer, juice)
    sold(session, buyer, ale)
    sold(session, buyer, ale, day=FRIDAY - timedelta(days=1))

    best = stats.sales(session, Span(FRIDAY, FRIDAY)).best_sellers(5)
    assert [(one.name, one.count, one.revenue_cents, one.alcohol) for one in best] == [
        ("Jus", 3, 240, Decimal(0)),
        ("Blonde", 1, 150, Decimal("10.5")),
    ]
    assert [one.count for one in stats.sales(session, NOVEMBER).best_sellers(1)] == [3]


def test_the_hours_are_in_the_order_of_the_evening(login: Login, session: Session) -> None:
    buyer, ale = customer(), beer()
    for hour in (0, 1, 22, 23, 23):
        sold(session, buyer, ale, hour=hour)

    page = login(observer()).open_page("/bar/stats")

    figure = page.html.select("figure.chart")[0]
    rows = [row.get_text(" ", strip=True).split() for row in figure.select("tbody tr")]
    assert [row[0] for row in rows] == ["22", "23", "0", "1"]
    assert [row[-1] for row in rows] == ["1", "2", "1", "1"]


def test_the_evening_begins_when_the_house_says(login: Login, session: Session) -> None:
    session.merge(StoredChoice(key="BAR_DAY_START", value="23:00"))
    session.commit()
    buyer, ale = customer(), beer()
    for hour in (22, 23):
        sold(session, buyer, ale, hour=hour, day=date(2026, 11, 26))

    page = login(observer()).open_page("/bar/stats?date=2026-11-26")

    figure = page.html.select("figure.chart")[0]
    rows = [row.get_text(" ", strip=True).split()[0] for row in figure.select("tbody tr")]
    assert rows[0] == "23"
    assert rows[-1] == "22"


def test_days_without_sales_count_zero(login: Login, session: Session) -> None:
    sold(session, customer(), beer(), day=date(2026, 11, 3))

    page = login(observer()).open_page("/bar/stats")

    clients, revenue, _months = page.html.select("figure.chart")
    lines = [row.get_text(" ", strip=True) for row in clients.select("tbody tr")]
    assert len(lines) == 27
    assert lines[-3].endswith("1 1")
    assert lines[0].endswith("0 0")
    assert len(revenue.select("tbody tr")) == 27


def test_twelve_months_say_what_was_spent_and_topped_up(login: Login, session: Session) -> None:
    buyer, ale = customer(), beer()
    sold(session, buyer, ale, day=date(2025, 12, 1))
    sold(session, buyer, ale, day=date(2025, 11, 30))
    sold(session, buyer, ale)
    topped_up(session, buyer, 2000, day=date(2026, 3, 31))

    months = login(observer()).get("/api/bar/stats/months").json["months"]

    assert len(months) == 12
    assert months[0] == {"month": "2025-12", "spent_cents": 150, "topped_up_cents": 0}
    assert months[3] == {"month": "2026-03", "spent_cents": 0, "topped_up_cents": 2000}
    assert months[-1] == {"month": "2026-11", "spent_cents": 150, "topped_up_cents": 0}


def test_the_best_customer_is_of_the_month(session: Session) -> None:
    first, second = customer(prenom="A", nom="B"), customer(prenom="C", nom="D")
    ale = beer()
    sold(session, first, ale, day=date(2026, 10, 31))
    sold(session, first, ale, day=date(2026, 10, 31))
    sold(session, second, ale, day=date(2026, 11, 30))

    best = stats.best_customer(session, NOVEMBER)
    assert best is not None
    assert (best.name, best.spent_cents) == ("C D", 150)


def test_a_bar_that_sold_nothing_has_a_page(login: Login, session: Session) -> None:
    page = login(observer()).open_page("/bar/stats")

    assert figures_of(page)["clients"] == "0"
    assert "Personne encore" in page.texts(".bar-figures .card-figure")


@pytest.mark.parametrize(
    "asked", ["2026-11-28", "9999-12-31", "0001-01-01", "2026-02-30", "yesterday", "", "１"]
)
def test_a_date_that_is_none_or_to_come_is_today(
    login: Login, session: Session, asked: str
) -> None:
    answer = login(observer()).get("/api/bar/stats/day", query_string={"date": asked})

    assert answer.status_code == 200
    assert answer.json["date"] == "2026-11-27"
    assert answer.json["is_today"] is True


def test_today_is_the_day_of_the_bar(login: Login, session: Session) -> None:
    with time_machine.travel(datetime(2026, 11, 28, 4, 30, tzinfo=UTC), tick=False):
        assert login(observer()).get("/api/bar/stats/day").json["date"] == "2026-11-27"


def test_the_api_says_the_figures_of_a_day(login: Login, session: Session) -> None:
    sold(session, customer(5000), beer(), day=date(2026, 11, 20))

    answer = login(observer()).get("/api/bar/stats/day?date=2026-11-20").json

    assert {key: answer[key] for key in answer if key != "shown"} == {
        "date": "2026-11-20",
        "is_today": False,
        "clients": 1,
        "alcohol_clients": 1,
        "alcohol_grams": 10.5,
        "revenue_cents": 150,
        "held_cents": 5000,
    }
    assert answer["shown"]["revenue"] == "1,50\u00a0€"


@pytest.mark.parametrize(
    ("address", "previous", "following"),
    [
        ("/bar/stats", "date=2026-11-26", None),
        ("/bar/stats?date=2026-11-01", "date=2026-10-31", "date=2026-11-02"),
        ("/bar/stats?view=month", "view=month&date=2026-10-31", None),
        ("/bar/stats?view=month&date=2026-01-05", "date=2025-12-31", "date=2026-02-28"),
        ("/bar/stats?view=month&date=2026-10-05", "date=2026-09-30", "date=2026-11-27"),
        ("/bar/stats?view=year&date=2024-02-29", "date=2023-12-31", "date=2025-12-31"),
        ("/bar/stats?view=year&date=2025-02-28", "date=2024-12-31", "date=2026-11-27"),
        ("/bar/stats?view=week", "date=2026-11-26", None),
        ("/bar/stats?view=year&date=1900-01-01", "date=1899-12-31", "date=1901-12-31"),
    ],
)
def test_what_comes_before_and_after_is_one_press_away(
    login: Login, session: Session, address: str, previous: str, following: str | None
) -> None:
    page = login(observer()).open_page(address)

    assert previous in str(page.html.select_one("a[rel=prev]")["href"])
    after = page.html.select_one(".bar-period a[rel=next]")
    assert (after is not None) is (following is not None)
    if after is not None and following is not None:
        assert following in str(after["href"])


def test_only_the_page_of_today_is_kept_fresh(login: Login, session: Session) -> None:
    client = login(observer())

    assert client.open_page("/bar/stats").html.select_one("[data-stats]") is not None
    for address in ("/bar/stats?date=2026-11-26", "/bar/stats?view=month", "/bar/stats?view=year"):
        assert client.open_page(address).html.select_one("[data-stats]") is None


def test_each_chart_has_its_table(login: Login, session: Session) -> None:
    sold(session, customer(), beer())
    topped_up(session, customer(), 1000)

    for view in ("day", "month", "year"):
        page = login(observer()).open_page(f"/bar/stats?view={view}")
        charts = page.html.select("figure.chart")
        assert len(charts) == (3 if view == "year" else 4)
        assert all(chart.select_one("details table tbody tr") for chart in charts)


def test_a_year_counts_someone_once_whatever_they_come(login: Login, session: Session) -> None:
    buyer, ale = customer(), beer()
    for month in (1, 2, 3):
        sold(session, buyer, ale, day=date(2026, month, 5))

    page = login(observer()).open_page("/bar/stats?view=year")

    assert figures_of(page)["clients"] == "1"
    assert stats.visitors(session, Span(date(2026, 1, 1), FRIDAY)) == {
        date(2026, month, 1): stats.Visitors(1, 1) for month in (1, 2, 3)
    }


@pytest.mark.parametrize(("view", "most"), [("day", 10), ("month", 10), ("year", 15)])
def test_the_statements_are_few_and_do_not_grow(
    login: Login, session: Session, queries: list[str], view: str, most: int
) -> None:
    client, counts = login(observer()), []
    client.get("/legal")
    for rank in range(2):
        for person in range(3 * rank + 1):
            buyer, item = customer(), beer(name=f"Bière {rank} {person}")
            sold(session, buyer, item, day=date(2026, 5 + rank + person, 3))
            topped_up(session, buyer, 100, day=date(2026, 5 + rank + person, 3))
        queries.clear()
        client.open_page(f"/bar/stats?view={view}")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= most, "\n".join(queries)


def test_who_only_serves_does_not_see_the_figures(login: Login, session: Session) -> None:
    client = login(barman())

    assert client.get("/bar/stats").status_code == 403
    assert client.get("/api/bar/stats/day").status_code == 403
    assert client.get("/api/bar/stats/months").status_code == 403


def test_balances_of_all_are_what_is_held(session: Session) -> None:
    for cents in (1200, 34, 0, 1):
        customer(cents)

    assert stats.figures(session, Span(FRIDAY, FRIDAY)).held_cents == 1235


def test_an_item_that_is_renamed_is_told_by_its_name_of_now(login: Login, session: Session) -> None:
    item = beer()
    sold(session, customer(), item)
    item.rename("<script>alert(1)</script>")
    session.commit()

    html = login(observer()).get("/bar/stats").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
