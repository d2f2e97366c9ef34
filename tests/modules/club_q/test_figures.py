"""The figures of a run: they add up, and are those of a case computed by hand."""

import json
import time

import pytest

from app.enums import RunMode
from app.modules.club_q.rules import classic
from app.modules.club_q.rules.figures import FEWEST_PUBLISHED, figures, published
from app.modules.club_q.rules.instance import Grant
from tests.modules.club_q.instances import (
    ADA,
    BOB,
    CY,
    DAN,
    SEED,
    A,
    B,
    drawn,
    instance,
    outcome,
    show,
)

pytestmark = pytest.mark.once


def by_hand():
    """Ada: a first wish in full. Bob: half of a second one. Cy: nothing. Dan: a budget."""
    return instance(
        {
            ADA: {"promo": 145},
            BOB: {"promo": 145, "discontent": -40},
            CY: {"promo": 144, "discontent": 60},
            DAN: {"budget": 500},
        },
        {A: show(A, 2, price=1000), B: show(B, 2, price=2000)},
        [(ADA, A, 1, 2), (BOB, A, 1), (BOB, B, 2, 2), (CY, A, 1), (DAN, B, 1)],
    )


def test_a_case_by_hand():
    one = by_hand()
    grants = {(ADA, A): 2, (BOB, A): 0, (BOB, B): 1, (CY, A): 0, (DAN, B): 0}
    found = figures(one, outcome(one, grants))
    assert json.loads(json.dumps(found)) == found
    assert (found["people"], found["served"], found["unserved"]) == (4, 2, 2)
    assert found["staff"]["unserved"] == [CY, DAN]
    assert found["tickets"] == {
        "asked": 7, "offered": 4, "granted": 3, "left": 1, "wanted": 1,
    }  # fmt: skip
    assert found["by_outcome"] == {"full": 1, "partial": 1, "none_left": 2, "budget": 1}
    assert found["by_priority"][0] == {
        "priority": 1, "wishes": 4, "full": 1, "partial": 0, "nothing": 3, "asked": 5, "granted": 2,
    }  # fmt: skip
    assert (found["best_mean"], found["first"], found["first_three"]) == (1.5, 1, 2)
    assert found["weighted"] == 1.25
    assert found["satisfaction"] == {
        "min": 0.0, "p10": 0.0, "median": 1.5, "mean": 3.75, "max": 12.0, "gini": 0.65,
    }  # fmt: skip
    assert found["places"] == {"mean": 0.75, "sd": 0.829, "max": 2}
    assert found["discontent"]["before"] == {
        "mean": 0.5, "sd": 3.571, "min": -4.0, "max": 6.0, "p90": 6.0,
    }  # fmt: skip
    assert found["amount"] == 4000
    assert (found["clashes_avoided"], found["budgets_binding"]) == (0, 1)
    assert found["distributions"]["best"] == [[1, 1], [2, 1], [None, 2]]
    assert found["distributions"]["places"] == [[0, 2], [1, 1], [2, 1]]
    assert found["distributions"]["before"] == [[-4, 1], [-2, 0], [0, 2], [2, 0], [4, 0], [6, 1]]
    assert [row["promo"] for row in found["by_promo"]] == [145, 144, None]
    assert found["by_promo"][0]["amount"] == 4000
    assert [one["proven"] for one in found["objectives"]] == [True] * 4


def test_envy_is_told_with_what_explains_it():
    """Bob has nothing and stands lower than Ada would without her show."""
    one = instance(
        {ADA: {"discontent": -100}, BOB: {}, CY: {"budget": 10}},
        {A: 1},
        [(ADA, A, 1), (BOB, A, 1), (CY, A, 1)],
        (Grant(person=ADA, show=A, places=1),),
    )
    found = figures(one, outcome(one, {(ADA, A): 1, (BOB, A): 0, (CY, A): 0}))
    assert found["envy"] == {
        "pairs": 2,
        "people": 2,
        "by_constraint": {"budget": 1, "locked": 1},
    }
    assert found["staff"]["envy"] == [
        {"person": BOB, "holder": ADA, "show": A, "constraint": "locked"},
        {"person": CY, "holder": ADA, "show": A, "constraint": "budget"},
    ]


def test_nobody_envies_who_would_be_behind():
    one = instance({ADA: {"discontent": 100}, BOB: {}}, {A: 1}, [(ADA, A, 1), (BOB, A, 1)])
    assert figures(one, outcome(one, {(ADA, A): 1, (BOB, A): 0}))["envy"]["pairs"] == 0


def test_sums_are_those_of_the_parts():
    for number in range(40):
        one = drawn(number, people=20, shows=8, asked=6)
        found = figures(one, classic.share(one, SEED))
        assert found["served"] + found["unserved"] == found["people"] == 20
        assert sum(found["by_outcome"].values()) == found["wishes"] == len(one.wishes)
        assert sum(row["wishes"] for row in found["by_priority"]) == found["wishes"]
        for row in found["by_priority"]:
            assert row["full"] + row["partial"] + row["nothing"] == row["wishes"]
        tickets = found["tickets"]
        assert tickets["granted"] + tickets["left"] == tickets["offered"]
        assert tickets["granted"] == found["granted"]
        assert sum(row["granted"] for row in found["by_priority"]) == found["granted"]
        for name in ("people", "served", "wishes", "asked", "granted", "amount", "first"):
            assert sum(promo[name] for promo in found["by_promo"]) == found[name]
        for reason, count in found["by_outcome"].items():
            assert sum(row["by_outcome"].get(reason, 0) for row in found["by_promo"]) == count
        for name in ("best", "places", "before", "after"):
            assert sum(count for _, count in found["distributions"][name]) == 20
        assert sum(found["envy"]["by_constraint"].values()) == found["envy"]["pairs"]
        assert len(found["staff"]["unserved"]) == found["unserved"]


def test_nobody_is_in_what_is_published():
    one = drawn(1, people=30, shows=8)
    found = published(figures(one, classic.share(one, SEED)))
    assert "staff" not in found
    assert all(row["people"] >= FEWEST_PUBLISHED for row in found["by_promo"])
    assert found["by_promo"]


def test_a_run_without_a_wish_has_figures_too():
    one = instance({}, {A: 2, B: 0}, [])
    found = figures(one, classic.share(one, SEED))
    assert (found["people"], found["tickets"]["left"], found["by_promo"]) == (0, 2, [])
    assert found["satisfaction"]["gini"] == 0


def test_the_discontent_of_a_complement_is_what_it_is_now():
    one = instance(
        {ADA: {"discontent": 0, "current": 50}},
        {A: 1},
        [(ADA, A, 1)],
        mode=RunMode.complement,
    )
    found = figures(one, outcome(one, {(ADA, A): 1}))["discontent"]
    assert (found["before"]["mean"], found["after"]["mean"]) == (5.0, -1.0)


def test_four_hundred_people_take_little_time():
    one = drawn(1, people=400, shows=40, asked=15, capacity=40)
    answer = classic.share(one, SEED)
    began = time.perf_counter()
    figures(one, answer)
    assert time.perf_counter() - began < 5
