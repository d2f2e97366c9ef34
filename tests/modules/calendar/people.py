"""Who writes in the calendar, and what they send."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.enums import PermissionScope as S, PermissionType as T
from app.models import Club, Event, PCeen
from app.modules.calendar.rules import events as rules
from app.modules.calendar.rules.events import When
from app.modules.calendar.service.events import Draft
from tests.client import Page
from tests.factories import PCeenFactory
from tests.factories.people import role_with
from tests.modules.theatre import conftest as stage


def writer_of(*clubs: Club, reads: bool = False, **columns: Any) -> PCeen:
    """Someone who publishes in the name of these clubs; and reads the calendar, or not."""
    rights: list[Any] = [(T.write, S.club, club.id) for club in clubs]
    if reads:
        rights.append((T.read, S.calendar))
    return PCeenFactory(roles=[role_with(*rights)], locale="fr", **columns)


def hours(start: str, end: str) -> When:
    """From a time of Paris to another."""
    first, last = map(datetime.fromisoformat, (start, end))
    return rules.timed(rules.instant_at(first), rules.instant_at(last))


def soon(days: int = 10) -> date:
    """A day that comes, away from those when clocks change."""
    day = clock.today() + timedelta(days=days)
    while _changes(day):
        day += timedelta(days=28)
    return day


def _changes(day: date) -> bool:
    """Whether clocks change in the two months from a day."""
    end = day + timedelta(days=70)
    before, after = (datetime(d.year, d.month, d.day, 12, tzinfo=PARIS) for d in (day, end))
    return before.utcoffset() != after.utcoffset()


def evening(day: date) -> When:
    """From half past six to eight."""
    return hours(f"{day}T18:30", f"{day}T20:00")


def draft(club: Club, when: When | None = None, **values: Any) -> Draft:
    known: dict[str, Any] = {"title": "Répétition", "description": "", "location": ""}
    return Draft(club_id=club.id, when=when or evening(soon()), **(known | values))


def events(session: Session) -> list[Event]:
    """All events, in the order that they were made."""
    session.commit()
    session.expire_all()
    return list(session.scalars(sa.select(Event).order_by(Event.id)))


def fields(page: Page, form: str = "form.form", **typed: Any) -> dict[str, Any]:
    """What a form of a page sends, with what is *typed* in it."""
    sent = stage.fields(page, form)
    for select in page.html.select(f"{form} select[name]"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        sent[select["name"]] = chosen["value"] if chosen else ""
    for radio in page.html.select(f"{form} input[type=radio][name]"):
        if radio.has_attr("checked"):
            sent[radio["name"]] = radio["value"]
    return sent | typed
