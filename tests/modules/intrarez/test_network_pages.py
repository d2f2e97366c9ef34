"""The network, for the GRIs: the rules, who is there, what does not fit."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import ClaimKind
from app.integrations import dhcp_server, nft as firewall
from app.integrations.gateway import DHCP_STATUS, NFT_STATUS, Gateway
from app.integrations.leases import Lease, MalformedLeases
from app.models import Allocation, AuditEvent, Device, DhcpRun, NetworkSample, RoomClaim
from app.modules.intrarez import jobs, queries
from app.modules.intrarez.effects import ForceNetwork, RefreshNetwork
from app.modules.intrarez.rules import nft
from app.modules.intrarez.rules.ranges import Range, range_of
from app.modules.intrarez.service import dhcp, monitoring
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Serve, Settle, ban

MAC, OTHER, STRANGER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02", "a4:83:e7:00:00:09"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Leased = Callable[..., None]


@pytest.fixture(autouse=True)
def _without_checkers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: None)
    monkeypatch.setattr(firewall, "check_with_nft", lambda *_: None)


@pytest.fixture
def gri(login: Login) -> Client:
    return login(PCeenFactory(slugs=["gri"]))


@pytest.fixture
def leased(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Leased:
    """What the DHCP server gave: ``leased((MAC, "10.0.1.1"))``."""

    def _leased(*pairs: tuple[str, str]) -> None:
        now = clock.now()
        held = [
            Lease(mac, address, now + timedelta(minutes=5), now - timedelta(hours=3))
            for mac, address in pairs
        ]
        by_address = {lease.address: lease.mac for lease in held}
        file = SimpleNamespace(read=lambda: held, mac_of=by_address.get)
        monkeypatch.setitem(app.extensions, "leases", file)

    return _leased


@pytest.fixture
def state(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the gateway's helpers say how it went."""
    monkeypatch.setitem(app.extensions, "gateway", Gateway(tmp_path, None))
    return tmp_path


# Who is there


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("10.0.0.101", Range.pool),
        ("10.3.7.16", Range.rooms),
        ("10.0.8.1", Range.bans),
        ("10.0.0.1", Range.other),
        ("192.0.2.1", Range.other),
    ],
)
def test_an_address_is_of_a_part_of_the_plan(address: str, part: Range) -> None:
    assert range_of(address, PLAN) is part


def test_who_is_online_from_which_room_and_since_when(
    gri: Client, settle: Settle, neighbours: dict[str, str], leased: Leased
) -> None:
    (device,) = settle(305, macs=(MAC,), pceen__prenom="Ada", pceen__nom="Lovelace")
    neighbours.update({"10.0.3.5": MAC, "10.0.0.120": STRANGER, "172.17.0.1": OTHER})
    leased((MAC, "10.0.3.5"), (STRANGER, "10.0.0.120"))

    page = gri.open_page("/gris/monitoring")

    first, second = page.texts("table[data-sortable] tbody tr")
    assert "inconnu" in first
    assert STRANGER in first
    assert "Apple" in first
    assert all(word in second for word in ("Ada Lovelace", "305", "10.0.3.5", "il y a 3 heures"))
    assert page.html.select(f'a[href="/gris/pceens/{device.pceen_id}"]')


def test_without_leases_who_was_just_seen_is_online(
    session: Session, gri: Client, settle: Settle
) -> None:
    here, away = settle(305, macs=(MAC, OTHER))
    here.last_seen_at = clock.now() - timedelta(minutes=9)
    away.last_seen_at = clock.now() - timedelta(minutes=11)
    session.commit()

    page = gri.open_page("/gris/monitoring")

    (line,) = page.texts("table[data-sortable] tbody tr")
    assert MAC in line
    assert "DHCP_LEASES_FILE" in page.text("main")


def test_leases_are_filtered_by_range_and_by_person(
    gri: Client, settle: Settle, leased: Leased
) -> None:
    settle(305, macs=(MAC,), pceen__prenom="Ada", pceen__nom="Lovelace")
    leased((MAC, "10.0.3.5"), (STRANGER, "10.0.0.120"), (OTHER, "10.0.8.1"))
    shown = ".table-frame td.headline"

    def addresses(query: str) -> list[str]:
        page = gri.open_page(f"/gris/monitoring?{query}")
        return [text.split()[0] for text in page.texts(shown) if text.startswith("10.")]

    assert addresses("") == ["10.0.3.5", "10.0.0.120", "10.0.8.1"]
    assert addresses("range=pool") == ["10.0.0.120"]
    assert addresses("range=bans") == ["10.0.8.1"]
    assert addresses("q=LOVELACE") == ["10.0.3.5"]
    assert addresses("q=" + STRANGER[:8]) == ["10.0.0.120"]
    assert addresses("range=nonsense&page=99999999999") == []


