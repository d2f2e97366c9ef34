"""The fair strategy (community 4.8): reference values, everything tried, and what follows."""

import hashlib
from dataclasses import replace

import pytest

from app.enums import RunMode, Strategy
from app.modules.club_q.demo.instances import generate
from app.modules.club_q.rules import check, fair
from app.modules.club_q.rules.classic import share
from app.modules.club_q.rules.instance import Grant, Instance
from app.modules.club_q.rules.outcome import OBJECTIVES, Outcome
from tests.modules.club_q.exhaustive import best_values
from tests.modules.club_q.instances import (
    ADA,
    BOB,
    CY,
    SEED,
    A,
    B,
    C,
    complement,
    drawn,
    instance,
    show,
)

pytestmark = pytest.mark.once


def values(outcome: Outcome) -> tuple[int, ...]:
    return tuple(one.value for one in outcome.objectives)


def given(outcome: Outcome) -> dict[tuple[int, int], int]:
    """What is granted, without what is not."""
    return {key: places for key, places in outcome.grants.items() if places}


def solved(one: Instance, seed: bytes = SEED) -> Outcome:
    """The answer, which nothing is wrong with."""
    found = fair.solve(one, seed)
    assert check.problems(one, found.grants) == []
    assert check.objectives(one, found.grants, seed) == values(found)
    assert found.is_proven
    assert not found.cut_short
    assert all(one.bound == one.value for one in found.objectives)
    return found


# The table of the specification

REFERENCE = [
    (
        instance({ADA: {}, BOB: {}}, {A: 1, B: 1}, [(ADA, A, 1), (ADA, B, 2), (BOB, A, 1)]),
        {(ADA, B): 1, (BOB, A): 1},
        (2, 8_601_600, 2),
    ),
    (
        instance({ADA: {}, BOB: {"discontent": 40}}, {A: 1}, [(ADA, A, 1), (BOB, A, 1)]),
        {(BOB, A): 1},
        (1, 7_741_440, 1),
    ),
    (
        instance(
            {ADA: {}, BOB: {}, CY: {}},
            {A: 3, B: 2},
            [(ADA, A, 1, 2, 1), (ADA, B, 2, 2, 2), (BOB, A, 1, 2, 2), (BOB, B, 2), (CY, A, 1)],
        ),
        {(ADA, B): 2, (BOB, A): 2, (CY, A): 1},
        (3, 13_762_560, 5),
    ),
]


@pytest.mark.parametrize(("one", "grants", "reached"), REFERENCE)
def test_the_reference_values_are_reached(
    one: Instance, grants: dict, reached: tuple[int, int, int]
) -> None:
    found = solved(one)
    assert given(found) == grants
    assert values(found)[:3] == reached


def test_an_input_with_nobody_has_an_answer() -> None:
    assert values(solved(Instance(season=7))) == (0, 0, 0, 0)
    assert values(solved(instance({ADA: {}}, {A: 0}, [(ADA, A, 1)]))) == (0, 0, 0, 0)


# Against everything


