"""Money, for those who look after it: the list, what fits nothing, the books."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Conflict
from app.enums import (
    Account,
    EntryKind,
    EventSource,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    PermissionScope as S,
    PermissionType as T,
    Settlement,
)
from app.integrations.mailer import Mail, written
from app.models import AuditEvent, Delivery, JournalEntry, Offer, Payment, PaymentEvent, PCeen
from app.modules.payments.mails import BooksWrong, MoneyUnmatched
from app.modules.payments.service import books
from app.web.module import Module
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Pay = Callable[..., Payment]
Lose = Callable[..., PaymentEvent]


class NotThatOne(Conflict):
    sentence = "Pas celui-là."


@dataclass
class Given:
    """What payments gave, in the place of subscriptions."""

    delivered: list[int] = field(default_factory=list)
    taken_back: list[int] = field(default_factory=list)
    refuses: bool = False

    def deliver(self, session: Session, payment: Payment) -> None:
        session.flush()
        self.delivered.append(payment.id)

    def take_back(self, session: Session, payment: Payment) -> None:
        if self.refuses:
            raise NotThatOne
        self.taken_back.append(payment.id)

    def describe(self, session: Session, payment: Payment) -> tuple[str, list[tuple[str, str]]]:
        return "Trois mois d'Internet", [("Jusqu'au", "24 février 2027")]


@pytest.fixture
def given(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Payments give something that this test sees."""
    given = Given()
    delivery = Delivery(deliver=given.deliver, take_back=given.take_back, describe=given.describe)
    module = Module(name="test", blueprints=(), deliveries=dict.fromkeys(PaymentType, delivery))
    modules = (*app.extensions["modules"], module)
    monkeypatch.setitem(app.extensions, "modules", modules)
    return given


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def _offers(session: Session) -> None:
    """The offer that is sold here, were there no other."""
    if session.get(Offer, "3months") is None:
        offer = {"name_fr": "3 mois", "name_en": "3 months", "price_cents": 400, "months": 3}
        session.add(Offer(slug="3months", **offer))
    session.add(
        Offer(slug="dear", name_fr="Le plus cher", name_en="Dear", price_cents=9900, days=1)
    )
    session.commit()


@pytest.fixture
def treasurer(login: Login) -> Client:
    return login(PCeenFactory(prenom="Emmy", nom="Noether", can=[(T.write, S.payments)]))


@pytest.fixture
def reader(login: Login) -> Client:
    return login(PCeenFactory(can=[(T.read, S.payments)]))


@pytest.fixture
def pay(session: Session) -> Pay:
    """A payment, and its line of the books: ``pay(ada, 400, method=PaymentMethod.cash)``."""

    def _pay(pceen: PCeen | None = None, cents: int = 400, **values: Any) -> Payment:
        wanted: dict[str, Any] = {
            "offer_slug": "3months",
            "method": PaymentMethod.lydia,
            "status": PaymentStatus.accepted,
        } | values
        if wanted["status"].is_paid:
            wanted.setdefault("payed_at", clock.now())
        payment = Payment(pceen=pceen or PCeenFactory(), amount_cents=cents, **wanted)
        session.add(payment)
        session.flush()
        if payment.status.is_paid:
            books.record(session, payment)
        session.commit()
        return payment

    return _pay


@pytest.fixture
def lose(session: Session) -> Lose:
    """Money that fits nothing: ``lose(400, outcome="other_amount")``."""
    numbers = count(1)

    def _lose(cents: int = 400, *, outcome: str = "unknown") -> PaymentEvent:
        number = next(numbers)
        event = PaymentEvent(
            source=EventSource.confirm,
            type=PaymentType.internet,
            order_ref=f"PEM-{number}-1",
            transaction_id=f"LYD-{number}",
            amount_cents=cents,
            body="{}",
            outcome=outcome,
            unmatched_key=f"internet:LYD-{number}",
        )
        session.add(event)
        session.flush()
        books.receive_unmatched(session, event, amount_cents=cents)
        session.commit()
        return event

    return _lose


