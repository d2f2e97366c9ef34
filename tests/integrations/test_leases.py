"""The addresses that the DHCP server gave, read from its own file."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from app.integrations import leases
from app.integrations.leases import Lease, LeasesFile, MalformedLeases, parse
from tests.timing import fastest

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"
LATER, SOONER = NOW + timedelta(minutes=5), NOW - timedelta(minutes=5)
HEADING = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,"
    "fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
)


@pytest.fixture(autouse=True)
def _at_nine() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def kea(
    address: str = "10.0.0.101",
    mac: str = MAC,
    *,
    lifetime: int = 600,
    ends_at: datetime = LATER,
    state: int = 0,
    name: str = "",
) -> str:
    return f"{address},{mac},,{lifetime},{int(ends_at.timestamp())},1,0,0,{name},{state},\n"


def isc(
    address: str = "10.0.0.101",
    mac: str = MAC,
    *,
    ends: str = f"ends 2 {LATER:%Y/%m/%d %H:%M:%S};",
    state: str = "active",
    more: str = "",
) -> str:
    return (
        f"lease {address} {{\n"
        f"  starts 2 {SOONER:%Y/%m/%d %H:%M:%S};\n"
        f"  {ends}\n"
        f"  binding state {state};\n"
        "  next binding state free;\n"
        f"  hardware ethernet {mac};\n{more}}}\n"
    )


# Kea


def test_a_lease_of_kea_says_who_where_and_until_when() -> None:
    (found,) = parse(HEADING + kea(), "kea")

    assert found == Lease(MAC, "10.0.0.101", LATER, LATER - timedelta(seconds=600))


def test_the_last_word_of_kea_on_an_address_counts() -> None:
    text = HEADING + kea() + kea(mac=OTHER)

    assert [one.mac for one in parse(text, "kea")] == [OTHER]


@pytest.mark.parametrize("gone", [kea(lifetime=0), kea(state=1), kea(state=2), kea(ends_at=SOONER)])
def test_what_was_given_back_declined_or_is_over_is_no_lease_of_kea(gone: str) -> None:
    assert parse(HEADING + kea() + gone, "kea") == []


@pytest.mark.parametrize("tail", ["10.0.0.102,3c:22", "10.0.0.102", "10.0.0.102,x,,abc,def,1", ","])
def test_a_record_that_kea_is_writing_is_passed_over(tail: str) -> None:
    assert len(parse(HEADING + kea() + tail, "kea")) == 1


def test_names_of_devices_are_never_read() -> None:
    assert len(parse(HEADING + kea(name='"; drop &#x2c') + kea("10.0.0.102", OTHER), "kea")) == 2


def test_an_end_that_kea_is_writing_takes_no_lease_away() -> None:
    text = HEADING + kea() + kea()[:40]

    assert len(parse(text, "kea")) == 1


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0b", "\x1c", "\r"])
def test_a_name_makes_no_line_of_its_own(end: str) -> None:
    hostile = kea(name=f"a{end}10.0.0.9,{OTHER},,600,{int(LATER.timestamp())},1,0,0,b,0,")

    assert "10.0.0.9" not in {one.address for one in parse(HEADING + hostile, "kea")}


@pytest.mark.parametrize("number", ["9" * 5000, "\u00b2", "\u0663", "-1", "1e3", "", "9" * 19])
def test_what_is_no_time_is_no_lease(number: str) -> None:
    text = f"10.0.0.101,{MAC},,600,{number},1,0,0,,0,\n"

    assert parse(HEADING + text + kea("10.0.0.102"), "kea")[-1].address == "10.0.0.102"
    assert len(parse(HEADING + text + kea("10.0.0.102"), "kea")) == 1


def test_a_name_may_be_as_long_as_it_likes() -> None:
    assert len(parse(HEADING + kea(name="x" * 200_000), "kea")) == 1


# ISC


def test_a_lease_of_dhcpd_says_who_where_and_until_when() -> None:
    text = "# The format of this file is documented in the dhcpd.leases(5) manual page.\n"
    text += 'authoring-byte-order little-endian;\nserver-duid "\\000\\001}";\n\n'

    assert parse(text + isc(), "dhcpd") == [Lease(MAC, "10.0.0.101", LATER, SOONER)]


def test_the_last_block_of_an_address_counts() -> None:
    assert [one.mac for one in parse(isc() + isc(mac=OTHER), "dhcpd")] == [OTHER]
    assert parse(isc() + isc(state="free"), "dhcpd") == []
    assert parse(isc() + isc(state="expired"), "dhcpd") == []
    assert parse(isc() + isc(state="abandoned"), "dhcpd") == []


def test_a_lease_may_have_no_end_or_one_in_seconds() -> None:
    seconds = f"ends epoch {int(LATER.timestamp())}; # Tue Nov 24 21:05:00 2026"

    assert parse(isc(ends="ends never;"), "dhcpd")[0].ends_at is None
    assert parse(isc(ends=seconds), "dhcpd")[0].ends_at == LATER


@pytest.mark.parametrize(
    "hostile",
    [
        '  uid "\\001}\\"lease 10.0.0.9 {";\n',
        '  client-hostname "}";\n',
        '  client-hostname "ends never; hardware ethernet 3c:22:fb:00:00:02;";\n',
        '  set vendor = "a{b}c";\n  on expiry { set x = 1; }\n',
    ],
)
def test_what_a_device_calls_itself_changes_nothing(hostile: str) -> None:
    found = parse(isc(more=hostile) + isc("10.0.0.102", OTHER), "dhcpd")

    assert [(one.mac, one.address) for one in found] == [(MAC, "10.0.0.101"), (OTHER, "10.0.0.102")]


def test_blocks_that_are_no_lease_are_passed_over() -> None:
    text = 'ia-na "\\001" {\n  iaaddr 2001:db8::1 {\n    binding state active;\n  }\n}\n'
    text += 'failover peer "x" state {\n  my state normal;\n}\n'

    assert len(parse(text + isc(), "dhcpd")) == 1


@pytest.mark.parametrize("cut", [10, 40, 80, 120, 150])
def test_a_block_that_dhcpd_is_writing_is_passed_over(cut: int) -> None:
    block = isc("10.0.0.102", OTHER, more='  client-hostname "phone";\n')

    assert [one.mac for one in parse(isc() + block[:cut], "dhcpd")] == [MAC]
    assert [one.mac for one in parse(isc() + block[:-5], "dhcpd")] == [MAC]


# dnsmasq


def test_a_lease_of_dnsmasq_says_who_where_and_until_when() -> None:
    text = f"{int(LATER.timestamp())} {MAC} 10.0.0.101 a-phone 01:{MAC}\n"
    text += f"0 06-{OTHER} 10.0.0.102 * *\n"
    text += f"{int(SOONER.timestamp())} 3c:22:fb:00:00:03 10.0.0.103 * *\n"
    text += "duid 00:01:00:01\n1795556400 1 2001:db8::1 * *\n"

    assert parse(text, "dnsmasq") == [
        Lease(MAC, "10.0.0.101", LATER),
        Lease(OTHER, "10.0.0.102", None),
    ]


def test_an_address_that_dnsmasq_is_writing_is_passed_over() -> None:
    text = f"{int(LATER.timestamp())} {MAC} 10.0.0.101 * *\n"
    text += f"{int(LATER.timestamp())} {OTHER} 10.0.0.10"

    assert [one.address for one in parse(text, "dnsmasq")] == ["10.0.0.101"]


# What is none


@pytest.mark.parametrize("dhcp_format", ["dhcpd", "kea", "dnsmasq"])
def test_an_empty_file_has_no_lease(dhcp_format: str) -> None:
    assert parse("", dhcp_format) == []


@pytest.mark.parametrize(
    ("dhcp_format", "text"),
    [
        ("kea", "root:x:0:0:root:/root:/bin/bash\n"),
        ("kea", "\x00\xff\x01"),
        ("dnsmasq", "root:x:0:0:root:/root:/bin/bash\nnobody\n"),
        ("dhcpd", "}\n"),
        ("dhcpd", "lease }\n"),
        ("dhcpd", "root:x:0:0:root:/root:/bin/bash\n"),
        ("dhcpd", HEADING + kea()),
        ("dhcpd", "server {\n  listen 80;\n}\n"),
        ("dhcpd", 'lease "unfinished\n" }}}\n'),
    ],
)
def test_what_is_no_leases_file_is_said(dhcp_format: str, text: str) -> None:
    with pytest.raises(MalformedLeases, match=r"line \d+: "):
        parse(text, dhcp_format)


@pytest.mark.parametrize("dhcp_format", ["dhcpd", "kea", "dnsmasq"])
def test_ends_of_lines_of_another_system_are_understood(dhcp_format: str) -> None:
    texts = {
        "kea": HEADING + kea(),
        "dhcpd": isc(),
        "dnsmasq": f"{int(LATER.timestamp())} {MAC} 10.0.0.101 * *\n",
    }

    assert len(parse(texts[dhcp_format].replace("\n", "\r\n"), dhcp_format)) == 1


@pytest.mark.parametrize("dhcp_format", ["dhcpd", "kea"])
def test_two_thousand_leases_take_no_time(dhcp_format: str) -> None:
    make = {"kea": kea, "dhcpd": isc}[dhcp_format]
    text = "".join(
        make(f"10.0.{n >> 8}.{n & 255}", f"3c:22:fb:00:{n >> 8:02x}:{n & 255:02x}")
        for n in range(2000)
    )
    text = (HEADING if dhcp_format == "kea" else "") + text

    assert len(parse(text, dhcp_format)) == 2000
    assert fastest(lambda: parse(text, dhcp_format), within=1) < 1


# The file


def test_the_file_is_read_again_when_it_changed_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leases.csv"
    path.write_text(HEADING + kea())
    file = LeasesFile(path, "kea")
    reads = []
    text_of = leases._text
    monkeypatch.setattr(leases, "_text", lambda path: (reads.append(path), text_of(path))[1])

    assert [file.mac_of("10.0.0.101") for _ in range(3)] == [MAC] * 3
    path.write_text(HEADING + kea(mac=OTHER) + kea("10.0.0.102"))
    assert file.mac_of("10.0.0.101") == OTHER
    assert reads.count(path) == 2


def test_a_lease_ends_although_the_file_does_not_change(tmp_path: Path) -> None:
    path = tmp_path / "leases.csv"
    path.write_text(HEADING + kea())
    file = LeasesFile(path, "kea")

    assert file.read()
    with time_machine.travel(LATER, tick=False):
        assert file.read() == []


def test_a_file_that_cannot_be_read_is_told_once_an_hour(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = LeasesFile(tmp_path / "none", "kea")

    with caplog.at_level(logging.WARNING):
        assert [file.mac_of("10.0.0.101") for _ in range(5)] == [None] * 5
    assert len(caplog.records) == 1
    with pytest.raises(OSError, match="none"):
        file.read()


def test_a_file_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LONGEST", 100)
    path = tmp_path / "leases.csv"
    path.write_text(HEADING + kea())

    with pytest.raises(MalformedLeases, match="over 100"):
        LeasesFile(path, "kea").read()


def test_what_kea_set_aside_is_read_before_what_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "leases.csv"
    path.write_text(HEADING + kea("10.0.0.103"))
    (tmp_path / "leases.csv.2").write_text(HEADING + kea("10.0.0.101") + kea("10.0.0.102"))
    (tmp_path / "leases.csv.1").write_text(HEADING + kea("10.0.0.102", lifetime=0))
    file = LeasesFile(path, "kea")

    assert {one.address for one in file.read()} == {"10.0.0.101", "10.0.0.103"}
    path.write_text(HEADING + kea("10.0.0.101", OTHER))
    assert file.mac_of("10.0.0.101") == OTHER
    (tmp_path / "leases.csv.completed").write_text(HEADING + kea("10.0.0.104"))
    assert {one.address for one in file.read()} == {"10.0.0.101", "10.0.0.104"}


def test_a_file_that_is_none_is_parsed_once_and_read_again_once_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leases.csv"
    path.write_text("nothing of the kind\n")
    file = LeasesFile(path, "kea")
    reads = []
    text_of = leases._text
    monkeypatch.setattr(leases, "_text", lambda path: (reads.append(path), text_of(path))[1])

    assert [file.mac_of("10.0.0.101") for _ in range(5)] == [None] * 5
    assert reads.count(path) == 1
    path.write_text(HEADING + kea())
    assert file.mac_of("10.0.0.101") == MAC
