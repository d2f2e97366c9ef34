"""The independent checker: it sees each fault, and nothing where there is none."""

import itertools
import random

import pytest

from app.enums import RunMode, Strategy
from app.modules.club_q.rules import check, value
from app.modules.club_q.rules.instance import Grant, Parameters
from app.modules.club_q.rules.standing import Standing, worth
from tests.modules.club_q.instances import (
    ADA,
    BOB,
    CY,
    SEED,
    A,
    B,
    best,
    complement,
    drawn,
    instance,
    outcome,
    show,
    some,
)

pytestmark = pytest.mark.once

START = 29_000_000
FAULTS = [
    ("capacity", {ADA: {}}, {A: 1}, [(ADA, A, 1, 2)], (), {(ADA, A): 2}),
    ("minimum", {ADA: {}}, {A: 5}, [(ADA, A, 1, 3, 2)], (), {(ADA, A): 1}),
    ("asked", {ADA: {}}, {A: 5}, [(ADA, A, 1, 2)], (), {(ADA, A): 3}),
    ("negative", {ADA: {}}, {A: 5}, [(ADA, A, 1, 2)], (), {(ADA, A): -1}),
    ("budget", {ADA: {"budget": 1999}}, {A: 5}, [(ADA, A, 1, 2)], (), {(ADA, A): 2}),
    (
        "shows",
        {ADA: {"max_shows": 1}},
        {A: 5, B: 5},
        [(ADA, A, 1), (ADA, B, 2)],
        (),
        {(ADA, A): 1, (ADA, B): 1},
    ),
    (
        "clash",
        {ADA: {}},
        {A: show(A, 5, start=START), B: show(B, 5, start=START + 149)},
        [(ADA, A, 1), (ADA, B, 2)],
        (),
        {(ADA, A): 1, (ADA, B): 1},
    ),
    (
        "locked, less",
        {ADA: {}},
        {A: 5},
        [(ADA, A, 1, 2)],
        (Grant(person=ADA, show=A, places=1),),
        {(ADA, A): 0},
    ),
    (
        "locked at nothing",
        {ADA: {}},
        {A: 5},
        [(ADA, A, 1, 2)],
        (Grant(person=ADA, show=A, places=0),),
        {(ADA, A): 2},
    ),
    ("no answer", {ADA: {}}, {A: 5}, [(ADA, A, 1, 2)], (), {}),
    ("no wish", {ADA: {}}, {A: 5}, [(ADA, A, 1)], (), {(ADA, A): 1, (BOB, A): 1}),
]


@pytest.mark.parametrize(
    ("people", "shows", "wishes", "given", "grants"),
    [one[1:] for one in FAULTS],
    ids=[one[0] for one in FAULTS],
)
def test_each_kind_of_fault_is_seen(people, shows, wishes, given, grants):
    assert len(check.problems(instance(people, shows, wishes, given), grants)) == 1


def test_a_kept_grant_may_not_shrink():
    one = instance(
        {ADA: {}},
        {A: 5},
        [(ADA, A, 1, 3, 2)],
        (Grant(person=ADA, show=A, places=2, locked=False),),
        mode=RunMode.complement,
    )
    assert check.problems(one, {(ADA, A): 1}) != []
    assert check.problems(one, {(ADA, A): 2}) == check.problems(one, {(ADA, A): 3}) == []


def test_what_the_team_gave_is_beyond_reproach_and_no_more():
    one = instance(
        {ADA: {"budget": 500, "max_shows": 1}},
        {A: show(A, 1, start=START), B: show(B, 3, start=START)},
        [(ADA, A, 1, 2), (ADA, B, 2, 2)],
        (Grant(person=ADA, show=A, places=2), Grant(person=ADA, show=B, places=1)),
    )
    grants = {(ADA, A): 2, (ADA, B): 1}
    assert check.problems(one, grants) == []
    assert check.wasted(one, grants) == []


@pytest.mark.parametrize(("between", "problems"), [(149, 1), (150, 0)])
def test_half_an_hour_lies_between_two_shows(between, problems):
    one = instance(
        {ADA: {}},
        {A: show(A, 5, start=START), B: show(B, 5, start=START + between)},
        [(ADA, A, 1), (ADA, B, 2)],
    )
    assert len(check.problems(one, {(ADA, A): 1, (ADA, B): 1})) == problems


