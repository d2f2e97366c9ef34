"""What the GRIs were written, and what they do with it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.models import AuditEvent, ContactMessage, PCeen, SolvedCaptcha
from app.modules.contact.jobs import FORGET_OLD
from app.modules.contact.service import messages as service
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory

Write = Callable[..., ContactMessage]


@pytest.fixture
def gri(session: Session) -> PCeen:
    return PCeenFactory(prenom="Grace", nom="Hopper", slugs=["gri"])


@pytest.fixture
def write(session: Session) -> Write:
    def _write(**values: object) -> ContactMessage:
        wanted = {"name": "Rosalind", "title": "Internet", "message": "Rien."} | values
        kept = ContactMessage(**wanted)
        session.add(kept)
        session.commit()
        return kept

    return _write


def titles(browser: Client, query: str = "") -> list[str]:
    page = browser.open_page(f"/gris/contact_messages{query}")
    return page.texts("td.headline")


def test_a_gri_sees_what_waits_what_is_handled_and_all(
    session: Session, login: Login, gri: PCeen, write: Write
) -> None:
    now = clock.now()
    write(title="Vieux", at=now - timedelta(days=2))
    write(title="Fait", handled_at=now, handled_by=gri)
    write(title="Neuf", at=now + timedelta(seconds=1))
    browser = login(gri)

    assert titles(browser) == ["Neuf", "Vieux"]
    assert titles(browser, "?view=handled") == ["Fait"]
    assert titles(browser, "?view=all") == ["Neuf", "Fait", "Vieux"]
    assert titles(browser, "?view=nonsense") == ["Neuf", "Vieux"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rosalind", ["Un"]),
        ("ROSA@EXAMPLE", ["Un"]),
        ("tout est cassé", ["Un"]),
        ("deux", ["Deux"]),
        ("%", ["Deux"]),
        ("_", []),
        ("nobody", []),
    ],
)
def test_a_message_is_found_by_what_it_holds(
    session: Session, login: Login, gri: PCeen, write: Write, text: str, found: list[str]
) -> None:
    write(name="Rosalind", email="rosa@example.org", title="Un", message="Tout est cassé")
    write(name="Emmy", title="Deux", message="100 %")
    browser = login(gri)

    page = browser.get("/gris/contact_messages", query_string={"q": text})

    assert [title for title in ("Un", "Deux") if f">{title}</a>" in page.text] == found


def test_a_list_costs_the_same_whatever_it_holds(
    session: Session, login: Login, gri: PCeen, write: Write, queries: list[str]
) -> None:
    browser = login(gri)

    def cost() -> int:
        queries.clear()
        browser.open_page("/gris/contact_messages?view=all")
        return len(queries)

    write(handled_at=clock.now(), handled_by=gri)
    cost()
    before = cost()
    for _ in range(5):
        write(handled_at=clock.now(), handled_by=PCeenFactory())

    assert cost() == before <= 12


def test_a_long_list_has_pages(session: Session, login: Login, gri: PCeen, write: Write) -> None:
    for number in range(51):
        write(title=f"Message {number}", at=clock.now() - timedelta(minutes=number))
    browser = login(gri)

    assert len(titles(browser)) == 50
    assert titles(browser, "?page=2") == ["Message 50"]


def test_a_message_is_read_whole_and_answered_by_mail(
    session: Session, login: Login, gri: PCeen, write: Write
) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace")
    kept = write(
        pceen=ada, email="a+b@example.org", title="Aide & <b>", message="Un\n<script>x</script>"
    )

    page = login(gri).open_page(f"/gris/contact_messages/{kept.id}")

    assert page.text("h1") == "Aide & <b>"
    assert page.text(".quoted") == "Un <script>x</script>"
    assert "Ada Lovelace" in page.text(".person")
    (link,) = page.html.select('a[href^="mailto:"]')
    assert unquote(str(link["href"])) == "mailto:a+b@example.org?subject=Re: Aide & <b>"
    assert "&" not in str(link["href"]).partition("?subject=")[2]


def test_a_message_without_an_address_offers_no_answer(
    session: Session, login: Login, gri: PCeen, write: Write
) -> None:
    page = login(gri).open_page(f"/gris/contact_messages/{write().id}")

    assert page.html.select('a[href^="mailto:"]') == []
    assert "rien ne prouve qui c'est" in page.text("main")


def test_a_message_is_marked_as_handled_then_waits_again(
    session: Session, login: Login, gri: PCeen, write: Write
) -> None:
    kept = write()
    browser = login(gri)

    page = browser.submit(f"/gris/contact_messages/{kept.id}/handle")
    session.refresh(kept)
    assert page.flashes == ["Le message de Rosalind est traité."]
    assert (kept.handled_by, kept.handled_at is not None) == (gri, True)
    first = kept.handled_at
    browser.submit(f"/gris/contact_messages/{kept.id}/handle")
    session.refresh(kept)
    assert kept.handled_at == first
    for _ in range(2):
        browser.submit(f"/gris/contact_messages/{kept.id}/reopen")
    session.refresh(kept)

    assert (kept.handled_by_id, kept.handled_at) == (None, None)
    stmt = sa.select(AuditEvent.action).where(AuditEvent.action.startswith("contact."))
    assert session.scalars(stmt.order_by(AuditEvent.id)).all() == [
        "contact.message.handle",
        "contact.message.reopen",
    ]


def test_only_gris_read_messages(session: Session, login: Login, write: Write) -> None:
    kept = write()
    browser = login(PCeenFactory(slugs=["rezident"]))

    for path in ("/gris/contact_messages", f"/gris/contact_messages/{kept.id}"):
        assert browser.get(path).status_code == 403
    for verb in ("handle", "reopen"):
        assert browser.post(f"/gris/contact_messages/{kept.id}/{verb}").status_code == 403


def test_a_message_that_is_none_is_not_found(session: Session, login: Login, gri: PCeen) -> None:
    browser = login(gri)

    assert browser.get("/gris/contact_messages/999").status_code == 404
    assert browser.post("/gris/contact_messages/999/handle").status_code == 404


def test_the_menu_says_how_many_wait(
    session: Session, login: Login, gri: PCeen, write: Write
) -> None:
    write()
    write(handled_at=clock.now())

    page = login(gri).open_page("/gris/")

    (card,) = [text for text in page.texts(".card") if text.startswith("Messages ")]
    assert card.split()[1] == "1"


def test_what_is_a_year_old_is_forgotten(session: Session, write: Write) -> None:
    now = clock.now()
    write(title="Vieux", at=now - service.KEPT)
    write(title="Jeune", at=now - service.KEPT + timedelta(hours=1))
    for nonce, age in (("old", 5), ("new", -5)):
        session.add(SolvedCaptcha(nonce=nonce, expires_at=now - timedelta(minutes=age)))
    session.commit()

    FORGET_OLD.run(session)

    assert session.scalars(sa.select(ContactMessage.title)).all() == ["Jeune"]
    assert session.scalars(sa.select(SolvedCaptcha.nonce)).all() == ["new"]


def test_a_message_outlives_the_account_of_who_wrote(session: Session, write: Write) -> None:
    ada = PCeenFactory()
    kept = write(pceen=ada)

    with transaction(session):
        session.delete(session.get_one(PCeen, ada.id))

    session.expire_all()
    assert session.get_one(ContactMessage, kept.id).pceen_id is None
