"""How much what someone gets is worth (community 4.8). Whole numbers, exact."""

from app.modules.club_q.rules.instance import Parameters, Person, Wish

#: A first wish granted in full, in units; and one point.
FULL, POINT = 2520, 210
#: How far discontent counts, in tenths.
DISCONTENT_CAP = 160
#: Half a wish: each is worth half of the one before.
STEP = 1260
_FIRST_SLOPE = 14


def place_value(wish: Wish, parameters: Parameters) -> int:
    """What one place of a wish is worth, in units: ``floor(2520 (theta / p + 1 - theta) / n)``."""
    theta = parameters.theta  # quarters
    above = FULL * (theta + (4 - theta) * wish.priority)
    return above // (4 * wish.priority * wish.places)


def start_level(person: Person, parameters: Parameters) -> int:
    """Where someone starts, in units: the more discontented, the lower."""
    tenths = person.discontent
    if parameters.use_bonus:
        tenths += parameters.bonus(person.promo)
    tenths = max(-DISCONTENT_CAP, min(DISCONTENT_CAP, tenths))
    return POINT * (DISCONTENT_CAP - tenths) // 10


def slope(step: int) -> int:
    """What one unit is worth between ``1260 step`` and ``1260 (step + 1)``."""
    return 1 << max(0, _FIRST_SLOPE - step)


def worth(units: int) -> int:
    """The concave worth *f* of so many units, 0 or more."""
    total = 0
    steps, rest = divmod(units, STEP)
    for step in range(min(steps, _FIRST_SLOPE)):
        total += STEP * slope(step)
    total += STEP * max(0, steps - _FIRST_SLOPE)
    return total + rest * slope(steps)
