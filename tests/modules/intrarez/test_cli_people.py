"""The people of the network, from a terminal."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import AddressKind, BanKind
from app.integrations import dhcp_server
from app.models import Allocation, AuditEvent, Ban, NetworkHistory, OutboxEntry, PCeen
from app.modules.intrarez import queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.mails import BanEnded, BanStarted
from app.modules.intrarez.service import bans, devices
from app.modules.intrarez.service.bans import Terms
from app.modules.notifications.effects import RingDevices
from tests.conftest import Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Serve, Settle
from tests.modules.intrarez.test_routes import tables
from tests.notices import but_rings

CONDUCT, UNPAID = BanKind.disciplinary, BanKind.unpaid
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MACS = tuple(f"3c:22:fb:00:00:{n:02x}" for n in range(1, 5))


def start(session: Session, pceen: PCeen, kind: BanKind = CONDUCT, **said: object) -> Ban:
    terms = Terms(**{"reason": "bruit", "notify": False} | said)  # type: ignore[arg-type]
    with transaction(session):
        return bans.start(session, pceen=pceen, kind=kind, terms=terms, plan=PLAN)


# flask bans add


@pytest.mark.parametrize(
    ("options", "end"),
    [
        (["--days", "1"], NOON + DAY),
        (["--days", "366"], NOON + 366 * DAY),
        (["--months", "1"], datetime(2026, 12, 24, 12, tzinfo=UTC)),
        (["--months", "1", "--days", "2"], datetime(2026, 12, 26, 12, tzinfo=UTC)),
        (["--months", "6"], datetime(2027, 5, 24, 11, tzinfo=UTC)),  # 13:00 in summer
        (["--unlimited"], None),
        (["--unlimited", "--days", "3"], None),
    ],
)
def test_someone_is_banned_for_as_long_as_is_said(
    session: Session,
    cli: FlaskCliRunner,
    settle: Settle,
    outbox: Outbox,
    options: list[str],
    end: datetime | None,
) -> None:
    (device,) = settle(305, macs=MACS[:1], pceen=PCeenFactory(username="ada"))

    with time_machine.travel(NOON, tick=False):
        result = cli.invoke(args=["bans", "add", "ada", "--reason", "bruit", *options])
        made = session.scalars(sa.select(Ban)).one()
        assert queries.address_of(session, device, PLAN) == "10.0.8.1"

    assert (result.exit_code, result.output) == (0, f"{made.id}\n")
    assert (made.kind, made.reason, made.starts_at, made.ends_at) == (CONDUCT, "bruit", NOON, end)
    assert (made.created_by, made.message) == (None, "")
    assert [type(one) for one in but_rings(outbox)] == [RefreshNetwork, BanStarted]


def test_someone_is_banned_by_their_address_without_a_mail(
    session: Session, cli: FlaskCliRunner, outbox: Outbox
) -> None:
    ada = PCeenFactory()

    result = cli.invoke(
        args=["bans", "add", ada.email.upper(), "--reason", "x", "--unlimited", "--no-mail"]
    )

    assert result.exit_code == 0
    assert outbox() == [RefreshNetwork()]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--days, --months or --unlimited"),
        (["--days", "0"], "--days"),
        (["--days", "367"], "--days"),
        (["--days", "1.5"], "--days"),
        (["--days", "1e3"], "--days"),
        (["--months", "-1"], "--months"),
        (["--months", "121"], "--months"),
        (["--unlimited", "--reason", ""], "--reason"),
        (["--unlimited", "--reason", "x" * 33], "--reason"),
        (["--unlimited", "--kind", "other"], "--kind"),
    ],
)
def test_a_ban_badly_said_is_refused(
    session: Session, cli: FlaskCliRunner, options: list[str], said: str
) -> None:
    PCeenFactory(username="ada")
    reason = [] if "--reason" in options else ["--reason", "bruit"]

    result = cli.invoke(args=["bans", "add", "ada", *reason, *options])

    assert result.exit_code == 2
    assert said in result.stderr
    assert session.scalars(sa.select(Ban)).all() == []


def test_a_ban_has_a_reason(session: Session, cli: FlaskCliRunner) -> None:
    PCeenFactory(username="ada")

    result = cli.invoke(args=["bans", "add", "ada", "--unlimited"])

    assert (result.exit_code, "--reason" in result.stderr) == (2, True)


@pytest.mark.parametrize("reason", [" ", "\t \n", "a\x1b[31mb", "a\u202eb"])
def test_a_reason_is_a_text_that_people_can_read(
    session: Session, cli: FlaskCliRunner, reason: str
) -> None:
    PCeenFactory(username="ada")

    result = cli.invoke(args=["bans", "add", "ada", "--unlimited", "--reason", reason])

    assert result.exit_code != 0
    assert session.scalars(sa.select(Ban)).all() == []


def test_nobody_that_exists_is_told_so(session: Session, cli: FlaskCliRunner) -> None:
    result = cli.invoke(args=["bans", "add", "nemo", "--reason", "bruit", "--unlimited"])

    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_someone_banned_already_is_told_so(
    session: Session, cli: FlaskCliRunner, outbox: Outbox
) -> None:
    start(session, PCeenFactory(username="ada"), reason="le premier")
    waiting = outbox()

    result = cli.invoke(args=["bans", "add", "ada", "--reason", "le second", "--unlimited"])

    assert result.exit_code == 1
    assert "le premier" in result.stderr
    assert session.scalars(sa.select(Ban.reason)).all() == ["le premier"]
    assert outbox() == waiting


# flask bans list


def test_the_open_bans_are_listed_of_both_kinds_or_of_one(
    session: Session, cli: FlaskCliRunner
) -> None:
    ada = PCeenFactory(username="ada")
    with time_machine.travel(NOON, tick=False):
        conduct = start(session, ada, reason="bruit", ends_at=NOON + DAY)
        unpaid = start(session, ada, UNPAID, reason="impayé")
        over = start(session, PCeenFactory(username="bob"))
        with transaction(session):
            bans.end(session, ban=over)

    def listed(*options: str) -> list[list[str]]:
        result = cli.invoke(args=["bans", "list", *options])
        assert result.exit_code == 0
        return [line.split() for line in result.output.splitlines()]

    first = [str(conduct.id), "ada", "disciplinary", "until", "2026-11-25T12:00+00:00:", "bruit"]
    second = [str(unpaid.id), "ada", "unpaid", "until", "further", "notice:", "impayé"]
    assert listed() == [first, second]
    assert listed("--kind", "disciplinary") == [first]
    assert listed("--kind", "unpaid") == [second]
    assert cli.invoke(args=["bans", "list", "--kind", "other"]).exit_code == 2


def test_nobody_banned_is_nothing_listed(session: Session, cli: FlaskCliRunner) -> None:
    result = cli.invoke(args=["bans", "list"])

    assert (result.exit_code, result.output) == (0, "")


# flask bans end


def test_a_ban_is_ended_once(
    session: Session, cli: FlaskCliRunner, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    made = start(session, device.pceen)

    first = cli.invoke(args=["bans", "end", str(made.id), "--note", "Excuses."])
    waiting = outbox()
    second = cli.invoke(args=["bans", "end", str(made.id)])

    assert (first.exit_code, first.output) == (0, "Ended.\n")
    assert (second.exit_code, second.output) == (0, "It was ended already.\n")
    session.expire_all()
    assert queries.address_of(session, device, PLAN) == "10.0.3.5"
    assert [type(one) for one in but_rings(outbox)] == [RefreshNetwork, RefreshNetwork, BanEnded]
    assert outbox() == waiting
    reasons = sa.select(AuditEvent.reason).where(AuditEvent.action == "intrarez.ban.end")
    assert session.scalars(reasons).all() == ["Excuses."]


def test_an_unpaid_ban_is_ended_for_some_days(session: Session, cli: FlaskCliRunner) -> None:
    with time_machine.travel(NOON, tick=False):
        made = start(session, PCeenFactory(), UNPAID)

        result = cli.invoke(args=["bans", "end", str(made.id), "--grace", "3"])

    assert result.exit_code == 0
    again = queries.open_ban(session, made.pceen_id, UNPAID)
    assert again is not None
    assert again.starts_at == NOON + 3 * DAY


@pytest.mark.parametrize("grace", ["0", "32", "-1", "un"])
def test_a_grace_has_from_1_to_31_days(session: Session, cli: FlaskCliRunner, grace: str) -> None:
    made = start(session, PCeenFactory(), UNPAID)

    assert cli.invoke(args=["bans", "end", str(made.id), "--grace", grace]).exit_code == 2

    session.refresh(made)
    assert made.ended_at is None


@pytest.mark.parametrize(
    ("key", "status"), [("999999", 1), ("0", 1), ("2147483648", 1), ("9" * 30, 1), ("x", 2)]
)
def test_a_ban_that_is_none_is_told_so(
    session: Session, cli: FlaskCliRunner, key: str, status: int
) -> None:
    result = cli.invoke(args=["bans", "end", key])

    assert result.exit_code == status
    assert "Traceback" not in result.output


# flask devices


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (MACS[0], [0]),
        (MACS[0].upper(), [0]),
        ("3C-22-FB-00-00-01", [0]),
        ("3c22fb000001", [0]),
        ("3c22.fb00.0001", [0]),
        ("fb:00:00:0", [0, 1, 2]),
        ("10.1.3.5", [1]),
        ("10.0.8.1", [2]),  # banned: where the network has it now
        ("10.0.3.6", [2]),  # and its place in the room
        ("PORTABLE", [0, 2]),
        ("tablette", [1]),
        ("%", []),
        ("_", []),
        ("10.0.9.9", []),
        ("rien", []),
    ],
)
def test_a_device_is_found_by_its_addresses_or_its_name(
    session: Session, cli: FlaskCliRunner, settle: Settle, what: str, found: list[int]
) -> None:
    first, second = settle(305, macs=MACS[:2], pceen=PCeenFactory(username="ada", nom="Lovelace"))
    (third,) = settle(306, macs=MACS[2:3], pceen=PCeenFactory(username="bob", nom="Boole"))
    second.name = "Tablette"
    session.commit()
    start(session, third.pceen)

    result = cli.invoke(args=["devices", "find", what])

    assert result.exit_code == 0
    every = (first, second, third)
    lines = [line.split() for line in result.output.splitlines()]
    assert [(line[0], line[1]) for line in lines] == [
        (str(every[n].id), every[n].mac_address) for n in found
    ]
    names = {first: "ada (Marie Lovelace)", second: "ada (Marie Lovelace)", third: "bob"}
    for line, number in zip(result.output.splitlines(), found, strict=True):
        assert names[every[number]] in line


def test_a_device_without_a_name_is_found_too(
    session: Session, cli: FlaskCliRunner, settle: Settle
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    device.name = None
    session.commit()

    result = cli.invoke(args=["devices", "find", MACS[0]])

    assert re.match(rf" *{device.id}  {MACS[0]}  - ", result.output)


def test_old_addresses_are_freed_on_request(
    session: Session, cli: FlaskCliRunner, settle: Settle
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        kept, gone = settle(305, macs=MACS[:2])
        with transaction(session):
            devices.remove(session, device=gone, by_gri=False)
        for days, left in ((29, 2), (31, 1)):
            now.move_to(NOON + days * DAY)
            assert cli.invoke(args=["devices", "purge-addresses"]).exit_code == 0
            assert len(session.scalars(sa.select(Allocation)).all()) == left

    assert session.scalars(sa.select(Allocation.device_id)).all() == [kept.id]


# flask network


def had(
    session: Session, ip: str, start: str, end: str | None = None, **values: object
) -> NetworkHistory:
    """Somebody had an address, from an instant to another."""
    pceen: PCeen = PCeenFactory()
    line = NetworkHistory(
        **{
            "mac_address": MACS[0],
            "ip": ip,
            "pceen_id": pceen.id,
            "room_num": 101,
            "kind": AddressKind.room,
            "started_at": datetime.fromisoformat(start),
            "ended_at": None if end is None else datetime.fromisoformat(end),
        }
        | values
    )
    session.add(line)
    session.commit()
    return line


def who(cli: FlaskCliRunner, instant: str, *, ip: str = "10.0.1.1", reason: str = "Enquête") -> str:
    result = cli.invoke(args=["network", "who", ip, instant, "--reason", reason])
    assert result.exit_code == 0, result.output
    return result.output


def test_who_had_an_address_is_said_for_each_instant(session: Session, cli: FlaskCliRunner) -> None:
    first = had(session, "10.0.1.1", "2027-03-01T00:00Z", "2027-03-10T12:00Z")
    second = had(session, "10.0.1.1", "2027-03-10T12:00Z", mac_address=MACS[1])
    had(session, "10.0.1.2", "2027-03-01T00:00Z")

    for instant, line in (
        ("2027-03-01T01:00", first),  # 00:00 in UTC
        ("2027-03-10T12:59:59", first),
        ("2027-03-10T13:00", second),
        ("2027-03-10T12:00+00:00", second),
        ("2027-03-10T11:59Z", first),
        ("2027-03-10 13:00", second),
        ("2030-01-01", second),
    ):
        said = f"{line.mac_address}  room 101  {line.pceen_id} {line.pceen.full_name}\n"
        assert who(cli, instant) == said


def test_the_night_that_clocks_go_forward_has_an_hour_less(
    session: Session, cli: FlaskCliRunner
) -> None:
    line = had(session, "10.0.1.1", "2027-03-28T01:30Z", "2027-03-28T02:00Z")  # from 03:30 to 04:00

    refused = cli.invoke(
        args=["network", "who", "10.0.1.1", "2027-03-28T02:30", "--reason", "Enquête"]
    )

    assert refused.exit_code == 2
    assert "did not exist" in refused.stderr
    assert (
        session.scalars(sa.select(AuditEvent).where(AuditEvent.action.contains("who"))).all() == []
    )
    assert str(line.pceen_id) in who(cli, "2027-03-28T03:30")


def test_what_was_asked_is_written_down_with_its_reason(
    session: Session, cli: FlaskCliRunner
) -> None:
    had(session, "10.0.1.1", "2027-03-01T00:00Z")

    who(cli, "2027-03-28T03:30", reason="Réquisition 42")

    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "intrarez.network.who")
    ).one()
    assert (event.reason, event.after) == (
        "Réquisition 42",
        {"address": "10.0.1.1", "at": "2027-03-28T01:30:00+00:00", "found": 1},
    )


def test_an_address_that_nobody_had_is_told_so_and_written_down(
    session: Session, cli: FlaskCliRunner
) -> None:
    had(session, "10.0.1.1", "2027-03-10T12:00Z")

    result = cli.invoke(
        args=["network", "who", "10.0.1.1", "2027-03-01T00:00", "--reason", "Enquête"]
    )

    assert (result.exit_code, "nobody" in result.stderr) == (1, True)
    found = sa.select(AuditEvent.after).where(AuditEvent.action == "intrarez.network.who")
    assert [after and after["found"] for after in session.scalars(found)] == [0]


@pytest.mark.parametrize(
    "instant", ["hier", "2027-02-30T00:00", "28/03/2027", "", "2027-03-28T25:00"]
)
def test_an_instant_that_is_none_is_refused(
    session: Session, cli: FlaskCliRunner, instant: str
) -> None:
    result = cli.invoke(args=["network", "who", "10.0.1.1", instant, "--reason", "Enquête"])

    assert result.exit_code == 2
    assert "2027-03-28T03:00" in result.stderr


@pytest.mark.parametrize("reason", [[], ["--reason", ""], ["--reason", "  "]])
def test_nobody_is_looked_up_without_a_reason(
    session: Session, cli: FlaskCliRunner, reason: list[str]
) -> None:
    had(session, "10.0.1.1", "2027-03-01T00:00Z")

    result = cli.invoke(args=["network", "who", "10.0.1.1", "2027-03-28T03:30", *reason])

    assert result.exit_code == 2
    assert MACS[0] not in result.output


def test_who_had_an_address_is_known_through_a_ban(
    session: Session, cli: FlaskCliRunner, settle: Settle
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        (device,) = settle(101, macs=MACS[:1])
        now.shift(HOUR)
        made = start(session, device.pceen)
        now.shift(HOUR)
        with transaction(session):
            bans.end(session, ban=made)

    for hour, ip in ((12, "10.0.1.1"), (13, "10.0.8.1"), (14, "10.0.1.1")):
        assert str(device.pceen_id) in who(cli, f"2026-11-24T{hour}:30Z", ip=ip)
    assert "room -" in who(cli, "2026-11-24T13:30Z", ip="10.0.8.1")


def test_the_minute_may_be_run_at_once(
    session: Session,
    cli: FlaskCliRunner,
    settle: Settle,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: None)
    place = serve()
    with time_machine.travel(NOON, tick=False) as now:
        (device,) = settle(305, macs=MACS[:1])
        start(session, device.pceen, ends_at=NOON + HOUR)
        now.shift(HOUR)

        result = cli.invoke(args=["network", "tick"])

    assert (result.exit_code, result.output) == (0, "Done.\n")
    assert "fixed-address 10.0.3.5;" in place.path.read_text()
    session.expire_all()
    assert session.scalars(sa.select(Ban.open_key)).all() == [None]


# flask retention


def test_what_is_too_old_is_counted_then_deleted(session: Session, cli: FlaskCliRunner) -> None:
    now = clock.now()
    old, recent = (now - days * DAY for days in (366, 300))
    for end in (old, recent):
        had(session, "10.0.1.1", (end - DAY).isoformat(), end.isoformat())
    old_event = AuditEvent(action="intrarez.rental.open", at=now - 3 * 366 * DAY)
    session.add(old_event)
    session.commit()
    before = tables(session)

    dry = cli.invoke(args=["retention", "purge", "--dry-run"])
    assert tables(session) == before
    session.commit()
    wet = cli.invoke(args=["retention", "purge"])

    counted = "1 address(es) of the past, 1 event(s), 0 word(s) of Lydia"
    assert (dry.exit_code, dry.output) == (0, f"{counted} to delete.\n")
    assert (wet.exit_code, wet.output) == (0, f"{counted} deleted.\n")
    session.expire_all()
    assert session.scalars(sa.select(NetworkHistory.ended_at)).all() == [recent]
    again = cli.invoke(args=["retention", "purge"])
    assert again.output.startswith("0 address(es) of the past, 0 event(s)")


# Help


@pytest.mark.once
@pytest.mark.parametrize(
    "command",
    [
        ["bans", "list"],
        ["bans", "add"],
        ["bans", "end"],
        ["devices", "find"],
        ["devices", "purge-addresses"],
        ["network", "tick"],
        ["network", "who"],
        ["retention", "purge"],
    ],
)
def test_each_command_says_what_it_is_for(
    session: Session, cli: FlaskCliRunner, command: list[str]
) -> None:
    result = cli.invoke(args=[*command, "--help"])

    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


def test_a_ban_from_a_terminal_is_given_by_nobody(session: Session, cli: FlaskCliRunner) -> None:
    ada = RentalFactory(pceen__username="ada").pceen
    DeviceFactory(pceen=ada)

    cli.invoke(args=["bans", "add", "ada", "--reason", "bruit", "--unlimited"])

    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.actor_id) == ("intrarez.ban.start", None)
    kinds = session.scalars(sa.select(OutboxEntry.kind).order_by(OutboxEntry.id)).all()
    assert kinds == [RefreshNetwork.kind, BanStarted.kind, RingDevices.kind]