def balances(session: Session) -> dict[Account, int]:
    found: dict[Account, int] = {}
    for entry in session.scalars(sa.select(JournalEntry)):
        found[entry.debit] = found.get(entry.debit, 0) + entry.amount_cents
        found[entry.credit] = found.get(entry.credit, 0) - entry.amount_cents
    return {account: cents for account, cents in found.items() if cents}


def done(session: Session) -> list[str]:
    """What was done of money, as it was written down."""
    stmt = sa.select(AuditEvent.action).where(AuditEvent.action.startswith("payments."))
    return list(session.scalars(stmt.order_by(AuditEvent.id)))


# Who may see and do what

PAGES = ("/gris/payments", "/gris/payments/events", "/gris/payments/books")


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_of_money_are_for_those_who_may_read_payments(login: Login, path: str) -> None:
    assert login(PCeenFactory(can=[(T.write, S.pceen)])).get(path).status_code == 403
    assert login(PCeenFactory(can=[(T.read, S.payments)])).get(path).status_code == 200
    assert login(PCeenFactory(slugs=["gri"])).get(path).status_code == 200


def test_who_may_only_read_is_offered_no_form_and_changes_nothing(
    session: Session, reader: Client, pay: Pay, lose: Lose
) -> None:
    payment, event = pay(), lose()

    for path in PAGES:
        assert not reader.open_page(path).html.select("main form[method=post]")
    for path in (
        f"/gris/payments/{payment.id}/revoke",
        f"/gris/payments/events/{event.id}/settle",
        "/gris/payments/books/move",
    ):
        assert reader.post(path, data={"how": "refunded", "note": "x"}).status_code == 403
    assert done(session) == []


def test_the_tabs_are_the_pages_that_one_may_open(reader: Client, login: Login) -> None:
    names = reader.open_page("/gris/payments/books").texts(".tabs[aria-label=Argent] a")
    assert names[:3] == ["Paiements", "Argent à attribuer", "Comptes"]
    here = reader.open_page("/gris/payments/books").text(".tabs[aria-label=Argent] [aria-current]")
    assert here == "Comptes"


# The list


def lines(page: Page) -> list[str]:
    return page.texts(".table-frame tbody tr")


def test_a_line_says_who_paid_what_how_and_when(treasurer: Client, pay: Pay) -> None:
    emmy = PCeenFactory(prenom="Sophie", nom="Germain")
    payment = pay(
        PCeenFactory(prenom="Ada", nom="Lovelace"),
        method=PaymentMethod.cash,
        status=PaymentStatus.manual,
        gri=emmy,
        payed_at=clock.now() - timedelta(hours=3),
    )

    page = treasurer.open_page("/gris/payments")

    (line,) = lines(page)
    for part in ("Ada Lovelace", "3 mois", "4,00 €", "espèces", "enregistré", "Sophie Germain"):
        assert part in line
    assert "il y a 3 heures" in line
    assert page.html.select(f'td a[href="/payments/{payment.id}"]')


