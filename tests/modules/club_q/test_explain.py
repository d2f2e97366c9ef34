"""Why each wish has what it has: a case for each code, and nobody else in what is said."""

import json

import pytest

from app.core import draw
from app.enums import RunMode, Strategy, WishReason as R
from app.modules.club_q.rules import classic
from app.modules.club_q.rules.explain import explain
from app.modules.club_q.rules.instance import Grant
from tests.modules.club_q.instances import (
    ADA,
    BOB,
    CY,
    DAN,
    SEED,
    A,
    B,
    C,
    best,
    drawn,
    instance,
    outcome,
    show,
    some,
)

pytestmark = pytest.mark.once

START = 29_000_000


def why(one, grants, key, strategy=Strategy.fair):
    found = explain(one, outcome(one, grants, strategy), SEED).wishes[key]
    return found.reason, dict(found.data)


def asked(places=1, minimum=1, priority=1, granted=0):
    return {"places": places, "minimum": minimum, "priority": priority, "granted": granted}


def test_all_that_was_asked():
    one = instance({ADA: {}}, {A: 2}, [(ADA, A, 1, 2)])
    assert why(one, {(ADA, A): 2}, (ADA, A)) == (R.full, asked(2, granted=2))


def test_a_part_because_no_more_was_left():
    one = instance({ADA: {}, BOB: {}}, {A: 3}, [(ADA, A, 1, 2), (BOB, A, 1, 2)])
    assert why(one, {(ADA, A): 2, (BOB, A): 1}, (BOB, A)) == (
        R.partial,
        {**asked(2, granted=1), "asked": 4, "offered": 3, "cause": "none_left"},
    )


def test_a_part_because_of_the_budget():
    one = instance({ADA: {"budget": 2500}}, {A: 5}, [(ADA, A, 1, 4)])
    assert why(one, {(ADA, A): 2}, (ADA, A)) == (
        R.partial,
        {**asked(4, granted=2), "asked": 4, "offered": 5, "cause": "budget", "money": 500},
    )


def test_nothing_left_counts_holders_by_what_they_would_lose():
    """Ada would lose more than Bob would gain, Cy as much: the draw decided between them."""
    one = instance(
        {ADA: {"discontent": 60}, BOB: {}, CY: {}},
        {A: 2},
        [(ADA, A, 1), (BOB, A, 1), (CY, A, 1)],
    )
    reason, data = why(one, {(ADA, A): 1, (BOB, A): 0, (CY, A): 1}, (BOB, A))
    assert reason is R.none_left
    key = draw.key(seed=SEED, season=7, person=BOB, show=A)
    assert data == {
        **asked(),
        "asked": 3,
        "offered": 2,
        "holders": 2,
        "more": 1,
        "same": 1,
        "less": 0,
        "forbidden": {},
        "draw": draw.weight(key),
    }


@pytest.mark.parametrize(
    ("grants", "wish", "given", "forbidden"),
    [
        # Cy has nothing else, Bob has something already.
        ({(BOB, B): 1, (CY, A): 1}, (BOB, A, 1), (), {"served": 1}),
        # Bob needs two places, Cy has one.
        ({(CY, A): 1}, (BOB, A, 1, 2, 2), (), {"minimum": 1}),
        # The team gave it to Cy.
        ({(CY, A): 1}, (BOB, A, 1), (Grant(person=CY, show=A, places=1),), {"locked": 1}),
        # Nothing forbids it: that is no fair answer.
        ({(CY, A): 1}, (BOB, A, 1), (), {"order": 1}),
    ],
)
def test_those_who_would_lose_less_are_told_by_what_forbids_it(grants, wish, given, forbidden):
    one = instance(
        {BOB: {"discontent": 150}, CY: {"discontent": -150}},
        {A: 1, B: 1},
        [wish, (BOB, B, 2), (CY, A, 1)],
        given,
    )
    everything = {(BOB, A): 0, (BOB, B): 0, (CY, A): 0, **grants}
    reason, data = why(one, everything, (BOB, A))
    assert (reason, data["forbidden"]) == (R.none_left, forbidden)
    assert (data["holders"], data["more"], data["same"], data["less"]) == (1, 0, 0, 1)
    assert "draw" not in data


def test_kept_grants_are_locked_in_a_complement():
    one = instance(
        {BOB: {"discontent": 150}, CY: {"discontent": -150}},
        {A: 1},
        [(BOB, A, 1), (CY, A, 1)],
        (Grant(person=CY, show=A, places=1, locked=False),),
        mode=RunMode.complement,
    )
    grants = {(BOB, A): 0, (CY, A): 1}
    assert why(one, grants, (BOB, A))[1]["forbidden"] == {"locked": 1}
    assert why(one, grants, (CY, A))[0] is R.full


def test_fewer_left_than_the_minimum():
    one = instance({ADA: {}, BOB: {}}, {A: 3}, [(ADA, A, 1, 2, 2), (BOB, A, 1, 2, 2)])
    assert why(one, {(ADA, A): 2, (BOB, A): 0}, (BOB, A)) == (
        R.minimum,
        {**asked(2, 2), "asked": 4, "offered": 3, "left": 1},
    )


def test_a_clash_names_the_own_shows():
    one = instance(
        {ADA: {}},
        {A: show(A, 5, start=START), B: show(B, 5, start=START + 140), C: show(C, 5, start=START)},
        [(ADA, A, 1), (ADA, B, 2), (ADA, C, 3)],
    )
    grants = {(ADA, A): 1, (ADA, B): 0, (ADA, C): 0}
    assert why(one, grants, (ADA, B)) == (R.clash, {**asked(priority=2), "shows": [A]})