def test_leases_that_cannot_be_read_are_said(
    app: Flask, gri: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise MalformedLeases("line 1")

    file = SimpleNamespace(read=refuse, mac_of=lambda _: None)
    monkeypatch.setitem(app.extensions, "leases", file)

    assert "illisible" in gri.open_page("/gris/monitoring").text("main")


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    ["/gris/monitoring", "/gris/network", "/gris/pceens/{}", "/gris/pceens/{}/connection"],
)
def test_five_hundred_devices_cost_as_many_statements_as_five(
    session: Session, gri: Client, queries: list[str], path: str, neighbours: dict[str, str]
) -> None:
    owner = RentalFactory(room_num=305).pceen
    path = path.format(owner.id)

    def statements(count: int) -> int:
        while count > len(neighbours):
            number = len(neighbours)
            mac = f"3c:22:fb:77:{number >> 8:02x}:{number & 255:02x}"
            neighbours[f"10.{number % 256}.3.{5 + number // 256}"] = mac
            DeviceFactory(pceen=owner, mac_address=mac)
        queries.clear()
        gri.open_page(path)
        return len(queries)

    few = statements(5)
    assert statements(500) == few
    assert few <= 12


# What does not fit


def test_two_devices_at_one_address_and_a_device_elsewhere_are_oddities(
    session: Session, settle: Settle
) -> None:
    settle(305, macs=(MAC,))
    now = clock.now()
    leases = [Lease(MAC, "10.0.3.9", now), Lease(OTHER, "10.0.0.120", now)]
    neighbours = {"10.0.0.120": STRANGER}

    sight = monitoring.look(session, plan=PLAN, neighbours=neighbours, leases=leases)

    found = {(odd.kind, odd.address, odd.mac, odd.other) for odd in sight.oddities()}
    assert found == {
        ("lease", "10.0.3.9", MAC, "10.0.3.5"),
        ("conflict", "10.0.0.120", OTHER, STRANGER),
    }


def test_a_lease_that_names_another_device_makes_a_client_external(
    session: Session, login: Login, neighbours: dict[str, str], leased: Leased, settle: Settle
) -> None:
    (device,) = settle(305, macs=(MAC,))
    neighbours["10.0.3.5"] = MAC
    browser = login(device.pceen)
    browser.environ_base["REMOTE_ADDR"] = "10.0.3.5"

    leased((MAC, "10.0.3.5"))
    assert browser.get("/api/connection").status_code == 200
    leased((OTHER, "10.0.3.5"))
    assert browser.get("/api/connection").status_code == 403


# The rules


def test_the_page_says_what_was_written_and_what_the_gateway_did(
    app: Flask, session: Session, gri: Client, settle: Settle, serve: Serve, state: Path
) -> None:
    settle(305, macs=(MAC, OTHER))
    target = serve()
    assert "jamais écrites" in gri.open_page("/gris/network").text("main")
    assert f"hardware ethernet {MAC};" in gri.open_page("/gris/network").text("pre")

    run = dhcp.publish(session, target=target)
    (state / DHCP_STATUS).write_text(f"2026-11-24T12:00:00Z 0 {run.sha256} reloaded\n")
    (state / NFT_STATUS).write_text("2026-11-24T12:00:00Z 65 - line 3 is not one\n")
    with app.app_context():
        jobs.TICK.run(session)
    session.refresh(run)
    assert run.reloaded_at == NOON
    text = gri.open_page("/gris/network").text("main")
    assert "2 appareils" in text
    assert "line 3 is not one" in text
    assert "ce qui est servi est ce qui est voulu" in text


@pytest.mark.parametrize("nonsense", ["", "x", "2026 0", "not-a-date 0 sha said", "\x00\xff"])
def test_a_status_that_says_nothing_clear_is_none(tmp_path: Path, nonsense: str) -> None:
    (tmp_path / DHCP_STATUS).write_text(nonsense)

    assert Gateway(tmp_path, None).status(DHCP_STATUS) is None
    assert Gateway(None, None).status(DHCP_STATUS) is None


def test_the_worker_writes_the_rules_when_a_gri_asks(
    app: Flask, session: Session, gri: Client, settle: Settle, serve: Serve, outbox: Outbox
) -> None:
    target = serve()
    settle(305, macs=(MAC,))

    assert gri.post("/gris/network/generate").status_code == 303
    assert outbox() == [RefreshNetwork()]
    with app.app_context():
        run_due(session, all_effects())
    assert MAC in target.path.read_text()