def test_only_who_looks_after_people_gets_a_link_to_them(login: Login, pay: Pay) -> None:
    payment = pay()
    links = f'td a[href="/gris/pceens/{payment.pceen_id}"]'

    for can, shown in (((T.write, S.payments), 0), ((T.all, S.gris), 1)):
        browser = login(PCeenFactory(can=[can, (T.read, S.payments)]))
        assert len(browser.open_page("/gris/payments").html.select(links)) == shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {1, 2, 3, 4}),
        ("status=accepted", {1, 2}),
        ("method=cash", {3}),
        ("type=bar", {4}),
        ("type=internet", {1, 2, 3}),
        ("since=2026-11-24", {2, 3, 4}),
        ("until=2026-11-23", {1}),
        ("since=2026-11-24&until=2026-11-24", {2, 3, 4}),
        ("q=LOVELACE", {1}),
        ("q=%25", set()),
        ("q=lovelace&status=manual", set()),
        ("status=nonsense&method=x&type=0&since=2026-13-45&until=tomorrow&page=-3", {1, 2, 3, 4}),
        ("since=9999-12-31&until=0001-01-01&page=99999999", {1, 2, 3, 4}),
        ("until=2099-12-31&since=1900-01-01&page=7", {1, 2, 3, 4}),
    ],
)
def test_the_list_shows_what_the_address_says(
    treasurer: Client, pay: Pay, query: str, found: set[int]
) -> None:
    sooner = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
    payments = [
        pay(PCeenFactory(prenom="Ada", nom="Lovelace"), payed_at=sooner),
        pay(payed_at=sooner + timedelta(minutes=1)),
        pay(method=PaymentMethod.cash, status=PaymentStatus.manual),
        pay(type=PaymentType.bar, offer_slug=None, status=PaymentStatus.waiting),
    ]
    page = treasurer.open_page(f"/gris/payments?{query}")

    shown = {int(text) for text in page.texts('td[data-label="Numéro"]')}
    assert shown == {payments[number - 1].id for number in found}


def test_the_filters_are_kept_from_a_form_to_the_other(treasurer: Client, pay: Pay) -> None:
    pay()
    page = treasurer.open_page("/gris/payments?status=accepted&since=2026-01-02&q=curie&page=1")

    search, filters = (
        page.html.select("form[role=search]")[0],
        page.html.select("main details form")[0],
    )
    kept = {tag["name"]: tag["value"] for tag in search.select("input[type=hidden]")}
    assert kept == {"status": "accepted", "since": "2026-01-02"}
    assert filters.select_one("[name=q]")["value"] == "curie"  # type: ignore[index]
    assert filters.select_one("[name=status] [selected]")["value"] == "accepted"  # type: ignore[index]
    assert filters.select_one("[name=since]")["value"] == "2026-01-02"  # type: ignore[index]
    (export, _csv) = page.html.select("a[href*='format=']")
    assert set(str(export["href"]).partition("?")[2].split("&")) == {
        *("format=xlsx", "q=curie", "status=accepted", "since=2026-01-02"),
    }


def test_totals_by_method_count_what_is_paid(treasurer: Client, pay: Pay) -> None:
    pay(cents=400)
    pay(cents=1500)
    pay(cents=400, method=PaymentMethod.cash, status=PaymentStatus.manual)
    pay(cents=400, status=PaymentStatus.waiting)

    said = treasurer.open_page("/gris/payments").text("main > .cluster")

    assert said == "Payé : 23,00 € Lydia × 2 : 19,00 € espèces × 1 : 4,00 €"


