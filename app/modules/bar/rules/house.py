"""The rules of the house: what whoever runs the bar has chosen. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from app.core.dates import read_time
from app.core.money import Cents
from app.modules.bar.choices import (
    ALCOHOL_CAP,
    BACKGROUND,
    CHOICES,
    DAY_START,
    DEPOSIT,
    MINIMUM_AGE,
    OPEN,
    QUICK_ITEM,
    RECHARGE_MAX,
    RECHARGE_MIN,
    REVERT_HOURS,
    TOP_UP_MAX,
)

#: The most that the cap may be, in grams.
ALCOHOL_CAP_MAX = Decimal(200)
_GRAMS = re.compile(r"[0-9]{1,3}(\.[0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What holds at the bar now."""

    is_open: bool = True
    #: Grams of pure alcohol for a client and a day; 0: none is sold.
    alcohol_cap: Decimal = Decimal(40)
    #: In years; 0: nobody is asked.
    minimum_age: int = 18
    day_start: time = time(6)
    revert_hours: int = 24
    deposit_cents: Cents = 0
    top_up_max: Cents = 50_000
    recharge_min: Cents = 30
    recharge_max: Cents = 10_000
    #: The number of the item that is sold in one tap; ``None`` without one.
    quick_item: int | None = None
    #: The name of the file of the background; ``None`` without one.
    background: str | None = None


def read_grams(text: str) -> Decimal | None:
    """``40.0`` as 40 grams; ``None`` for what is no cap."""
    if not _GRAMS.fullmatch(text):
        return None
    grams = Decimal(text)
    return grams if grams <= ALCOHOL_CAP_MAX else None


def unreadable(values: Mapping[str, object]) -> list[str]:
    """The keys of what is stored and makes no sense: defaults hold instead."""
    wrong = [
        choice.key
        for choice in CHOICES
        if values.get(choice.key) is not None and not choice.accepts(values[choice.key])
    ]
    for key, read in ((ALCOHOL_CAP.key, read_grams), (DAY_START.key, read_time)):
        value = values.get(key)
        if isinstance(value, str) and read(value) is None and key not in wrong:
            wrong.append(key)
    return wrong


def house(values: Mapping[str, object]) -> House:
    """The rules that stored *values* make, by key: a default for each that is missing or wrong."""
    wrong = set(unreadable(values))
    kept = {key: one for key, one in values.items() if key not in wrong and one is not None}

    def number(key: str, default: int) -> int:
        value = kept.get(key, default)
        return value if isinstance(value, int) else default

    def text(key: str, default: str) -> str:
        value = kept.get(key, default)
        return value if isinstance(value, str) else default

    return House(
        is_open=bool(kept.get(OPEN.key, OPEN.default)),
        alcohol_cap=read_grams(text(ALCOHOL_CAP.key, ALCOHOL_CAP.default)) or Decimal(0),
        minimum_age=number(MINIMUM_AGE.key, MINIMUM_AGE.default),
        day_start=read_time(text(DAY_START.key, DAY_START.default)) or time(0),
        revert_hours=number(REVERT_HOURS.key, REVERT_HOURS.default),
        deposit_cents=number(DEPOSIT.key, DEPOSIT.default),
        top_up_max=number(TOP_UP_MAX.key, TOP_UP_MAX.default),
        recharge_min=number(RECHARGE_MIN.key, RECHARGE_MIN.default),
        recharge_max=number(RECHARGE_MAX.key, RECHARGE_MAX.default),
        quick_item=number(QUICK_ITEM.key, QUICK_ITEM.default) or None,
        background=text(BACKGROUND.key, BACKGROUND.default) or None,
    )
