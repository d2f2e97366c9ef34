"""Making, changing, moving and deleting albums."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from app.enums import PermissionScope
from app.integrations.photo_store import PhotoStore, Place
from app.models import Album, AlbumAddress, Collection, Permission, audit, defer
from app.modules.gris.service.roles import drop_permissions_on
from app.modules.photos.effects import MoveAlbum, RemoveFiles, SweepAlbum
from app.modules.photos.errors import AddressTaken, AlbumNameTaken, NoSuchAlbum, StaleVersion
from app.modules.photos.queries import albums as queries
from app.modules.photos.rules.names import directory_name
from app.modules.photos.rules.order import arranged
from app.modules.photos.service import elements
from app.modules.photos.service.elements import Draft


def create(session: Session, collection: Collection, *, name: str, store: PhotoStore) -> Album:
    """Make an album, which readers do not see yet, and its directory.

    Raises:
        AlbumNameTaken: If another of the collection has that address.
    """
    elements.lock_element(session, collection)
    directory = directory_name(name, otherwise="album")
    if (other := queries.album(session, collection, directory)) is not None:
        raise AlbumNameTaken(other=other.name)
    made = Album(collection=collection, dir_name=directory, name=name)
    session.add(made)
    _take_address(session, collection, directory)
    (store.base / collection.dir_name).mkdir(exist_ok=True)
    store.album(collection.dir_name, directory).mkdir(exist_ok=True)
    after = elements.described(made) | {"collection": collection.dir_name}
    audit(session, "photos.album.create", made, after=after)
    return made


def edit(session: Session, album: Album, *, wanted: Draft, visible: bool, version: int) -> bool:
    """Change an album; return whether it could not be shown, as it has nothing to show.

    Raises:
        StaleVersion: If someone else has changed it meanwhile.
        EndsTooEarly: If its dates go backwards.
    """
    elements.lock_element(session, album)
    elements.check_version(album, version)
    wanted.check()
    is_empty = visible and not album.visible and album.nb_photos == 0
    elements.change(session, album, wanted=wanted, visible=visible and not is_empty)
    return is_empty


def feature(session: Session, album: Album) -> None:
    """Have an album give its cover to its collection, and no other.

    Raises:
        StaleVersion: If it has just been moved elsewhere.
    """
    collection = _lock_both(session, album)
    if album.featured:
        return
    former = sa.select(Album).where(Album.featured_of == collection.id)
    for other in session.scalars(former):
        other.featured_of = None
    session.flush()  # one album at most: the former goes before the next comes
    album.featured_of = collection.id
    audit(session, "photos.album.feature", album)


def _lock_both(session: Session, album: Album, *others: Collection) -> Collection:
    """Lock an album and its collection, the latter with *others*: in one order, whoever asks."""
    try:
        collection = album.collection
    except InvalidRequestError:
        raise NoSuchAlbum from None
    for one in sorted({collection, *others}, key=lambda each: each.id):
        elements.lock_element(session, one)
    elements.lock_element(session, album)
    if album.collection_id != collection.id:
        raise StaleVersion
    return collection


def locked(session: Session, collection: Collection) -> Sequence[Album]:
    """The albums of a collection that is locked, locked too, in one order, whoever asks."""
    stmt = sa.select(Album).where(Album.collection_id == collection.id).order_by(Album.id)
    fresh = stmt.with_for_update().execution_options(populate_existing=True)
    return session.scalars(fresh).all()


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the directory of an album was, and where it goes."""

    before: Place
    after: Place


def move(session: Session, album: Album, *, target: Collection) -> Moved:
    """Move an album to another collection; its former address leads to it.

    Its directory is to be moved once this is committed.

    Raises:
        AddressTaken: If *target* has an album of that address, or is where it is already.
        StaleVersion: If it has just been moved elsewhere.
    """
    source = _lock_both(session, album, target)
    if (other := queries.album(session, target, album.dir_name)) is not None:
        raise AddressTaken(collection=target.name, other=other.name)
    former = source.dir_name, album.dir_name
    album.featured_of, album.position = None, None
    album.collection = target
    album.version += 1
    session.flush()
    _take_address(session, target, album.dir_name)
    _take_address(session, source, album.dir_name)
    session.add(
        AlbumAddress(collection_dir=source.dir_name, album_dir=album.dir_name, album_id=album.id)
    )
    audit(
        session,
        "photos.album.move",
        album,
        before={"collection": source.dir_name},
        after={"collection": target.dir_name},
    )
    defer(session, MoveAlbum(album=album.id, collection=former[0], directory=former[1]))
    return Moved(former, (target.dir_name, album.dir_name))


def _take_address(session: Session, collection: Collection, directory: str) -> None:
    """Have an address lead no longer to the album that was there once."""
    session.execute(
        sa.delete(AlbumAddress).where(
            AlbumAddress.collection_dir == collection.dir_name, AlbumAddress.album_dir == directory
        )
    )


def delete(session: Session, album: Album, *, typed: str) -> None:
    """Delete an album with its photos, and the permissions on it; its files go soon after.

    Raises:
        NameNotTyped: If it was not called by its name.
        StaleVersion: If it has just been moved elsewhere.
    """
    collection = _lock_both(session, album)
    elements.check_typed(album, typed)
    before = elements.described(album) | {
        "collection": collection.dir_name,
        "directory": album.dir_name,
        "photos": album.nb_photos,
    }
    audit(session, "photos.album.delete", album, before=before)
    remove(session, collection, [album])


def remove(session: Session, collection: Collection, albums: Sequence[Album]) -> None:
    """Take albums of a collection away, with their permissions; have their files removed."""
    keys = [album.id for album in albums]
    about = sa.select(Permission.ref_id).where(
        Permission.scope == PermissionScope.album, Permission.ref_id.in_(keys)
    )
    for key in set(session.scalars(about)):
        drop_permissions_on(session, PermissionScope.album, key or 0)
    covers = queries.cover_files(session, keys)
    for album in albums:
        where = {"collection": collection.dir_name, "album": album.dir_name}
        defer(session, SweepAlbum(**where))
        if names := covers.get(album.id):
            defer(session, RemoveFiles(**where, file_names=[], covers=names))
        session.delete(album)
    session.flush()


def order(session: Session, collection: Collection, wanted: Sequence[Album]) -> None:
    """Have these albums of a collection stand in that order, where they stand among all."""
    elements.lock_element(session, collection)
    current = queries.albums_in(session, collection)
    if elements.place(arranged(current, wanted)):
        after = {"albums": [one.dir_name for one in wanted]}
        audit(session, "photos.album.order", collection, after=after)