def test_an_export_holds_all_that_is_filtered_not_one_page(treasurer: Client, pay: Pay) -> None:
    ada = PCeenFactory(prenom="Ada", nom="=Lovelace()")
    emmy = PCeenFactory(prenom="Sophie", nom="Germain")
    for _number in range(120):
        pay(ada)
    paid = datetime(2026, 7, 14, 22, 30, tzinfo=UTC)
    last = pay(
        ada,
        1500,
        payed_at=paid,
        gri=emmy,
        reason="Oubli",
        status=PaymentStatus.manual,
        lydia_transaction_id="LYD-8",
    )
    pay(method=PaymentMethod.cash)

    answer = treasurer.get("/gris/payments?format=xlsx&method=lydia")
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(rows) == 1 + 121 + 1
    assert rows[0] == [
        *("Numéro", "Date", "Payé par", "Identifiant", "Pour", "Montant", "Moyen", "État"),
        *("Enregistré par", "Raison", "Transaction Lydia"),
    ]
    assert rows[-2] == [
        *(last.id, datetime(2026, 7, 15, 0, 30), "Ada =Lovelace()", ada.username, "3 mois", 15),  # noqa: DTZ001  # as a sheet has it
        *("Lydia", "enregistré", "Sophie Germain", "Oubli", "LYD-8"),
    ]
    assert rows[-1][5] == 120 * 4 + 15

    answer = treasurer.get("/gris/payments?format=csv&q=nobody")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="paiements.csv"')
    assert answer.data.decode("utf-8-sig").splitlines()[1:] == ["Total;;;;;0,00;;;;;"]


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [*PAGES, "/gris/payments?format=xlsx", "/gris/payments/books?format=csv"],
)
def test_a_hundred_and_fifty_payments_cost_as_many_statements_as_five(
    session: Session, login: Login, pay: Pay, queries: list[str], path: str
) -> None:
    browser = login(PCeenFactory(slugs=["gri"]))
    made = count(1)

    def statements(wanted: int) -> int:
        while next(made) <= wanted:
            recorder = PCeenFactory()
            payment = pay(type=PaymentType.bar, offer_slug=None, gri=recorder)
            event = {"source": EventSource.poll, "type": payment.type, "outcome": "accepted"}
            done = {"settled_by": recorder, "settled_how": Settlement.refunded}
            session.add(PaymentEvent(payment=payment, body="", **event, **done))
            session.commit()
        queries.clear()
        browser.get(path)
        return len(queries)

    few = statements(5)
    assert statements(150) == few
    assert few <= (14 if "books" in path else 12)


# Revoking


def test_a_payment_is_revoked_and_what_it_gave_is_taken_back(
    session: Session, treasurer: Client, pay: Pay, given: Given
) -> None:
    payment = pay(PCeenFactory(prenom="Ada", nom="Lovelace"), reason="Oubli")
    path = f"/gris/payments/{payment.id}/revoke"

    page = treasurer.open_page(path)
    text = page.text("main")
    for part in ("Ada Lovelace", "4,00 €", "Lydia", "Trois mois d'Internet", "24 février 2027"):
        assert part in text
    assert [tag["value"] for tag in page.html.select("[name=why]")] == [""]
    (version,) = (tag["value"] for tag in page.html.select("[name=version]"))
    answer = treasurer.post(path, data={"why": "Remboursé", "version": version})

    assert (answer.status_code, answer.location) == (303, f"/payments/{payment.id}")
    session.expire_all()
    assert payment.status is PaymentStatus.cancelled
    assert payment.revoked_why == "Remboursé"
    assert payment.revoked_by is not None
    assert payment.revoked_by.nom == "Noether"
    assert given.taken_back == [payment.id]
    assert balances(session) == {}
    assert "rien à annuler" in treasurer.open_page(path).text("main")
    assert not treasurer.open_page(path).html.select("[name=why]")


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"why": "", "version": "1"}, 422, "Ce champ est obligatoire."),
        ({"why": "x" * 256, "version": "1"}, 422, "255 caractères au plus."),
        ({"why": "x", "version": "2"}, 409, "a changé pendant que vous le regardiez"),
        ({"why": "x"}, 409, "a changé pendant que vous le regardiez"),
    ],
)
def test_a_refused_revocation_says_why_and_changes_nothing(  # noqa: PLR0917  # fixtures
    session: Session,
    treasurer: Client,
    pay: Pay,
    given: Given,
    fields: dict[str, str],
    status: int,
    said: str,
) -> None:
    payment = pay()
    before = balances(session)

    page = treasurer.submit(f"/gris/payments/{payment.id}/revoke", status=status, **fields)

    assert said in page.text("main")
    assert [tag["value"] for tag in page.html.select("[name=version]")] == ["1"]
    session.expire_all()
    assert payment.status is PaymentStatus.accepted
    assert (given.taken_back, balances(session)) == ([], before)


