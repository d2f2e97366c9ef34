"""The set of the devices that the firewall lets through."""

import os

import pytest

from app.core.addresses import AddressPlan
from app.integrations import nft as firewall
from app.modules.intrarez.rules import nft
from app.modules.intrarez.rules.dhcp import Host, InvalidRules
from tests.timing import fastest

pytestmark = pytest.mark.once

PLAN = AddressPlan.parse()
TENANT = Host(101, 12, "3c:22:fb:0a:1b:2c", "10.0.1.1", banned=False)
BANNED = Host(716, 57, "a4:83:e7:5d:60:71", "10.0.8.1", banned=True)
EXAMPLE = """\
table inet pem {
	set admitted { type ether_addr . ipv4_addr; }
}
flush set inet pem admitted
add element inet pem admitted { 3c:22:fb:0a:1b:2c . 10.0.1.1 }
"""


def crowd(number: int) -> list[Host]:
    rooms = PLAN.rooms()
    return [
        Host(
            rooms[n % 160],
            n,
            f"3c:22:fb:00:{n >> 8:02x}:{n & 255:02x}",
            PLAN.device_address(rooms[n % 160], n // 160),
            banned=False,
        )
        for n in range(number)
    ]


def test_the_example_of_the_specification_byte_for_byte() -> None:
    assert nft.render(nft.admitted([TENANT, BANNED])) == EXAMPLE


def test_who_is_banned_is_not_let_through() -> None:
    assert nft.admitted([BANNED]) == []


def test_without_anybody_the_set_is_emptied() -> None:
    assert nft.render([]) == EXAMPLE.rpartition("add element")[0]
    assert nft.parse(nft.render([])) == frozenset()


def test_the_order_of_the_hosts_does_not_matter() -> None:
    hosts = crowd(50)

    assert nft.render(nft.admitted(hosts)) == nft.render(nft.admitted(hosts[::-1]))


@pytest.mark.parametrize("number", [1, 2, 2000])
def test_what_is_written_reads_back(number: int) -> None:
    pairs = nft.admitted(crowd(number))

    assert nft.parse(nft.render(pairs)) == frozenset(pairs)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flush ruleset\n",
        EXAMPLE + "flush ruleset\n",
        EXAMPLE.rstrip("\n"),
        EXAMPLE.replace("10.0.1.1 }", "10.0.1.1 } ; flush ruleset"),
        EXAMPLE.replace("3c:22:fb:0a:1b:2c . 10.0.1.1", "0.0.0.0/0"),
        EXAMPLE.replace("3c:22", "3C:22"),
        EXAMPLE.replace(" . ", "."),
        EXAMPLE.replace("{ 3c", "{  3c"),
        'include "/etc/passwd"\n' + EXAMPLE,
        EXAMPLE + "x" * 5_000_000,
    ],
)
def test_a_batch_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(InvalidRules):
        nft.parse(text)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "10.0.0.101", "10.0.8.1", "192.0.2.1", "10.0.9.300"]
)
def test_only_the_address_of_a_room_is_let_through(address: str) -> None:
    with pytest.raises(InvalidRules):
        nft.check([("3c:22:fb:00:00:01", address)], PLAN)


def test_two_thousand_pairs_take_no_time() -> None:
    pairs = nft.admitted(crowd(2000))

    assert fastest(lambda: nft.parse(nft.render(pairs)), within=0.5) < 0.5


def _is_asked() -> bool:
    """Whether the firewall answers us, who may not be root."""
    if os.geteuid() != 0 or not firewall.is_installed():
        return False
    return firewall._run(firewall._NOTHING) is None


needs_nft = pytest.mark.skipif(not firewall.is_installed(), reason="nft is not installed")


@needs_nft
@pytest.mark.parametrize("number", [0, 1, 2000])
def test_the_firewall_itself_accepts_the_batch(number: int) -> None:
    assert firewall.check_with_nft(nft.render(nft.admitted(crowd(number)))) is None


@needs_nft
@pytest.mark.skipif(not _is_asked(), reason="this machine lets nobody ask the firewall")
def test_the_firewall_itself_refuses_a_bad_element() -> None:
    reason = firewall.check_with_nft(EXAMPLE.replace("10.0.1.1", "10.0.1.256"))

    assert reason is not None
    assert reason.startswith("nft: ")


def test_without_a_firewall_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firewall.shutil, "which", lambda *args, **kwargs: None)

    assert firewall.check_with_nft("nonsense") is None


def test_a_firewall_that_does_not_answer_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: object, **kwargs: object) -> None:
        raise firewall.subprocess.TimeoutExpired("nft", firewall.PATIENCE)

    monkeypatch.setattr(firewall, "_path", lambda: "/usr/sbin/nft")
    monkeypatch.setattr(firewall.subprocess, "run", hang)

    assert "did not answer" in (firewall.check_with_nft(EXAMPLE) or "")
