"""The outbox: its pages, what a GRI may do of it, ``flask outbox``."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.models import AuditEvent, OutboxEntry, defer
from app.modules.account.mails import PasswordChanged, ResetPassword
from app.modules.operations.rules.outbox import without_secrets
from app.worker import run_due
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.worker.test_worker import Bell, Letter

SECRET = "Zq3-fake_Secret_of_43_characters_0123456789"


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    return login(PCeenFactory(slugs=["gri"]))


def add(session: Session, kind: str = "test.ring", **values: Any) -> OutboxEntry:
    entry = OutboxEntry(**{"kind": kind, "payload": {}, "fingerprint": "f", **values})
    session.add(entry)
    session.commit()
    return entry


def one_of_each(session: Session) -> dict[str, OutboxEntry]:
    now = clock.now()
    return {
        "waiting": add(session),
        "leased": add(session, leased_until=now + timedelta(seconds=30), leased_by="w"),
        "parked": add(session, parked_at=now, last_error="refused: 550"),
        "sent": add(session, sent_at=now),
        "cancelled": add(session, cancelled_at=now),
    }


@pytest.mark.parametrize("path", ["/gris/outbox", "/gris/outbox/1", "/gris/jobs"])
def test_only_gris_see_it(session: Session, login: Login, path: str) -> None:
    assert login(PCeenFactory()).get(path).status_code == 403


def test_effects_are_shown_by_state(session: Session, gri: Client) -> None:
    each = one_of_each(session)

    for state, entry in each.items():
        page = gri.open_page(f"/gris/outbox?state={state}")
        numbers = page.texts("td.num[data-label=Numéro]")
        assert numbers == [str(entry.id)]
        assert gri.open_page(f"/gris/outbox/{entry.id}").text(".page-head .state")
    assert len(gri.open_page("/gris/outbox").texts("td[data-label=Numéro]")) == 5
    assert len(gri.open_page("/gris/outbox?kind=test.ring").texts("td[data-label=Numéro]")) == 5
    assert gri.open_page("/gris/outbox?kind=other").texts("td[data-label=Numéro]") == []


def test_what_was_given_up_says_why_and_is_counted_on_the_menu(
    session: Session, gri: Client
) -> None:
    add(
        session,
        parked_at=clock.now(),
        last_error=f"Failed: https://discord.test/api/webhooks/1/{SECRET} token={SECRET}",
    )

    page = gri.open_page("/gris/outbox")

    assert page.texts("td[data-label='Dernière erreur']") == [
        "Failed: https://discord.test/… token=…"
    ]
    assert SECRET not in str(page.html)
    cards = gri.open_page("/gris/").texts(".card-head")
    assert "Envois 1" in cards


def test_a_mail_is_shown_as_it_is_sent(session: Session, gri: Client) -> None:
    with transaction(session):
        defer(session, PasswordChanged(to="ada@example.org", locale="en"))
    (entry,) = session.scalars(sa.select(OutboxEntry))

    page = gri.open_page(f"/gris/outbox/{entry.id}")

    assert "ada@example.org" in page.text("main")
    assert "[PC est magique]" in page.text("main")
    assert len(page.html.select_one("pre.output").get_text()) > 50


def test_the_secret_of_a_mail_is_never_shown(
    session: Session, gri: Client, cli: FlaskCliRunner
) -> None:
    with transaction(session):
        defer(
            session,
            ResetPassword(to="ada@example.org", locale="fr", username="ada", secret=SECRET),
        )
    (entry,) = session.scalars(sa.select(OutboxEntry))

    page = gri.get(f"/gris/outbox/{entry.id}").text

    assert SECRET not in page
    assert "ada@example.org" in page
    assert SECRET not in cli.invoke(args=["outbox", "show", str(entry.id)]).output


def test_an_effect_whose_values_nobody_understands_is_shown(session: Session, gri: Client) -> None:
    strange = add(session, kind="unknown", payload={"a": "<script>"})
    broken = add(session, kind="account.password_changed", payload={"no": "field"})

    assert "secret" in gri.open_page(f"/gris/outbox/{strange.id}").text("main")
    assert gri.open_page(f"/gris/outbox/{broken.id}").texts("pre") == []
    assert gri.get("/gris/outbox/999999").status_code == 404


def test_an_effect_given_up_is_tried_again(session: Session, gri: Client) -> None:
    entry = one_of_each(session)["parked"]

    page = gri.submit(f"/gris/outbox/{entry.id}/retry")

    assert page.text(".page-head .state") == "en attente"
    session.expire_all()
    assert (entry.parked_at, entry.due_at <= clock.now()) == (None, True)
    actions = session.scalars(sa.select(AuditEvent.action)).all()
    assert "operations.outbox.retry" in actions


@pytest.mark.parametrize("state", ["leased", "sent", "cancelled"])
@pytest.mark.parametrize("verb", ["retry", "cancel"])
def test_what_leaves_or_is_over_is_left_alone(
    session: Session, gri: Client, state: str, verb: str
) -> None:
    entry = one_of_each(session)[state]
    before = (entry.sent_at, entry.cancelled_at, entry.due_at)

    page = gri.submit(f"/gris/outbox/{entry.id}/{verb}")

    assert page.html.select(".toast")
    session.expire_all()
    assert (entry.sent_at, entry.cancelled_at, entry.due_at) == before


def test_all_that_was_given_up_of_a_kind_is_tried_again(session: Session, gri: Client) -> None:
    for kind in ("a", "a", "b"):
        add(session, kind=kind, parked_at=clock.now())

    gri.submit("/gris/outbox/retry", kind="\x00")
    page = gri.submit("/gris/outbox/retry", kind="a")

    assert page.flashes == ["2 envois repartent."]
    kept = sa.select(OutboxEntry.kind).where(OutboxEntry.parked_at.is_not(None))
    assert session.scalars(kept).all() == ["b"]


def test_a_cancelled_effect_is_never_done_and_stops_nobody(session: Session) -> None:
    bell = Bell()
    with transaction(session):
        for text in ("first", "second"):
            defer(session, Letter("ada", text))
            session.flush()
    first = session.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id).limit(1)).one()
    first.cancelled_at = clock.now()
    session.commit()

    run_due(session, bell.effects)

    assert bell.rung == ["second"]


def test_more_effects_take_no_more_statements(
    session: Session, gri: Client, queries: list[str]
) -> None:
    def cost() -> int:
        queries.clear()
        gri.open_page("/gris/outbox")
        return len(queries)

    one_of_each(session)
    cost()
    before = cost()
    one_of_each(session)
    assert cost() == before <= 12


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ConnectionError: no answer", "ConnectionError: no answer"),
        ("https://user:pass@host.fr/a/b?c=d", "https://host.fr/…"),
        ("password=hunter2, then", "password=…, then"),
        ('{"token": "abc"}', '{"token": "…"}'),
        (f"sent {SECRET} away", "sent … away"),
        ("recipient refused: [550]", "recipient refused: [550]"),
        ("anticonstitutionnellement", "anticonstitutionnellement"),
    ],
)
def test_errors_are_told_without_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


# flask outbox


def test_a_terminal_lists_retries_and_shows(
    app: Flask, session: Session, cli: FlaskCliRunner
) -> None:
    each = one_of_each(session)

    listed = cli.invoke(args=["outbox", "list", "--state", "parked"])
    assert "refused: 550" in listed.output
    assert "1 in all." in listed.output
    shown = cli.invoke(args=["outbox", "show", str(each["parked"].id)])
    assert "test.ring, parked" in shown.output
    again = cli.invoke(args=["outbox", "retry", str(each["parked"].id)])
    assert again.output == "1 will be tried again.\n"
    assert cli.invoke(args=["outbox", "retry", "--parked"]).output == "0 will be tried again.\n"
    assert cli.invoke(args=["outbox", "retry"]).exit_code == 2
    assert cli.invoke(args=["outbox", "retry", str(each["sent"].id)]).exit_code == 1
    assert cli.invoke(args=["outbox", "show", "999999"]).exit_code == 1


# What is told each morning


def test_the_gris_are_told_once_what_was_given_up(
    app: Flask, session: Session, cli: FlaskCliRunner, outbox: Outbox
) -> None:
    now = clock.now()
    for kind, ago in (("a", 1), ("a", 2), ("b", 3), ("old", 25)):
        add(session, kind=kind, parked_at=now - timedelta(hours=ago))

    done = cli.invoke(args=["jobs", "run", "outbox.digest"])

    assert done.exit_code == 0, done.output
    mails = session.scalars(sa.select(OutboxEntry).where(OutboxEntry.kind.startswith("operations")))
    assert [mail.payload["parked"] for mail in mails] == [["a: 2", "b: 1"]]


def test_nobody_is_told_of_nothing(session: Session, cli: FlaskCliRunner, outbox: Outbox) -> None:
    cli.invoke(args=["jobs", "run", "outbox.digest"])

    assert outbox() == []