def test_a_suspicious_drop_is_written_only_by_force_and_force_is_written_down(
    app: Flask, session: Session, gri: Client, settle: Settle, serve: Serve, outbox: Outbox
) -> None:
    target = serve()
    macs = tuple(f"3c:22:fb:00:01:{n:02x}" for n in range(12))
    devices = settle(305, macs=macs)
    dhcp.publish(session, target=target)
    rental = queries.own_rental(session, devices[0].pceen_id)
    rental.ends_on, rental.closed_at = clock.today(), clock.now()
    rental.open_room = rental.open_pceen = None
    session.commit()

    gri.post("/gris/network/generate")
    with app.app_context():
        run_due(session, all_effects())
    assert MAC[:8] in target.path.read_text()
    assert "too many hosts disappear" in gri.open_page("/gris/network").text("main")

    gri.post("/gris/network/generate", data={"force": "1"})
    assert ForceNetwork() in outbox()
    with app.app_context():
        run_due(session, all_effects())
    assert MAC[:8] not in target.path.read_text()
    actions = set(session.scalars(sa.select(AuditEvent.action)))
    assert {"intrarez.dhcp.ask_force", "intrarez.dhcp.force"} <= actions


def test_without_a_file_to_write_the_page_says_so(gri: Client, outbox: Outbox) -> None:
    gri.post("/gris/network/generate")

    assert outbox() == []
    assert "DHCP_HOSTS_FILE" in gri.open_page("/gris/network").text("main")


def test_both_files_are_made_of_one_reading_and_repaired_together(
    app: Flask, session: Session, settle: Settle, tmp_path: Path
) -> None:
    target = dhcp.Target(
        path=tmp_path / "hosts", format="kea", plan=PLAN, nft_path=tmp_path / "admitted.nft"
    )
    (device,) = settle(305, macs=(MAC,))
    (banned,) = settle(306, macs=(OTHER,))
    ban(session, banned.pceen)

    run = dhcp.publish(session, target=target)
    assert (run.hosts, run.admitted) == (2, 1)
    assert nft.parse(target.nft_path.read_text()) == {(MAC, "10.0.3.5")}  # type: ignore[union-attr]
    assert "10.0.8.1" in target.path.read_text()

    (tmp_path / "admitted.nft").write_text("edited by hand")
    assert not dhcp.is_served(dhcp.wanted(session, target=target), target=target)
    dhcp.publish(session, target=target)
    assert nft.parse((tmp_path / "admitted.nft").read_text()) == {(MAC, "10.0.3.5")}
    assert device.id


def test_rules_that_one_of_the_two_refuses_change_neither(
    session: Session, settle: Settle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = dhcp.Target(
        path=tmp_path / "hosts", format="dhcpd", plan=PLAN, nft_path=tmp_path / "admitted.nft"
    )
    settle(305, macs=(MAC,))
    dhcp.publish(session, target=target)
    before = [path.read_text() for path in (target.path, tmp_path / "admitted.nft")]
    settle(306, macs=(OTHER,))
    monkeypatch.setattr(firewall, "check_with_nft", lambda *_: "nft: no")

    run = dhcp.publish(session, target=target)

    assert run.error == "nft: no"
    assert [path.read_text() for path in (target.path, tmp_path / "admitted.nft")] == before


# Samples


def test_devices_are_counted_every_ten_minutes_and_kept_thirteen_months(
    app: Flask, session: Session, settle: Settle, neighbours: dict[str, str], leased: Leased
) -> None:
    settle(305, macs=(MAC,))
    neighbours["10.0.3.5"] = MAC
    session.add(NetworkSample(at=NOON - timedelta(days=397), online=3))
    session.add(NetworkSample(at=NOON - timedelta(days=390), online=4))
    session.commit()
    with time_machine.travel(NOON, tick=False), app.app_context():
        leased((MAC, "10.0.3.5"), (STRANGER, "10.0.0.120"))
        jobs.SAMPLE.run(session)
        jobs.SAMPLE.run(session)

    stmt = sa.select(NetworkSample).order_by(NetworkSample.at)
    assert [(one.online, one.rooms, one.pool) for one in session.scalars(stmt)] == [
        (4, None, None),
        (1, 1, 1),
    ]


# Who may see all that


@pytest.mark.parametrize(("slugs", "status"), [(["gri"], 204), (["rezident"], 403), (None, 401)])
def test_the_web_server_is_told_who_is_a_gri(
    client: Client, login: Login, slugs: list[str] | None, status: int
) -> None:
    browser = client if slugs is None else login(PCeenFactory(slugs=slugs))

    assert browser.get("/gris/monitoring/auth").status_code == status


@pytest.mark.parametrize(
    "path",
    ["/gris/network", "/gris/monitoring", "/gris/monitoring_ds", "/gris/monitoring_bw"],
)
def test_the_pages_of_the_network_are_for_the_gris(
    session: Session, login: Login, path: str
) -> None:
    assert login(PCeenFactory(slugs=["admin"])).get(path).status_code == 403
    assert login(PCeenFactory(slugs=["gri"])).get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "source"),
    [("/gris/monitoring_ds", "/_darkstat/"), ("/gris/monitoring_bw", "/_bandwidthd/")],
)
def test_what_the_web_server_keeps_is_framed_from_here_alone(
    gri: Client, path: str, source: str
) -> None:
    answer = gri.get(path)

    assert f'src="{source}"' in answer.text
    assert answer.headers["Content-Security-Policy"].endswith("frame-src 'self'")