@pytest.mark.parametrize(
    ("units", "expected"),
    [(0, 0), (1260, 20_643_840), (2520, 30_965_760), (3360, 34_406_400), (6720, 40_212_480)],
)
def test_the_worth_is_that_of_the_specification(units, expected):
    assert worth(units) == value.worth(units) == expected


def test_two_ways_to_compute_agree():
    chance = random.Random(1)
    for units in [*range(0, 30_000, 97), *(chance.randrange(200_000) for _ in range(500))]:
        assert worth(units) == value.worth(units)
    for number in range(50):
        one = drawn(number, people=8)
        standing = Standing(one, {})
        for person in one.people:
            assert standing.start(person.id) == value.start_level(person, one.parameters)
        for wish in one.wishes:
            key = wish.person, wish.show
            assert standing.value(key) == value.place_value(wish, one.parameters)


REFERENCES = [
    (
        {ADA: {}, BOB: {}},
        {A: 1, B: 1},
        [(ADA, A, 1), (ADA, B, 2), (BOB, A, 1)],
        {(ADA, A): 0, (ADA, B): 1, (BOB, A): 1},
        (2, 8_601_600, 2),
    ),
    (
        {ADA: {}, BOB: {"discontent": 40}},
        {A: 1},
        [(ADA, A, 1), (BOB, A, 1)],
        {(ADA, A): 0, (BOB, A): 1},
        (1, 7_741_440, 1),
    ),
    (
        {ADA: {}, BOB: {}, CY: {}},
        {A: 3, B: 2},
        [(ADA, A, 1, 2, 1), (ADA, B, 2, 2, 2), (BOB, A, 1, 2, 2), (BOB, B, 2, 1), (CY, A, 1)],
        {(ADA, A): 0, (ADA, B): 2, (BOB, A): 2, (BOB, B): 0, (CY, A): 1},
        (3, 13_762_560, 5),
    ),
]


@pytest.mark.parametrize(("people", "shows", "wishes", "grants", "objectives"), REFERENCES)
def test_the_best_of_the_reference_cases_is_theirs(people, shows, wishes, grants, objectives):
    one = instance(people, shows, wishes)
    found = best(one)
    assert found.grants == grants
    assert check.objectives(one, grants, SEED)[:3] == objectives
    assert check.wasted(one, grants) == check.improving_swaps(one, grants) == []


def test_serving_the_less_discontented_is_worth_less_and_is_an_improving_swap():
    one = instance({ADA: {}, BOB: {"discontent": 40}}, {A: 1}, [(ADA, A, 1), (BOB, A, 1)])
    grants = {(ADA, A): 1, (BOB, A): 0}
    assert check.objectives(one, grants, SEED)[1] == 5_160_960
    assert check.improving_swaps(one, grants) == [
        check.Swap(show=A, holder=ADA, taker=BOB, lost=1, taken=1)
    ]


@pytest.mark.parametrize(
    ("limits", "is_wasted"),
    [({}, True), ({"budget": 999}, False), ({"budget": 1000}, True), ({"max_shows": 1}, False)],
)
def test_a_ticket_left_is_wasted_where_someone_could_take_it(limits, is_wasted):
    one = instance({ADA: limits}, {A: 1, B: 1}, [(ADA, A, 1), (ADA, B, 2)])
    grants = {(ADA, A): 0, (ADA, B): 0}
    found = check.wasted(one, grants)
    if limits == {"max_shows": 1}:
        grants[ADA, A] = 1
        found = check.wasted(one, grants)
    assert bool(found) is is_wasted


def test_fewer_tickets_than_the_minimum_are_not_wasted():
    one = instance({ADA: {}, BOB: {}}, {A: 3}, [(ADA, A, 1, 2), (BOB, A, 1, 3, 3)])
    assert check.wasted(one, {(ADA, A): 2, (BOB, A): 0}) == []
    assert check.wasted(one, {(ADA, A): 1, (BOB, A): 0}) == [(ADA, A)]


