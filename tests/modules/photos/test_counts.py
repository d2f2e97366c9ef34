"""What an album shows: its count, and the photo that stands for it."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PhotoState
from app.models import Album, Photo
from app.modules.photos.effects import MakeCover
from app.modules.photos.service import counts
from tests.conftest import Outbox
from tests.factories import AlbumFactory, PhotoFactory


def photo(album: Album, hour: int, **values: object) -> Photo:
    made: Photo = PhotoFactory(album=album, **values)
    made.date(datetime(2026, 5, 1, hour, tzinfo=UTC))
    return made


@pytest.fixture
def album() -> Album:
    made: Album = AlbumFactory()
    return made


def cover_of(session: Session, album: Album) -> Photo | None:
    return session.scalars(sa.select(Photo).where(Photo.cover_of == album.id)).one_or_none()


def test_photos_that_everybody_sees_are_counted_and_the_first_stands_for_all(
    session: Session, album: Album
) -> None:
    second, first = photo(album, 9), photo(album, 8)
    photo(album, 7, hidden=True)
    photo(album, 6, state=PhotoState.pending)
    photo(album, 5, state=PhotoState.failed)
    photo(AlbumFactory(), 4)

    assert counts.refresh(session, album) is False

    assert (album.nb_photos, cover_of(session, album)) == (2, first)
    first.hidden = True
    assert counts.refresh(session, album) is False
    assert (album.nb_photos, cover_of(session, album)) == (1, second)


def test_the_one_that_was_chosen_stands_for_all_as_long_as_it_is_seen(
    session: Session, album: Album
) -> None:
    first, chosen = photo(album, 8), photo(album, 9, cover_name="a.webp")
    chosen.featured_of = album.id
    counts.refresh(session, album)
    assert cover_of(session, album) is chosen

    chosen.hidden = True
    counts.refresh(session, album)
    assert cover_of(session, album) is first


def test_a_cover_is_made_once_for_all_that_ask_for_it(
    session: Session, album: Album, outbox: Outbox
) -> None:
    made = photo(album, 8)
    counts.refresh(session, album)
    assert outbox() == [MakeCover(photo=made.id)]
    assert MakeCover.coalesces  # each photo that comes asks for it

    made.cover_name = "a.webp"
    photo(album, 9)
    counts.refresh(session, album)
    assert len(outbox()) == 1


def test_an_album_is_hidden_with_its_last_photo(session: Session, album: Album) -> None:
    last = photo(album, 8)
    counts.refresh(session, album)
    version = album.version

    last.hidden = True
    assert counts.refresh(session, album) is True
    assert (album.visible, album.nb_photos, album.version) == (False, 0, version + 1)
    assert cover_of(session, album) is None
    assert counts.refresh(session, album) is False  # it is hidden already


def test_a_photo_that_is_deleted_counts_no_longer(session: Session, album: Album) -> None:
    first, second = photo(album, 8), photo(album, 9)
    counts.refresh(session, album)

    session.delete(first)
    counts.refresh(session, album)

    assert (album.nb_photos, cover_of(session, album)) == (1, second)