def test_what_may_not_be_taken_back_is_not_revoked(
    session: Session, treasurer: Client, pay: Pay, given: Given
) -> None:
    payment, given.refuses = pay(), True

    path = f"/gris/payments/{payment.id}/revoke"
    page = treasurer.submit(path, status=409, why="Erreur", version="1")

    assert "Pas celui-là." in page.text(".error-summary")
    session.expire_all()
    assert payment.status is PaymentStatus.accepted
    assert payment.revoked_at is None
    assert balances(session) == {Account.lydia: 400, Account.internet: -400}


@pytest.mark.parametrize("status", [PaymentStatus.waiting, PaymentStatus.refused])
def test_what_was_not_paid_is_not_revoked(
    treasurer: Client, pay: Pay, given: Given, status: PaymentStatus
) -> None:
    payment = pay(status=status)

    path = f"/gris/payments/{payment.id}/revoke"
    page = treasurer.submit(path, status=409, why="Erreur", version="1")

    assert "il n'y a rien à annuler" in page.text(".error-summary")


@pytest.mark.parametrize("key", ["999999", "2147483648", "0"])
def test_a_payment_that_is_none_is_not_found(treasurer: Client, key: str) -> None:
    assert treasurer.get(f"/gris/payments/{key}/revoke").status_code == 404
    assert treasurer.post(f"/gris/payments/events/{key}/settle").status_code == 404


# Money that fits nothing


def test_money_that_waits_says_why_it_does(treasurer: Client, lose: Lose) -> None:
    assert "a trouvé son paiement" in treasurer.open_page("/gris/payments/events").text("main")
    for outcome in ("unknown", "other_amount", "paid_twice", "never_heard_of"):
        lose(900, outcome=outcome)

    cards = treasurer.open_page("/gris/payments/events").texts(".cards > .card")

    said = ("n'est celle d'aucun paiement", "d'un autre montant", "déjà payé", "never_heard_of")
    assert [part in card for part, card in zip(said, cards, strict=True)] == [True] * 4
    assert all("9,00" in card and "PEM-" in card and "LYD-" in card for card in cards)


def test_the_offer_of_that_price_is_chosen_already(
    session: Session, treasurer: Client, lose: Lose
) -> None:
    lose(9900)
    lose(123)
    page = treasurer.open_page("/gris/payments/events")

    first, second = page.html.select("[name=offer]")
    values = [option["value"] for option in first.select("option")]
    assert "_first" not in values
    assert {"", "3months", "dear"} <= set(values)
    assert [tag["value"] for tag in first.select("[selected]")] == ["dear"]
    assert second.select("[selected]") == [] or second.select_one("[selected]")["value"] == ""  # type: ignore[index]


def test_money_is_attached_to_whom_it_is_of(
    session: Session, treasurer: Client, lose: Lose, given: Given
) -> None:
    ada = PCeenFactory(username="alovelac", prenom="Ada", nom="Lovelace")
    event = lose(900)

    page = treasurer.submit(
        f"/gris/payments/events/{event.id}/settle",
        how="attached",
        username="ALoveLac",
        offer="3months",
        note="vu au téléphone",
    )

    assert page.flashes == ["C'est maintenant un paiement de Ada Lovelace."]
    session.expire_all()
    payment = event.payment
    assert payment is not None
    assert (payment.pceen, payment.offer_slug, payment.amount_cents) == (ada, "3months", 900)
    assert event.settled_how is Settlement.attached
    assert given.delivered == [payment.id]
    assert balances(session) == {Account.lydia: 900, Account.internet: -900}
    (line,) = lines(page)
    assert "rattaché par Emmy Noether · vu au téléphone" in line
    assert page.html.select(f'a[href="/payments/{payment.id}"]')
    assert not page.html.select(".cards > .card")


