"""What the team has chosen for the carousel. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.modules.banners.choices import AUTOPLAY_DELAY, CHOICES, RATIO_X, RATIO_Y


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the carousel moves, and its shape."""

    #: Between two banners, in seconds.
    delay: int = AUTOPLAY_DELAY.default
    width: int = RATIO_X.default
    height: int = RATIO_Y.default

    @property
    def shape(self) -> str:
        """Its shape, as its class says it."""
        return f"{self.width}-{self.height}"


def unreadable(values: Mapping[str, object]) -> list[str]:
    """The keys of what is stored and makes no sense: defaults hold instead."""
    return [one.key for one in CHOICES if one.key in values and not one.accepts(values[one.key])]


def options(values: Mapping[str, object]) -> Options:
    """What stored *values* mean, by key: a default for each that is missing or wrong."""
    wrong = unreadable(values)

    def number(key: str, default: int) -> int:
        value = values.get(key, default)
        return value if isinstance(value, int) and key not in wrong else default

    return Options(
        delay=number(AUTOPLAY_DELAY.key, AUTOPLAY_DELAY.default),
        width=number(RATIO_X.key, RATIO_X.default),
        height=number(RATIO_Y.key, RATIO_Y.default),
    )


def stored(options: Options) -> dict[str, int]:
    """Options as they are stored, by key."""
    return {
        AUTOPLAY_DELAY.key: options.delay,
        RATIO_X.key: options.width,
        RATIO_Y.key: options.height,
    }