@pytest.mark.parametrize("part", range(5))
def test_small_inputs_get_what_trying_everything_gets(part: int) -> None:
    for number in range(part, 500, 5):
        one = drawn(number, people=1 + number % 5, shows=1 + number // 5 % 4, capacity=3)
        assert values(solved(one)) == best_values(one, SEED), number


def test_a_second_round_of_small_inputs_gets_what_trying_everything_gets() -> None:
    for number in range(100):
        first = drawn(number, capacity=2)
        kept = {key: places for key, places in share(first, SEED).grants.items() if number % 2}
        locked = {(grant.person, grant.show) for grant in first.grants}
        kept = {key: places for key, places in kept.items() if key not in locked}
        one = complement(first, kept, s100=number % 3, s101=1)
        one = replace(one, grants=(*one.grants, *first.grants))
        assert values(solved(one)) == best_values(one, SEED), number


# What follows


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_wasted_and_no_exchange_does_better(seed: int) -> None:
    one = generate(seed, people=60, shows=12, wishes=5)
    found = solved(one)
    assert check.wasted(one, found.grants) == []
    assert check.improving_swaps(one, found.grants) == []


@pytest.mark.parametrize("seed", range(3))
def test_other_numbers_for_the_same_people_and_shows_give_each_the_same(seed: int) -> None:
    one = generate(seed, people=50, shows=10, wishes=5)
    keys = one.keys(SEED)
    one = replace(
        one,
        people=tuple(replace(person, discontent=0) for person in one.people),
        wishes=tuple(
            replace(wish, key=f"{keys[wish.person, wish.show]:064x}") for wish in one.wishes
        ),
    )
    people = {one.id: 1000 - 7 * one.id for one in one.people}
    shows = {one.id: 500 - 3 * one.id for one in one.shows}
    other = replace(
        one,
        people=tuple(replace(person, id=people[person.id]) for person in one.people),
        shows=tuple(replace(show, id=shows[show.id]) for show in one.shows),
        wishes=tuple(
            replace(wish, person=people[wish.person], show=shows[wish.show]) for wish in one.wishes
        ),
    )
    renamed = {
        (people[person], shows[show]): places
        for (person, show), places in solved(one).grants.items()
    }
    assert solved(other).grants == renamed


def test_the_order_of_rows_changes_no_byte() -> None:
    one = generate(5, people=40, shows=8, wishes=5)
    turned = replace(
        one,
        people=one.people[::-1],
        shows=one.shows[::-1],
        wishes=(*one.wishes[7:], *one.wishes[:7]),
    )
    assert solved(turned).canonical() == solved(one).canonical() == solved(one).canonical()


@pytest.mark.parametrize("number", range(12))
def test_one_seat_more_never_makes_it_worse(number: int) -> None:
    one = drawn(number, people=8, shows=5)
    before = values(solved(one))[:3]
    for place in one.shows:
        wider = tuple(replace(show, capacity=show.capacity + (show is place)) for show in one.shows)
        assert values(solved(replace(one, shows=wider)))[:3] >= before


def test_of_two_with_the_same_wishes_the_more_discontented_is_not_far_behind() -> None:
    one = generate(3, people=40, shows=10, wishes=5)
    model = {person.id: person for person in one.people}
    twins = [
        replace(person, id=person.id + 1000, discontent=person.discontent + 50)
        for person in one.people
    ]
    twin_wishes = [replace(wish, person=wish.person + 1000) for wish in one.wishes]
    both = replace(one, people=(*one.people, *twins), wishes=(*one.wishes, *twin_wishes))
    found = solved(both)
    units = dict.fromkeys((person.id for person in both.people), 0)
    for wish in both.wishes:
        value = 2520 // wish.priority // wish.places
        units[wish.person] += value * found.grants[wish.person, wish.show]
    assert all(units[number + 1000] >= units[number] - 6 * 210 for number in model)


# The draw


@pytest.mark.parametrize("strategy", list(Strategy))
def test_two_identical_students_have_equal_chances(strategy: Strategy) -> None:
    one = instance(
        {ADA: {}, BOB: {}}, {A: 1, B: 1}, [(ADA, A, 1), (ADA, B, 2), (BOB, A, 1), (BOB, B, 2)]
    )
    won = 0
    for number in range(1000):
        seed = hashlib.sha256(str(number).encode()).digest()
        found = fair.solve(one, seed) if strategy is Strategy.fair else share(one, seed)
        assert found.grants[ADA, A] + found.grants[BOB, A] == 1
        won += found.grants[ADA, A]
    assert abs(won - 500) <= 40  # p > 0.01: two and a half standard deviations of 15.8


# What is given


def test_what_is_locked_stays_and_counts() -> None:
    one = instance(
        {ADA: {}, BOB: {}, CY: {}},
        {A: 2, B: 1},
        [(ADA, A, 1, 2), (BOB, A, 1, 2), (CY, A, 1), (CY, B, 2)],
        (Grant(person=ADA, show=A, places=1), Grant(person=CY, show=A, places=0)),
    )
    found = solved(one)
    assert given(found) == {(ADA, A): 1, (BOB, A): 1, (CY, B): 1}
    assert values(found)[0] == 3


def test_what_is_locked_may_break_a_bound_of_its_owner() -> None:
    one = instance(
        {ADA: {"budget": 500, "max_shows": 1}, BOB: {}},
        {A: 0, B: show(B, 5, start=29_000_000), C: show(C, 5, start=29_000_060)},
        [(ADA, A, 1, 2), (ADA, B, 2), (ADA, C, 3), (BOB, A, 1), (BOB, B, 2)],
        (
            Grant(person=ADA, show=A, places=2),
            Grant(person=ADA, show=B, places=1),
            Grant(person=ADA, show=C, places=1),
        ),
    )
    found = solved(one)
    assert given(found) == {(ADA, A): 2, (ADA, B): 1, (ADA, C): 1, (BOB, B): 1}


def test_a_second_round_only_adds() -> None:
    first = generate(2, people=60, shows=12, wishes=5)
    kept = solved(first).grants
    second = complement(first, kept, **{f"s{show.id}": 2 for show in first.shows[:4]})
    assert second.mode is RunMode.complement
    found = solved(second)
    assert all(found.grants[key] >= places for key, places in kept.items())
    assert sum(found.grants.values()) > sum(kept.values())


# Time


def test_a_run_that_is_cut_short_has_an_answer_and_a_gap() -> None:
    one = generate(1, people=120)
    found = fair.solve(one, SEED, time_limit=0.0)
    assert found.cut_short
    assert not found.is_proven
    assert check.problems(one, found.grants) == []
    assert values(found) == check.objectives(one, found.grants, SEED)
    assert values(found) >= values(share(one, SEED))
    for objective in found.objectives:
        assert objective.bound is not None
        assert objective.bound >= objective.value


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[int, int, str]] = []
    fair.solve(REFERENCE[0][0], SEED, told=lambda *said: told.append(said))
    assert told == [*((rank, 4, name) for rank, name in enumerate(OBJECTIVES)), (4, 4, "done")]


def test_another_limit_gives_the_same_bytes_once_it_is_proven() -> None:
    one = generate(4, people=40)
    long, short = fair.solve(one, SEED, time_limit=1000), fair.solve(one, SEED, time_limit=200)
    assert short.canonical() == long.canonical()