def test_a_part_of_what_someone_holds_may_do_better_elsewhere():
    one = instance({ADA: {}, BOB: {}}, {A: 3}, [(ADA, A, 1, 3), (BOB, A, 1)])
    swaps = check.improving_swaps(one, {(ADA, A): 3, (BOB, A): 0})
    assert swaps == [check.Swap(show=A, holder=ADA, taker=BOB, lost=1, taken=1)]


def test_what_is_fixed_is_never_exchanged():
    one = instance(
        {ADA: {}, BOB: {"discontent": 40}, CY: {"discontent": 90}},
        {A: 1},
        [(ADA, A, 1), (BOB, A, 1), (CY, A, 1)],
        (Grant(person=CY, show=A, places=0),),
    )
    swaps = check.improving_swaps(one, {(ADA, A): 1, (BOB, A): 0, (CY, A): 0})
    assert [swap.taker for swap in swaps] == [BOB]
    kept = complement(one, {(ADA, A): 1})
    assert check.improving_swaps(kept, {(ADA, A): 1, (BOB, A): 0, (CY, A): 0}) == []


def test_a_limit_bounds_what_is_listed():
    one = drawn(5, people=8)
    grants = dict.fromkeys(((wish.person, wish.show) for wish in one.wishes), 0)
    taken = next(key for key in grants if one.grants == () or key[0] != one.grants[0].person)
    grants[taken] = 1
    assert len(check.improving_swaps(one, grants, limit=1)) <= 1


def _swaps_by_hand(one, grants):
    """The pairs between whom an exchange does better, by trying all of them."""
    found = set()
    before = check.objectives(one, grants, SEED)[:3]
    for holder, taker in itertools.permutations(one.wishes, 2):
        if holder.show != taker.show:
            continue
        first, second = (holder.person, holder.show), (taker.person, taker.show)
        for kept in range(grants[first]):
            for more in range(1, grants[first] - kept + 1):
                tried = {**grants, first: kept, second: grants[second] + more}
                if not check.problems(one, tried):
                    after = check.objectives(one, tried, SEED)[:3]
                    if after > before:
                        found.add((holder.show, holder.person, taker.person))
    return found


def test_swaps_are_those_that_trying_all_of_them_finds():
    seen = 0
    for number in range(120):
        one = drawn(number, people=4, shows=2, asked=2)
        grants = some(one, number)
        if number % 3 == 0:
            one = complement(one, grants, s100=1)
        swaps = {
            (swap.show, swap.holder, swap.taker) for swap in check.improving_swaps(one, grants)
        }
        assert swaps == _swaps_by_hand(one, grants)
        seen += len(swaps)
    assert seen > 30


def test_wasted_tickets_are_those_that_trying_finds():
    seen = 0
    for number in range(60):
        one = drawn(number, people=5, shows=3)
        grants = some(one, number)
        tried = set()
        for key, places in grants.items():
            for more in range(1, 4):
                if not check.problems(one, {**grants, key: places + more}):
                    tried.add(key)
        assert set(check.wasted(one, grants)) == tried
        seen += len(tried)
    assert seen > 30


def test_the_best_wastes_nothing_and_leaves_no_exchange():
    for number in range(15):
        one = drawn(number, people=4, shows=3, asked=2)
        found = best(one)
        assert check.problems(one, found.grants) == []
        assert check.wasted(one, found.grants) == []
        assert check.improving_swaps(one, found.grants) == []


def test_theta_counts_ranks_or_not():
    wishes = [(ADA, A, 2, 2)]
    for theta, units in ((4, 630), (3, 787), (2, 945), (1, 1102), (0, 1260)):
        one = instance({ADA: {}}, {A: 2}, wishes, parameters=Parameters(theta=theta))
        assert Standing(one, {}).value((ADA, A)) == units


def test_an_answer_says_what_it_is_worth():
    one = instance({ADA: {}}, {A: 2}, [(ADA, A, 1, 2)])
    found = outcome(one, {(ADA, A): 2}, Strategy.fair)
    assert found.is_proven
    assert found.objectives[0].gap == 0
