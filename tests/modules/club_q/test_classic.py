"""The classic strategy: its reference values, its order, its limits (community 4.6)."""

import random
import time
from dataclasses import replace

import pytest

from app.core import draw
from app.enums import RunMode, Strategy
from app.modules.club_q.rules import check, classic
from app.modules.club_q.rules.instance import Grant, Instance, Parameters, Person, Show, Wish
from app.modules.club_q.rules.tenths import nearest
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

BONUSES = Parameters(promo_1a=144, bonuses=(40, 30, 20, 10), bonus_other=-100)


def shared(one: Instance) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    found = classic.share(one, SEED)
    return dict(found.grants), dict(found.changes)


def one_wish(
    priority: int, places: int, minimum: int, left: int
) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    return shared(instance({ADA: {}}, {A: left}, [(ADA, A, priority, places, minimum)]))


@pytest.mark.parametrize(
    ("fraction", "rounded"),
    [((5, 2), 3), ((-5, 2), -3), ((4, 3), 1), ((-4, 3), -1), ((0, 7), 0), ((-1, 2), -1)],
)
def test_halves_are_rounded_away_from_zero(fraction, rounded):
    assert nearest(*fraction) == rounded


@pytest.mark.parametrize(
    ("priority", "change"),
    list(enumerate([-17, -13, -10, -7, -3, 0, 0], 1)),
)
def test_a_place_in_full_costs_less_the_lower_its_rank(priority, change):
    grants, changes = one_wish(priority, 1, 1, left=1)
    assert grants == {(ADA, A): 1}
    assert changes.get(ADA, 0) == change


@pytest.mark.parametrize(("places", "change"), list(enumerate([-17, -47, -87, -133, -187], 1)))
def test_more_places_cost_more_than_in_proportion(places, change):
    assert one_wish(1, places, 1, left=places)[1] == {ADA: change}


@pytest.mark.parametrize(
    ("minimum", "granted", "change"), [(1, 2, -23), (2, 2, -23), (3, 0, 20), (4, 0, 20)]
)
def test_what_is_left_is_given_from_the_minimum_on(minimum, granted, change):
    assert one_wish(1, 4, minimum, left=2) == ({(ADA, A): granted}, {ADA: change})


@pytest.mark.parametrize(("priority", "change"), list(enumerate([20, 13, 7, 0, 0], 1)))
def test_a_refusal_counts_less_the_lower_its_rank(priority, change):
    grants, changes = one_wish(priority, 1, 1, left=0)
    assert grants == {(ADA, A): 0}
    assert changes.get(ADA, 0) == change


def test_nothing_is_granted_where_nothing_is_left_even_to_who_takes_little():
    assert one_wish(1, 4, 1, left=0) == ({(ADA, A): 0}, {ADA: 20})


@pytest.mark.parametrize(
    ("promo", "bonus"),
    [(144, 40), (143, 30), (142, 20), (141, 10), (140, -100), (145, -100), (None, 0)],
)
def test_the_bonus_goes_by_promo(promo, bonus):
    assert BONUSES.bonus(promo) == bonus


@pytest.mark.parametrize(("tenths", "after"), [(-1, -27), (0, -26), (100, 74), (26, 0), (-26, -52)])
def test_a_part_granted_is_rounded_on_the_sum(tenths, after):
    """Three places in part at the third rank: half of 5.2."""
    assert classic.after_partial(tenths, 3, 3) == after


@pytest.mark.parametrize(("tenths", "after"), [(0, -93), (100, 8), (92, -1), (93, 1), (-100, -193)])
def test_a_half_tenth_goes_away_from_zero(tenths, after):
    """Seven places in part at the third rank: half of 18.5."""
    assert classic.after_partial(tenths, 3, 7) == after


@pytest.mark.parametrize("places", range(1, 51))
def test_the_weight_of_places_is_exact(places):
    tenths = classic.weight(places)
    assert (2 * tenths - 1) ** 2 < 400 * places**3 < (2 * tenths + 1) ** 2


def test_the_more_discontented_goes_first():
    one = instance(
        {ADA: {"discontent": -33}, BOB: {"discontent": 73}}, {A: 1}, [(ADA, A, 1), (BOB, A, 1)]
    )
    assert shared(one)[0] == {(ADA, A): 0, (BOB, A): 1}


