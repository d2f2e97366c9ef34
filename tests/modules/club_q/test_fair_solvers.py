"""Two solvers, two formulations, the same four values (community 4.8)."""

import subprocess
import sys

import pytest

from app.modules.club_q.demo.instances import generate
from app.modules.club_q.rules import fair
from app.modules.club_q.rules.instance import Instance
from tests.modules.club_q.instances import SEED, drawn

pytestmark = pytest.mark.once

CASES = [generate(0, people=60, shows=15, wishes=6), drawn(3, people=15, shows=8)]


@pytest.mark.parametrize("one", CASES)
def test_another_solver_finds_the_same_values(one: Instance) -> None:
    """In a process of its own: the two libraries do not get along."""
    asked = [sys.executable, "-m", "tests.modules.club_q.cp_sat", SEED.hex()]
    done = subprocess.run(
        asked, input=one.canonical(), capture_output=True, text=True, check=True, timeout=120
    )
    found = fair.solve(one, SEED)
    assert found.is_proven
    assert [x.value for x in found.objectives] == [int(value) for value in done.stdout.split()]
