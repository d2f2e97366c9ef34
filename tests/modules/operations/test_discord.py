"""What the chat of the GRIs is told of the site: its errors, and what people do on it."""

import logging
import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.core.transaction import transaction
from app.extensions import db
from app.integrations.discord import DiscordMessage, Refused, body_of
from app.models import (
    AuditHead,
    AuditSeal,
    Device,
    Effect,
    Origin,
    OutboxEntry,
    PCeen,
    audit,
    defer,
)
from app.modules.operations import jobs
from app.modules.operations.rules.actions import WARNINGS, Words
from app.modules.operations.service import actions
from app.settings import ChatSettings
from app.web import installation, reports
from app.web.actions import ACTIONS
from app.web.module import all_effects
from app.web.reports import ErrorReports
from app.worker import run_due
from tests.conftest import Outbox, settings_of
from tests.factories import DeviceFactory, PCeenFactory

WEBHOOK = SecretStr("https://discord.com/api/webhooks/1/not-a-real-one")
PRIVATE = "ada.lovelace@example.org 10.0.1.1 3c:22:fb:00:00:01 hunter2"

logger = logging.getLogger("app.test")


def told(outbox: Outbox, channel: str = "error") -> list[DiscordMessage]:
    found: list[Effect] = outbox()
    return [one for one in found if isinstance(one, DiscordMessage) and one.channel == channel]


# Errors


@pytest.fixture
def reporting(app: Flask, session: Session) -> Iterator[ErrorReports]:
    handler = ErrorReports(app)
    logging.getLogger("app").addHandler(handler)
    yield handler
    logging.getLogger("app").removeHandler(handler)


def fail(error: Exception) -> None:
    raise error


def crash(times: int = 1) -> None:
    for _ in range(times):
        try:
            fail(ValueError(PRIVATE))
        except ValueError:
            logger.exception("unexpected error of %s", PRIVATE)


def test_an_error_is_told_with_its_place_and_no_value(
    app: Flask, outbox: Outbox, reporting: ErrorReports
) -> None:
    with app.test_request_context("/login"):
        app.preprocess_request()
        db.session.remove()  # here, all sessions share one connection
        crash()

    (message,) = told(outbox)
    values = dict(message.fields)
    assert re.fullmatch("[0-9a-f]{16}", values["Incident"])
    assert values["Page"] == "account.login"
    assert values["Erreur"] == "ValueError"
    assert values["Message"] == "unexpected error of %s"
    assert "tests/modules/operations/test_discord.py" in message.text
    assert "fail(ValueError(PRIVATE))" in message.text
    assert not message.mention
    whole = str(body_of(message, role="1"))
    assert not [word for word in PRIVATE.split() if word in whole]


def test_an_error_outside_of_any_request_is_told_too(
    outbox: Outbox, reporting: ErrorReports
) -> None:
    crash()

    (message,) = told(outbox)
    assert dict(message.fields)["Page"] == "app.test"


def test_the_end_of_a_long_trace_is_what_is_told(outbox: Outbox, reporting: ErrorReports) -> None:
    def fall(depth: int) -> None:
        if depth == 0:
            raise KeyError(PRIVATE)
        try:
            fall(depth - 1)
        except KeyError as error:
            raise RuntimeError(PRIVATE) from error

    try:
        fall(60)
    except RuntimeError:
        logger.exception("all of them")

    (message,) = told(outbox)
    assert len(message.text) <= 2000
    assert message.text.rstrip("`\n").endswith("RuntimeError")
    assert body_of(message, role=None)["embeds"][0]["description"] == message.text


def test_a_hundred_errors_are_a_few_messages_and_no_thread(
    outbox: Outbox, reporting: ErrorReports
) -> None:
    before = threading.active_count()

    crash(100)

    messages = told(outbox)
    assert len(messages) == reports.PER_MINUTE + 1
    assert messages[-1].title == "Et d'autres encore"
    assert threading.active_count() == before


def test_what_was_going_on_is_not_touched(
    app: Flask, session: Session, outbox: Outbox, reporting: ErrorReports
) -> None:
    with app.app_context(), transaction(session):
        ada = PCeenFactory(username="before")
        logger.error("while something is written")
        ada.username = "after"

    assert session.scalars(sa.select(PCeen.username)).all() == ["after"]
    assert len(told(outbox)) == 1


