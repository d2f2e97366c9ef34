"""What followers of the calendar are told: what is new, moved, called off, while it is to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import NotificationTopic
from app.models import Club, Event
from app.modules.calendar.rules.events import When, is_to_come
from app.modules.calendar.rules.words import day_in_words, in_words
from app.modules.notifications.rules.audiences import FOLLOWERS
from app.modules.notifications.service.bus import Notice, tell


@dataclass(frozen=True, slots=True)
class Move:
    """An event that changes, and when and where it was."""

    event: Event
    former: When
    place: str

    @property
    def is_told(self) -> bool:
        """Whether people who would have come have to know."""
        event = self.event
        is_elsewhere = event.location not in (self.place, "")
        return _is_awaited(event) and (When.of(event) != self.former or is_elsewhere)


def published(session: Session, events: Sequence[Event], *, until: date | None) -> None:
    """Tell of a new event, or of the first one to come of a series that goes on *until* a day."""
    awaited = [one for one in events if _is_awaited(one)]
    if not awaited:
        return
    event = awaited[0]
    said = {"club": session.get_one(Club, event.club_id).name, "when": _when(event)}
    body = _l("%(club)s : %(when)s.", **said)
    if until is not None and len(awaited) > 1:
        last = LazyString(day_in_words, until)
        body = _l("%(club)s : %(when)s, puis chaque semaine jusqu'au %(last)s.", **said, last=last)
    _tell(session, event, _l("Nouvel événement : %(title)s", title=event.title), body)


def moved(session: Session, moves: Sequence[Move]) -> None:
    """Tell that an event is at another time, or elsewhere; and how many that follow it are too."""
    told = [move for move in moves if move.is_told]
    if told:
        event, others = told[0].event, len(told) - 1
        title = _l("Déplacé : %(title)s", title=event.title)
        _tell(session, event, title, LazyString(_moved, told[0], others))


def _moved(move: Move, others: int) -> str:
    """Where and when it is now, in the words of who reads it."""
    event, when = move.event, _capital(When.of(move.event))
    if When.of(event) == move.former:
        body: str = _("%(when)s. C'est à présent ici : %(place)s.", when=when, place=event.location)
    else:
        body = _("%(when)s, et non %(former)s.", when=when, former=in_words(move.former))
    if not others:
        return str(body)
    return str(
        ngettext(
            "%(said)s, ainsi que le suivant.",
            "%(said)s, ainsi que les %(num)s suivants.",
            others,
            said=body.removesuffix("."),
        )
    )


def cancelled(session: Session, event: Event) -> None:
    """Tell that an event is called off, or that it takes place after all."""
    title = _l("Maintenu : %(title)s", title=event.title)
    if event.cancelled_at is not None:
        title = _l("Annulé : %(title)s", title=event.title)
    _tell(session, event, title, _l("%(when)s.", when=_first(event)))


def _when(event: Event) -> LazyString:
    """When it is, in the words of who reads it."""
    return LazyString(in_words, When.of(event))


def _first(event: Event) -> LazyString:
    """Likewise, where a sentence begins."""
    return LazyString(_capital, When.of(event))


def _capital(when: When) -> str:
    said = in_words(when)
    return said[:1].upper() + said[1:]


def _is_awaited(event: Event) -> bool:
    """Whether it is to come, and not called off."""
    return event.cancelled_at is None and _is_to_come(event)


def _is_to_come(event: Event) -> bool:
    return is_to_come(When.of(event), now=clock.now())


def _tell(session: Session, event: Event, title: LazyString, body: LazyString) -> None:
    if not _is_to_come(event):
        return
    session.flush()
    notice = Notice(
        topic=NotificationTopic.calendar,
        title=title,
        body=body,
        url=f"/calendar/events/{event.id}",
        key=f"calendar.{event.uid}.{event.version}",
    )
    tell(session, notice, FOLLOWERS)