def test_the_last_fifty_runs_are_shown(session: Session, gri: Client) -> None:
    now = clock.now()
    session.add_all(
        DhcpRun(started_at=now, finished_at=now, format="kea", result="written", hosts=n)
        for n in range(60)
    )
    session.commit()

    page = gri.open_page("/gris/network")
    assert len(page.html.select("table tbody tr")) >= 50
    assert len(page.texts("td.headline")) == 50


def test_rules_that_could_not_be_written_degrade_the_health(
    session: Session, client: Client
) -> None:
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    now = clock.now()
    states = []
    for result, error in (("written", None), ("refused", "too many"), ("unchanged", None)):
        run = DhcpRun(started_at=now, finished_at=now, format="kea", result=result, error=error)
        session.add(run)
        session.commit()
        answer = client.get("/readyz")
        states.append((answer.status_code, answer.json and answer.json["checks"]["dhcp"]["status"]))

    assert states == [(200, "ok"), (200, "degraded"), (200, "ok")]


def test_the_menu_counts_the_rooms_to_decide_about(session: Session, login: Login) -> None:
    browser = login(PCeenFactory(slugs=["gri"]))
    assert not browser.open_page("/gris/").html.select(".card .state")
    rental = RentalFactory(room_num=305)
    session.add(
        RoomClaim(
            kind=ClaimKind.claim,
            room_num=305,
            pceen=PCeenFactory(),
            rental=rental,
            starts_on=clock.today(),
            open_key="305:claim",
        )
    )
    session.commit()

    assert browser.open_page("/gris/").text(".card .state") == "1"


@pytest.mark.once
def test_two_thousand_devices_are_written_in_a_second(session: Session, tmp_path: Path) -> None:
    target = dhcp.Target(
        path=tmp_path / "hosts", format="kea", plan=PLAN, nft_path=tmp_path / "admitted.nft"
    )
    numbers = PLAN.rooms()[:100]
    owners = [RentalFactory(room_num=number).pceen_id for number in numbers]
    made = [
        {
            "id": n + 1,
            "pceen_id": owners[n % 100],
            "mac_address": f"3c:22:fb:55:{n >> 8:02x}:{n & 255:02x}",
        }
        for n in range(2000)
    ]
    now = clock.now()
    session.execute(
        sa.insert(Device), [{**one, "registered_at": now, "version": 1} for one in made]
    )
    session.execute(
        sa.insert(Allocation),
        [
            {
                "device_id": one["id"],
                "mac_address": one["mac_address"],
                "room_num": numbers[n % 100],
                "rank": n // 100,
                "ip": PLAN.device_address(numbers[n % 100], n // 100),
                "created_at": now,
            }
            for n, one in enumerate(made)
        ],
    )
    session.commit()

    began = time.process_time()
    run = dhcp.publish(session, target=target)
    assert (run.error, run.hosts, run.admitted) == (None, 2000, 2000)
    assert time.process_time() - began <= 1
    assert len(nft.parse((tmp_path / "admitted.nft").read_text())) == 2000


def test_a_device_that_makes_its_address_up_is_said_to(
    gri: Client, neighbours: dict[str, str]
) -> None:
    neighbours["10.0.0.120"] = "a6:83:e7:00:00:09"

    assert "adresse aléatoire" in gri.open_page("/gris/monitoring").text("table[data-sortable]")
