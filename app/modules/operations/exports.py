"""What Prometheus reads (network-b B8.4)."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from app.modules.operations.rules.health import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Families(Collector):
    """Metrics that were counted already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def metrics_text(
    counted: CollectorRegistry, figures: Figures | None, *, version: str, branch: str
) -> bytes:
    """What the processes counted, and what the database knows, if it answers."""
    registry = CollectorRegistry()
    registry.register(_Families([_info(version, branch), *(_known(figures) if figures else ())]))
    return generate_latest(counted) + generate_latest(registry)


def _info(version: str, branch: str) -> Metric:
    info = GaugeMetricFamily("pem_info", "What runs.", labels=("version", "branch"))
    info.add_metric((version, branch), 1)
    return info


def _known(figures: Figures) -> Iterator[Metric]:
    facts = figures.facts
    silence = facts.silence
    yield _many("pem_outbox_rows", "Effects of the outbox.", ("kind", "state"), figures.outbox)
    yield _one(
        "pem_outbox_oldest_seconds", "How late the oldest effect is.", facts.delay.total_seconds()
    )
    yield _one(
        "pem_worker_heartbeat_seconds",
        "Time since a worker said that it lives.",
        math.inf if silence is None else silence.total_seconds(),
    )
    yield _one("pem_dhcp_hosts", "Devices in the rules.", facts.dhcp_hosts or 0)
    runs = CounterMetricFamily("pem_dhcp_runs", "Generations of the rules.", labels=("result",))
    for result, count in sorted(figures.dhcp_runs.items()):
        runs.add_metric((result,), count)
    yield runs
    yield _one(
        "pem_dhcp_last_success_timestamp",
        "When the rules were right.",
        _seconds(facts.dhcp_right_at),
    )
    yield _one(
        "pem_backup_last_success_timestamp",
        "When the site was last backed up.",
        _seconds(facts.backup_at),
    )
    yield _one("pem_devices_online", "Devices seen lately.", facts.online or 0)
    yield _many(
        "pem_subscriptions", "People, by where they stand.", ("state",), figures.subscriptions
    )
    yield _many("pem_bans", "Bans that weigh.", ("kind",), figures.bans)
    payments = CounterMetricFamily("pem_payments", "Payments.", labels=("type", "method", "status"))
    for labels, count in sorted(figures.payments.items()):
        payments.add_metric(labels, count)
    yield payments
    yield _one("pem_unmatched_money", "Money that fits no payment.", facts.unmatched)


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _many(
    name: str,
    what: str,
    labels: tuple[str, ...],
    values: Mapping[str, int] | Mapping[tuple[str, str], int],
) -> Metric:
    family = GaugeMetricFamily(name, what, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric((key,) if isinstance(key, str) else key, value)
    return family


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