def test_money_is_given_back(session: Session, treasurer: Client, lose: Lose) -> None:
    event = lose(900)
    path = f"/gris/payments/events/{event.id}/settle"

    page = treasurer.submit(path, status=422, how="refunded", note="")
    assert "Ce champ est obligatoire." in page.text("details[open]")
    page = treasurer.submit(path, how="refunded", note="depuis Lydia")

    assert "remboursé par Emmy Noether · depuis Lydia" in page.text("tbody tr")
    session.expire_all()
    assert event.settled_how is Settlement.refunded
    assert balances(session) == {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"username": "nobody", "offer": "3months"}, "Personne n'a cet identifiant."),
        ({"username": "", "offer": "3months"}, "Ce champ est obligatoire."),
        ({"username": "me", "offer": ""}, "Choisissez une offre."),
        ({"username": "me", "offer": "_first"}, ""),
        ({"username": "me", "offer": "nonsense"}, ""),
        ({"username": "me", "offer": "3months"}, "Personne n'enregistre un paiement pour soi"),
    ],
)
def test_a_refused_attachment_is_said_on_its_form_and_the_money_waits(
    session: Session,
    login: Login,
    lose: Lose,
    given: Given,
    fields: dict[str, str],
    said: str,
) -> None:
    browser = login(PCeenFactory(username="me", can=[(T.write, S.payments)]))
    _other, event = lose(100), lose(400)

    page = browser.submit(
        f"/gris/payments/events/{event.id}/settle",
        status=422,
        how="attached",
        note="gardée",
        **fields,
    )

    (form,) = page.html.select("details[open] form")
    assert form["id"] == f"attach-{event.id}"
    assert said in form.get_text(" ", strip=True)
    assert form.select_one("[name=note]")["value"] == "gardée"  # type: ignore[index]
    session.expire_all()
    assert event.settled_at is None
    assert given.delivered == []
    assert balances(session) == {Account.lydia: 500, Account.unmatched: -500}


def test_settled_money_is_not_settled_again(
    session: Session, treasurer: Client, lose: Lose, given: Given
) -> None:
    event = lose(400)
    path = f"/gris/payments/events/{event.id}/settle"
    treasurer.submit(path, how="refunded", note="rendu")
    PCeenFactory(username="ada")

    fields = {"how": "attached", "username": "ada", "offer": "3months"}
    page = treasurer.submit(path, came_from="/gris/payments/events", **fields)

    assert page.flashes == ["Quelqu'un s'en est déjà occupé."]
    session.expire_all()
    assert event.settled_how is Settlement.refunded
    assert given.delivered == []


@pytest.mark.parametrize("how", ["", "kept", "attached\0"])
def test_only_two_things_may_be_done_of_it(
    session: Session, treasurer: Client, lose: Lose, how: str
) -> None:
    event = lose()

    answer = treasurer.post(f"/gris/payments/events/{event.id}/settle", data={"how": how})

    assert answer.status_code == 400
    session.expire_all()
    assert event.settled_at is None


# The books


def test_the_books_have_the_signs_that_people_expect(
    session: Session, treasurer: Client, pay: Pay, lose: Lose
) -> None:
    pay(cents=400)
    pay(cents=1500, method=PaymentMethod.transfer, status=PaymentStatus.manual)
    pay(cents=200, method=PaymentMethod.cash, status=PaymentStatus.manual)
    lose(300)
    spent = {"debit": Account.expenses, "credit": Account.bank, "amount_cents": 1000}
    before = {"debit": Account.cash, "credit": Account.opening, "amount_cents": 5000}
    for values in (spent, before):
        session.add(JournalEntry(day=clock.today(), kind=EntryKind.move, **values))
    session.commit()

    places, causes = (
        text for text in treasurer.open_page("/gris/payments/books").texts(".cards > .card")
    )

    assert "64,00 €" in places
    for part in ("Lydia 7,00 €", "Banque 5,00 €", "Caisse 52,00 €", "Lydia du bar 0,00 €"):
        assert part in places
    for part in (
        *("Reçu des abonnements 21,00 €", "Reçu, à attribuer 3,00 €"),
        *("Dépensé 10,00 €", "Déjà là au début 50,00 €"),
    ):
        assert part in causes
    assert "bar" not in causes


