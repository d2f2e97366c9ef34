"""When an event is, in words: for pages, mails and devices."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from babel.dates import format_date as babel_date, format_time as babel_time
from flask_babel import get_locale, gettext as _
from markupsafe import Markup

from app.modules.calendar.rules.events import When


class Part(NamedTuple):
    """A moment: as programs read it, and in words."""

    iso: str
    said: str


def in_words(when: When) -> str:
    """When an event is, in a few words: ``lundi 23 novembre 2026, de 18 h 30 à 20 h 00``."""
    sentence, parts = _sentence(when)
    return sentence % {name: part.said for name, part in parts.items()}


def day_in_words(day: date) -> str:
    """A day: ``lundi 23 novembre 2026``."""
    return _day(day).said


def as_html(when: When) -> Markup:
    """Likewise, for a page: programs read each moment too."""
    sentence, parts = _sentence(when)
    marked = Markup('<time datetime="{}">{}</time>').format
    return Markup(sentence) % {name: marked(*part) for name, part in parts.items()}  # noqa: S704  # ours


def _sentence(when: When) -> tuple[str, Mapping[str, Part]]:
    """What is said, and the moments that stand in it."""
    first, last = when.both_days
    if when.all_day and first == last:
        return _("%(day)s, toute la journée"), {"day": _day(first)}
    if when.all_day:
        return _("du %(first)s au %(last)s"), {"first": _day(first), "last": _day(last)}
    (start, end), walls = when.instants, when.walls
    if first == last:
        parts = {"start": _hour(start, walls[0]), "end": _hour(end, walls[1])}
        return _("%(day)s, de %(start)s à %(end)s"), {"day": _day(first), **parts}
    parts = {"start": _both(start, walls[0]), "end": _both(end, walls[1])}
    return _("du %(start)s au %(end)s"), parts


def _day(day: date) -> Part:
    return Part(day.isoformat(), _said(babel_date, day, _("EEEE d MMMM y")))


def _hour(instant: datetime, wall: datetime) -> Part:
    return Part(instant.isoformat(), _said(babel_time, wall.time(), _("H 'h' mm")))


def _both(instant: datetime, wall: datetime) -> Part:
    day, hour = _day(wall.date()).said, _hour(instant, wall).said
    return Part(instant.isoformat(), _("%(day)s à %(time)s", day=day, time=hour))


def _said(format_: Callable[..., str], value: object, pattern: str) -> str:
    return format_(value, pattern, locale=get_locale() or "fr")
