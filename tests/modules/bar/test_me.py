"""What a client sees of their account, and says of themselves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import (
    BarKind,
    BarMethod,
    PaymentStatus,
    PaymentType,
    PermissionScope as S,
    PermissionType as T,
)
from app.models import AuditEvent, BarAccount, BarDailyData, BarTransaction, PCeen
from app.modules.bar.errors import ForOneself, StaleBar
from app.modules.bar.queries.me import HISTORY_SIZE
from app.modules.bar.service import accounts
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import BarItemFactory, PaymentFactory, PCeenFactory, barman, customer
from tests.factories.people import role_with

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)
KEY = "Idempotency-Key"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def line(pceen: PCeen, **values: object) -> BarTransaction:
    """A line of the ledger, that nothing follows from."""
    wanted: dict[str, object] = {
        "type": BarKind.pay_item,
        "item_name": "Limonade",
        "balance_change_cents": -150,
        "balance_after_cents": 0,
        "bar_day": TODAY,
        "bar_hour": 13,
        "at": NOON,
    } | values
    return BarTransaction(client_id=pceen.id, **wanted)


def lines(session: Session, pceen: PCeen, count: int) -> None:
    """So many sales, the first of which is the oldest."""
    session.add_all(line(pceen, item_name=f"Verre {rank}") for rank in range(1, count + 1))
    session.commit()


def listed(page: Page) -> list[str]:
    """What the history says."""
    return page.texts("main .own-line-what, main .own-line s")


# Where each is led


def test_each_is_led_to_what_they_look_at_most(login: Login) -> None:
    assert login(customer()).get("/bar/").location == "/bar/me"
    both = PCeenFactory(roles=[role_with((T.read, S.bar), (T.read, S.bar_stats))])
    assert login(both).get("/bar/").location == "/bar/stats"
    assert login(PCeenFactory(can=[(T.read, S.bar_stats)])).get("/bar/").location == "/bar/stats"


def test_who_serves_has_their_account_at_the_counter(login: Login) -> None:
    server = barman()

    assert login(server).get("/bar/me").location == f"/bar/user/{server.username}"
    assert login(server).get("/bar/me?view=client").status_code == 200


@pytest.mark.parametrize("path", ["/bar/", "/bar/me", "/bar/qrcode", "/bar/recharge"])
def test_who_does_not_come_to_the_bar_opens_nothing(login: Login, path: str) -> None:
    assert login(PCeenFactory()).get(path).status_code == 403


def test_a_stranger_logs_in_first(client: Client, session: Session) -> None:
    assert urlsplit(client.get("/bar/me").location).path == "/login"


def test_who_reads_both_has_a_link_to_the_statistics(login: Login) -> None:
    both = PCeenFactory(roles=[role_with((T.read, S.bar), (T.read, S.bar_stats))])

    page = login(both).open_page("/bar/me")

    assert page.html.select("main .own-today a[href='/bar/stats']")
    assert not login(customer()).open_page("/bar/me").html.select("main a[href='/bar/stats']")


# What one has


@pytest.mark.parametrize(
    ("cents", "options", "look"),
    [
        (5000, {"deposit": False}, "grey"),
        (0, {}, "red"),
        (100, {}, "red"),
        (101, {}, "orange"),
        (500, {}, "orange"),
        (501, {}, "normal"),
    ],
)
def test_the_balance_has_the_colour_of_what_is_left(
    login: Login, cents: int, options: dict[str, bool], look: str
) -> None:
    page = login(customer(cents, **options)).open_page("/bar/me")

    assert page.html.select(f"main .own-balance.own-{look}")
    assert f"{cents // 100},{cents % 100:02}" in page.text("main .own-figure")


def test_the_day_says_what_was_spent_and_the_grams_out_of_the_cap(
    login: Login, session: Session
) -> None:
    buyer = customer(500)
    session.add(
        BarDailyData(
            pceen_id=buyer.id,
            bar_day=TODAY,
            total_spent_cents=350,
            items_bought_count=1,
            alcohol_bought=Decimal("28.8"),
        )
    )
    session.commit()

    page = login(buyer).open_page("/bar/me")

    assert "3,50" in page.text("main .own-today")
    assert (
        "28,8\N{NO-BREAK SPACE}g sur 40\N{NO-BREAK SPACE}g"
        in page.html.select_one("main .own-today").get_text()
    )  # type: ignore[union-attr]


def test_the_caution_is_told_in_words(login: Login, session: Session) -> None:
    without, with_one = customer(deposit=False), customer(5000)
    session.get_one(BarAccount, with_one.id).deposit_cents = 2000
    session.commit()

    assert "Caution à régler" in login(without).open_page("/bar/me").text("main .own-balance")
    assert "Caution payée : 20,00" in login(with_one).open_page("/bar/me").text("main .own-today")


# The history


def test_the_history_goes_page_after_page_there_and_back(login: Login, session: Session) -> None:
    buyer = customer()
    lines(session, buyer, 12)
    lines(session, customer(), 3)
    browser = login(buyer)

    first = browser.open_page("/bar/me")
    second = browser.open_page("/bar/me" + first.html.select_one("main a[rel=next]")["href"])  # type: ignore[index, operator]
    third = browser.open_page("/bar/me" + second.html.select_one("main a[rel=next]")["href"])  # type: ignore[index, operator]
    back = browser.open_page("/bar/me" + third.html.select_one("main a[rel=prev]")["href"])  # type: ignore[index, operator]

    assert listed(first) == [f"Verre {rank}" for rank in (12, 11, 10, 9, 8)]
    assert listed(second) == [f"Verre {rank}" for rank in (7, 6, 5, 4, 3)]
    assert listed(third) == ["Verre 2", "Verre 1"]
    assert listed(back) == listed(second)
    assert not first.html.select("main a[rel=prev]")
    assert not third.html.select("main a[rel=next]")
    assert "Page 3" in third.text("main .own-pages")


def test_a_page_that_only_its_number_tells_is_found_by_counting(
    login: Login, session: Session
) -> None:
    buyer = customer()
    lines(session, buyer, 12)

    assert listed(login(buyer).open_page("/bar/me?page=3")) == ["Verre 2", "Verre 1"]


@pytest.mark.parametrize(
    "query",
    [
        "page=99",
        "page=0",
        "page=-1",
        "page=x",
        "after=x",
        "after=1_0",
        "before=99999999",
        "after=0",
    ],
)
def test_nonsense_in_the_address_leads_to_the_first_page(
    login: Login, session: Session, query: str
) -> None:
    buyer = customer()
    lines(session, buyer, 7)

    page = login(buyer).open_page(f"/bar/me?{query}")

    assert listed(page)[0] == "Verre 7"
    assert len(listed(page)) == HISTORY_SIZE


def test_money_of_the_site_is_told_from_that_of_the_counter(login: Login, session: Session) -> None:
    buyer, server = customer(), barman()
    counter = {"type": BarKind.top_up, "item_name": None, "balance_change_cents": 1000}
    session.add(line(buyer, **counter, method=BarMethod.card))
    session.add(line(buyer, **counter, method=BarMethod.cash, barman_id=server.id))
    session.commit()

    page = login(buyer).open_page("/bar/me")
    site, money = listed(page), page.texts("main .own-line-amount")

    assert site == ["rechargement (espèces)", "rechargement en ligne"]
    assert all(one.startswith("+10,00") for one in money)


def test_what_was_undone_is_struck_through_without_amount_and_says_who_and_when(
    login: Login, session: Session
) -> None:
    buyer, server = customer(500), barman(prenom="Irène", nom="Joliot")
    beer = BarItemFactory(name="Jus d'orange", price_cents=200)
    browser = login(server)
    sale = browser.post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers={KEY: "a-first-key"})
    number = sale.json["transaction"]["id"]
    browser.post(f"/api/bar/revert_transaction/{number}", headers={KEY: "another-key"})

    page = login(buyer).open_page("/bar/me")

    (struck,) = page.html.select("main .own-line.is-undone")
    assert struck.s is not None
    assert struck.s.get_text() == "Jus d'orange"
    assert "annulé par Irène Joliot" in struck.get_text()
    assert struck.time is not None
    assert not struck.select(".money")
    assert len(page.html.select("main .own-line")) == 1


def test_a_name_of_markup_is_text(login: Login, session: Session) -> None:
    buyer = customer(prenom='Jean "O\'Neil"', nom="</script>")
    session.add(line(buyer, item_name="<b>Limonade</b>"))
    session.get_one(BarAccount, buyer.id).call("<i>Jeannot</i>")
    session.commit()

    page = login(buyer).open_page("/bar/me")

    assert listed(page) == ["<b>Limonade</b>"]
    assert "<i>Jeannot</i>" in page.text("main .own-today")


# What it costs


@pytest.mark.parametrize("count", [5, 5000])
def test_one_s_page_costs_the_same_however_much_one_did(
    login: Login, session: Session, queries: list[str], count: int
) -> None:
    buyer = customer(500)
    rows = [
        {
            "client_id": buyer.id,
            "type": BarKind.pay_item,
            "item_name": "Limonade",
            "balance_change_cents": -1,
            "balance_after_cents": 1,
            "bar_day": TODAY - timedelta(days=rank % 700),
            "bar_hour": 13,
        }
        for rank in range(count)
    ]
    session.execute(BarTransaction.__table__.insert(), rows)  # type: ignore[attr-defined]
    days = {row["bar_day"] for row in rows}
    session.add_all(
        BarDailyData(pceen_id=buyer.id, bar_day=day, total_spent_cents=100) for day in days
    )
    session.commit()
    browser = login(buyer)
    queries.clear()

    browser.open_page("/bar/me")

    assert len(queries) <= 10, "\n".join(queries)
    queries.clear()
    browser.open_page("/bar/me?page=700")
    assert len(queries) <= 10


def test_the_home_page_costs_no_more_than_twelve_statements(
    login: Login, session: Session, queries: list[str]
) -> None:
    buyer = customer(500, roles=[role_with((T.read, S.bar), (T.read, S.photos))])
    browser = login(buyer)
    queries.clear()

    page = browser.open_page("/")

    assert len(queries) <= 12, "\n".join(queries)
    assert page.html.select("main a[href='/bar/recharge']")


# The chart


def test_the_chart_is_of_twelve_months_and_has_its_figures(login: Login, session: Session) -> None:
    buyer = customer()
    for day, cents in ((TODAY, 350), (date(2025, 12, 1), 1200), (date(2025, 11, 30), 9900)):
        session.add(BarDailyData(pceen_id=buyer.id, bar_day=day, total_spent_cents=cents))
    session.commit()

    page = login(buyer).open_page("/bar/me")

    assert len(page.html.select("main figure.chart rect")) == 2
    assert len(page.html.select("main figure.chart tbody tr")) == 12
    figures = page.text("main figure.chart tfoot")
    assert "15,50" in figures


def test_who_spent_nothing_has_a_sentence_for_a_chart(login: Login) -> None:
    page = login(customer()).open_page("/bar/me")

    assert "Rien n'a été dépensé" in page.text("main")
    assert not page.html.select("main figure.chart")


# What waits, and what is paid


def test_a_top_up_that_waits_is_told_and_what_is_paid_has_its_receipt(
    login: Login, session: Session
) -> None:
    buyer = customer()
    bar = {"pceen": buyer, "type": PaymentType.bar, "offer_slug": None}
    waiting = PaymentFactory(**bar)
    paid = PaymentFactory(**bar, status=PaymentStatus.accepted, payed_at=clock.now())
    other = PaymentFactory(pceen=buyer, status=PaymentStatus.accepted, payed_at=clock.now())
    session.commit()

    hrefs = {one["href"] for one in login(buyer).open_page("/bar/me").html.select("main a[href]")}

    assert {f"/bar/recharge/{waiting.id}", f"/bar/recharge/{paid.id}/receipt.pdf"} <= hrefs
    assert f"/bar/recharge/{other.id}/receipt.pdf" not in hrefs


# The birth date


def test_a_birth_date_is_given_once(login: Login, session: Session) -> None:
    buyer = customer()
    browser = login(buyer)

    first = browser.post("/bar/me/birth_date", data={"birth_date": "2004-05-17"})
    second = browser.submit("/bar/me/birth_date", birth_date="2001-01-01", status=409)

    assert first.status_code == 303
    assert "déjà donnée" in second.text("main .field-errors")
    session.expire_all()
    account = session.get_one(BarAccount, buyer.id)
    assert account.birth_date == date(2004, 5, 17)
    (event,) = session.query(AuditEvent).filter_by(action="bar.account.give_birth_date")
    assert "2004" not in str((event.before, event.after))


@pytest.mark.parametrize(
    "typed", ["", "2027-01-01", "1890-01-01", "2004-02-30", "17/05/2004", "２００４-05-17", "\0"]
)
def test_what_is_no_birth_date_is_refused_and_stays_as_it_was_typed(
    login: Login, session: Session, typed: str
) -> None:
    buyer = customer()

    page = login(buyer).submit("/bar/me/birth_date", birth_date=typed, status=422)

    assert page.html.select("main input[name=birth_date][aria-invalid=true]")
    session.expire_all()
    assert session.get_one(BarAccount, buyer.id).birth_date is None


def test_whoever_serves_corrects_a_birth_date_but_their_own(session: Session) -> None:
    buyer, server = customer(birth_date=date(2010, 1, 1)), barman()
    account, own = (session.get_one(BarAccount, one.id) for one in (buyer, server))

    accounts.correct_birth_date(
        session, account=account, birth_date=date(2001, 1, 1), by=server, version=account.version
    )

    assert account.birth_date == date(2001, 1, 1)
    with pytest.raises(StaleBar):
        accounts.correct_birth_date(session, account=account, birth_date=None, by=server, version=1)
    with pytest.raises(ForOneself):
        accounts.correct_birth_date(
            session, account=own, birth_date=None, by=server, version=own.version
        )


# The warning


def test_a_warning_is_chosen_then_given_up(login: Login, session: Session) -> None:
    buyer = customer()
    browser = login(buyer)

    browser.submit("/bar/me/alert", alert="4,50")
    assert (
        "4,50" in browser.open_page("/bar/me/alert").html.select_one("input[name=alert]")["value"]
    )  # type: ignore[index]
    session.expire_all()
    assert session.get_one(BarAccount, buyer.id).alert_cents == 450

    browser.submit("/bar/me/alert", alert="")
    session.expire_all()
    assert session.get_one(BarAccount, buyer.id).alert_cents is None
    assert session.query(AuditEvent).filter_by(action="bar.account.choose_alert").count() == 2


@pytest.mark.parametrize("typed", ["0", "-1", "nan", "1e3", "99999999", "1_0", "１５"])
def test_what_is_no_amount_warns_of_nothing(login: Login, session: Session, typed: str) -> None:
    buyer = customer()

    page = login(buyer).submit("/bar/me/alert", alert=typed, status=422)

    assert page.html.select_one("main input[name=alert]")["value"] == typed  # type: ignore[index]
    session.expire_all()
    assert session.get_one(BarAccount, buyer.id).alert_cents is None


# The card, and the welcome


def test_the_card_says_what_one_has(login: Login, session: Session) -> None:
    buyer = customer(450)
    session.add(BarDailyData(pceen_id=buyer.id, bar_day=TODAY, total_spent_cents=350))
    session.commit()

    page = login(buyer).open_page("/")

    (card,) = [one for one in page.html.select("main .card") if one.select("a[href='/bar/me']")]
    text = card.get_text(" ", strip=True)
    assert "4,50" in text
    assert "3,50" in text
    hrefs = {one["href"] for one in card.select("a[href]")}
    assert {"/bar/me", "/bar/qrcode", "/bar/recharge"} <= hrefs


def test_who_does_not_come_to_the_bar_has_no_card(login: Login) -> None:
    assert not login(PCeenFactory()).open_page("/").html.select("main a[href^='/bar']")


def test_anybody_reads_how_it_works(client: Client, login: Login) -> None:
    assert client.open_page("/bar/welcome").html.select("main a[href='/login']")
    assert login(customer()).open_page("/bar/welcome").html.select("main a[href='/bar/me']")
