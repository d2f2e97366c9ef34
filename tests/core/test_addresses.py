"""The address plan."""

import re
from ipaddress import IPv4Network
from typing import Any

import pytest

from app.core.addresses import AddressPlan, as_number, dotted
from tests.timing import fastest

pytestmark = pytest.mark.once

PLAN = AddressPlan.parse()

PLACES = [
    (101, 0, "10.0.1.1"),
    (101, 1, "10.1.1.1"),
    (101, 255, "10.255.1.1"),
    (226, 7, "10.7.2.26"),
    (716, 0, "10.0.7.16"),
    (720, 255, "10.255.7.20"),
]
SLOTS = [
    (0, "10.0.8.1"),
    (1, "10.0.8.2"),
    (253, "10.0.8.254"),
    (254, "10.0.9.1"),
    (508, "10.0.10.1"),
    (62_991, "10.0.255.254"),
]
NOT_ADDRESSES = [
    "",
    "10.0.8",
    "10.0.8.1.1",
    "10.0.8.256",
    "10.0.8.01",
    " 10.0.8.1",
    "10.0.8.1\n",
    "10.0.8.٣",
    "0x0a.0.8.1",
    "167774209",
    "::1",
    "10.0.8.1/32",
    "10.0.8.1; include",
]


def test_the_building_has_160_rooms() -> None:
    rooms = PLAN.rooms()

    assert len(rooms) == 160
    assert {101, 116, 226, 526, 620, 720} <= set(rooms)
    assert {100, 117, 227, 621, 727, 800, 801}.isdisjoint(rooms)
    assert list(rooms) == sorted(rooms)


def test_another_building_has_its_own_rooms() -> None:
    plan = AddressPlan.parse(floors=" 2:2; 1:3 ;")

    assert plan.rooms() == (101, 102, 103, 201, 202)


@pytest.mark.parametrize(("room", "place"), [(101, (1, 1)), (526, (5, 26)), (720, (7, 20))])
def test_a_room_is_a_floor_and_a_door(room: int, place: tuple[int, int]) -> None:
    assert PLAN.floor_and_door(room) == place
    assert PLAN.base_ip(room) == f"{place[0]}.{place[1]}"


@pytest.mark.parametrize("room", [-101, 0, 100, 117, 621, 727, 801, 1001])
def test_a_room_that_is_not_built_has_no_place_and_no_address(room: int) -> None:
    with pytest.raises(ValueError, match=f"no room {room}"):
        PLAN.floor_and_door(room)
    with pytest.raises(ValueError, match=f"no room {room}"):
        PLAN.device_address(room, 0)


@pytest.mark.parametrize(("room", "rank", "address"), PLACES)
def test_a_device_has_the_address_of_its_room_and_rank(room: int, rank: int, address: str) -> None:
    assert PLAN.device_address(room, rank) == address
    assert PLAN.room_and_rank(address) == (room, rank)


@pytest.mark.parametrize("rank", [-1, 256, 1000])
def test_a_room_has_256_ranks(rank: int) -> None:
    with pytest.raises(ValueError, match=f"no rank {rank}"):
        PLAN.device_address(101, rank)


def test_every_rank_of_every_room_has_its_own_address_and_leads_back_to_it() -> None:
    places = [(room, rank) for room in PLAN.rooms() for rank in range(256)]

    addresses = [PLAN.device_address(*place) for place in places]

    assert len(set(addresses)) == 40_960
    assert [PLAN.room_and_rank(address) for address in addresses] == places


@pytest.mark.parametrize(
    "address",
    ["10.0.1.17", "10.0.8.1", "10.0.0.1", "10.0.0.150", "11.0.1.1", "9.0.1.1", "10.0.1.0"],
)
def test_an_address_of_no_room_leads_to_none(address: str) -> None:
    assert PLAN.room_and_rank(address) is None


@pytest.mark.parametrize(("slot", "address"), SLOTS)
def test_a_banned_device_has_the_address_of_its_slot(slot: int, address: str) -> None:
    assert PLAN.ban_address(slot) == address
    assert PLAN.ban_slot(address) == slot


def test_there_are_62_992_slots_none_of_which_ends_in_0_or_255() -> None:
    addresses = [PLAN.ban_address(slot) for slot in range(PLAN.ban_slots)]

    assert PLAN.ban_slots == 62_992
    assert len(set(addresses)) == 62_992
    assert {address.rsplit(".", 1)[1] for address in addresses}.isdisjoint({"0", "255"})
    assert [PLAN.ban_slot(address) for address in addresses] == list(range(62_992))