def test_the_books_say_whether_they_add_up(session: Session, treasurer: Client, pay: Pay) -> None:
    path = "/gris/payments/books"
    assert "tombent juste" in treasurer.open_page(path).text(".notice-success")

    payment = pay()  # and what it gives is not written
    said = treasurer.open_page(path).text(".notice-danger")
    assert "ne tombent pas juste : 1 faute" in said
    assert f"paiement {payment.id}" in said

    for _number in range(25):
        pay()
    page = treasurer.open_page(path)
    assert "Les 20 premières fautes" in page.text(".notice-danger")
    assert len(page.html.select(".notice-danger li")) == 20


def test_figures_are_of_the_last_twelve_months_or_twenty_four(treasurer: Client, pay: Pay) -> None:
    pay(cents=400, payed_at=datetime(2026, 11, 2, tzinfo=UTC))
    pay(
        cents=500,
        payed_at=datetime(2026, 11, 3, tzinfo=UTC),
        method=PaymentMethod.cash,
        status=PaymentStatus.manual,
    )
    pay(cents=1500, payed_at=datetime(2025, 11, 30, 22, 59, tzinfo=UTC))

    short = treasurer.open_page("/gris/payments/books")
    long = treasurer.open_page("/gris/payments/books?months=24")
    odd = treasurer.open_page("/gris/payments/books?months=1000000")

    rows = short.texts(".chart tbody tr")
    assert len(rows) == 12
    assert rows[0] == "novembre 2026 4,00 € 5,00 € 9,00 €"
    assert short.texts(".chart tfoot tr") == ["Total 4,00 € 5,00 € 9,00 €"]
    assert len(long.texts(".chart tbody tr")) == 24
    assert long.text(".chart tfoot") == "Total 19,00 € 5,00 € 24,00 €"
    assert len(odd.texts(".chart tbody tr")) == 12
    assert long.text(".tabs[aria-label=Durée] [aria-current]") == "24 mois"


def test_more_revoked_than_received_is_drawn(session: Session, treasurer: Client, pay: Pay) -> None:
    payment = pay(payed_at=clock.now() - timedelta(days=40))
    payment.revoked_why, payment.revoked_at = "Erreur", clock.now()
    payment.status = PaymentStatus.cancelled
    books.reverse(session, payment)
    session.commit()

    page = treasurer.open_page("/gris/payments/books")

    assert "-4,00" in page.texts(".chart tbody tr")[0]
    assert len(page.html.select(".chart rect")) == 2


def test_the_journal_is_there_and_is_exported(
    session: Session, treasurer: Client, pay: Pay
) -> None:
    payment = pay(
        PCeenFactory(prenom="Ada", nom="Lovelace"), payed_at=datetime(2026, 7, 14, 22, tzinfo=UTC)
    )
    session.add(
        JournalEntry(
            day=date(2026, 8, 1),
            kind=EntryKind.move,
            debit=Account.bank,
            credit=Account.lydia,
            amount_cents=300,
            label="=virement()",
        )
    )
    session.commit()

    move, line = lines(treasurer.open_page("/gris/payments/books"))
    assert "mouvement =virement() Lydia Banque" in move
    assert "paiement 3 mois Abonnements Internet Lydia" in line
    assert f"{payment.id}, Ada Lovelace" in line

    def exported(query: str) -> list[str]:
        data = treasurer.get(f"/gris/payments/books?format=csv{query}").data
        return data.decode("utf-8-sig").splitlines()[1:]

    paid = f"2026-07-15;paiement;3 mois;Lydia;Abonnements Internet;4,00;{payment.id};Ada Lovelace"
    moved = '2026-08-01;mouvement;"\'=virement()";Banque;Lydia;3,00;;'
    assert exported("") == [paid, moved, "Total;;;;;7,00;;"]
    assert exported("&since=2026-07-16") == [moved, "Total;;;;;3,00;;"]
    assert exported("&until=2026-07-15&since=x") == [paid, "Total;;;;;4,00;;"]
    sheet = load_workbook(BytesIO(treasurer.get("/gris/payments/books?format=xlsx").data)).active
    assert sheet is not None
    assert sheet.max_row == 4


