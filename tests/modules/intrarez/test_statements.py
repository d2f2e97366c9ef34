"""Statements of the bank account: imported, proposed, confirmed."""

import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import (
    BankLineStatus,
    PaymentMethod,
    PaymentStatus,
    PermissionScope as S,
    PermissionType as T,
)
from app.extensions import db
from app.models import (
    AuditEvent,
    BankLayout,
    BankLine,
    JournalEntry,
    Offer,
    Payment,
    PCeen,
    Subscription,
)
from app.modules.intrarez.errors import OtherAmount, PaidTooLongAgo
from app.modules.intrarez.queries import statements as queries_
from app.modules.intrarez.rules.matching import Kind, reference
from app.modules.intrarez.service import statements as service
from app.modules.payments import around
from app.modules.payments.errors import BankLineDone, ForOneself, NoSuchBankLine
from app.modules.payments.rules import statement as rules
from app.modules.payments.rules.statement import Layout
from app.modules.payments.service import collect, statements as kept
from app.modules.payments.service.till import Till
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory, base as factories
from tests.factories.money import OfferFactory
from tests.visitors import snapshot

PATH = "/gris/payments/statement"
HEADER = "Date;Libellé;Débit;Crédit"


@pytest.fixture
def treasurer(session: Session) -> PCeen:
    made: PCeen = PCeenFactory(username="tresor", can=[(T.write, S.payments)])
    return made


@pytest.fixture
def till(app: Flask) -> Till:
    with app.app_context():
        return around.till()


def days_ago(count: int) -> date:
    return clock.today() - timedelta(days=count)


def row(label: str, cents: int = 1500, *, day: date | None = None) -> str:
    """A credit, as the bank of these tests writes it."""
    return f'{day or days_ago(3):%d/%m/%Y};"{label}";;{cents // 100},{cents % 100:02}'


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def line(label: str, cents: int = 1500, *, day: date | None = None) -> BankLine:
    """A line that waits."""
    number = len(factories.current().scalars(sa.select(BankLine.id)).all())
    made = BankLine(hash=f"{number}", day=day or days_ago(3), label=label, amount_cents=cents)
    factories.current().add(made)
    factories.current().commit()
    return made


def to_pay(pceen: PCeen, slug: str = "12months") -> str:
    return f"VIR SEPA RECU /MOTIF {reference(pceen.username, slug)} /REF NOTPROVIDED"


