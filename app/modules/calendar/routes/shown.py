"""How pages and programs show something of the calendar."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import format_date as babel_date, format_time as babel_time
from flask import url_for
from flask_babel import get_locale, gettext as _
from markupsafe import Markup

from app.context import Context
from app.core.clock import PARIS
from app.enums import PermissionScope as S, PermissionType as T
from app.modules.calendar import around
from app.modules.calendar.queries.items import Item, ItemKind, Viewer
from app.modules.calendar.rules import words
from app.modules.calendar.rules.events import contrast_color
from app.web.filters import format_instant

#: The most that one asks at once, in days.
DAYS_MAX = 400


def viewer(visitor: Context) -> Viewer:
    """Who looks, as far as it changes what there is to see."""
    return Viewer(pceen_id=visitor.me.id, sees_shows=visitor.has_permission(T.read, S.club_q))


def url_of(item: Item, link: Callable[..., str] = url_for) -> str:
    """The page that tells all of it."""
    if item.kind is ItemKind.event:
        return link("calendar.event", key=item.key)
    if item.kind is ItemKind.show:
        return link("club_q.spectacle", key=item.key)
    if item.kind is ItemKind.performance:
        return link("theatre.saison", key=item.season_id)
    return link("panier_bio.index")


def when(item: Item) -> Markup:
    """When it is, in words."""
    if item.has_end:
        return words.as_html(item.when)
    return Markup('<time datetime="{}">{}</time>').format(
        item.starts.isoformat(), format_instant(item.starts)
    )


def editable() -> Callable[[Item], bool]:
    """Tells whether the visitor may change something: asked once for each club."""
    may_write_for = lru_cache(maxsize=None)(around.may_write_for)
    return lambda item: item.is_event and item.club_id is not None and may_write_for(item.club_id)


# A month, day by day


@dataclass(frozen=True, slots=True)
class Row:
    """Something, on one of its days."""

    item: Item
    day: date

    @property
    def url(self) -> str:
        return url_of(self.item)

    @property
    def hours(self) -> str:
        """When it is, that day."""
        if self.item.all_day:
            return str(_("Toute la journée"))
        begins = self.item.first_day == self.day
        ends = self.item.last_day == self.day and self.item.has_end
        start, end = _hour(self.item.starts), _hour(self.item.ends)
        if begins and ends:
            return f"{start} \u2013 {end}"
        if begins:
            return start if not self.item.has_end else str(_("Dès %(time)s", time=start))
        return str(_("Jusqu'à %(time)s", time=end) if ends else _("Toute la journée"))


@dataclass(frozen=True, slots=True)
class Day:
    """A day that holds something."""

    day: date
    rows: Sequence[Row]

    @property
    def name(self) -> str:
        said = babel_date(self.day, _("EEEE d MMMM"), locale=get_locale() or "fr")
        return said[:1].upper() + said[1:]


def by_day(items: Sequence[Item], first: date, last: date) -> Iterator[Day]:
    """The days from *first* to *last* that hold something, each with all that it holds."""
    rows: dict[date, list[Row]] = {}
    for item in items:
        day, end = max(item.first_day, first), min(item.last_day, last)
        while day <= end:
            rows.setdefault(day, []).append(Row(item, day))
            day += timedelta(days=1)
    for day in sorted(rows):
        yield Day(day, sorted(rows[day], key=lambda row: row.item.order[1:]))


def _hour(instant: Any) -> str:
    wall = instant.astimezone(PARIS)
    return _written(wall.hour, wall.minute, str(get_locale()), str(_("H 'h' mm")))


@lru_cache(maxsize=4096)  # a month shows the same hours again and again
def _written(hour: int, minute: int, locale: str, pattern: str) -> str:
    return babel_time(time(hour, minute), pattern, locale=locale)


# For scripts


def as_json(item: Item, *, can_edit: bool) -> dict[str, Any]:
    """Something, as a script shows it (community 8.3); what is all day ends the day after."""
    starts, ends = (
        (item.starts, item.day_after)
        if item.all_day
        else (item.starts.astimezone(PARIS), item.ends.astimezone(PARIS))
    )
    props: dict[str, Any] = {
        "description": item.description,
        "location": item.location,
        "club": item.club,
        "club_id": item.club_id,
        "contrast_color": contrast_color(item.color),
        "cancelled": item.cancelled,
        "has_end": item.has_end,
        "url": url_of(item),
    }
    if can_edit:
        # what it is known by when its deletion is undone
        props["uid"] = item.uid
    return {
        "id": item.id,
        "title": item.title,
        "start": starts.isoformat(),
        "end": ends.isoformat(),
        "allDay": item.all_day,
        "color": item.color,
        "can_edit": can_edit,
        "version": item.version,
        "extendedProps": props,
    }
