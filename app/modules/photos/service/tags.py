"""Saying who is on a photo, and taking it back."""

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import LazyString, ngettext
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.core.transaction import lock, transaction
from app.enums import NotificationTopic
from app.models import Album, PCeen, Photo, PhotoPerson, PhotoTag, audit, defer
from app.modules.notifications.rules.audiences import people
from app.modules.notifications.service import bus
from app.modules.notifications.service.bus import Notice
from app.modules.photos.effects import TellTagged
from app.modules.photos.errors import NoSuchPerson, NotTaggable, NotYourTag
from app.modules.photos.mails import TaggedOnPhotos
from app.modules.photos.queries import tags as queries
from app.modules.photos.rules.access import Access
from app.modules.photos.service.locking import lock_or

#: When people are told of the tags of the day, in Paris; those that come just before wait.
TOLD_AT, UNTIL = time(19, 0), time(18, 45)


def tag(session: Session, *, photo: Photo, who: PCeen, by: PCeen) -> PhotoTag:
    """Say that someone is on a photo; twice is as once.

    Raises:
        NoSuchPerson: If their account is closed.
        NotTaggable: If they do not want to be tagged by others.
        NoSuchPhoto: If the photo was deleted meanwhile.
    """
    lock_or(session, photo)  # people come after albums and photos, as their keys do in rows
    lock(session, who)
    if who.is_disabled:
        raise NoSuchPerson
    if who.id != by.id and not queries.is_taggable(session, who):
        raise NotTaggable(who=who.full_name)
    found = session.get(PhotoTag, (photo.id, who.id))
    if found is not None:
        return found
    made = PhotoTag(photo=photo, pceen=who, tagged_by_id=by.id)
    session.add(made)
    session.flush()
    audit(session, "photos.tag.add", photo, after={"pceen_id": who.id})
    if who.id != by.id:
        _tell_later(session, who, photo)
    return made


def _tell_later(session: Session, who: PCeen, photo: Photo) -> None:
    """Have someone told of their tags this evening, once for the album."""
    here = clock.now().astimezone(PARIS)
    day = here.date() if here.time() < UNTIL else here.date() + timedelta(days=1)
    told = TellTagged(pceen=who.id, album=photo.album_id, on=day.isoformat())
    defer(session, told, due_at=_evening(day))


def _evening(day: date, at: time = TOLD_AT) -> datetime:
    return datetime.combine(day, at, PARIS).astimezone(UTC)


def tell(session: Session, effect: TellTagged, _number: int) -> None:
    """Tell someone how many photos of an album they are on, if they may see them still."""
    with transaction(session):
        who = session.get(PCeen, effect.pceen)
        album = session.get(Album, effect.album)
        if who is None or album is None or who.is_disabled:
            return
        since = _evening(date.fromisoformat(effect.on) - timedelta(days=1), UNTIL)
        permissions = [one for role in who.roles for one in role.permissions]
        count = queries.count_since(session, who, album, Access.of(permissions), since)
        if not count:
            return
        if who.email is not None:
            mail = TaggedOnPhotos(
                to=who.email,
                locale=who.locale or "fr",
                prenom=who.prenom,
                album=album.name,
                count=count,
            )
            defer(session, mail)
        bus.tell(session, _notice(effect, album.name, count), people(who.id))


def _notice(effect: TellTagged, album: str, count: int) -> Notice:
    """What is said in the site of the tags of a day, on the photos of an album."""
    body = LazyString(
        lambda: ngettext(
            "On a dit que vous êtes sur une photo de l'album « %(album)s ».",
            "On a dit que vous êtes sur %(num)s photos de l'album « %(album)s ».",
            count,
            album=album,
        )
    )
    return Notice(
        topic=NotificationTopic.photos,
        title=TaggedOnPhotos.subject,
        body=body,
        url="/photos/tags/me",
        key=f"photos:tagged:{effect.pceen}:{effect.album}:{effect.on}",
    )


def untag(
    session: Session, *, photo: Photo, who: PCeen, by: PCeen, writes_album: bool = False
) -> None:
    """Say no longer that someone is on a photo; if nobody said it, nothing is done.

    Raises:
        NotYourTag: If *by* is neither that person, nor who said it, nor in charge of the album.
    """
    lock(session, who)
    found = session.get(PhotoTag, (photo.id, who.id))
    if found is None:
        return
    is_theirs = by.id in (who.id, found.tagged_by_id)
    if not is_theirs and not writes_album:
        raise NotYourTag
    if not is_theirs:
        audit(session, "photos.tag.remove", photo, before={"pceen_id": who.id})
    session.delete(found)
    session.flush()


def choose(session: Session, *, pceen: PCeen, taggable: bool) -> None:
    """Let others say that one is on a photo, or not; what was said stays."""
    lock(session, pceen)
    wish = session.get(PhotoPerson, pceen.id)
    if wish is None:
        session.add(PhotoPerson(pceen_id=pceen.id, taggable=taggable))
    else:
        wish.taggable = taggable


def remove_all(session: Session, *, pceen: PCeen) -> int:
    """Have one's name on no photo any more; return on how many it was."""
    lock(session, pceen)
    count = queries.wishes_of(session, pceen)[0]
    session.execute(sa.delete(PhotoTag).where(PhotoTag.pceen_id == pceen.id))
    return count