def upload(browser: Client, content: bytes, *, status: int = 200) -> Page:
    """Send a file; its body is made here, for a test client leaves long ones open."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="releve.csv"\r\n\r\n'
    answer = browser.post(
        PATH, data=head + content + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == status, answer.text
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return Page(answer)


def asked(page: Page) -> dict[str, Any]:
    """What the form of the preview would send."""
    (form,) = page.html.select("form#layout")
    fields: dict[str, Any] = {tag["name"]: tag["value"] for tag in form.select("[type=hidden]")}
    for select in form.select("select"):
        (chosen, *_) = [*select.select("[selected]"), *select.select("option")]
        fields[str(select["name"])] = chosen["value"]
    fields["label"] = [tag["value"] for tag in form.select("[name=label][checked]")]
    return fields


def keep(browser: Client, preview: Page, *, status: int = 200, **changed: Any) -> Page:
    """Import what the preview shows."""
    return browser.submit(PATH, status=status, **{**asked(preview), "confirmed": "1", **changed})


def import_file(browser: Client, content: bytes) -> Page:
    return keep(browser, upload(browser, content))


def stored(session: Session) -> list[tuple[str, int]]:
    session.expire_all()
    stmt = sa.select(BankLine.label, BankLine.amount_cents).order_by(BankLine.day, BankLine.label)
    return [(label, cents) for label, cents in session.execute(stmt)]


def paid(session: Session) -> list[tuple[int, str | None, int]]:
    session.expire_all()
    stmt = sa.select(Payment.pceen_id, Payment.offer_slug, Payment.amount_cents)
    return [tuple(one) for one in session.execute(stmt.order_by(Payment.id))]


# A file: shown, then kept


def test_a_file_is_shown_before_anything_is_stored(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    rows = [row(f"VIR {number:02}") for number in range(25)]
    before = snapshot(session)

    page = upload(browser, file(*rows, "24/11/2026;PRLV EDF;45,00;"))

    assert snapshot(session) == before
    assert page.text("h1") == "Aperçu du relevé"
    assert page.texts(".definitions dd") == ["25", "375,00 €", "25", "0"]
    assert len(page.texts("main > .table-frame tbody tr")) == 20
    assert "et 5 autres crédits." in page.text("main")
    assert "PRLV" not in str(page.html.select("main > .table-frame"))


def test_what_was_shown_is_kept_once_and_the_columns_are_remembered(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    content = file(row("VIR A"), row("VIR B", 123456))

    page = import_file(browser, content)

    assert page.flashes == ["2 nouvelles lignes, 0 déjà connues."]
    assert stored(session) == [("VIR A", 1500), ("VIR B", 123456)]
    (event,) = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "payments.statement.import")
    )
    assert (event.actor_id, event.after) == (treasurer.id, {"added": 2, "known": 0})
    assert len(session.scalars(sa.select(BankLayout)).all()) == 1
    assert set(session.scalars(sa.select(BankLine.imported_by_id))) == {treasurer.id}

    again = upload(browser, content)
    assert again.texts(".definitions dd") == ["2", "1 249,56 €", "0", "2"]
    assert keep(browser, again).flashes == ["0 nouvelles lignes, 2 déjà connues."]
    assert len(stored(session)) == 2


def test_a_repeated_line_is_two_transfers_and_the_next_file_adds_none(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    content = file(row("VIR LE MEME"), row("VIR LE MEME"), row("VIR AUTRE"))
    longer = file(row("VIR APRES"), row("VIR LE MEME"), row("VIR LE MEME"), row("VIR AUTRE"))

    assert import_file(browser, content).flashes == ["3 nouvelles lignes, 0 déjà connues."]
    assert import_file(browser, longer).flashes == ["1 nouvelle ligne, 3 déjà connues."]

    labels = Counter(label for label, _ in stored(session))
    assert labels == {"VIR LE MEME": 2, "VIR AUTRE": 1, "VIR APRES": 1}


OTHERS = {
    "BOM": b"\xef\xbb\xbf" + file(row("VIR ÉTÉ")),
    "Windows-1252": file(row("VIR ÉTÉ")).decode().encode("cp1252"),
    "an amount with its sign": "Date,Description,Amount\n2026-11-24,VIR ÉTÉ,15.00\n".encode(),
    "a preamble": b"Compte;123\nSolde;1 234,56\n\n" + file(row("VIR ÉTÉ")),
    "tabs": "Booking Date\tPartner Name\tAmount\n2026-11-24\tVIR ÉTÉ\t15.00\n".encode(),
}


@pytest.mark.once
@pytest.mark.parametrize("kind", OTHERS)
def test_the_files_of_other_banks_are_read(
    login: Login, session: Session, treasurer: PCeen, kind: str
) -> None:
    page = import_file(login(treasurer), OTHERS[kind])

    assert page.flashes == ["1 nouvelle ligne, 0 déjà connues."]
    assert stored(session) == [("VIR ÉTÉ", 1500)]


ODD = b"quand;combien;quoi;qui\n24/11/2026;15,00;VIR A;ADA\n25/11/2026;-3,00;EDF;EDF\n"


def test_columns_that_do_not_tell_are_asked_for_once(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)

    page = upload(browser, ODD)
    assert "ne se devinent pas" in page.text(".notice")
    assert "Importer" not in page.texts("main button")
    assert asked(page)["header"] == "0"

    chosen = {"date": "0", "amount": "1", "label": ["2", "3"]}
    shown = browser.submit(PATH, **{**asked(page), **chosen})
    assert shown.texts("main > .table-frame tbody tr td:nth-child(2)") == ["VIR A ADA"]
    assert stored(session) == []

    keep(browser, shown)
    assert stored(session) == [("VIR A ADA", 1500)]

    again = upload(browser, ODD.replace(b"24/11", b"26/11"))
    assert again.texts("main > .table-frame tbody tr td:nth-child(2)") == ["VIR A ADA"]


def test_a_file_without_titles_can_be_read(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    content = b"24/11/2026;VIR A;15,00\n25/11/2026;VIR B;4,00\n"

    page = upload(browser, content)
    assert asked(page)["header"] == "-1"
    assert "Colonne 2 : VIR A" in page.texts("select[name=date] option")
    chosen = {"date": "0", "label": ["1"], "amount": "2"}
    keep(browser, browser.submit(PATH, **{**asked(page), **chosen}))

    assert stored(session) == [("VIR A", 1500), ("VIR B", 400)]
    again = upload(browser, b"26/11/2026;VIR C;8,00\n")
    assert again.texts("main > .table-frame tbody tr td:nth-child(2)") == ["VIR C"]


def test_other_columns_than_those_shown_are_shown_before_they_are_kept(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    content = b"Date;Nature;Libelle;Montant\n24/11/2026;VIR;ADA;15,00\n"
    page = upload(browser, content)
    assert asked(page)["label"] == ["1", "2"]

    shown = keep(browser, page, label=["2"])

    assert stored(session) == []
    assert "Les colonnes ont changé" in shown.text(".notice")
    keep(browser, shown)
    assert stored(session) == [("ADA", 1500)]
    # and from now on, for this bank
    assert asked(upload(browser, content))["label"] == ["2"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"date": ""}, "date"),
        ({"date": "9"}, "date"),
        ({"label": []}, "label"),
        ({"amount": "1"}, "amount"),
        ({"credit": "", "debit": ""}, "amount"),
        ({"amount": "3", "credit": "", "debit": "2"}, "debit"),
        ({"debit": "0"}, "debit"),
    ],
)
def test_columns_that_make_no_sense_are_refused_next_to_their_field(
    login: Login, session: Session, treasurer: PCeen, changed: dict[str, Any], name: str
) -> None:
    browser = login(treasurer)
    page = upload(browser, file(row("VIR A")))

    refused = keep(browser, page, status=422, **changed)

    assert refused.texts(f"#{name}-errors")
    assert stored(session) == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7\n", "n'est pas un relevé"),
        (b"\x00\x01", "n'est pas un relevé"),
        (b"un seul mot\n", "n'est pas un relevé"),
        (b"a;" * 80 + b"\n", "n'est pas un relevé"),
        (b"", "Ce fichier est vide."),
        (file(row("VIR A"), '24/11/2026;"sans fin;;1,00'), "Ligne 3 :"),
    ],
)
def test_what_is_no_statement_is_refused_next_to_the_file(
    login: Login, session: Session, treasurer: PCeen, content: bytes, sentence: str
) -> None:
    before = snapshot(session)
    browser = login(treasurer)

    page = upload(browser, content, status=422)

    assert sentence in page.text("#statement-file-errors")
    assert {k: v for k, v in snapshot(session).items() if k != "login_session"} == {
        k: v for k, v in before.items() if k != "login_session"
    }


@pytest.mark.parametrize(
    ("bad", "field", "said"),
    [
        ("32/11/2026;VIR;;4,00", "date", "Ligne 3 : « 32/11/2026 »"),
        ("24/11/2026;VIR;;quatre", "credit", "Ligne 3 : « quatre »"),
        ("24/11/2026;VIR;3,00;4,00", "debit", "Ligne 3 : il y a à la fois"),
    ],
)
def test_a_malformed_row_is_told_with_its_line_and_nothing_is_stored(
    login: Login, session: Session, treasurer: PCeen, bad: str, field: str, said: str
) -> None:
    browser = login(treasurer)

    page = upload(browser, file(row("VIR A"), bad), status=422)

    assert said in page.text(f"#{field}-errors")
    assert "Importer" not in page.texts("main button")
    assert keep(browser, page, status=422).texts(f"#{field}-errors")
    assert (stored(session), session.scalars(sa.select(BankLayout)).all()) == ([], [])


def test_a_row_with_too_many_fields_is_told(login: Login, treasurer: PCeen) -> None:
    page = upload(login(treasurer), file("24/11/2026;VIR;;4,00;5,00"), status=422)

    assert "Ligne 2 : il y a plus de colonnes" in page.text(".error-summary")


def test_a_statement_that_says_nothing_new_can_be_left(login: Login, treasurer: PCeen) -> None:
    page = upload(login(treasurer), file("24/11/2026;PRLV EDF;45,00;"))

    assert "aucun crédit" in page.text(".empty")


@pytest.mark.once
@pytest.mark.parametrize("content", ["é", "!!!", "YQ", "", "YQ=="])
def test_a_preview_that_was_tampered_with_is_no_statement(
    login: Login, session: Session, treasurer: PCeen, content: str
) -> None:
    page = login(treasurer).submit(PATH, status=422, content=content, confirmed="1")

    assert "n'est pas un relevé" in page.text("#statement-file-errors")
    assert stored(session) == []


@pytest.mark.once
def test_rows_are_never_those_of_the_browser(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    page = upload(browser, file(row("VIR A")))

    keep(browser, page, amount_cents="999999", day="2026-01-01", hash="x")

    assert stored(session) == [("VIR A", 1500)]


@pytest.mark.once
def test_a_long_file_goes_through_the_preview_and_a_longer_one_is_refused(
    app: Flask, login: Login, session: Session, treasurer: PCeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = login(treasurer)
    filler = "X" * 240
    content = file(*(row(f"VIR {number} {filler}") for number in range(5000)))
    assert len(content) > 1_000_000

    page = import_file(browser, content)

    assert page.flashes == ["5000 nouvelles lignes, 0 déjà connues."]
    too_long = content * (5_000_000 // len(content) + 1)
    assert "5 Mo au plus" in upload(browser, too_long, status=422).text("#statement-file-errors")
    assert browser.post(PATH, data={"content": "a" * 7_500_000}).status_code == 413
    huge = {"CONTENT_LENGTH": "100000000"}
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        answer = browser.post(PATH, content_type=kind, environ_overrides=huge)
        assert answer.status_code == 413
    # the token is looked for once the form is read: it must be let in before
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)
    assert browser.post(PATH, data={"content": "a" * 6_000_000}).status_code == 403
    assert browser.post("/gris/offers", data={"content": "a" * 600_000}).status_code == 413


def test_a_formula_in_a_label_is_text_and_nothing_more(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    ada = PCeenFactory(username="ada")
    label = "=cmd()|'/C calc'!A0 <script>alert(1)</script> {{7*7}}"
    import_file(browser, file(row(f"{label} {reference('ada', '12months')}")))

    page = browser.open_page(PATH)
    assert f"{label} INTERNET ADA 12MONTHS" in page.text("#sure")
    browser.submit(f"{PATH}/confirm_sure")

    assert [one[0] for one in paid(session)] == [ada.id]
    sheet = browser.get("/gris/payments?format=csv").text
    assert "=cmd()" in sheet
    assert not re.search(r'(^|;|")=cmd', sheet)


# What lines may be


def test_each_line_is_proposed_in_its_section(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    ada = PCeenFactory(username="ada", prenom="Ada", nom="Lovelace")
    PCeenFactory(username="gone", prenom="Parti", nom="Loin", disabled_at=clock.now())
    line(to_pay(ada))
    line(to_pay(ada), 1200)
    line("VIR DE ADA LOVELACE", 400)
    line("VIR COTISATION", 4200)
    line("VIR INTERNET GONE 12MONTHS")
    line("VIR INTERNET ADA _FIRST", 0 + 1)

    page = login(treasurer).open_page(PATH)

    assert page.texts(".page-head h2") == [
        "Sûrs (1)",
        "Autre montant (1)",
        "Possibles (1)",
        "Rien trouvé (3)",
    ]
    assert "Ada Lovelace" in page.text("#sure tbody")
    sure, other, possible = (
        page.html.select(f"{place} form[action$=confirm]")[0]
        for place in ("#sure", "#other_amount", "#possible")
    )
    assert [form.select("[name=username]")[0]["value"] for form in (sure, other, possible)] == [
        "ada"
    ] * 3
    chosen = [
        [option["value"] for option in form.select("option[selected]")]
        for form in (sure, other, possible)
    ]
    assert chosen == [["12months"], [""], ["3months"]]
    assert [option["value"] for option in possible.select("select option")][:2] == ["", "3months"]
    assert "Aucune offre n'est à ce prix." in page.text("#other_amount .card")


def test_inactive_and_free_offers_are_not_proposed(session: Session) -> None:
    ada = PCeenFactory(username="ada", prenom="Ada", nom="Lovelace")
    OfferFactory(slug="spring", active=False, price_cents=900)
    OfferFactory(slug="free", price_cents=0)
    line(to_pay(ada, "spring"), 900)
    line(to_pay(ada, "free"), 100)

    assert [one.kind for one in queries_.proposals(session)] == [Kind.none, Kind.none]
    assert [offer.slug for offer in queries_.sold_offers(session)] == [
        "3months",
        "6months",
        "12months",
    ]


def test_names_of_several_people_are_all_proposed(session: Session) -> None:
    twins = [PCeenFactory(prenom="Ada", nom="Lovelace") for _ in range(2)]
    line("VIR ADA LOVELACE", 400)

    (proposal,) = queries_.proposals(session)

    assert (proposal.kind, proposal.person, proposal.offer) == (Kind.possible, None, None)
    assert proposal.usernames == [pceen.username for pceen in twins]
    assert [offer.slug for _, offer in proposal.candidates] == ["3months"] * 2


def test_two_lines_that_say_the_same_are_marked(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    ada, bob = PCeenFactory(username="ada"), PCeenFactory(username="bob")
    for pceen in (ada, ada, bob):
        line(to_pay(pceen))

    assert [one.is_repeated for one in queries_.proposals(session)] == [True, True, False]
    assert login(treasurer).open_page(PATH).texts("#sure .state") == ["en double"] * 2


def test_more_lines_and_people_cost_no_more_statements(
    login: Login, session: Session, treasurer: PCeen, queries: list[str]
) -> None:
    browser = login(treasurer)

    def cost() -> int:
        browser.open_page(PATH)
        queries.clear()
        browser.open_page(PATH)
        return len(queries)

    def fill(count: int) -> None:
        people = [PCeenFactory() for _ in range(count)]
        for pceen in people:
            line(to_pay(pceen))
            line(to_pay(pceen), 1)
            line(f"{pceen.prenom} {pceen.nom}", 400)
            line("VIR COTISATION")
        done = line(to_pay(people[0]))
        ignored = line("EDF")
        ignored.status = BankLineStatus.ignored
        with browser.application.app_context():
            service.confirm(
                session,
                line=done,
                pceen=people[0],
                offer=session.get_one(Offer, "12months"),
                by=treasurer,
                till=around.till(),
            )
        session.commit()

    fill(1)
    few = cost()
    fill(6)

    assert cost() == few
    queries.clear()
    queries_.proposals(session)
    assert len(queries) == 3


def test_a_long_section_has_pages_that_actions_come_back_to(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    for number in range(53):
        line(f"VIR COTISATION {number:02}")

    page = browser.open_page(f"{PATH}?none=2")
    assert len(page.html.select("#none tbody tr")) == 3
    (form, *_) = page.html.select("#none form[action*=ignore]")
    answer = browser.post(str(form["action"]))

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PATH}?none=2")
    for nonsense in ("0", "-1", "99", "x", "²", "9" * 40):
        assert browser.get(f"{PATH}?none={nonsense}").status_code == 200


@pytest.mark.once
def test_looking_changes_nothing(login: Login, session: Session, treasurer: PCeen) -> None:
    ada = PCeenFactory(username="ada")
    line(to_pay(ada))
    browser = login(treasurer)
    browser.open_page(PATH)
    before = snapshot(session)

    for _ in range(3):
        browser.open_page(PATH)

    assert snapshot(session) == before


# Confirming


def test_a_line_becomes_a_payment_a_subscription_and_a_line_of_the_books(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    ada = PCeenFactory(username="ada")
    found = line(to_pay(ada), day=days_ago(40))

    page = login(treasurer).submit(f"{PATH}/{found.id}/confirm", username="ADA", offer="12months")

    session.expire_all()
    (payment,) = session.scalars(sa.select(Payment)).all()
    assert (payment.pceen_id, payment.amount_cents, payment.gri_id) == (ada.id, 1500, treasurer.id)
    assert (payment.method, payment.status) == (PaymentMethod.transfer, PaymentStatus.manual)
    assert payment.payed_at is not None
    assert clock.day_of(payment.payed_at) == days_ago(40)
    assert (payment.bank_line_id, found.status) == (found.id, BankLineStatus.matched)
    assert len(session.scalars(sa.select(Subscription)).all()) == 1
    assert session.scalars(sa.select(JournalEntry.amount_cents)).all() == [1500]
    assert page.flashes == [f"Le paiement {payment.id} de {ada.full_name} est enregistré."]
    (link,) = page.html.select("table a")
    assert link["href"] == f"/payments/{payment.id}"
    assert (
        "payments.line.match",
        treasurer.id,
    ) in session.execute(sa.select(AuditEvent.action, AuditEvent.actor_id)).all()


def test_a_line_is_confirmed_once(
    session: Session, treasurer: PCeen, till: Till, login: Login
) -> None:
    ada, browser = PCeenFactory(username="ada"), login(treasurer)
    found = line(to_pay(ada))
    for _ in range(2):
        page = browser.submit(
            f"{PATH}/{found.id}/confirm", came_from=PATH, username="ada", offer="12months"
        )

    assert page.flashes == ["Cette ligne du relevé est déjà traitée."]
    assert len(paid(session)) == 1
    with pytest.raises(BankLineDone):
        service.ignore(session, line=found)
    with pytest.raises(BankLineDone):
        service.restore(session, line=found)
    assert len(session.scalars(sa.select(Subscription)).all()) == 1


@pytest.mark.parametrize(
    ("fields", "place", "said"),
    [
        ({"username": "nobody"}, "username-errors", "Personne n'a cet identifiant."),
        ({"username": ""}, "username-errors", "obligatoire"),
        ({"offer": ""}, "offer-errors", "Choisissez une offre."),
        ({"offer": "3months"}, "offer-errors", "pas au prix de cette offre"),
        ({"offer": "_first"}, "offer-errors", ""),
        ({"offer": "nothing"}, "offer-errors", ""),
    ],
)
def test_what_is_refused_of_a_line_is_said_next_to_its_field(
    login: Login, session: Session, treasurer: PCeen, fields: dict[str, str], place: str, said: str
) -> None:
    ada = PCeenFactory(username="ada")
    found, other = line(to_pay(ada)), line(to_pay(ada))
    sent = {"username": "ada", "offer": "12months", **fields}

    page = login(treasurer).submit(f"{PATH}/{found.id}/confirm", status=422, **sent)

    assert said in page.text(f"#line-{found.id}-{place}")
    assert page.html.select(f"#line-{other.id}") == []
    assert paid(session) == []
    assert found.status is BankLineStatus.proposed


def test_nobody_confirms_for_oneself(login: Login, session: Session, treasurer: PCeen) -> None:
    browser = login(treasurer)
    found = line(to_pay(treasurer))

    page = browser.submit(
        f"{PATH}/{found.id}/confirm", status=422, username="tresor", offer="12months"
    )

    assert "Personne n'enregistre un paiement pour soi" in page.text(".error-summary")
    assert paid(session) == []
    shown = browser.open_page(PATH)
    assert "C'est le vôtre" in shown.text("#sure")
    assert "sûr" not in " ".join(shown.texts("#sure button"))


def test_a_transfer_of_too_long_ago_is_refused(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    ada, browser = PCeenFactory(username="ada"), login(treasurer)
    old, last = line(to_pay(ada), day=days_ago(367)), line(to_pay(ada), day=days_ago(366))

    page = browser.submit(f"{PATH}/{old.id}/confirm", status=422, username="ada", offer="12months")
    assert "trop ancienne" in page.text(".error-summary")

    page = browser.submit(f"{PATH}/confirm_sure")
    assert page.flashes[0] == "1 virement confirmé."
    assert page.flashes[1].endswith("Cette date est trop ancienne : 366 jours au plus.")
    session.expire_all()
    assert (old.status, last.status) == (BankLineStatus.proposed, BankLineStatus.matched)


def test_what_is_refused_leaves_everything_as_it_was(
    session: Session, treasurer: PCeen, till: Till
) -> None:
    ada = PCeenFactory(username="ada")
    year = session.get_one(Offer, "12months")
    found, old = line(to_pay(ada), 400), line(to_pay(ada), day=days_ago(367))
    own = line(to_pay(treasurer))
    before = snapshot(session)

    for one, pceen, refusal in (
        (found, ada, OtherAmount),
        (old, ada, PaidTooLongAgo),
        (old, treasurer, PaidTooLongAgo),
        (own, treasurer, ForOneself),
    ):
        with pytest.raises(refusal), transaction(session):
            service.confirm(session, line=one, pceen=pceen, offer=year, by=treasurer, till=till)

    assert snapshot(session) == before


def test_a_line_that_pays_for_nothing_is_left_aside_and_put_back(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser, found = login(treasurer), line("VIR COTISATION")

    for _ in range(2):
        page = browser.submit(f"{PATH}/{found.id}/ignore")
    assert "Aucun virement n'attend." in page.text(".empty")
    assert "laissé de côté" in page.text("main tbody")
    refused = browser.submit(
        f"{PATH}/{found.id}/confirm", came_from=PATH, username="tresor", offer="12months"
    )
    assert refused.flashes == ["Cette ligne du relevé est déjà traitée."]

    for _ in range(2):
        page = browser.submit(f"{PATH}/{found.id}/restore")
    assert page.texts(".page-head h2") == ["Rien trouvé (1)"]
    actions = session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.action.startswith("payments.line"))
    ).all()
    assert sorted(actions) == ["payments.line.ignore", "payments.line.restore"]


def test_a_wrong_match_that_is_revoked_waits_again_and_can_be_anothers(
    login: Login, session: Session, treasurer: PCeen, till: Till
) -> None:
    ada, bob, browser = PCeenFactory(username="ada"), PCeenFactory(username="bob"), login(treasurer)
    found = line("VIR SANS NOM", 400)
    browser.submit(f"{PATH}/{found.id}/confirm", username="ada", offer="3months")
    (payment,) = session.scalars(sa.select(Payment)).all()
    session.commit()

    with transaction(session):
        collect.revoke(
            session,
            payment=payment,
            by=treasurer,
            why="bob's",
            version=payment.version,
            till=till,
        )

    assert browser.open_page(PATH).texts(".page-head h2") == ["Rien trouvé (1)"]
    browser.submit(f"{PATH}/{found.id}/confirm", username="bob", offer="3months")
    assert [one[0] for one in paid(session)] == [ada.id, bob.id]
    live = sa.select(Subscription.pceen_id).where(Subscription.revoked_at.is_(None))
    assert session.scalars(live).all() == [bob.id]


# Confirming the sure ones


def test_the_sure_ones_are_confirmed_together_but_ones_own(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser = login(treasurer)
    people = [PCeenFactory() for _ in range(3)]
    for pceen in (*people, treasurer):
        line(to_pay(pceen))
    line(to_pay(people[0]), 1200)

    page = browser.open_page(PATH)
    (form,) = page.html.select("form[action$=confirm_sure]")
    assert form["data-confirm"] == "Enregistrer 3 paiements, soit 45,00\xa0€ ?"
    assert form.get_text(strip=True) == "Confirmer les 3 sûrs"
    last = form.select("[name=last]")[0]["value"]
    late = PCeenFactory()
    line(to_pay(late))  # nobody saw it

    after = browser.submit(f"{PATH}/confirm_sure", last=last)

    assert after.flashes == [
        "3 virements confirmés.",
        "1 virement est le vôtre : quelqu'un d'autre doit le confirmer.",
    ]
    assert {one[0] for one in paid(session)} == {pceen.id for pceen in people}
    again = browser.submit(f"{PATH}/confirm_sure", last=last)
    assert again.flashes == after.flashes[1:]
    assert browser.submit(f"{PATH}/confirm_sure", last="0").flashes == [
        "Il n'y a plus rien à confirmer."
    ]


def test_many_refusals_are_told_briefly(login: Login, session: Session, treasurer: PCeen) -> None:
    browser = login(treasurer)
    for _ in range(6):
        line(to_pay(PCeenFactory()), day=days_ago(400))

    page = browser.submit(f"{PATH}/confirm_sure")

    assert len(page.flashes) == 4
    assert page.flashes[-1] == "3 autres virements sont refusés."
    assert paid(session) == []


def test_many_sure_ones_are_confirmed_in_several_times(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    browser, ada = login(treasurer), PCeenFactory(username="ada")
    for number in range(102):
        line(f"{to_pay(ada)} {number}")

    page = browser.open_page(PATH)
    assert "Confirmer les 100 premiers" in page.texts("#sure button")
    assert browser.submit(f"{PATH}/confirm_sure").flashes == ["100 virements confirmés."]
    assert browser.submit(f"{PATH}/confirm_sure").flashes == ["2 virements confirmés."]
    assert len(paid(session)) == 102


def test_a_statement_of_five_hundred_lines(
    login: Login, session: Session, treasurer: PCeen
) -> None:
    """60 references: 42 right, 3 of them doubled, 10 misspelt, 5 of another amount."""
    browser = login(treasurer)
    people = [
        PCeenFactory(username=f"person{n:02}", prenom=f"Prenom{n:02}", nom=f"Nom{n:02}")
        for n in range(57)
    ]
    slugs, prices = ("3months", "6months", "12months"), {"3months": 400, "6months": 800}
    meant = {}

    def transfer(number: int, label: str, cents: int) -> str:
        return row(label, cents, day=days_ago(number % 300))

    def right(number: int) -> str:
        slug = slugs[number % 3]
        meant[to_pay(people[number], slug)] = (people[number].id, slug)
        return transfer(number, to_pay(people[number], slug), prices.get(slug, 1500))

    rights = [right(number) for number in range(42)]
    doubled = rights[:3]
    wrong_amounts = [transfer(number, to_pay(people[number]), 1400) for number in range(42, 47)]
    misspelt = [
        transfer(number, f"VIR INTERNT {people[number].username} 12MONTH", 1500)
        for number in range(47, 52)
    ] + [
        transfer(
            number,
            f"VIR {people[number].nom} {people[number].prenom} INTENRET {number}MOIS",
            1500,
        )
        for number in range(52, 57)
    ]
    others = [
        transfer(number, f"VIR COTISATION {number} INTERNET FACTURE 12MONTHS", 100 + number)
        for number in range(440)
    ]
    rows = rights + doubled + wrong_amounts + misspelt + others
    assert len(rows) == 500
    before = import_file(browser, file(*rights[:20], *others[:20]))
    assert before.flashes == ["40 nouvelles lignes, 0 déjà connues."]

    page = import_file(browser, file(*rows))

    assert page.flashes == ["460 nouvelles lignes, 40 déjà connues."]
    assert page.texts(".page-head h2") == [
        "Sûrs (45)",
        "Autre montant (5)",
        "Possibles (5)",
        "Rien trouvé (445)",
    ]
    assert import_file(browser, file(*rows)).flashes == ["0 nouvelles lignes, 500 déjà connues."]

    done = browser.submit(f"{PATH}/confirm_sure")

    assert done.flashes == ["45 virements confirmés."]
    session.expire_all()
    stmt = sa.select(Payment, BankLine).join(BankLine, Payment.bank_line_id == BankLine.id)
    found = session.execute(stmt).all()
    assert len(found) == 45
    assert all(
        meant[kept_.label] == (payment.pceen_id, payment.offer_slug)
        and payment.amount_cents == kept_.amount_cents
        for payment, kept_ in found
    )
    assert Counter(payment.pceen_id for payment, _ in found) == Counter(
        {people[number].id: 2 if number < 3 else 1 for number in range(42)}
    )
    assert len(session.scalars(sa.select(Subscription)).all()) == 45


# Who may


@pytest.mark.parametrize("can", [(), ((T.read, S.payments),), ((T.write, S.pceen),)])
def test_who_may_not_write_payments_is_kept_out(
    login: Login, session: Session, can: tuple[Any, ...]
) -> None:
    ada = PCeenFactory(username="ada")
    found = line(to_pay(ada))
    browser = login(PCeenFactory(can=can))

    assert browser.get(PATH).status_code == 403
    assert browser.post(PATH, data={"content": "x"}).status_code == 403
    for what in (
        "confirm_sure",
        f"{found.id}/confirm",
        f"{found.id}/ignore",
        f"{found.id}/restore",
    ):
        fields = {"username": "ada", "offer": "12months"}
        assert browser.post(f"{PATH}/{what}", data=fields).status_code == 403
    assert paid(session) == []


def test_a_line_that_does_not_exist_is_not_found(login: Login, treasurer: PCeen) -> None:
    browser = login(treasurer)

    for what in ("confirm", "ignore", "restore"):
        assert browser.post(f"{PATH}/4242/{what}").status_code == 404


def test_the_tool_says_how_many_lines_wait(login: Login, treasurer: PCeen) -> None:
    line("VIR A")
    line("VIR B")

    page = login(treasurer).open_page("/gris/")

    (tool,) = [text for text in page.texts(".card") if text.startswith("Relevés bancaires")]
    assert "2" in tool


# Services


def test_a_layout_that_was_spoilt_is_guessed_again(session: Session) -> None:
    table = rules.read_table(file(row("VIR A")))
    kept.remember(session, table, rules.guess(table))
    (found,) = session.scalars(sa.select(BankLayout)).all()
    assert kept.layout_of(session, table) == rules.guess(table)

    found.layout = {"date": "x"}
    session.flush()
    assert kept.layout_of(session, table) == rules.guess(table)
    found.layout = {}
    session.flush()
    assert kept.layout_of(session, table) == rules.guess(table)


def test_a_layout_holds_for_a_file_whose_preamble_is_longer(session: Session) -> None:
    table = rules.read_table(ODD)
    layout = Layout(";", 0, 0, (2,), amount=1)
    kept.remember(session, table, layout)

    longer = rules.read_table(b"Compte;1234\nSolde;12,00\n" + ODD)

    found = kept.layout_of(session, longer)
    assert found == Layout(";", 2, 0, (2,), amount=1)
    assert [credit.label for credit in rules.credits(longer, found)] == ["VIR A"]


def test_a_line_that_is_not_there_is_refused(
    session: Session, treasurer: PCeen, till: Till
) -> None:
    with pytest.raises(NoSuchBankLine):
        service.confirm_sure(
            session, service.Sure(4242, treasurer.id, "12months"), by=treasurer, till=till
        )


# Several at once


def at_once(work: Iterable[Any], *, threads: int = 4) -> Counter[Any]:
    jobs = list(work)
    with ThreadPoolExecutor(threads) as workers:
        return Counter(workers.map(lambda job: job(), jobs))


def settled(app: Flask, *labels: str, cents: int = 1500) -> tuple[int, int, list[int]]:
    """A treasurer, a payer called ``ada``, and lines that wait, on the shared database."""
    with app.app_context():
        session = db.session()
        factories.use(session)
        by = PCeenFactory(can=[(T.write, S.payments)])
        ada = PCeenFactory(username="ada")
        keys = [line(label, cents).id for label in labels]
        found = by.id, ada.id, keys
        db.session.remove()
    return found


def test_a_line_confirmed_many_times_at_once_is_one_payment(shared: Flask) -> None:
    by, ada, (key,) = settled(shared, "VIR INTERNET ADA 12MONTHS")

    def confirm() -> str:
        with shared.app_context():
            try:
                with transaction(db.session()) as session:
                    sure = service.Sure(key, ada, "12months")
                    treasurer = session.get_one(PCeen, by)
                    service.confirm_sure(session, sure, by=treasurer, till=around.till())
            except DomainError as refusal:
                return type(refusal).__name__
            finally:
                db.session.remove()
        return "done"

    assert at_once([confirm] * 16) == {"done": 1, "BankLineDone": 15}
    with shared.app_context():
        assert len(db.session.scalars(sa.select(Payment)).all()) == 1
        assert len(db.session.scalars(sa.select(Subscription)).all()) == 1
        assert len(db.session.scalars(sa.select(JournalEntry)).all()) == 1
        db.session.remove()


def test_a_line_confirmed_and_left_aside_at_once_is_one_of_both(shared: Flask) -> None:
    labels = [f"VIR INTERNET ADA 12MONTHS {number}" for number in range(8)]
    by, ada, keys = settled(shared, *labels)

    def act(key: int, *, ignores: bool) -> str:
        with shared.app_context():
            try:
                with transaction(db.session()) as session:
                    found = session.get_one(BankLine, key)
                    if ignores:
                        service.ignore(session, line=found)
                    else:
                        sure = service.Sure(key, ada, "12months")
                        treasurer = session.get_one(PCeen, by)
                        service.confirm_sure(session, sure, by=treasurer, till=around.till())
            except BankLineDone:
                return "late"
            finally:
                db.session.remove()
        return "done"

    jobs = [
        lambda key=key, ignores=ignores: act(key, ignores=ignores)
        for key in keys
        for ignores in (False, True)
    ]

    assert at_once(jobs) == {"done": 8, "late": 8}
    with shared.app_context():
        matched = sa.select(BankLine.id).where(BankLine.status == BankLineStatus.matched)
        of_payments = sa.select(Payment.bank_line_id)
        assert set(db.session.scalars(matched)) == set(db.session.scalars(of_payments))
        db.session.remove()


@pytest.mark.parametrize("remembers", [True, False])
def test_a_file_imported_by_several_at_once_is_kept_once(shared: Flask, remembers: bool) -> None:
    by, _, _ = settled(shared)
    rows = [row(f"VIR {number}", 100 + number) for number in range(1200)]
    files = [file(*rows), file(*rows[600:]), file(*rows[:900]), file(*rows)]

    def import_(content: bytes) -> int:
        table = rules.read_table(content)
        layout = rules.guess(table)
        with shared.app_context():
            with transaction(db.session()) as session:
                if remembers:
                    kept.remember(session, table, layout)
                found = rules.credits(table, layout)
                done = kept.import_credits(session, found, by=session.get_one(PCeen, by))
            db.session.remove()
        assert done.added + done.known == len(found)
        return done.added

    jobs = [lambda content=content: import_(content) for content in files]
    added = at_once(jobs, threads=4)

    assert sum(count * times for count, times in added.items()) == 1200
    with shared.app_context():
        count = sa.select(sa.func.count(), sa.func.count(sa.distinct(BankLine.hash)))
        assert db.session.execute(count.select_from(BankLine)).one() == (1200, 1200)
        assert len(db.session.scalars(sa.select(BankLayout)).all()) == remembers
        db.session.remove()


# From a terminal


def test_a_terminal_shows_what_a_statement_brings_then_keeps_it(
    cli: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    PCeenFactory(username="ada", prenom="Ada", nom="Lovelace")
    path = tmp_path / "releve.csv"
    path.write_bytes(
        file(row("VIR INTERNET ADA 12MONTHS"), row("ADA LOVELACE", 400), row("VIR X", 4200))
    )

    shown = cli.invoke(args=["payments", "import-statement", str(path)])
    assert shown.exit_code == 0, shown.output
    assert re.search(r"15\.00 EUR  sure +ada +12months +VIR INTERNET ADA 12MONTHS", shown.output)
    assert re.search(r"4\.00 EUR  possible +ada +3months +ADA LOVELACE", shown.output)
    assert re.search(r"42\.00 EUR  none +- +- +VIR X", shown.output)
    assert "3 line(s) new, 0 known." in shown.output
    assert "add --apply" in shown.output
    assert stored(session) == []

    kept_ = cli.invoke(args=["payments", "import-statement", str(path), "--apply"])
    assert "3 line(s) kept" in kept_.output
    assert len(stored(session)) == 3
    assert paid(session) == []
    again = cli.invoke(args=["payments", "import-statement", str(path), "--apply"])
    assert "0 line(s) new, 3 known." in again.output
    assert "0 line(s) kept" in again.output


@pytest.mark.parametrize("content", [ODD, b"%PDF", file("x;VIR;;4,00")])
def test_a_terminal_refuses_what_it_cannot_read(
    cli: FlaskCliRunner, session: Session, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "releve.csv"
    path.write_bytes(content)

    result = cli.invoke(args=["payments", "import-statement", str(path), "--apply"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert stored(session) == []
