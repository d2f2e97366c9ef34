"""The objectives of an input by CP-SAT: a formulation and a solver of their own.

    python -m tests.modules.club_q.cp_sat HEX < INSTANCE

In a process of its own: both solvers bring libraries that do not get along.
"""

import sys
from collections import defaultdict
from itertools import combinations

from ortools.sat.python import cp_model

from app.core import draw
from app.modules.club_q.rules.instance import Instance, read
from app.modules.club_q.rules.value import STEP, place_value, slope, start_level


def optima(one: Instance, seed: bytes) -> list[int]:
    """The best of each objective, before the next."""
    model = cp_model.CpModel()
    shows = {show.id: show for show in one.shows}
    locked = {(grant.person, grant.show): grant.places for grant in one.grants}
    keys = one.keys(seed)
    places, served = {}, {}
    for wish in one.wishes:
        key = wish.person, wish.show
        places[key] = model.new_int_var(0, wish.places, "")
        served[key] = model.new_bool_var("")
        if key in locked:
            model.add(places[key] == locked[key])
            model.add(served[key] == int(locked[key] > 0))
        else:
            model.add(places[key] >= wish.minimum * served[key])
            model.add(places[key] <= wish.places * served[key])
    taken = defaultdict(list)
    for (_person, show), column in places.items():
        taken[show].append(column)
    for show, columns in taken.items():
        model.add(sum(columns) <= shows[show].capacity)
    people, worths = [], []
    for person in one.people:
        wishes = [wish for wish in one.wishes if wish.person == person.id]
        mine = [(shows[wish.show], places[wish.person, wish.show]) for wish in wishes]
        has = [served[wish.person, wish.show] for wish in wishes]
        people.append(model.new_bool_var(""))
        model.add(people[-1] <= sum(has))
        if person.budget is not None:
            model.add(sum(show.price * column for show, column in mine) <= person.budget)
        if person.max_shows is not None:
            model.add(sum(has) <= person.max_shows)
        if not person.accept_clashes:
            for (wish, a), (other, b) in combinations(zip(wishes, has, strict=True), 2):
                if shows[wish.show].overlaps(shows[other.show]):
                    model.add(a + b <= 1)
        start = at = start_level(person, one.parameters)
        terms = [
            place_value(wish, one.parameters) * places[wish.person, wish.show] for wish in wishes
        ]
        end = start + sum(place_value(wish, one.parameters) * wish.places for wish in wishes)
        pieces = []
        while at < end:
            step = at // STEP
            until = min(end, (step + 1) * STEP)
            pieces.append(model.new_int_var(0, until - at, ""))
            worths.append(slope(step) * pieces[-1])
            at = until
        model.add(sum(pieces) == sum(terms))
    goals = [
        sum(people),
        sum(worths),
        sum(places.values()),
        sum(draw.weight(keys[key]) * column for key, column in places.items()),
    ]
    solver, found = cp_model.CpSolver(), []
    solver.parameters.num_workers, solver.parameters.random_seed = 2, 0
    for goal in goals:
        model.maximize(goal)
        if solver.solve(model) != cp_model.OPTIMAL:
            raise SystemExit("not proven")
        found.append(round(solver.objective_value))
        model.add(goal >= found[-1])
    return found


if __name__ == "__main__":
    print(*optima(read(sys.stdin.read()), bytes.fromhex(sys.argv[1])))  # noqa: T201  # a command
