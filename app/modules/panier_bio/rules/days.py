"""On which days baskets are given out, and until when they are ordered. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from app.core.dates import day_begins
from app.modules.panier_bio.rules.options import Options

_DAY = timedelta(days=1)
#: How the library calls the languages of the site.
_LANGUAGES = {"fr": "fr", "en": "en_US"}


@lru_cache(maxsize=128)
def _holidays(year: int, language: str) -> dict[date, str]:
    import holidays  # noqa: PLC0415  # large, few need it

    return dict(holidays.country_holidays("FR", years=year, language=language))


def holiday_name(day: date, language: str = "fr") -> str | None:
    """What a French public holiday is called, in a language of the site; ``None`` for a day
    that is none.
    """
    return _holidays(day.year, _LANGUAGES.get(language, "fr")).get(day)


def distribution_days(start: date, end: date, weekday: int) -> Iterator[date]:
    """The days of *weekday* (1 for Monday) from *start* to *end*, both included, but for
    public holidays.
    """
    first = start.toordinal() + (weekday - start.isoweekday()) % 7
    for number in range(first, end.toordinal() + 1, 7):
        day = date.fromordinal(number)
        if holiday_name(day) is None:
            yield day


def deadline(day: date, at: time) -> datetime:
    """Until when, excluded, baskets of *day* are ordered and deleted: at *at* of the day before.

    A time that clocks in Paris jump over is an hour later; of one that they show twice, the first
    counts.
    """
    return day_begins(day - _DAY, at)


def is_closed(day: date, options: Options, now: datetime) -> bool:
    """Whether baskets of *day* are ordered and deleted by their authors no more."""
    return now >= deadline(day, options.deadline)


def reminds_from(day: date) -> datetime:
    """From when people are reminded of the basket of *day*: at five the evening before."""
    return day_begins(day - _DAY, time(17))
