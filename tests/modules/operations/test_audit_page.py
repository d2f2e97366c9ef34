"""What was done, as the GRIs read it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.models import AuditEvent, Origin, PCeen, audit
from tests.client import Client, Page
from tests.factories import PCeenFactory

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def people(session: Session) -> dict[str, PCeen]:
    people = {
        "gri": PCeenFactory(prenom="Marie", nom="Curie", slugs=["gri"]),
        "ada": PCeenFactory(prenom="Ada", nom="Lovelace"),
        "eve": PCeenFactory(prenom=EVIL, nom="Zoé", username="eve"),
    }
    session.commit()
    return people


@pytest.fixture
def browser(people: dict[str, PCeen], login: Callable[[PCeen], Client]) -> Client:
    return login(people["gri"])


@pytest.fixture
def done(session: Session, people: dict[str, PCeen]) -> Iterator[None]:
    """A GRI banned Ada last month, then acted for Eve; Eve changed her own language."""
    gri, ada, eve = people["gri"], people["ada"], people["eve"]
    with time_machine.travel(clock.now() - timedelta(days=30), tick=False):
        session.info["origin"] = Origin(actor_id=gri.id, address="192.0.2.7")
        audit(session, "intrarez.ban.start", ada, after={"until": None}, reason="=1+1")
        session.commit()
    session.info["origin"] = Origin(actor_id=gri.id, as_id=eve.id)
    audit(session, "account.names.change", eve, before={"nom": "Z"}, after={"nom": EVIL})
    session.info["origin"] = Origin(actor_id=eve.id)
    audit(session, "account.locale.change", eve, after={"locale": "en"})
    session.commit()
    yield
    session.info.pop("origin")


def rows(page: Page) -> list[str]:
    return page.texts("table tbody tr")


@pytest.mark.usefixtures("done")
class TestThePage:
    def test_it_tells_the_latest_first_with_both_people(self, browser: Client) -> None:
        first, second, third = rows(browser.open_page("/gris/audit"))[:3]

        assert "Langue changée" in first
        assert f"Marie Curie à la place de {EVIL} Zoé" in second
        assert f"nom Z → {EVIL}" in second
        assert "Ada Lovelace" in third

    def test_each_row_leads_to_what_it_is_about(
        self, browser: Client, people: dict[str, PCeen]
    ) -> None:
        page = browser.open_page("/gris/audit")

        assert page.html.select_one(f"a[href='/gris/pceens/{people['ada'].id}']") is not None

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=lovelace", 1),
            ("q=ADA Lovelace", 1),
            ("q=eve", 2),
            ("q=%25", 0),
            ("q=_", 0),
            ("action=intrarez.ban", 1),
            ("action=intrarez.ban.start", 1),
            ("action=intrarez.b", 0),
            ("kind=PCeen&action=account", 2),
            ("kind=Payment", 0),
            ("action=account&page=99", 2),
            ("action=account&since=0001-01-01&until=9999-12-31", 2),
            ("action=account&page=²&key=²&since=2026-02-30", 2),
        ],
    )
    def test_it_is_filtered_by_its_address(self, browser: Client, query: str, found: int) -> None:
        assert len(rows(browser.open_page(f"/gris/audit?{query}"))) == found

    def test_it_is_filtered_by_date(self, browser: Client) -> None:
        today = clock.today().isoformat()
        long_ago = (clock.today() - timedelta(days=20)).isoformat()

        recent = rows(browser.open_page(f"/gris/audit?since={today}&until={today}"))
        old = rows(browser.open_page(f"/gris/audit?until={long_ago}"))

        assert not [row for row in recent if "Suspension" in row]
        assert len(old) == 1

    def test_it_is_taken_away_without_a_formula(self, browser: Client) -> None:
        text = browser.get("/gris/audit?format=csv&action=intrarez.ban").text

        assert "192.0.2.7" in text
        assert "Ada Lovelace" in text
        assert ";=1+1" not in text
        assert browser.get("/gris/audit?format=xlsx").data[:2] == b"PK"

    def test_it_is_the_gris_alone(
        self, login: Callable[[PCeen], Client], people: dict[str, PCeen]
    ) -> None:
        assert login(people["ada"]).get("/gris/audit").status_code == 403


def test_it_costs_as_much_for_five_rows_as_for_a_hundred(
    browser: Client, session: Session, queries: list[str]
) -> None:
    counts = []
    for number in (5, 95):
        for _ in range(number):
            audit(session, "test.thing.do", PCeenFactory())
        session.commit()
        queries.clear()
        browser.open_page("/gris/audit")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_a_terminal_verifies_and_exports(cli: FlaskCliRunner, session: Session) -> None:
    audit(session, "test.thing.do", reason="é\n")
    session.commit()

    verified = cli.invoke(args=["audit", "verify"])
    exported = cli.invoke(args=["audit", "export", "--from", "2020-01-01"])

    assert verified.exit_code == 0
    assert "0 at fault" in verified.output
    assert '"reason": "é\\n"' in exported.output.splitlines()[-1]


def test_a_terminal_names_what_has_no_seal(cli: FlaskCliRunner, session: Session) -> None:
    old = clock.now() - timedelta(hours=1)
    session.execute(
        AuditEvent.__table__.insert().values(action="forged.thing.do", at=old)  # type: ignore[attr-defined]
    )
    session.commit()

    verified = cli.invoke(args=["audit", "verify"])

    assert verified.exit_code == 1
    assert "it has no seal" in verified.output
