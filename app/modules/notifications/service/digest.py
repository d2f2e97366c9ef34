"""The mail of the evening: what each has not read, of what they want to be told so."""

from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock, transaction
from app.models import NotificationRecipient, PCeen, defer
from app.modules.notifications.mails import EveningDigest
from app.modules.notifications.queries import digest as queries

#: How many notifications a mail tells; how many others there are, it only counts.
MOST = 20


def write_to_all(session: Session) -> int:
    """Write to each who has something to be told, one at a time; return how many they are."""
    with transaction(session):
        people = queries.people_to_write_to(session, clock.now())
    count = 0
    for number in people:
        with transaction(session):
            count += _write_to(session, number)
    return count


def _write_to(session: Session, number: int) -> bool:
    """Write to someone, if there is still something to be told."""
    pceen, now = session.get(PCeen, number), clock.now()
    if pceen is None:
        return False
    lock(session, pceen)  # of two that write at once, one does
    if pceen.is_disabled or pceen.email is None or pceen.email_confirmed_at is None:
        return False
    found = queries.due(session, number, now)
    if not found or queries.was_written_to(session, number, now):
        return False
    for one in found:
        one.digested_at = now
    locale = pceen.locale or "fr"
    mail = EveningDigest(
        to=pceen.email,
        locale=locale,
        prenom=pceen.prenom,
        notices=[_said(one, locale) for one in found[:MOST]],
        more=max(0, len(found) - MOST),
    )
    defer(session, mail)
    return True


def _said(one: NotificationRecipient, locale: str) -> tuple[str, str, str, str]:
    told = one.notification
    return told.topic.value, *told.words(locale), told.url