def test_bonuses_decide_of_the_order_once():
    one = instance(
        {ADA: {"promo": 141}, BOB: {"promo": 144}},
        {A: 1},
        [(ADA, A, 1), (BOB, A, 1)],
        parameters=BONUSES,
    )
    grants, changes = shared(one)
    assert grants[BOB, A] == 1
    assert changes == {ADA: 20, BOB: -17}


def test_a_better_rank_goes_before_discontent():
    one = instance(
        {ADA: {"discontent": -90}, BOB: {"discontent": 90}},
        {A: 1, B: 5},
        [(ADA, A, 1), (BOB, B, 1), (BOB, A, 2)],
    )
    assert shared(one)[0] == {(ADA, A): 1, (BOB, B): 1, (BOB, A): 0}


def test_the_order_is_taken_again_after_each_decision():
    """Bob leads by 0.1; once he has his first show he is behind Ada for the second ranks."""
    one = instance(
        {ADA: {}, BOB: {"discontent": 1}},
        {A: 1, B: 1, C: 0},
        [(ADA, C, 1), (ADA, B, 2), (BOB, A, 1), (BOB, B, 2)],
    )
    found = classic.share(one, SEED)
    assert found.grants == {(ADA, C): 0, (ADA, B): 1, (BOB, A): 1, (BOB, B): 0}
    # Ada: +2.0 refused, then her second wish as a first one: -1.7. Bob: -1.7, then +1.3.
    assert found.changes == {ADA: 3, BOB: -4}


def test_a_refusal_moves_the_others_up_and_changes_no_stored_priority():
    one = instance(
        {ADA: {}, BOB: {"discontent": -100}},
        {A: 0, B: 1},
        [(ADA, A, 1), (ADA, B, 2), (BOB, B, 1)],
    )
    before = one.canonical()
    assert shared(one)[0][ADA, B] == 1
    assert one.canonical() == before
    assert "spectacle #12, priorité 1 : 1 sur 1" in "\n".join(classic.share(one, SEED).log)


def test_a_refusal_far_down_moves_the_others_up_too():
    one = instance({ADA: {}}, {A: 0, B: 1}, [(ADA, A, 6), (ADA, B, 7)])
    assert "spectacle #12, priorité 6" in "\n".join(classic.share(one, SEED).log)


def test_the_keys_are_those_of_the_seed_unless_the_input_has_them():
    one = instance({12: {}, 13: {}}, {34: 1, 35: 1}, [(12, 34, 1), (12, 35, 2), (13, 34, 1)])
    keys = one.keys(SEED)
    assert {key: f"{value:064x}"[:16] for key, value in keys.items()} == {
        (12, 34): "30324cf7ad1b3092",
        (12, 35): "a0147340dc3a8761",
        (13, 34): "4a5d1651e6d7a334",
    }
    assert [draw.weight(one) for one in keys.values()] == [197413, 655688, 304594]
    told = replace(one, wishes=tuple(replace(wish, key="f" * 64) for wish in one.wishes))
    assert set(told.keys(SEED).values()) == {2**256 - 1}


def test_the_draw_decides_between_equals():
    wishes = [(12, 34, 1), (13, 34, 1)]
    one = instance({12: {}, 13: {}}, {34: 1}, wishes)
    # The keys of community 4.7: that of 12 is the smaller.
    assert shared(one)[0] == {(12, 34): 1, (13, 34): 0}


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"budget": 1500}, "budget"),
        ({"max_shows": 1}, "shows"),
        ({}, "clash"),
        ({"accept_clashes": True}, None),
    ],
)
def test_what_someone_does_not_want_is_left_without_a_change(limits, why):
    start = 29_000_000
    other = start + 149 if why in ("clash", None) else start + 150
    one = instance(
        {ADA: limits},
        {A: show(A, 5, start=start), B: show(B, 5, start=other)},
        [(ADA, A, 1), (ADA, B, 2)],
    )
    found = classic.share(one, SEED)
    assert found.skipped == ({} if why is None else {(ADA, B): why})
    assert found.grants[ADA, B] == (1 if why is None else 0)
    assert found.changes[ADA] == (-30 if why is None else -17)