@pytest.mark.parametrize("slot", [-1, 62_992, 10**9])
def test_there_is_no_other_slot(slot: int) -> None:
    with pytest.raises(ValueError, match="no slot"):
        PLAN.ban_address(slot)


@pytest.mark.parametrize(
    "address", ["10.0.8.0", "10.0.8.255", "10.0.255.255", "10.0.7.16", "10.1.0.0"]
)
def test_an_address_that_no_banned_device_has_is_no_slot(address: str) -> None:
    assert PLAN.ban_slot(address) is None


@pytest.mark.parametrize(
    ("bans", "slots", "last"),
    [
        ("172.16.4.0-172.16.4.255", 254, "172.16.4.254"),
        ("172.16.4.0-172.16.5.255", 508, "172.16.5.254"),
        ("172.16.254.0-172.17.1.255", 1016, "172.17.1.254"),
    ],
)
def test_a_ban_range_may_be_anywhere(bans: str, slots: int, last: str) -> None:
    networks = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"))

    plan = AddressPlan.parse(bans=bans, networks=networks)

    assert plan.ban_slots == slots
    assert plan.ban_address(slots - 1) == last
    assert plan.ban_slot(last) == slots - 1


@pytest.mark.parametrize(
    ("address", "is_in"),
    [
        ("10.0.0.99", False),
        ("10.0.0.100", True),
        ("10.0.0.199", True),
        ("10.0.0.200", False),
        ("10.0.1.1", False),
    ],
)
def test_the_pool_goes_from_its_first_to_its_last_address(address: str, is_in: bool) -> None:
    assert PLAN.is_in_pool(address) is is_in


@pytest.mark.parametrize(
    ("address", "is_known"),
    [
        ("9.255.255.255", False),
        ("10.0.0.0", True),
        ("10.255.255.255", True),
        ("11.0.0.0", False),
        ("192.168.1.1", True),
        ("192.168.2.1", False),
    ],
)
def test_the_residence_is_its_networks(address: str, is_known: bool) -> None:
    networks = (IPv4Network("192.168.1.0/24"), IPv4Network("10.0.0.0/8"))
    plan = AddressPlan.parse(networks=networks)

    assert plan.is_known_network(address) is is_known


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_not_an_address_is_nowhere(text: str) -> None:
    assert as_number(text) is None
    assert PLAN.room_and_rank(text) is None
    assert PLAN.ban_slot(text) is None
    assert not PLAN.is_in_pool(text)
    assert not PLAN.is_known_network(text)


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.1", "255.255.255.255", "1.2.3.4"])
def test_an_address_is_a_number_and_back(address: str) -> None:
    number = as_number(address)

    assert number is not None
    assert dotted(number) == address


def test_the_network_of_the_plan_holds_all_of_it_and_no_more_than_needed() -> None:
    small = AddressPlan.parse(
        floors="4:10",
        devices="10.2.{rank}.{door}",
        gateway="10.3.0.1",
        pool="10.3.0.10-10.3.0.20",
        bans="10.3.8.0-10.3.8.255",
    )

    assert PLAN.network == IPv4Network("10.0.0.0/8")
    assert small.network == IPv4Network("10.2.0.0/15")


