"""Which promo the list of the issues is about. Pure."""

import re
from collections.abc import Sequence

#: A promo has three digits at most; 0 stands for all of them.
_NUMBER = re.compile(r"[0-9]{1,3}")


def chosen(asked: str | None, promos: Sequence[int], *, first_year: int) -> int | None:
    """The promo that is *asked* for, were it without issues; ``None`` for all of them.

    When nothing sensible is asked: the promo in its first year if it is among the *promos* that
    have issues, else the nearest older one, else all.
    """
    if asked is not None and asked.isascii() and _NUMBER.fullmatch(asked):
        return int(asked) or None
    return max((promo for promo in promos if promo <= first_year), default=None)
