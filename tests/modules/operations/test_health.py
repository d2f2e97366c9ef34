"""Whether the site is as it should be: for programs, for supervisors, for the GRIs."""

import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PaymentMethod, PaymentStatus
from app.integrations import certificate
from app.integrations.certificate import Seen
from app.models import JobRun, OutboxEntry, SiteSample, WorkerBeat, audit
from app.modules.operations import around, jobs
from app.modules.operations.queries import health as queries
from app.modules.operations.service import health as service
from app.settings import MonitoringSettings
from app.web import installation
from tests.client import Client
from tests.conftest import Login
from tests.factories import PaymentFactory, PCeenFactory

TOKEN = "a token that only programs know"
EVENING = datetime(2026, 3, 14, 20, tzinfo=UTC)
RESIDENT = "10.0.0.101"


@pytest.fixture
def here(client: Client) -> Client:
    """A program of this machine."""
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    return client


@pytest.fixture
def monitored(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        settings = installation.settings()
    monitoring = MonitoringSettings(
        trusted_networks=(ip_network("198.51.100.0/24"),), metrics_token=SecretStr(TOKEN)
    )
    changed = settings.model_copy(update={"monitoring": monitoring})
    monkeypatch.setitem(app.extensions, "settings", changed)


def ask(client: Client, path: str = "/readyz", **headers: str) -> Any:
    answer = client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert "Set-Cookie" not in answer.headers
    return answer


def state(client: Client, name: str) -> str:
    answer = ask(client)
    assert answer.status_code == 200
    return str(answer.json["checks"][name]["status"])


def beat(session: Session, *, seconds: float = 0) -> None:
    session.merge(WorkerBeat(name="one:1", beat_at=clock.now() - timedelta(seconds=seconds)))
    session.commit()


# For programs


@pytest.mark.parametrize("path", ["/healthz", "/livez"])
def test_that_the_process_lives_asks_the_database_nothing(
    here: Client, queries: list[str], path: str
) -> None:
    answer = ask(here, path)

    assert (answer.status_code, answer.text, queries) == (200, "ok", [])


def test_the_second_name_is_for_this_machine_alone(client: Client, session: Session) -> None:
    assert ask(client, "/livez").status_code == 404
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    assert ask(client, "/livez", X_Real_IP="127.0.0.1").status_code == 404
    assert ask(client, "/healthz", X_Real_IP=RESIDENT).status_code == 200


def test_a_site_that_is_well_is_ready(here: Client, session: Session) -> None:
    beat(session)

    answer = ask(here)

    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert {name: one["status"] for name, one in answer.json["checks"].items()} == dict.fromkeys(
        (
            *("database", "migrations", "disk", "logs", "worker", "outbox"),
            *("dhcp", "jobs", "clock"),
        ),
        "ok",
    )


def test_everybody_is_told_whether_and_nobody_else_why(
    client: Client, session: Session, monitored: None
) -> None:
    assert ask(client).json == {"status": "degraded"}
    assert ask(client, Authorization=f"Bearer {TOKEN}x").json == {"status": "degraded"}
    assert ask(client, Authorization=TOKEN).json == {"status": "degraded"}
    assert "checks" in ask(client, Authorization=f"Bearer {TOKEN}").json
    client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert "checks" in ask(client).json
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    assert "checks" in ask(client).json
    assert ask(client, X_Real_IP=RESIDENT).json == {"status": "degraded"}


def test_without_a_token_no_token_is_right(client: Client, session: Session) -> None:
    assert "checks" not in ask(client, Authorization="Bearer ").json
    assert "checks" not in ask(client, Authorization="Bearer None").json


def test_a_worker_that_says_nothing_degrades_the_site_and_one_that_is_back_mends_it(
    here: Client, session: Session
) -> None:
    assert state(here, "worker") == "degraded"
    beat(session, seconds=119)
    assert state(here, "worker") == "ok"
    beat(session, seconds=121)
    assert state(here, "worker") == "degraded"
    beat(session)
    assert state(here, "worker") == "ok"


def test_what_should_have_left_ten_minutes_ago_degrades_the_site(
    here: Client, session: Session
) -> None:
    late = clock.now() - timedelta(minutes=11)
    entry = OutboxEntry(kind="test", payload={}, fingerprint="x", due_at=late)
    session.add(entry)
    session.commit()
    assert state(here, "outbox") == "degraded"
    for column in ("parked_at", "cancelled_at", "sent_at"):
        setattr(entry, column, clock.now())
        session.commit()
        assert state(here, "outbox") == "ok"
        setattr(entry, column, None)
        session.commit()
    entry.due_at = clock.now() + timedelta(days=1)
    session.commit()
    assert state(here, "outbox") == "ok"


def test_a_full_disk_degrades_the_site(
    here: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage(100, 96, 4))
    assert state(here, "disk") == "degraded"
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage(100, 95, 5))
    assert state(here, "disk") == "ok"