FAULTS = [
    # floors
    ({"floors": ""}, "BUILDING_FLOORS: the building has no floor"),
    ({"floors": " ; "}, "BUILDING_FLOORS: the building has no floor"),
    ({"floors": "1"}, "BUILDING_FLOORS '1': write floor:doors"),
    ({"floors": "1:a"}, "BUILDING_FLOORS '1:a'"),
    ({"floors": "1:²"}, "BUILDING_FLOORS '1:²'"),
    ({"floors": "\u0661:16"}, "BUILDING_FLOORS '\u0661:16'"),
    ({"floors": "+1:16"}, "BUILDING_FLOORS '+1:16'"),
    ({"floors": "-1:16"}, "BUILDING_FLOORS '-1:16'"),
    ({"floors": "1:1_0"}, "BUILDING_FLOORS '1:1_0'"),
    ({"floors": "1:16,2:26"}, "BUILDING_FLOORS '1:16,2:26'"),
    ({"floors": "9" * 400 + ":1"}, "BUILDING_FLOORS '999"),
    ({"floors": "1\n2:3"}, r"BUILDING_FLOORS '1\n2:3'"),
    ({"floors": "0:16"}, "BUILDING_FLOORS 0:16: floors go from 1 to 255"),
    ({"floors": "256:16"}, "floors go from 1 to 255"),
    ({"floors": "1:0"}, "BUILDING_FLOORS 1:0: a floor has from 1 to 99 doors"),
    ({"floors": "1:100"}, "a floor has from 1 to 99 doors"),
    ({"floors": "1:16;1:17"}, "floor 1 is there twice"),
    # addresses and ranges
    ({"gateway": "griway"}, "ADDRESS_GATEWAY 'griway': write one address"),
    ({"gateway": "10.0.0.256"}, "ADDRESS_GATEWAY '10.0.0.256'"),
    ({"gateway": ""}, "ADDRESS_GATEWAY ''"),
    ({"gateway": "10.0.0.0"}, "ADDRESS_GATEWAY 10.0.0.0 holds 10.0.0.0"),
    ({"gateway": "10.0.0.255"}, "ADDRESS_GATEWAY 10.0.0.255 holds 10.0.0.255"),
    ({"pool": "10.0.0.100-"}, "ADDRESS_POOL '10.0.0.100-': write"),
    ({"pool": "10.0.0.199-10.0.0.100"}, "first to last"),
    ({"pool": "10.0.0.100-10.0.0.199-10.0.0.250"}, "ADDRESS_POOL"),
    ({"pool": "10.0.0.0/24"}, "ADDRESS_POOL '10.0.0.0/24'"),
    ({"pool": "10.0.0.100-10.0.0.255"}, "holds 10.0.0.255"),
    ({"pool": "10.0.7.200-10.0.7.255"}, "holds 10.0.7.255"),
    ({"pool": "10.9.9.0-10.9.9.9"}, "holds 10.9.9.0"),
    ({"pool": "10.9.9.9-10.9.10.9"}, "holds 10.9.9.255"),
    ({"bans": "nowhere"}, "ADDRESS_BANS 'nowhere'"),
    ({"bans": "10.0.8.1-10.0.255.255"}, "ADDRESS_BANS 10.0.8.1-10.0.255.255: write a first"),
    ({"bans": "10.0.8.0-10.0.255.254"}, "ADDRESS_BANS 10.0.8.0-10.0.255.254: write a first"),
    # the template
    ({"devices": ""}, "ADDRESS_DEVICES '': write four bytes"),
    ({"devices": "10.{rank}.{floor}"}, "write four bytes"),
    ({"devices": "10.{rank}.{floor}.{door}.1"}, "write four bytes"),
    ({"devices": "10.{rank}.{floor}.{name}"}, "write four bytes"),
    ({"devices": "10.{rank}.{floor}.{}"}, "write four bytes"),
    ({"devices": "10.{rank}.{floor}.{0}"}, "write four bytes"),
    ({"devices": "10.{rank!r}.{floor}.{door}"}, "write four bytes"),
    ({"devices": "10.{rank:>9}.{floor}.{door}"}, "write four bytes"),
    ({"devices": "10.{rank.real}.{door}"}, "write four bytes"),
    ({"devices": "10.{rank}.{floor}.{{door}}"}, "write four bytes"),
    ({"devices": "10.{rank}.{floor}.1{door}"}, "write four bytes"),
    ({"devices": "256.{rank}.{floor}.{door}"}, "write four bytes"),
    ({"devices": "010.{rank}.{floor}.{door}"}, "write four bytes"),
    ({"devices": "-1.{rank}.{floor}.{door}"}, "write four bytes"),
    ({"devices": "{rank.__class__}"}, "write four bytes"),
    ({"devices": "10.{rank}.{floor}.{door}\n"}, r"{door}\n'"),
    # one address for two
    ({"devices": "10.0.{floor}.{door}"}, "all ranks of room 101 have 10.0.1.1"),
    ({"devices": "10.{rank}.1.{door}"}, "rooms 101 and 201 both have 10.0.1.1"),
    ({"devices": "10.{rank}.{floor}.1"}, "rooms 101 and 102 both have 10.0.1.1"),
    # last bytes
    ({"devices": "10.{floor}.{door}.{rank}"}, "gives 10.1.1.0 (room 101, rank 0)"),
    ({"devices": "10.{rank}.{floor}.0", "floors": "1:1"}, "gives 10.0.1.0 (room 101, rank 0)"),
    ({"devices": "10.{rank}.{door}.{floor}", "floors": "255:7"}, "(room 25501, rank 0)"),
]