def test_an_error_about_the_database_is_not_written_to_it(
    outbox: Outbox, reporting: ErrorReports, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        fail(sa.exc.OperationalError("SELECT 1", {}, Exception("away")))
    except sa.exc.OperationalError:
        logger.exception("no database")
    logger.error("no database either", extra={"untold": True})

    assert told(outbox) == []
    assert "told to nobody" in capsys.readouterr().err


def test_without_the_database_an_error_is_told_to_nobody_and_breaks_nothing(
    app: Flask,
    outbox: Outbox,
    reporting: ErrorReports,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tries: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        tries.append("x")
        raise sa.exc.OperationalError("INSERT", {}, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr(reports, "defer", refuse)
        crash(3)

    assert len(tries) == 1  # then it rests
    assert "told to nobody" in capsys.readouterr().err
    assert told(outbox) == []


def test_a_chat_that_fails_is_never_told_about(
    app: Flask, session: Session, reporting: ErrorReports
) -> None:
    def refuse(*_: object) -> None:
        raise Refused("HTTP 404")

    with app.app_context():
        effects = all_effects() | {DiscordMessage.kind: (DiscordMessage, refuse)}
        with transaction(session):
            defer(session, DiscordMessage(channel="error", text="Aïe"))
        run_due(session, effects)

    assert len(session.scalars(sa.select(OutboxEntry)).all()) == 1


def handlers() -> list[ErrorReports]:
    return [one for one in logging.getLogger("app").handlers if isinstance(one, ErrorReports)]


@pytest.mark.once
def test_errors_are_told_where_there_is_a_channel_and_people() -> None:
    chat = ChatSettings(error_webhook=WEBHOOK)
    create_app(settings_of("sqlite://", chat=chat))
    assert handlers() == []  # in a test, or on a developer's machine
    for _ in range(2):
        create_app(settings_of("sqlite://", chat=chat), REPORT_ERRORS=True)
        assert len(handlers()) == 1
    create_app(settings_of("sqlite://"), REPORT_ERRORS=True)
    assert handlers() == []


# What people do


@pytest.fixture(autouse=True)
def _all_was_told(session: Session) -> None:
    """What made the roles of the system is of no interest."""
    session.execute(
        sa.update(AuditHead).values(told_id=sa.select(sa.func.max(AuditSeal.id)).scalar_subquery())
    )
    session.commit()


@pytest.fixture
def chatty(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        settings = installation.settings()
    chat = ChatSettings(logging_webhook=WEBHOOK, gri_role_id="42")
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"chat": chat}))


def tell(app: Flask, session: Session) -> None:
    with app.app_context():
        session.rollback()
        jobs.TELL.run(session)


def told_id(session: Session) -> int:
    session.rollback()
    return session.scalars(sa.select(AuditHead.told_id)).one()


def test_what_was_done_is_told_once_in_few_messages(
    app: Flask, session: Session, chatty: None, outbox: Outbox
) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", email="ada@example.org")
    device: Device = DeviceFactory(pceen=ada, name="@everyone <@&1> ```")
    session.info["origin"] = Origin(actor_id=ada.id, address="10.0.1.1")
    for _ in range(5):
        audit(session, "intrarez.device.add", device, after={"mac": device.mac_address})
    audit(session, "account.names.change", ada, before={"nom": "Byron"}, reason="Lovelace")
    session.commit()

    tell(app, session)
    tell(app, session)

    (message,) = told(outbox, "logging")
    lines = message.text.split("\n")
    link = f"[#{ada.id}](http://localhost/gris/pceens/{ada.id})"
    assert len(lines) == 6
    assert lines[0].endswith(f" {link}\u00a0: Appareil ajouté → Device {device.id}")
    assert lines[5].endswith(f" {link}\u00a0: Nom changé")
    assert not message.mention
    for private in ("Lovelace", "Byron", "@", "10.0.1.1", device.mac_address):
        assert private not in message.text


def test_both_people_of_a_doas_are_named(
    app: Flask, session: Session, chatty: None, outbox: Outbox
) -> None:
    gri, ada = PCeenFactory(), PCeenFactory()
    session.info["origin"] = Origin(actor_id=gri.id, as_id=ada.id)
    audit(session, "account.locale.change", ada)
    session.commit()

    tell(app, session)

    (message,) = told(outbox, "logging")
    assert f"[#{gri.id}]" in message.text
    assert f"en tant que [#{ada.id}]" in message.text


def test_a_take_over_calls_the_gris(
    app: Flask, session: Session, chatty: None, outbox: Outbox
) -> None:
    audit(session, "account.login.succeed")
    audit(session, "intrarez.rental.take_over")
    session.commit()

    tell(app, session)

    loud, quiet = told(outbox, "logging")
    assert (loud.mention, quiet.mention) == (True, False)
    assert "Chambre reprise" in loud.text
    assert body_of(loud, role="42")["content"] == "<@&42>"


@pytest.mark.once
def test_what_the_gris_are_called_for_has_words() -> None:
    assert set(ACTIONS) >= WARNINGS


def test_many_actions_are_cut_into_messages_that_fit(
    app: Flask, session: Session, chatty: None, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 40)
    for _ in range(100):
        audit(session, "account.login.succeed")
    session.commit()

    tell(app, session)

    messages = told(outbox, "logging")
    assert sum(len(one.text.split("\n")) for one in messages) == 100
    assert all(len(one.text) <= 1900 for one in messages)


def test_a_channel_that_is_turned_on_is_not_told_the_past(
    app: Flask, session: Session, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.actions")
    audit(session, "account.login.succeed")
    session.commit()

    tell(app, session)

    assert told(outbox, "logging") == []
    assert told_id(session) > 0
    assert [one.message for one in caplog.records if one.name == "app.actions"] == [
        "account.login.succeed"
    ]


def test_what_was_done_long_ago_is_told_to_nobody(
    app: Flask, session: Session, chatty: None, outbox: Outbox
) -> None:
    audit(session, "account.login.succeed")
    session.commit()

    with time_machine.travel(clock.now() + timedelta(days=2)):
        tell(app, session)

    assert told(outbox, "logging") == []
    assert told_id(session) > 0


def test_two_workers_tell_it_once(
    app: Flask, session: Session, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit(session, "account.login.succeed")
    session.commit()
    log = actions._log

    def meanwhile(event: object) -> None:
        log(event)  # type: ignore[arg-type]
        session.execute(sa.update(AuditHead).values(told_id=AuditHead.told_id + 1))

    monkeypatch.setattr(actions, "_log", meanwhile)
    session.rollback()

    with app.app_context(), pytest.raises(actions.ToldMeanwhile), transaction(session):
        actions.tell(session, is_on=True, words=Words(str, str))

    assert told(outbox, "logging") == []