def test_a_job_that_does_not_run_degrades_the_site(here: Client, session: Session) -> None:
    long_ago = clock.now() - timedelta(hours=2)
    session.add(JobRun(job="network.tick", due_at=long_ago, started_at=long_ago, ended_at=long_ago))
    session.commit()

    assert state(here, "jobs") == "degraded"


def test_a_clock_that_went_back_degrades_the_site(here: Client, session: Session) -> None:
    audit(session, "test.clock.read")
    session.commit()
    assert state(here, "clock") == "ok"
    with time_machine.travel(clock.now() - timedelta(hours=1)):
        assert state(here, "clock") == "degraded"


def test_a_check_that_fails_is_an_answer(
    here: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: Session) -> bool:
        raise ZeroDivisionError

    module = next(m for m in here.application.extensions["modules"] if m.name == "intrarez")
    monkeypatch.setitem(module.checks, "dhcp", fail)

    assert state(here, "dhcp") == "degraded"


def test_other_tables_than_the_code_wants_are_no_site(
    here: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = frozenset({"20261124_start"})
    monkeypatch.setattr(queries, "revisions", lambda _session: older)

    answer = ask(here)

    assert answer.status_code == 503
    assert answer.json["status"] == "unavailable"
    assert answer.json["checks"]["migrations"]["status"] == "failing"


def test_tables_of_a_later_release_are_those_of_a_site_that_went_back(
    here: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "revisions", lambda _session: frozenset({"a later one"}))

    answer = ask(here)

    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["checks"]["migrations"]["status"] == "degraded"


def test_a_database_that_is_slow_is_no_site(
    here: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SLOW", timedelta(seconds=-1))

    assert ask(here).status_code == 503


def test_a_database_that_is_away_is_no_site_and_no_error(
    here: Client,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(Session, "execute", fail)

    answer = ask(here)

    assert (answer.status_code, answer.json["status"]) == (503, "unavailable")
    assert answer.json["checks"]["database"] == {"status": "failing"}
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def test_the_migrations_that_the_code_wants_are_those_of_the_project() -> None:
    assert len(around.heads()) == 1


def test_a_supervisor_is_told_by_the_exit_status(cli: FlaskCliRunner, session: Session) -> None:
    degraded = cli.invoke(args=["health"])
    beat(session)
    ready = cli.invoke(args=["health"])

    assert (degraded.exit_code, ready.exit_code) == (1, 0)
    assert "worker       degraded" in degraded.output


def test_a_supervisor_is_told_that_the_site_is_away(
    cli: FlaskCliRunner, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "revisions", lambda _session: frozenset())

    assert cli.invoke(args=["health"]).exit_code == 2


# For the GRIs


@pytest.fixture
def gri(login: Login) -> Client:
    return login(PCeenFactory(slugs=["gri"]))


def light(browser: Client, title: str) -> str:
    """What the card of that title says."""
    (card,) = [
        card
        for card in browser.open_page("/gris/status").html.select(".card")
        if card.select_one(".card-title").get_text(strip=True) == title  # type: ignore[union-attr]
    ]
    return " ".join(card.get_text(" ", strip=True).split())


def test_the_page_says_what_is_wrong_and_what_to_do(gri: Client) -> None:
    said = light(gri, "Ouvrier")

    assert "en panne" in said
    assert "supervisorctl restart pem-worker" in said


def test_the_page_says_that_all_is_well(gri: Client, session: Session) -> None:
    beat(session)

    assert "va bien" in light(gri, "Ouvrier")
    assert "aucune n'est branchée" in light(gri, "Sauvegardes")
    assert "Pas branchée" in light(gri, "Connexion de l'école")
    assert "Sans objet" in light(gri, "Certificat")
    assert "LYDIA_BASE_URL" in light(gri, "Lydia")


def test_the_page_is_for_the_gris(login: Login, session: Session) -> None:
    assert login(PCeenFactory()).get("/gris/status").status_code == 403


def test_the_page_of_the_status_asks_little_however_much_there_is(
    gri: Client, session: Session, queries: list[str]
) -> None:
    now = clock.now()
    session.add_all(
        SiteSample(at=now - timedelta(minutes=10 * rank), requests=rank, errors=1)
        for rank in range(300)
    )
    session.commit()
    gri.open_page("/gris/status")
    queries.clear()

    page = gri.open_page("/gris/status")

    assert len(queries) <= 12
    assert len(page.html.select("figure.chart")) == 4


@pytest.fixture
def with_certificate(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site has a certificate, of which nothing was seen yet."""
    with app.app_context():
        settings = installation.settings()
    monitoring = MonitoringSettings(metrics_dir=tmp_path / "metrics")
    changed = settings.model_copy(update={"monitoring": monitoring})
    monkeypatch.setitem(app.extensions, "settings", changed)
    monkeypatch.setattr(around, "has_certificate", lambda: True)


@pytest.mark.usefixtures("with_certificate")
@pytest.mark.parametrize(
    ("left", "error", "expected"),
    [
        (timedelta(days=60), None, "va bien"),
        (timedelta(days=3), None, "à regarder"),
        (None, "certificate has expired", "certificate has expired"),
    ],
)
def test_the_page_says_until_when_the_certificate_is_good(
    app: Flask,
    gri: Client,
    monkeypatch: pytest.MonkeyPatch,
    left: timedelta | None,
    error: str | None,
    expected: str,
) -> None:
    assert "Pas encore regardé" in light(gri, "Certificat")
    expires = clock.now() + left if left else None
    monkeypatch.setattr(certificate, "look", lambda _origin: Seen(clock.now(), expires, error))

    with app.app_context():
        jobs.CERTIFICATE.run(Session())

    assert expected in light(gri, "Certificat")


@pytest.mark.once
def test_a_server_that_is_not_there_has_no_certificate() -> None:
    seen = certificate.look("https://localhost:1")

    assert (seen.expires_at, seen.error) == (None, "no answer: ConnectionRefusedError")


def test_lydia_that_leaves_a_payment_without_a_word_is_silent(
    app: Flask, gri: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        settings = installation.settings()
    lydia = settings.lydia.model_copy(update={"base_url": "sandbox"})
    changed = settings.model_copy(update={"lydia": lydia})
    monkeypatch.setitem(app.extensions, "settings", changed)
    assert "va bien" in light(gri, "Lydia")
    PaymentFactory(
        method=PaymentMethod.lydia,
        status=PaymentStatus.waiting,
        payed_at=None,
        created_at=clock.now() - timedelta(hours=2),
    )
    session.commit()

    assert "1 paiement attend encore" in light(gri, "Lydia")


# Samples


def test_how_the_site_is_is_written_down_and_forgotten_after_thirteen_months(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = iter([(120, 2), (0, 0)])
    monkeypatch.setattr(jobs.metrics, "since_last_time", lambda: next(counted))
    late = EVENING - timedelta(minutes=5)
    session.add(OutboxEntry(kind="test", payload={}, fingerprint="x", due_at=late))
    session.commit()
    run: Callable[[Session], object] = jobs.SAMPLE.run

    with app.app_context(), time_machine.travel(EVENING, tick=False) as traveller:
        run(session)
        (first,) = session.scalars(sa.select(SiteSample)).all()
        assert (first.requests, first.errors, first.waiting) == (120, 2, 1)
        assert first.oldest_seconds == 300
        traveller.shift(timedelta(days=397))
        run(session)

    assert len(session.scalars(sa.select(SiteSample)).all()) == 1
