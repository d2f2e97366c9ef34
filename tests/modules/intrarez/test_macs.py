"""The hardware address of a device."""

import pytest

from app.core.addresses import is_randomised
from app.modules.intrarez.errors import (
    BroadcastMac,
    IntrarezError,
    MacError,
    MalformedMac,
    MulticastMac,
    ReservedMac,
    VirtualRouterMac,
    ZeroMac,
)
from app.modules.intrarez.rules.macs import parse_mac

pytestmark = pytest.mark.once

REFUSALS = (MalformedMac, ZeroMac, BroadcastMac, MulticastMac, ReservedMac, VirtualRouterMac)


@pytest.mark.parametrize(
    "typed",
    [
        "aa:bb:cc:dd:ee:0f",
        "AA:BB:CC:DD:EE:0F",
        "aa-bb-cc-dd-ee-0f",
        "AA-BB-CC-DD-EE-0F",
        "aa bb cc dd ee 0f",
        "aabb.ccdd.ee0f",
        "AABB.CCDD.EE0F",
        "aabbcc-ddee0f",
        "aabbccddee0f",
        "AaBbCcDdEe0F",
        "aa:bb:cc:dd:ee:f",
        " aabbccddee0f\n",
        "\t AA-BB-CC-DD-EE-0F \r\n",
        "\u00a0aa:bb:cc:dd:ee:0f\u00a0",
    ],
)
def test_every_notation_gives_the_same_address(typed: str) -> None:
    assert parse_mac(typed) == "aa:bb:cc:dd:ee:0f"


def test_groups_of_one_digit_are_completed() -> None:
    assert parse_mac("0:1c:42:a:b:c") == "00:1c:42:0a:0b:0c"
    assert parse_mac("0:0:0:0:0:1") == "00:00:00:00:00:01"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "téléphone",
        "aa:bb:cc:dd:ee",
        "aa:bb:cc:dd:ee:0f:11",
        "aabbccddee0",
        "aabbccddee0f1",
        "aabb.ccdd",
        "aabb.ccdd.ee0f.1122",
        "aa:bb:cc:dd:ee:",
        ":aa:bb:cc:dd:ee",
        "aa::bb:cc:dd:ee",
        "aaa:bb:cc:dd:ee:f",
        "g0:bb:cc:dd:ee:0f",
        "aa:bb:cc-dd:ee:0f",
        "aa:bb-cc:dd-ee:0f",
        "aa bb:cc dd ee 0f",
        "aa  bb cc dd ee 0f",
        "aa\u00a0bb\u00a0cc\u00a0dd\u00a0ee\u00a00f",
        "a-b-c-d-e-f",
        "a b c d e f",
        "aabb ccdd ee0f",
        "aabb:ccdd:ee0f",
        "aabbcc:ddee0f",
        "aabbcc.ddee0f",
        "aa.bb.cc.dd.ee.0f",
        "aabbcc--ddee0f",
        "0xaabbccddee0f",
        "\uff41a:bb:cc:dd:ee:0f",
        "\u0430a:bb:cc:dd:ee:0f",
        "aa:bb:cc:dd:ee:\u0660f",
        "aa\uff1abb\uff1acc\uff1add\uff1aee\uff1a0f",
        "aa\u2013bb\u2013cc\u2013dd\u2013ee\u20130f",
        "aa:bb:cc:dd:ee:0f\x00",
        "aa:bb:cc\n:dd:ee:0f",
        "aa:bb:cc:dd:ee:0f; }",
        "+a:bb:cc:dd:ee:0f",
        "a_:bb:cc:dd:ee:0f",
        "10.0.1.1",
        "a" * 100_000,
        "aa:" * 100_000,
    ],
)
def test_anything_else_is_malformed(typed: str) -> None:
    with pytest.raises(MalformedMac):
        parse_mac(typed)


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("00:00:00:00:00:00", ZeroMac),
        ("0:0:0:0:0:0", ZeroMac),
        ("000000000000", ZeroMac),
        ("ff:ff:ff:ff:ff:ff", BroadcastMac),
        ("FFFF.FFFF.FFFF", BroadcastMac),
        ("01:00:5e:00:00:01", MulticastMac),
        ("33:33:00:00:00:01", MulticastMac),
        ("1:0:0:0:0:0", MulticastMac),
        ("ff:ff:ff:ff:ff:fe", MulticastMac),
        ("ab:00:00:00:00:01", MulticastMac),
        ("00:00:0c:07:ac:05", VirtualRouterMac),
        ("00-00-0C-07-AC-FF", VirtualRouterMac),
        ("00:00:5e:00:01:00", VirtualRouterMac),
        ("0:0:5e:0:1:1", VirtualRouterMac),
    ],
)
def test_an_address_that_no_device_has_is_refused_with_its_reason(
    typed: str, refusal: type[MacError]
) -> None:
    with pytest.raises(refusal):
        parse_mac(typed)


@pytest.mark.parametrize("typed", ["3c:22:fb:00:00:01", "3C22FB000001", "3c:22:fb:0:0:1"])
def test_the_addresses_of_the_residence_are_refused(typed: str) -> None:
    reserved = frozenset({"3c:22:fb:00:00:01"})

    with pytest.raises(ReservedMac):
        parse_mac(typed, reserved=reserved)

    assert parse_mac("3c:22:fb:00:00:02", reserved=reserved) == "3c:22:fb:00:00:02"


@pytest.mark.parametrize("typed", ["00:00:0c:07:ad:05", "00:00:5e:00:02:05", "00:00:5e:01:01:05"])
def test_the_neighbours_of_the_virtual_routers_are_ordinary(typed: str) -> None:
    assert parse_mac(typed) == typed


@pytest.mark.parametrize("first", range(0, 256, 2))
def test_an_even_first_byte_is_accepted_and_marked_if_it_was_made_up(first: int) -> None:
    mac = parse_mac(f"{first:02x}:bb:cc:dd:ee:0f")

    assert is_randomised(mac) is bool(first & 2)


@pytest.mark.parametrize("first", range(1, 256, 2))
def test_an_odd_first_byte_is_refused(first: int) -> None:
    with pytest.raises(MulticastMac):
        parse_mac(f"{first:02x}:bb:cc:dd:ee:0f")


def test_no_address_is_not_a_randomised_one() -> None:
    assert not is_randomised("")


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_what_to_do_next_to_its_field(refusal: type[MacError]) -> None:
    message = refusal().message

    assert issubclass(refusal, IntrarezError)
    assert refusal.field == "mac_address"
    assert "adresse physique" in message
    assert "MAC" not in message
    assert "réglages réseau de votre appareil" in message
