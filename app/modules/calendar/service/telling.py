"""What followers of the calendar are told: what is new, moved, called off, while it is to come."""

from datetime import date

from flask_babel import LazyString, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import NotificationTopic
from app.models import Club, Event
from app.modules.calendar.rules.events import When, is_to_come
from app.modules.calendar.rules.words import day_in_words, in_words
from app.modules.notifications.rules.audiences import FOLLOWERS
from app.modules.notifications.service.bus import Notice, tell


def published(session: Session, event: Event, *, until: date | None) -> None:
    """Tell of a new event, or of the first one of a series that goes on *until* a day."""
    said = {"club": session.get_one(Club, event.club_id).name, "when": _when(event)}
    body = _l("%(club)s : %(when)s.", **said)
    if until is not None:
        last = LazyString(day_in_words, until)
        body = _l("%(club)s : %(when)s, puis chaque semaine jusqu'au %(last)s.", **said, last=last)
    _tell(session, event, _l("Nouvel événement : %(title)s", title=event.title), body)


def moved(session: Session, event: Event, former: When) -> None:
    """Tell that an event is at another time, or elsewhere."""
    if event.cancelled_at is not None:
        return
    when, title = _first(event), _l("Déplacé : %(title)s", title=event.title)
    if When.of(event) != former:
        body = _l("%(when)s, et non %(former)s.", when=when, former=LazyString(in_words, former))
    elif event.location:
        body = _l("%(when)s. C'est à présent ici : %(place)s.", when=when, place=event.location)
    else:
        return
    _tell(session, event, title, body)


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


def _tell(session: Session, event: Event, title: LazyString, body: LazyString) -> None:
    if not is_to_come(When.of(event), now=clock.now()):
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
