"""How discontent moves (community 4.6, 4.8)."""

import pytest

from app.enums import RunMode, Strategy
from app.modules.club_q.rules import classic
from app.modules.club_q.rules.discontent import Level, faded, levels, moved
from app.modules.club_q.rules.instance import Grant, Parameters
from tests.modules.club_q.instances import ADA, BOB, CY, SEED, A, B, instance, outcome

pytestmark = pytest.mark.once

BONUSES = Parameters(promo_1a=145, bonuses=(40, 30, 20, 10))


def two(discontent: int = 0, **rest):
    people = {ADA: {}, BOB: {"discontent": discontent, "promo": 144}}
    return instance(people, {A: 1}, [(ADA, A, 1), (BOB, A, 1)], **rest)


@pytest.mark.parametrize(("before", "after"), [(0, 30), (40, 62), (160, 158), (200, 160)])
def test_who_gets_nothing_is_more_discontented_and_who_gets_all_less(before, after):
    one = two(before)
    found = levels(one, outcome(one, {(ADA, A): 1, (BOB, A): 0}))
    assert found[ADA] == Level(before=0, after=-30)
    assert found[BOB] == Level(before=before, after=after)
    assert found[BOB].change == after - before


@pytest.mark.parametrize(
    ("tenths", "after"),
    [(0, 0), (10, 8), (1, 1), (-1, -1), (3, 2), (-3, -2), (995, 160), (-300, -160)],
)
def test_a_season_without_a_wish_fades(tenths, after):
    assert faded(tenths) == after


def test_bonuses_are_shown_where_they_count_and_never_carried_over():
    one = two(parameters=Parameters(promo_1a=145, bonuses=(40, 30, 20, 10), use_bonus=True))
    found = levels(one, outcome(one, {(ADA, A): 1, (BOB, A): 0}))
    assert found[BOB] == Level(before=0, bonus=30, after=30)


def test_the_mean_does_not_drift():
    people = {key: {"discontent": key * 7 - 80} for key in range(1, 21)}
    one = instance(people, {A: 7}, [(key, A, 1) for key in people])
    found = levels(one, outcome(one, {(key, A): int(key <= 7) for key in people}))
    before, after = (
        sum(getattr(level, name) for level in found.values()) for name in ("before", "after")
    )
    assert abs(after - 0.8 * before) <= len(people) / 2


def test_the_classic_one_adds_bonus_and_decisions():
    one = two(40, parameters=BONUSES)
    found = levels(one, classic.share(one, SEED))
    assert found == {
        ADA: Level(before=0, bonus=0, after=20),
        BOB: Level(before=40, bonus=30, after=53),
    }


def left_over(parameters: Parameters = BONUSES):
    """Ada has a place of A and may have one more; Bob and Cy have nothing."""
    return instance(
        {
            ADA: {"current": -30, "promo": 144},
            BOB: {"current": 61, "promo": 144},
            CY: {"current": 199},
        },
        {A: 2, B: 1},
        [(ADA, A, 1, 2), (BOB, B, 1), (CY, B, 1)],
        (Grant(person=ADA, show=A, places=1, locked=False),),
        mode=RunMode.complement,
        parameters=parameters,
    )


def test_a_complement_changes_what_it_changes_from_what_is():
    one = left_over()
    found = levels(one, outcome(one, {(ADA, A): 2, (BOB, B): 1, (CY, B): 0}))
    assert found == {
        ADA: Level(before=-30, after=-60),
        BOB: Level(before=61, after=1),
        CY: Level(before=199, after=199),
    }


def test_a_classic_complement_gives_no_bonus_a_second_time():
    one = left_over()
    found = levels(one, classic.share(one, SEED))
    assert found == {
        ADA: Level(before=-30, after=-30),
        BOB: Level(before=61, after=81),
        CY: Level(before=199, after=182),
    }


@pytest.mark.parametrize(
    ("tenths", "units", "after"),
    [
        (0, 2520, -60),
        (0, -2520, 60),
        (-150, 2520, -160),
        (199, 210, 194),
        (199, -210, 199),
        (5, 63, 4),
        (0, 21, -1),
    ],
)
def test_half_a_point_of_discontent_for_a_point_of_satisfaction(tenths, units, after):
    assert moved(tenths, units) == after


def test_who_wishes_for_nothing_any_more_fades():
    one = instance({ADA: {"discontent": 50}, BOB: {}}, {A: 1}, [(BOB, A, 1)])
    found = levels(one, outcome(one, {(BOB, A): 1}, Strategy.fair))
    assert found == {ADA: Level(before=50, after=40), BOB: Level(before=0, after=0)}
