"""What the team of Club Q has chosen: the season, the numbers of the classic strategy. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.modules.club_q.choices import (
    ACCESS,
    BONUS_1A,
    BONUS_2A,
    BONUS_3A,
    BONUS_4A,
    BONUS_OTHER,
    CHOICES,
    MAX_PLACES,
    PROMO_1A,
    SEASON,
)

_BONUSES = (BONUS_1A, BONUS_2A, BONUS_3A, BONUS_4A, BONUS_OTHER)
_DECIMAL = re.compile(r"(-?)([0-9]{1,2})(?:\.([0-9]))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What holds at Club Q now."""

    #: The number of the current season; ``None`` for none.
    season: int | None = None
    #: Whether the form of the wishes is switched on.
    is_open: bool = False
    promo_1a: int = PROMO_1A.default
    #: Tenths of discontent, of the first year to the fourth, then of any other promo.
    bonuses: tuple[int, int, int, int] = (0, 0, 0, 0)
    bonus_other: int = -100
    max_places: int = MAX_PLACES.default


def read_tenths(text: str) -> int | None:
    """``-10.0`` as -100 tenths; ``None`` for what is no such decimal."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    tenths = int(found[2]) * 10 + int(found[3] or 0)
    return -tenths if found[1] else tenths


def write_tenths(tenths: int) -> str:
    """-100 tenths as ``-10.0``."""
    whole, rest = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}.{rest}"


def unreadable(values: Mapping[str, object]) -> list[str]:
    """The keys of what is stored and makes no sense: defaults hold instead."""
    wrong = [
        choice.key
        for choice in CHOICES
        if values.get(choice.key) is not None and not choice.accepts(values[choice.key])
    ]
    for choice in _BONUSES:
        value = values.get(choice.key)
        if isinstance(value, str) and read_tenths(value) is None and choice.key not in wrong:
            wrong.append(choice.key)
    return wrong


def options(values: Mapping[str, object]) -> Options:
    """What stored *values* mean, by key: a default for each that is missing or wrong."""
    wrong = set(unreadable(values))
    kept = {key: one for key, one in values.items() if key not in wrong and one is not None}

    def number(key: str, default: int) -> int:
        value = kept.get(key, default)
        return value if isinstance(value, int) else default

    def tenths(key: str, default: str) -> int:
        return read_tenths(str(kept.get(key, default))) or 0

    first, second, third, fourth, other = (tenths(one.key, one.default) for one in _BONUSES)
    return Options(
        season=number(SEASON.key, SEASON.default) or None,
        is_open=bool(kept.get(ACCESS.key, ACCESS.default)),
        promo_1a=number(PROMO_1A.key, PROMO_1A.default),
        bonuses=(first, second, third, fourth),
        bonus_other=other,
        max_places=number(MAX_PLACES.key, MAX_PLACES.default),
    )