def test_a_budget_says_what_is_left():
    one = instance({ADA: {"budget": 1500}}, {A: 5, B: 5}, [(ADA, A, 1), (ADA, B, 2, 2)])
    assert why(one, {(ADA, A): 1, (ADA, B): 0}, (ADA, B)) == (
        R.budget,
        {**asked(2, priority=2), "money": 500, "cost": 1000},
    )


def test_a_number_of_shows_says_how_many_there_are():
    one = instance({ADA: {"max_shows": 1}}, {A: 5, B: 5}, [(ADA, A, 1), (ADA, B, 2)])
    assert why(one, {(ADA, A): 1, (ADA, B): 0}, (ADA, B)) == (
        R.shows,
        {**asked(priority=2), "reached": 1, "bound": 1},
    )


@pytest.mark.parametrize("places", [0, 1, 2])
def test_what_the_team_set_is_said_so(places):
    one = instance({ADA: {}}, {A: 5}, [(ADA, A, 1, 2)], (Grant(person=ADA, show=A, places=places),))
    assert why(one, {(ADA, A): places}, (ADA, A)) == (R.locked, asked(2, granted=places))


def test_what_was_given_back_or_is_cancelled_is_said_so():
    one = instance(
        {ADA: {}},
        {A: 5},
        [(ADA, A, 1, 2)],
        (Grant(person=ADA, show=A, places=1),),
        mode=RunMode.complement,
    )
    found = explain(
        one,
        outcome(one, {(ADA, A): 1}),
        SEED,
        returned={(ADA, A): 1},
        cancelled=[(ADA, B)],
    ).wishes
    assert found[ADA, A].reason is R.returned
    assert found[ADA, A].data == {**asked(2, granted=1), "returned": 1}
    assert (found[ADA, B].reason, found[ADA, B].granted) == (R.cancelled, 0)


def test_what_the_classic_strategy_skipped_keeps_its_reason():
    """A second wish for two places was beyond the budget, although one place is within."""
    one = instance({ADA: {"budget": 2500}}, {A: 5, B: 5}, [(ADA, A, 1), (ADA, B, 2, 2)])
    found = explain(one, classic.share(one, SEED), SEED).wishes[ADA, B]
    assert found.reason is R.budget
    assert found.data["money"] == 1500


def test_a_summary_for_each_person():
    one = instance(
        {ADA: {}, BOB: {"discontent": 40}},
        {A: 1, B: 2},
        [(ADA, A, 1), (ADA, B, 2, 2), (BOB, A, 1)],
    )
    people = explain(one, outcome(one, {(ADA, A): 0, (ADA, B): 2, (BOB, A): 1}), SEED).people
    assert (people[ADA].satisfaction, people[ADA].served) == (1260, True)
    assert people[ADA].data == {
        "satisfaction": 1260,
        "mean": 1890,
        "wishes": 2,
        "obtained": 1,
        "places": 2,
        "amount": 2000,
        "best": 2,
    }
    assert (people[BOB].before, people[BOB].bonus, people[BOB].after) == (40, 0, 17)
    nothing = explain(one, outcome(one, {(ADA, A): 0, (ADA, B): 0, (BOB, A): 0}), SEED).people
    assert (nothing[BOB].served, nothing[BOB].data["best"]) == (False, None)


def _numbers(value):
    if isinstance(value, dict):
        return [found for one in value.values() for found in _numbers(one)]
    if isinstance(value, list):
        return [found for one in value for found in _numbers(one)]
    return [value]


def test_nothing_tells_of_another_person():
    """Numbers of people that nothing else can be: none of them is in what is said."""
    people = {10_000_019 + key: {"discontent": key} for key in range(9)}
    one = instance(
        people,
        {A: 3, B: 2},
        [(key, place, rank) for key in people for rank, place in ((1, A), (2, B))],
    )
    found = explain(one, classic.share(one, SEED), SEED)
    said = [dict(each.data) for each in (*found.wishes.values(), *found.people.values())]
    assert json.loads(json.dumps(said)) == said
    assert not set(_numbers(said)) & set(people)


def test_each_wish_and_each_person_is_explained():
    for number in range(60):
        one = drawn(number, people=8, shows=5)
        for answer in (classic.share(one, SEED), outcome(one, some(one, number))):
            found = explain(one, answer, SEED)
            assert found.wishes.keys() == answer.grants.keys()
            assert found.people.keys() == {person.id for person in one.people}
            for key, said in found.wishes.items():
                assert said.granted == answer.grants[key]
                is_served = said.reason in (R.full, R.partial)
                assert is_served == (said.granted > 0) or said.reason is R.locked
                if said.reason is R.none_left:
                    counts = (said.data["more"], said.data["same"], said.data["less"])
                    assert sum(counts) == said.data["holders"]
                    assert sum(said.data["forbidden"].values()) == said.data["less"]


def test_in_a_fair_answer_something_forbids_every_exchange_that_would_do_better():
    for number in range(12):
        one = drawn(number, people=4, shows=3, asked=2)
        for said in explain(one, best(one), SEED).wishes.values():
            assert "order" not in said.data.get("forbidden", {})


def test_a_place_more_than_a_person_has_is_never_a_reason_for_another():
    """Dan holds two shows: who has nothing would have served one more without Dan losing all."""
    one = instance(
        {DAN: {"discontent": 160}, BOB: {}}, {A: 1, B: 1}, [(DAN, A, 1), (DAN, B, 2), (BOB, A, 1)]
    )
    found = best(one)
    assert found.grants == {(DAN, A): 0, (DAN, B): 1, (BOB, A): 1}
    assert why(one, found.grants, (DAN, A))[1]["forbidden"] == {"served": 1}