MOVE = {"credit": "lydia", "debit": "bank", "amount": "12,50", "label": "Virement de novembre"}


def moved(session: Session) -> list[JournalEntry]:
    return list(session.scalars(sa.select(JournalEntry).order_by(JournalEntry.id)))


def test_money_is_moved_once_however_often_the_form_is_sent(
    session: Session, treasurer: Client
) -> None:
    fields = {**MOVE, "day": clock.today().isoformat(), "idempotency_key": "once"}

    for _time in range(2):
        page = treasurer.submit("/gris/payments/books/move", **fields)
        assert page.flashes == ["Le mouvement est au journal."]

    (entry,) = moved(session)
    assert (entry.debit, entry.credit, entry.amount_cents) == (Account.bank, Account.lydia, 1250)
    assert (entry.kind, entry.label) == (EntryKind.move, "Virement de novembre")
    assert done(session) == ["payments.move.record"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"debit": "lydia"}, "Choisissez deux comptes différents."),
        ({"debit": ""}, "Choisissez un compte."),
        ({"debit": "internet"}, ""),
        ({"credit": "nonsense"}, ""),
        ({"amount": "0"}, "Écrivez un montant entre"),
        ({"amount": "-5"}, "Écrivez un montant entre"),
        ({"amount": "x"}, "Écrivez un montant en euros"),
        ({"label": ""}, "Ce champ est obligatoire."),
        ({"day": "2026-11-25"}, "Ce jour n'est pas encore venu."),
        ({"day": "2025-11-22"}, "C'était il y a plus d'un an."),
        ({"day": ""}, "Ce champ est obligatoire."),
    ],
)
def test_a_refused_move_says_why_and_writes_nothing(
    session: Session, treasurer: Client, fields: dict[str, str], said: str
) -> None:
    wanted = {**MOVE, "day": "2026-11-24", "idempotency_key": "k"} | fields
    page = treasurer.submit("/gris/payments/books/move", status=422, **wanted)
    assert moved(session) == []

    (form,) = page.html.select("details[open] form")
    assert form.select(".field-errors")
    assert said in form.get_text(" ", strip=True).replace("\u202f", " ")
    treasurer.submit("/gris/payments/books/move", **MOVE, day="2025-11-23", idempotency_key="k")
    assert len(moved(session)) == 1


# Mails


def said_by(app: Flask, mail: Mail) -> str:
    """The text of a mail, as it is sent."""
    with app.app_context():
        part = written(mail, 1).get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


@pytest.mark.once
@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("unknown", "n'est celle d'aucun paiement"),
        ("other_amount", "d'un autre montant"),
        ("other_currency", "pas en euros"),
    ],
)
def test_the_gris_are_told_which_money_fits_nothing(app: Flask, outcome: str, words: str) -> None:
    mail = MoneyUnmatched(
        to="gri@example.org", locale="fr", outcome=outcome, order_ref="PEM-1-2", amount_cents=1234
    )

    said = said_by(app, mail)
    assert words in said
    assert "PEM-1-2" in said
    assert "12,34" in said
    assert "/gris/payments/events" in said


@pytest.mark.once
def test_the_gris_are_told_what_is_wrong_in_the_books(app: Flask) -> None:
    mail = BooksWrong(to="gri@example.org", locale="fr", faults=["paiement 3", "paiement <b>4"])

    said = said_by(app, mail)
    assert "paiement 3" in said
    assert "paiement <b>4" in said
    assert "/gris/payments/books" in said
