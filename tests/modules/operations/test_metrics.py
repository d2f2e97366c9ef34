"""What Prometheus reads, and the dashboard that shows it."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from app.core import clock
from app.core.version import VERSION
from app.enums import BanKind, PaymentMethod, PaymentStatus, SubState
from app.models import Ban, DhcpRun, NetworkSample, OutboxEntry, WorkerBeat
from app.modules.operations.queries import health as queries
from app.settings import ROOT
from tests.client import Client
from tests.factories import PaymentFactory, PCeenFactory

DASHBOARD = ROOT / ".conf_models" / "grafana-dashboard.json"
NAMES = {
    *("pem_requests_total", "pem_request_seconds", "pem_outbox_rows", "pem_outbox_oldest_seconds"),
    *("pem_worker_heartbeat_seconds", "pem_dhcp_hosts", "pem_dhcp_runs_total"),
    *("pem_dhcp_last_success_timestamp", "pem_devices_online", "pem_subscriptions", "pem_bans"),
    *("pem_payments_total", "pem_lydia_seconds", "pem_unmatched_money"),
    *("pem_discord_failures_total", "pem_login_total", "pem_info"),
    *("pem_pushes_total", "pem_backup_last_success_timestamp"),
}

Values = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def here(client: Client) -> Client:
    """A program of this machine."""
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    return client


def read(client: Client) -> Values:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(values: Values, name: str, **labels: str) -> float:
    return values.get((name, frozenset(labels.items())), 0.0)


@pytest.mark.parametrize("address", ["10.0.0.101", "192.0.2.1"])
def test_for_a_resident_there_is_no_such_page(
    client: Client, session: Session, address: str
) -> None:
    client.environ_base["REMOTE_ADDR"] = address

    assert client.get("/metrics").status_code == 404
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    assert client.get("/metrics", headers={"X-Real-IP": address}).status_code == 404


def test_every_metric_has_its_name(here: Client, session: Session) -> None:
    here.get("/legal")
    text = here.get("/metrics").text
    told = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))

    assert told == NAMES
    assert "_created" not in text


def test_requests_are_counted_by_the_name_of_their_page(here: Client, session: Session) -> None:
    before = read(here)
    here.get("/healthz?who=ada@example.org")
    here.get("/nowhere/ada@example.org")
    here.open("/healthz", method="BREW")
    after = read(here)

    def more(**labels: str) -> float:
        name = "pem_requests_total"
        return value(after, name, **labels) - value(before, name, **labels)

    assert more(endpoint="operations.healthz", method="GET", status="200") == 1
    assert more(endpoint="none", method="GET", status="404") == 1
    assert more(endpoint="none", method="other", status="405") == 1
    assert "ada@" not in here.get("/metrics").text
    seconds = "pem_request_seconds_count"
    assert value(after, seconds) - value(before, seconds) == 4


def test_what_the_database_knows_is_told(here: Client, session: Session) -> None:
    now = clock.now()
    ada = PCeenFactory(sub_state=SubState.outlaw)
    session.add_all(
        [
            OutboxEntry(kind="a", payload={}, fingerprint="x", due_at=now - timedelta(seconds=90)),
            OutboxEntry(kind="a", payload={}, fingerprint="x", sent_at=now),
            WorkerBeat(name="one", beat_at=now - timedelta(seconds=30)),
            DhcpRun(started_at=now, finished_at=now, format="kea", result="written", hosts=42),
            NetworkSample(at=now, online=17),
            Ban(pceen_id=ada.id, kind=BanKind.unpaid, reason="unpaid"),
            Ban(pceen_id=ada.id, kind=BanKind.unpaid, reason="unpaid", ended_at=now),
        ]
    )
    PaymentFactory(method=PaymentMethod.cash, status=PaymentStatus.manual, payed_at=now)
    session.commit()

    values = read(here)

    assert value(values, "pem_info", version=VERSION, branch="") == 1
    assert value(values, "pem_outbox_rows", kind="a", state="waiting") == 1
    assert value(values, "pem_outbox_rows", kind="a", state="sent") == 1
    assert 90 <= value(values, "pem_outbox_oldest_seconds") < 120
    assert 30 <= value(values, "pem_worker_heartbeat_seconds") < 60
    assert value(values, "pem_dhcp_hosts") == 42
    assert value(values, "pem_dhcp_runs_total", result="written") == 1
    assert value(values, "pem_dhcp_last_success_timestamp") == pytest.approx(now.timestamp())
    assert value(values, "pem_devices_online") == 17
    assert value(values, "pem_subscriptions", state="outlaw") == 1
    assert value(values, "pem_bans", kind="unpaid") == 1
    paid = {"type": "internet", "method": "cash", "status": "manual"}
    assert value(values, "pem_payments_total", **paid) == 1


def test_reading_them_asks_little(here: Client, session: Session, queries: list[str]) -> None:
    here.get("/metrics")

    assert len(queries) <= 6


def test_without_the_database_the_rest_is_told(
    here: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: Session) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(queries, "figures", fail)
    here.get("/healthz")

    values = read(here)

    assert value(values, "pem_info", version=VERSION, branch="") == 1
    assert not any(name == "pem_devices_online" for name, _labels in values)


_PROGRAM = """
import sys
from pathlib import Path
from app.integrations import metrics

metrics.use(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    metrics.requests().labels("a", "GET", sys.argv[3]).inc()
    metrics.request_seconds().observe(0.1)
if sys.argv[4:]:
    print("ready", flush=True)
    sys.stdin.readline()
print(*metrics.since_last_time())
"""


def _program(place: Path, count: int, status: str, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(place), str(count), status, *more],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.once
def test_processes_count_together_and_totals_outlive_them(tmp_path: Path) -> None:
    place = tmp_path / "metrics"
    first, second = (_program(place, count, "200", "wait") for count in (3, 4))
    for one in (first, second):
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    third = _program(place, 5, "500")
    said, _errors = third.communicate(timeout=60)
    assert said == "12 5\n"

    for one in (first, second):
        one.kill()
        one.communicate()
    said, _errors = _program(place, 1, "200").communicate(timeout=60)

    assert said == "1 0\n"
    # the files of those that are gone serve again
    assert len(list(place.glob("counter_*.db"))) == 3


@pytest.mark.once
def test_where_nothing_can_be_written_a_process_counts_alone(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.touch()

    said, _errors = _program(file, 2, "200").communicate(timeout=60)

    assert said == "0 0\n"


@pytest.mark.once
def test_the_dashboard_shows_metrics_that_exist() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    shown = {name for text in asked for name in re.findall(r"\bpem_\w+", text)}
    known = NAMES | {
        f"pem_{n}_seconds_{e}" for n in ("request", "lydia") for e in ("bucket", "sum", "count")
    }

    assert shown <= known
    # every metric is shown somewhere
    assert {name for name in NAMES if not any(one.startswith(name) for one in shown)} == set()
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["title"] for panel in panels)


@pytest.mark.once
def test_the_web_server_does_not_show_them_to_residents(app: Flask) -> None:
    model = (ROOT / ".conf_models" / "nginx.conf").read_text()

    assert re.search(r"location = /metrics \{\s+if \(\$is_inside\) \{\s+return 404;", model)