def test_what_is_locked_is_kept_and_counts():
    one = instance(
        {ADA: {"max_shows": 1}, BOB: {}},
        {A: 3, B: 2},
        [(ADA, A, 1, 2), (ADA, B, 2), (BOB, A, 1, 2), (BOB, B, 2, 2)],
        (
            Grant(person=ADA, show=A, places=2),
            Grant(person=BOB, show=B, places=0),
        ),
    )
    found = classic.share(one, SEED)
    assert found.grants == {(ADA, A): 2, (ADA, B): 0, (BOB, A): 1, (BOB, B): 0}
    assert found.skipped == {(ADA, B): "shows"}
    assert ADA not in found.changes


def test_a_complement_keeps_everything_and_starts_from_what_is():
    """Ada is the less discontented before the season, the more so now: she goes first."""
    one = instance(
        {ADA: {"discontent": -90, "current": 50, "promo": 140}, BOB: {"promo": 144}, CY: {}},
        {A: 3},
        [(ADA, A, 1), (BOB, A, 1), (CY, A, 1, 3)],
        (Grant(person=CY, show=A, places=2, locked=False),),
        mode=RunMode.complement,
        parameters=BONUSES,
    )
    grants, changes = shared(one)
    assert grants == {(ADA, A): 1, (BOB, A): 0, (CY, A): 2}
    assert changes == {ADA: -17, BOB: 20}


def test_people_without_a_promo_are_named_first_in_the_log_by_number():
    one = instance({ADA: {}, BOB: {"promo": 144}}, {A: 3}, [(ADA, A, 1), (BOB, A, 1, 2)])
    log = classic.share(replace(one, parameters=BONUSES), SEED).log
    assert log[0] == "promo inconnue, sans bonus : #1"
    assert log[1:] == (
        "#2 → spectacle #11, priorité 1 : 2 sur 2 ; restent 1 ; mécontentement -0.7",
        "#1 → spectacle #11, priorité 1 : 1 sur 1 ; restent 0 ; mécontentement -1.7",
        "spectacle #11 : 3 places, 3 attribuées",
        "#1 : 1 places",
        "#2 : 2 places",
    )


def test_objectives_are_told_and_nothing_is_said_to_be_proven():
    found = classic.share(drawn(3), SEED)
    assert found.strategy is Strategy.classic
    assert [one.name for one in found.objectives] == ["served", "worth", "places", "draw"]
    assert tuple(one.value for one in found.objectives) == check.objectives(
        drawn(3), found.grants, SEED
    )
    assert not any(one.proven or one.bound is not None for one in found.objectives)


def test_no_constraint_is_ever_broken():
    for number in range(400):
        one = drawn(number, people=12, shows=8, asked=6, capacity=6)
        found = classic.share(one, SEED)
        assert check.problems(one, found.grants) == []
        rest = complement(one, found.grants, s100=3, s101=1)
        assert check.problems(rest, classic.share(rest, SEED).grants) == []


def test_the_order_of_rows_tells_nothing():
    for number in range(50):
        one = drawn(number, people=12, shows=8, asked=6)
        rows = random.Random(number)
        other = replace(
            one,
            people=tuple(rows.sample(one.people, len(one.people))),
            shows=tuple(rows.sample(one.shows, len(one.shows))),
            wishes=tuple(rows.sample(one.wishes, len(one.wishes))),
        )
        assert classic.share(other, SEED).canonical() == classic.share(one, SEED).canonical()


def test_thirty_two_thousand_wishes_take_little_time():
    chance = random.Random(5)
    one = Instance(
        season=7,
        people=tuple(Person(id=key, discontent=chance.randint(-99, 99)) for key in range(4000)),
        shows=tuple(Show(id=key, capacity=240, price=1500, start=key * 1440) for key in range(40)),
        wishes=tuple(
            Wish(person=person, show=key, priority=priority, places=chance.randint(1, 4))
            for person in range(4000)
            for priority, key in enumerate(chance.sample(range(40), 8), 1)
        ),
    )
    assert len(one.wishes) == 32_000
    began = time.perf_counter()
    classic.share(one, SEED)
    assert time.perf_counter() - began < 10