@pytest.mark.parametrize(("changes", "fault"), FAULTS)
def test_a_plan_that_makes_no_sense_is_refused_in_one_line(
    changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)) as refusal:
        AddressPlan.parse(**changes)

    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


BANS = "ADDRESS_BANS 10.0.8.0-10.0.255.255"
DEVICES = "ADDRESS_DEVICES 10.{rank}.{floor}.{door}"
NETWORK = "INTERNAL_NETWORKS 10.0.0.0/8"


@pytest.mark.parametrize(
    ("changes", "one", "other", "address"),
    [
        ({"floors": "1:16;8:3"}, DEVICES, BANS, "10.0.8.1 (room 801, rank 0)"),
        ({"floors": "255:1"}, DEVICES, BANS, "10.0.255.1 (room 25501, rank 0)"),
        (
            {"gateway": "10.3.1.1"},
            DEVICES,
            "ADDRESS_GATEWAY 10.3.1.1",
            "10.3.1.1 (room 101, rank 3)",
        ),
        (
            {"pool": "10.255.7.20-10.255.7.30"},
            DEVICES,
            "ADDRESS_POOL 10.255.7.20-10.255.7.30",
            "10.255.7.20 (room 720, rank 255)",
        ),
        (
            {"gateway": "10.0.0.150"},
            "ADDRESS_GATEWAY 10.0.0.150",
            "ADDRESS_POOL 10.0.0.100-10.0.0.199",
            "10.0.0.150",
        ),
        ({"gateway": "10.0.9.1"}, "ADDRESS_GATEWAY 10.0.9.1", BANS, "10.0.9.1"),
        ({"pool": "10.0.7.200-10.0.8.3"}, "ADDRESS_POOL 10.0.7.200-10.0.8.3", BANS, "10.0.8.0"),
        ({"gateway": "192.168.0.1"}, "ADDRESS_GATEWAY 192.168.0.1", NETWORK, "192.168.0.1"),
        (
            {"pool": "10.255.255.250-11.0.0.5"},
            "ADDRESS_POOL 10.255.255.250-11.0.0.5",
            NETWORK,
            "11.0.0.0",
        ),
        (
            {"bans": "11.0.8.0-11.0.255.255"},
            "ADDRESS_BANS 11.0.8.0-11.0.255.255",
            NETWORK,
            "11.0.8.0",
        ),
        (
            {"devices": "11.{rank}.{floor}.{door}"},
            "ADDRESS_DEVICES 11.{rank}.{floor}.{door}",
            NETWORK,
            "11.0.1.1 (room 101, rank 0)",
        ),
        (
            {"networks": (IPv4Network("10.0.0.0/9"),)},
            DEVICES,
            "INTERNAL_NETWORKS 10.0.0.0/9",
            "10.128.1.1 (room 101, rank 128)",
        ),
        ({"networks": ()}, "ADDRESS_GATEWAY 10.0.0.1", "no IPv4 network", "10.0.0.1"),
    ],
)
def test_two_ranges_at_odds_are_both_named_with_an_address_at_fault(
    changes: dict[str, Any], one: str, other: str, address: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(one)) as refusal:
        AddressPlan.parse(**changes)

    fault = str(refusal.value)
    assert other in fault
    assert fault.endswith(address)
    assert "\n" not in fault


def test_a_range_may_be_a_single_address() -> None:
    plan = AddressPlan.parse(pool=" 10.0.0.100 ")

    assert plan.is_in_pool("10.0.0.100")
    assert not plan.is_in_pool("10.0.0.101")


def test_networks_that_touch_are_as_good_as_one() -> None:
    halves = (IPv4Network("10.128.0.0/9"), IPv4Network("10.0.0.0/9"))

    assert AddressPlan.parse(networks=halves).rooms() == PLAN.rooms()


def test_ranks_may_go_from_one_network_to_another() -> None:
    networks = tuple(IPv4Network(f"10.{rank}.0.0/20") for rank in range(256))

    plan = AddressPlan.parse(bans="10.0.8.0-10.0.15.255", networks=networks)

    assert plan.device_address(101, 255) == "10.255.1.1"


def test_two_plans_written_alike_are_equal() -> None:
    assert AddressPlan.parse() == PLAN
    assert AddressPlan.parse(pool="10.0.0.100-10.0.0.198") != PLAN


def test_reading_the_plan_does_not_delay_the_start() -> None:
    assert fastest(AddressPlan.parse, within=0.05) < 0.05
