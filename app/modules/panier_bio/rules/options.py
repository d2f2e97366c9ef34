"""What the team of the Panier Bio has chosen. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from app.core.dates import read_time
from app.core.money import Cents
from app.modules.panier_bio.choices import ACCESS, CAPACITY, CHOICES, DAY, DEADLINE, PRICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What holds at the Panier Bio now."""

    #: Whether baskets may be ordered.
    is_open: bool = ACCESS.default
    #: Of the distributions: 1 for Monday, 7 for Sunday.
    weekday: int = DAY.default
    #: Until when, the day before, they are ordered and deleted.
    deadline: time = time(14)
    #: 0: no price is shown.
    price: Cents = PRICE.default
    #: How many baskets a distribution has, 0 for any number, unless its date says otherwise.
    capacity: int = CAPACITY.default


def unreadable(values: Mapping[str, object]) -> list[str]:
    """The keys of what is stored and makes no sense: defaults hold instead."""
    stored = [choice for choice in CHOICES if values.get(choice.key) is not None]
    wrong = [choice.key for choice in stored if not choice.accepts(values[choice.key])]
    hour = values.get(DEADLINE.key)
    if isinstance(hour, str) and DEADLINE.key not in wrong and read_time(hour) is None:
        wrong.append(DEADLINE.key)
    return wrong


def options(values: Mapping[str, object]) -> Options:
    """What stored *values* mean, by key: a default for each that is missing or wrong."""
    wrong = set(unreadable(values))
    kept = {key: one for key, one in values.items() if key not in wrong and one is not None}

    def number(key: str, default: int) -> int:
        value = kept.get(key, default)
        return value if isinstance(value, int) else default

    hour = read_time(str(kept.get(DEADLINE.key, DEADLINE.default)))
    return Options(
        is_open=bool(kept.get(ACCESS.key, ACCESS.default)),
        weekday=number(DAY.key, DAY.default),
        deadline=hour or time(14),
        price=number(PRICE.key, PRICE.default),
        capacity=number(CAPACITY.key, CAPACITY.default),
    )


def stored(options: Options) -> dict[str, bool | int | str]:
    """Options as they are stored, by key."""
    return {
        ACCESS.key: options.is_open,
        DAY.key: options.weekday,
        DEADLINE.key: f"{options.deadline:%H:%M}",
        PRICE.key: options.price,
        CAPACITY.key: options.capacity,
    }
