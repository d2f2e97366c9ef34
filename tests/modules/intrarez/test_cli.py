"""The network, from a terminal."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.integrations import dhcp_server
from app.models import Allocation, AuditEvent, DhcpRun, Rental, Room
from tests.factories import RentalFactory
from tests.modules.intrarez.conftest import Serve, Settle
from tests.modules.intrarez.test_dhcp_rules import EMPTY, FORMATS

MACS = tuple(f"3c:22:fb:00:00:{n:02x}" for n in range(20))


@pytest.fixture(autouse=True)
def _without_checkers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: None)


def numbers(session: Session) -> set[int]:
    return set(session.scalars(sa.select(Room.num)))


# flask rooms


def test_an_installation_has_the_160_rooms_of_the_building(session: Session) -> None:
    rooms = numbers(session)

    assert len(rooms) == 160
    assert {101, 116, 226, 526, 620, 720} <= rooms
    assert not {117, 227, 621, 800} & rooms


def test_rooms_that_are_missing_are_made_and_the_others_left(
    session: Session, cli: FlaskCliRunner
) -> None:
    session.execute(sa.delete(Room).where(Room.num.in_([101, 716])))
    session.commit()

    result = cli.invoke(args=["rooms", "sync"])

    assert (result.exit_code, result.output) == (0, "2 room(s) made, 0 removed.\n")
    assert len(numbers(session)) == 160
    assert session.get_one(Room, 716).base_ip == "7.16"


def test_a_room_that_the_plan_has_no_more_is_removed(
    app: Flask, session: Session, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "plan", AddressPlan.parse(floors="1:16"))

    result = cli.invoke(args=["rooms", "sync"])

    assert (result.exit_code, result.output) == (0, "0 room(s) made, 144 removed.\n")
    assert len(numbers(session)) == 16


def test_no_room_is_removed_while_one_of_them_has_a_tenant(
    app: Flask, session: Session, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    RentalFactory(room_num=716)
    monkeypatch.setitem(app.extensions, "plan", AddressPlan.parse(floors="1:16"))

    result = cli.invoke(args=["rooms", "sync"])

    assert result.exit_code == 1
    assert "716" in result.output
    assert len(numbers(session)) == 160


def test_the_rooms_are_listed_with_who_lives_there_today(
    session: Session, cli: FlaskCliRunner
) -> None:
    RentalFactory(room_num=101, pceen__prenom="Ada", pceen__nom="Lovelace")
    RentalFactory(room_num=102, ends_on=clock.today())

    every = cli.invoke(args=["rooms", "list"]).output.splitlines()
    free = cli.invoke(args=["rooms", "list", "--free"]).output.splitlines()

    assert every[:3] == ["101  Ada Lovelace", "102  -", "103  -"]
    assert free[:2] == ["102  -", "103  -"]
    assert (len(every), len(free)) == (160, 159)


def test_kept_addresses_are_freed_on_request(
    session: Session, cli: FlaskCliRunner, settle: Settle
) -> None:
    settle(101, macs=MACS[:3])
    gone = sa.update(Allocation).where(Allocation.rank > 0).values(ended_at=clock.now())
    session.execute(gone)
    session.commit()

    result = cli.invoke(args=["rooms", "release-addresses", "101"])

    assert (result.exit_code, result.output) == (0, "2 address(es) freed.\n")
    assert session.scalars(sa.select(Allocation.rank)).all() == [0]


@pytest.mark.parametrize("num", ["100", "999", "0"])
def test_the_addresses_of_no_room_cannot_be_freed(cli: FlaskCliRunner, num: str) -> None:
    result = cli.invoke(args=["rooms", "release-addresses", num])

    assert result.exit_code == 1
    assert num in result.output


# flask dhcp


def test_generating_says_how_many_hosts_were_written(
    session: Session, cli: FlaskCliRunner, serve: Serve, settle: Settle
) -> None:
    place = serve()
    settle(101, macs=MACS[:2])

    first = cli.invoke(args=["dhcp", "generate"])
    second = cli.invoke(args=["dhcp", "generate"])

    assert (first.exit_code, first.stderr) == (0, "written: 2 host(s).\n")
    assert (second.exit_code, second.stderr) == (0, "unchanged: 2 host(s).\n")
    assert MACS[0] in place.path.read_text()


@pytest.mark.parametrize("dhcp_format", FORMATS)
def test_a_dash_prints_the_rules_and_writes_nothing(
    session: Session, cli: FlaskCliRunner, dhcp_format: str
) -> None:
    result = cli.invoke(args=["dhcp", "generate", "--output", "-", "--format", dhcp_format])

    assert (result.exit_code, result.stdout_bytes) == (0, EMPTY[dhcp_format])
    assert session.scalars(sa.select(DhcpRun)).all() == []


def test_another_file_and_format_may_be_asked_for(
    session: Session, cli: FlaskCliRunner, serve: Serve, settle: Settle, tmp_path: Path
) -> None:
    place = serve()
    settle(101, macs=MACS[:1])
    other = tmp_path / "kea.json"

    result = cli.invoke(args=["dhcp", "generate", "--format", "kea", "--output", str(other)])

    assert result.exit_code == 0
    assert other.read_text().startswith("[\n  {")
    assert not place.path.exists()


def test_invalid_rules_exit_with_2(
    session: Session, cli: FlaskCliRunner, serve: Serve, settle: Settle
) -> None:
    serve()
    settle(101, macs=MACS[:1])
    session.execute(sa.update(Allocation).values(ip="10.0.0.1"))
    session.commit()

    result = cli.invoke(args=["dhcp", "generate"])

    assert result.exit_code == 2
    assert "10.0.0.1 is the gateway" in result.stderr


def test_too_few_hosts_exit_with_3_unless_forced(
    session: Session, cli: FlaskCliRunner, serve: Serve, settle: Settle
) -> None:
    serve()
    settle(101, macs=MACS)
    cli.invoke(args=["dhcp", "generate"])
    session.execute(sa.update(Rental).values(ends_on=clock.today()))
    session.commit()

    refused = cli.invoke(args=["dhcp", "generate"])
    forced = cli.invoke(args=["dhcp", "generate", "--force"])

    assert refused.exit_code == 3
    assert "20 → 0" in refused.stderr
    assert (forced.exit_code, forced.stderr) == (0, "written: 0 host(s).\n")


def test_a_missing_directory_exits_with_4(
    session: Session, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    away = tmp_path / "away" / "hosts"

    result = cli.invoke(args=["dhcp", "generate", "--output", str(away)])

    assert result.exit_code == 4
    assert str(away.parent) in result.stderr


def test_the_server_is_not_asked_when_told_not_to(
    session: Session, cli: FlaskCliRunner, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve()
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: "line 3: no")

    refused = cli.invoke(args=["dhcp", "generate"])
    unchecked = cli.invoke(args=["dhcp", "generate", "--no-check"])

    assert (refused.exit_code, unchecked.exit_code) == (2, 0)


@pytest.mark.parametrize("command", ["generate", "check", "diff"])
def test_without_a_file_to_serve_it_must_be_said_where(cli: FlaskCliRunner, command: str) -> None:
    result = cli.invoke(args=["dhcp", command])

    assert result.exit_code == 1
    assert "DHCP_HOSTS_FILE" in result.stderr


@pytest.mark.parametrize("dhcp_format", FORMATS)
def test_what_was_generated_checks(
    session: Session, cli: FlaskCliRunner, serve: Serve, settle: Settle, dhcp_format: str
) -> None:
    serve(dhcp_format)
    settle(101, macs=MACS[:2])
    cli.invoke(args=["dhcp", "generate"])

    result = cli.invoke(args=["dhcp", "check"])

    assert (result.exit_code, result.stderr) == (0, "2 host(s), all right.\n")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (b'include "/etc/passwd";\n', "line 7"),
        (b'execute("sh");\n', "line 7"),
        (b"\xff\n", "line 7"),
        (b"host r101-d99999 {\n\thardware ethernet 3c:22:fb:00:00:99;\n}\n", "line 9"),
        (
            (
                b"host r102-d99999 {\n\thardware ethernet 3c:22:fb:00:00:99;\n"
                b"\tfixed-address 10.0.0.1;\n}\n"
            ),
            "r102-d99999: 10.0.0.1 is the gateway",
        ),
    ],
    ids=["include", "execute", "bytes", "incomplete", "gateway"],
)
def test_a_file_that_says_something_else_does_not_check(
    session: Session, cli: FlaskCliRunner, serve: Serve, settle: Settle, more: bytes, said: str
) -> None:
    place = serve()
    settle(101, macs=MACS[:1])
    cli.invoke(args=["dhcp", "generate"])
    place.path.write_bytes(place.path.read_bytes() + more)

    result = cli.invoke(args=["dhcp", "check"])

    assert result.exit_code == 1
    assert said in result.stderr


def test_a_file_that_is_not_there_does_not_check(cli: FlaskCliRunner, tmp_path: Path) -> None:
    result = cli.invoke(args=["dhcp", "check", str(tmp_path / "none")])

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)


def test_the_difference_is_shown_and_tells_by_its_status(
    session: Session, cli: FlaskCliRunner, serve: Serve, settle: Settle
) -> None:
    place = serve()
    settle(101, macs=MACS[:1])

    before = cli.invoke(args=["dhcp", "diff"])
    cli.invoke(args=["dhcp", "generate"])
    after = cli.invoke(args=["dhcp", "diff"])
    place.path.write_bytes(b"\xff\n")
    spoilt = cli.invoke(args=["dhcp", "diff"])

    assert before.exit_code == 1
    assert f"+\thardware ethernet {MACS[0]};" in before.stdout.splitlines()
    assert (after.exit_code, after.stdout) == (0, "")
    assert spoilt.exit_code == 1
    assert isinstance(spoilt.exception, SystemExit)


def test_a_look_at_the_rules_leaves_no_trace(
    session: Session, cli: FlaskCliRunner, serve: Serve
) -> None:
    place = serve()

    for command in ("check", "diff"):
        cli.invoke(args=["dhcp", command])

    assert not place.path.exists()
    assert session.scalars(sa.select(DhcpRun)).all() == []
    assert (
        session.scalars(sa.select(AuditEvent.id).filter_by(action="intrarez.dhcp.force")).all()
        == []
    )
