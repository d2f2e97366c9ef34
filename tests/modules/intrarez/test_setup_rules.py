"""Who is led where."""

import itertools
from dataclasses import replace

import pytest

from app.modules.intrarez.rules.setup import (
    Owner,
    Situation,
    Step,
    next_step,
)

pytestmark = pytest.mark.once

OUTSIDE = Situation()
UNKNOWN = Situation(in_residence=True, is_internal=True, owner=Owner.nobody)
OWN = replace(UNKNOWN, owner=Owner.visitor, has_device=True)
SOMEONE_ELSES = replace(UNKNOWN, owner=Owner.someone_else)
#: The gateway has not heard of the device yet.
WITHOUT_MAC = Situation(in_residence=True)
WITHOUT_ADDRESS = Situation(has_address=False)
EVERYWHERE = [OUTSIDE, UNKNOWN, OWN, SOMEONE_ELSES, WITHOUT_MAC, WITHOUT_ADDRESS]


def every_situation() -> list[Situation]:
    """All that can be, the impossible included."""
    flags = ["is_logged_in", "is_rezident", "has_room", "has_device", "has_address"]
    flags += ["in_residence", "is_internal", "self_grant"]
    return [
        Situation(owner=owner, **dict(zip(flags, values, strict=True)))
        for owner in Owner
        for values in itertools.product([False, True], repeat=len(flags))
    ]


# The matrix of network-a 5.3, row by row


@pytest.mark.parametrize("where", EVERYWHERE)
@pytest.mark.parametrize("is_rezident", [False, True])
def test_who_is_not_logged_in_needs_an_account_first(where: Situation, is_rezident: bool) -> None:
    situation = replace(where, is_logged_in=False, is_rezident=is_rezident, has_room=True)

    assert next_step(situation) is Step.account


@pytest.mark.parametrize("where", [OUTSIDE, WITHOUT_MAC, WITHOUT_ADDRESS])
@pytest.mark.parametrize("has_room", [False, True])
def test_who_is_not_a_rezident_has_nothing_to_do_there_from_outside(
    where: Situation, has_room: bool
) -> None:
    situation = replace(where, is_rezident=False, has_room=has_room)

    assert next_step(situation) is Step.forbidden


@pytest.mark.parametrize("where", [UNKNOWN, OWN])
@pytest.mark.parametrize(("self_grant", "step"), [(True, Step.activate), (False, Step.forbidden)])
def test_who_is_not_a_rezident_becomes_one_inside_if_the_gris_want_it(
    where: Situation, self_grant: bool, step: Step
) -> None:
    assert next_step(replace(where, is_rezident=False, self_grant=self_grant)) is step


def test_nobody_becomes_a_rezident_with_the_device_of_somebody_else() -> None:
    situation = replace(SOMEONE_ELSES, is_rezident=False)

    assert next_step(situation) is Step.device_of_another


@pytest.mark.parametrize("where", [OUTSIDE, UNKNOWN, OWN, SOMEONE_ELSES, WITHOUT_MAC])
@pytest.mark.parametrize("has_device", [False, True])
def test_a_rezident_without_a_room_takes_one_before_anything_else(
    where: Situation, has_device: bool
) -> None:
    assert next_step(replace(where, has_device=has_device)) is Step.room


@pytest.mark.parametrize(
    ("where", "has_device", "step"),
    [
        (OUTSIDE, False, Step.device),
        (OUTSIDE, True, None),
        (OWN, True, None),
        (UNKNOWN, False, Step.device),
        (UNKNOWN, True, Step.device),
        (SOMEONE_ELSES, False, Step.transfer),
        (SOMEONE_ELSES, True, Step.transfer),
        (WITHOUT_MAC, False, Step.no_mac),
        (WITHOUT_MAC, True, None),
    ],
)
def test_a_rezident_with_a_room_is_led_by_the_device_in_hand(
    where: Situation, has_device: bool, step: Step | None
) -> None:
    assert next_step(replace(where, has_room=True, has_device=has_device)) is step


@pytest.mark.parametrize("has_room", [False, True])
@pytest.mark.parametrize("has_device", [False, True])
def test_a_rezident_whose_address_is_hidden_by_the_proxy_is_told_so(
    has_room: bool, has_device: bool
) -> None:
    situation = replace(WITHOUT_ADDRESS, has_room=has_room, has_device=has_device)

    assert next_step(situation) is Step.no_address


# What holds in all situations


def test_a_device_is_only_transferred_to_who_holds_it_inside() -> None:
    led = [s for s in every_situation() if next_step(s) is Step.transfer]

    assert led
    assert all(s.is_internal and s.owner is Owner.someone_else for s in led)


def test_a_complete_set_up_takes_a_room() -> None:
    complete = [s for s in every_situation() if next_step(s) is None]

    assert complete
    assert all(s.is_logged_in and s.is_rezident and s.has_room for s in complete)


def test_nobody_gets_through_with_a_device_that_is_not_theirs() -> None:
    inside = [s for s in every_situation() if s.is_internal and next_step(s) is None]

    assert {s.owner for s in inside} == {Owner.visitor}


def test_what_one_may_grant_oneself_does_not_matter_to_a_rezident() -> None:
    rezidents = [s for s in every_situation() if s.is_rezident]

    assert all(
        next_step(s) is next_step(replace(s, self_grant=not s.self_grant)) for s in rezidents
    )
