"""Collections, albums and photos, up to those of the reference school: rows, and tiny files."""

import base64
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from app.cli.reference import rows
from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T, PhotoState
from app.integrations.photo_store import LARGE, THUMBS, PhotoStore
from app.models import Album, Collection, PCeen, Photo, Role
from app.modules.account.service import classes
from app.modules.gris.service import roles as roles_service
from app.modules.photos import around
from app.web import installation
from app.web.module import Demo

COLLECTIONS, ALBUMS = 20, 20
#: How many photos the first albums of every twenty collections have, and the others.
LARGE_ALBUMS, OTHERS = (5000, 1000, 100), 12
#: The pixels that are told of every photo: files are much smaller.
_WIDTH, _HEIGHT = 1200, 800
#: How many people are named as authors.
_AUTHORS = 12


@dataclass(frozen=True, slots=True)
class _Files:
    """What every photo is: the bytes of each file, and the miniature of pages."""

    original: bytes
    preview: bytes
    placeholder: str


def load(session: Session, demo: Demo) -> None:
    """Fill the collections that there are with albums, make the others, then the photos."""
    store = around.store()
    session.flush()
    collections = _collections(session, demo)
    _give_rights(session, collections)
    authors = list(session.scalars(sa.select(PCeen.id).order_by(PCeen.id).limit(_AUTHORS)))
    files, large = _files(), 0
    for rank, collection in enumerate(collections):
        if rank % COLLECTIONS == 0:
            large = 0
        least = 0 if large else len(LARGE_ALBUMS)
        for album in _albums(session, collection, demo, least=least):
            many = OTHERS
            if large < len(LARGE_ALBUMS):
                many = demo.count(LARGE_ALBUMS[large]) if demo.scale < 1 else LARGE_ALBUMS[large]
                large += 1
            _fill(session, demo, _Place(collection, album, store, files), authors, many)


def _collections(session: Session, demo: Demo) -> list[Collection]:
    """So many of them, those of the demonstration last."""
    there = list(session.scalars(sa.select(Collection).order_by(Collection.id)))
    first = clock.today().year - 2
    made = [
        Collection(
            dir_name=f"reference-{number}",
            name=f"Collection {number}",
            description="Un an de photos, de la rentrée aux derniers examens.",
            start=date(first - number % 60, 9, 1),
            end=date(first - number % 60 + 1, 6, 30),
            visible=True,
        )
        for number in range(max(0, demo.count(COLLECTIONS) - len(there)))
    ]
    session.add_all(made)
    session.flush()
    return [*made, *there]


def _give_rights(session: Session, made: list[Collection]) -> None:
    """Those who study read each of them, as in the demonstration."""
    today = clock.today()
    entering = installation.settings().promos.entering(today.year - (today.month < 9))
    for promo in range(entering - 3, entering + 1):
        role: Role = classes.promo_role(session, promo)
        for one in made:
            right = roles_service.permission(session, T.read, S.collection, one.id)
            if right not in role.permissions:
                role.permissions.append(right)
    session.flush()


def _albums(session: Session, collection: Collection, demo: Demo, *, least: int) -> list[Album]:
    """New albums of a collection, until it has so many; so many new ones at *least*."""
    there = rows.count(session, Album, Album.collection_id == collection.id)
    begins = collection.start or date(clock.today().year - 1, 9, 1)
    missing = (ALBUMS if demo.scale >= 1 else demo.count(ALBUMS)) - there
    made = [
        Album(
            collection=collection,
            dir_name=f"reference-{number}",
            name=f"Album {number}",
            start=begins + timedelta(days=12 * number),
            visible=True,
        )
        for number in range(max(least, missing))
    ]
    session.add_all(made)
    session.flush()
    return made


@dataclass(frozen=True, slots=True)
class _Place:
    """Where photos go."""

    collection: Collection
    album: Album
    store: PhotoStore
    files: _Files

    def folders(self) -> tuple[Path, Path, Path]:
        """The directories of the originals, the large previews and the small ones; made."""
        base = self.store.album(self.collection.dir_name, self.album.dir_name)
        found = (base, base / LARGE, base / THUMBS)
        for folder in found:
            folder.mkdir(parents=True, exist_ok=True)
        return found


def _fill(session: Session, demo: Demo, place: _Place, authors: list[int], many: int) -> None:
    """Put so many photos in an album, the first of which is its cover."""
    stems = [f"{demo.chance.getrandbits(64):016x}" for _photo in range(many)]
    cover = f"{demo.chance.getrandbits(64):016x}.webp"
    noon = datetime.combine(place.album.start or clock.today(), time(12), UTC)
    made = [
        {
            "album_id": place.album.id,
            "file_name": f"{stem}.jpg",
            "original_name": f"IMG_{rank:04d}.jpg",
            "sha256": hashlib.sha256(stem.encode()).hexdigest(),
            "size": len(place.files.original),
            "state": PhotoState.ready,
            "width": _WIDTH if rank % 3 else _HEIGHT,
            "height": _HEIGHT if rank % 3 else _WIDTH,
            "author_id": authors[rank % len(authors)],
            "uploader_id": authors[0],
            "timestamp": noon + timedelta(seconds=40 * rank),
            "sort_at": noon + timedelta(seconds=40 * rank),
            "placeholder": place.files.placeholder,
            "cover_of": None if rank else place.album.id,
            "cover_name": None if rank else cover,
        }
        for rank, stem in enumerate(stems)
    ]
    rows.write(session, Photo, made)
    place.album.nb_photos = many
    place.store.cover(cover).write_bytes(place.files.preview)
    for path, content in _written(place, stems):
        path.write_bytes(content)
    demo.tick()


def _written(place: _Place, stems: list[str]) -> Iterator[tuple[Path, bytes]]:
    """Each file of these photos, and what is in it."""
    originals, large, thumbs = place.folders()
    for stem in stems:
        yield originals / f"{stem}.jpg", place.files.original
        yield large / f"{stem}.webp", place.files.preview
        yield thumbs / f"{stem}.webp", place.files.preview


def _files() -> _Files:
    image = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    original, preview = io.BytesIO(), io.BytesIO()
    image.save(original, "JPEG")
    image.save(preview, "WEBP", quality=50)
    placeholder = "data:image/webp;base64," + base64.b64encode(preview.getvalue()).decode()
    return _Files(original.getvalue(), preview.getvalue(), placeholder)
