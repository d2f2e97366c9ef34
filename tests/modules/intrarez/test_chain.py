"""Why a device has Internet or not: each link, and the first that is broken."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from app.modules.intrarez.rules.chain import (
    LINK_OF,
    Connection,
    Facts,
    Fault,
    Link,
    LinkState,
    connection,
    diagnose,
)

pytestmark = pytest.mark.once

WELL = Facts(address="10.0.1.1", seen_at="10.0.1.1")
#: What breaks each link, the first of the chain first.
BROKEN: list[tuple[dict[str, Any], Fault, str]] = [
    ({"has_mac": False, "has_address": False}, Fault.no_address, "unknown_device"),
    ({"has_mac": False}, Fault.no_mac, "unknown_device"),
    ({"is_registered": False}, Fault.unknown_device, "unknown_device"),
    ({"is_of_another": True}, Fault.device_of_another, "unknown_device"),
    ({"is_enabled": False}, Fault.disabled, "unknown_device"),
    ({"has_room": False}, Fault.no_room, "no_room"),
    ({"is_unpaid": True}, Fault.unpaid, "unpaid"),
    ({"is_banned": True}, Fault.banned, "banned"),
    ({"address": None}, Fault.room_full, "waiting_network"),
    ({"is_applied": False}, Fault.waiting_network, "waiting_network"),
    ({"is_conflict": True}, Fault.conflict, "waiting_address"),
    ({"seen_at": None}, Fault.away, "waiting_address"),
    ({"seen_at": "10.0.0.101"}, Fault.waiting_address, "waiting_address"),
]


def test_when_all_links_hold_the_device_is_online() -> None:
    found = diagnose(WELL)

    assert found.fault is None
    assert connection(found) is Connection.online
    assert [state for _link, state in found.links] == [LinkState.holds] * len(Link)


@pytest.mark.parametrize(("wrong", "fault", "state"), BROKEN)
def test_each_link_breaks_in_its_own_way(wrong: dict[str, Any], fault: Fault, state: str) -> None:
    found = diagnose(replace(WELL, **wrong))

    assert found.fault is fault
    assert connection(found) == state


def test_rules_that_were_refused_are_another_fault_than_rules_that_wait() -> None:
    assert diagnose(replace(WELL, is_applied=False, is_refused=True)).fault is Fault.rules_refused
    assert diagnose(replace(WELL, is_refused=True)).fault is None


def test_of_two_faults_the_first_of_the_chain_is_said() -> None:
    alone = {"has_mac", "has_address", "is_unpaid"}
    chain = [(wrong, fault) for wrong, fault, _state in BROKEN if not alone & wrong.keys()]

    for (first, fault), (second, _other) in itertools.combinations(chain, 2):
        assert diagnose(replace(WELL, **second | first)).fault is fault


def test_who_is_banned_and_has_not_paid_reads_of_the_ban_and_sees_both() -> None:
    found = diagnose(replace(WELL, is_banned=True, is_unpaid=True))

    assert found.fault is Fault.banned
    states = dict(found.links)
    assert states[Link.subscription] is states[Link.ban] is LinkState.broken
    assert states[Link.rule] is LinkState.unknown


def test_after_a_broken_link_nobody_looked() -> None:
    states = dict(diagnose(replace(WELL, has_room=False)).links)

    assert states[Link.owner] is LinkState.holds
    assert states[Link.room] is LinkState.broken
    assert {states[link] for link in list(Link)[3:]} == {LinkState.unknown}


def test_seen_from_elsewhere_a_person_without_device_has_none() -> None:
    facts = replace(WELL, is_here=False, is_registered=False, has_mac=False)

    assert diagnose(facts).fault is Fault.no_device


def test_every_fault_has_its_link_and_can_happen() -> None:
    happened = {fault for _wrong, fault, _state in BROKEN}

    assert set(LINK_OF) == set(Fault)
    assert set(Fault) - happened == {Fault.no_device, Fault.rules_refused}


def test_a_device_is_online_in_one_way_only() -> None:
    names = ["has_mac", "is_registered", "is_enabled", "has_room", "is_applied"]
    nots = ["is_of_another", "is_unpaid", "is_banned", "is_conflict"]
    ways = [
        dict(zip(names + nots, values, strict=True))
        for values in itertools.product([False, True], repeat=9)
    ]
    online = [way for way in ways if diagnose(replace(WELL, **way)).fault is None]

    assert online == [dict.fromkeys(names, True) | dict.fromkeys(nots, False)]
