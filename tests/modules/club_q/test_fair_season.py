"""A season of 400 people, shared out by both strategies: what is promised of the fair one."""

import pytest

from app.modules.club_q.demo.instances import generate
from app.modules.club_q.rules import check, fair
from app.modules.club_q.rules.classic import share
from app.modules.club_q.rules.figures import figures
from tests.modules.club_q.instances import SEED

pytestmark = pytest.mark.once


def test_a_whole_season_is_proven_and_better_shared() -> None:
    one = generate(0)
    found, greedy = fair.solve(one, SEED), share(one, SEED)
    assert found.is_proven
    assert check.problems(one, found.grants) == []
    assert check.objectives(one, found.grants, SEED) == tuple(x.value for x in found.objectives)
    new, old = figures(one, found), figures(one, greedy)
    assert new["served"] >= old["served"]
    assert new["first"] >= old["first"]
    assert new["weighted"] >= 1.05 * old["weighted"]
    assert new["satisfaction"]["gini"] < old["satisfaction"]["gini"]
    assert new["tickets"]["wanted"] == 0
