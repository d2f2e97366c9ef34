"""Taking in the photos of a folder: that of the site, or another (community 2.7).

What is found in the folder of the site under a name of its own becomes a photo like one that is
sent, and its file is removed once the photo is there. What is found elsewhere is copied. Cut at
any moment, it is begun again: what is done is not done twice.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import AlbumOrigin, PhotoState
from app.integrations.photo_store import PhotoStore, Trouble
from app.models import Album, AlbumAddress, Collection, Photo, audit
from app.modules.photos.errors import (
    TROUBLES,
    DuplicatePhoto,
    FolderSuspicious,
    NoSource,
    PhotoError,
    StillMoving,
    TooMuchGone,
    Unreadable,
    WithinTheSite,
)
from app.modules.photos.queries import sync as queries
from app.modules.photos.queries.sync import Rows
from app.modules.photos.rules import tree as rules
from app.modules.photos.rules.uploads import check_size, cleaned_name
from app.modules.photos.service import elements, photos, tree, uploads
from app.modules.photos.service.locking import lock_or
from app.modules.photos.service.tree import FoundAlbum, FoundCollection, Tree

#: So much of a table may go, in percent, unless one says more.
MOST_GONE = 10

Address = tuple[str, str]
#: Told how much is done, of how much.
Tell = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done of a folder."""

    tree: Tree
    #: Whether it is the folder of the site itself.
    in_place: bool
    new_collections: list[FoundCollection] = field(default_factory=list)
    new_albums: list[tuple[FoundCollection, FoundAlbum]] = field(default_factory=list)
    #: The files that may become photos, by album.
    files: dict[Address, list[Path]] = field(default_factory=dict)
    #: The names of the files of the photos that are gone, by album.
    gone: dict[Address, list[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many files there are to take in."""
        return sum(len(paths) for paths in self.files.values())

    @property
    def lost(self) -> int:
        """How many photos have no file any more."""
        return sum(len(names) for names in self.gone.values())

    @property
    def misnamed(self) -> Iterator[FoundCollection | FoundAlbum]:
        """The directories that get another name: albums first, while they are where they were."""
        if not self.in_place:
            return
        yield from (album for _, album in self.tree.albums() if album.is_misnamed)
        yield from (one for one in self.tree.collections if one.is_misnamed)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.new_collections or self.new_albums or self.count or self.lost or any(self.misnamed)
        )


@dataclass(slots=True)
class Done:
    """What was done of a folder."""

    added: int = 0
    #: Those that the albums had already.
    known: int = 0
    deleted: int = 0
    #: What could not be taken in, and why.
    refused: list[tuple[Path, str]] = field(default_factory=list)


def plan(
    session: Session,
    *,
    store: PhotoStore,
    source: Path | None = None,
    max_delete: int = MOST_GONE,
) -> Plan:
    """What would be done of the folder of the site, or of another, *source*.

    Raises:
        FolderSuspicious: If it is not as it should be, or if more than *max_delete* percent of
            the rows of a table would go.
    """
    if queries.is_moving(session):
        raise StillMoving
    rows = queries.rows(session)  # before the files: those of what comes meanwhile are there
    if source is not None:
        return _planned(_read_source(source, store), rows, in_place=False)
    made = _planned(_read_base(store), rows, in_place=True)
    _find_gone(made, rows)
    _check_gone(session, made, rows, max_delete)
    return made


def _read_base(store: PhotoStore) -> Tree:
    """What there is in the folder of the site.

    Raises:
        FolderSuspicious: If it is missing, or empty as a disk that is not mounted.
    """
    if not store.base.is_dir():
        raise FolderSuspicious(why=TROUBLES[Trouble.missing])
    try:
        found = tree.read(store.base)
    except OSError as error:
        raise FolderSuspicious(why=f"{store.base}: {error.strerror}") from error
    if not found.collections:
        raise FolderSuspicious(why=TROUBLES[Trouble.empty])
    return found


def _read_source(source: Path, store: PhotoStore) -> Tree:
    """What there is in another folder.

    Raises:
        FolderSuspicious: If there is nothing in it, or if it is that of the site.
    """
    shown = rules.printable(str(source))
    try:
        real, base = source.resolve(strict=True), store.base.resolve()
        if real.is_relative_to(base) or base.is_relative_to(real):
            raise WithinTheSite(path=shown)
        found = tree.read(real)
    except OSError as error:
        raise NoSource(path=shown) from error
    if not found.collections:
        raise NoSource(path=shown)
    return found


def _planned(found: Tree, rows: Rows, *, in_place: bool) -> Plan:
    made = Plan(tree=found, in_place=in_place)
    made.new_collections.extend(
        one for one in found.collections if one.dir_name not in rows.collections
    )
    for collection, album in found.albums():
        address = (collection.dir_name, album.dir_name)
        key = rows.albums.get(address)
        if key is None:
            made.new_albums.append((collection, album))
        known = rows.photos.get(key, {}) if key is not None and in_place else {}
        # what the site named has no row any more: the worker, or the janitor, removes it
        names = sorted(
            name
            for name in album.files
            if name not in known and not (in_place and rules.is_own_file(name))
        )
        if names:
            made.files[address] = [album.path / name for name in names]
    return made


def _find_gone(made: Plan, rows: Rows) -> None:
    """Find the photos whose file is gone."""
    there = {
        (collection.dir_name, album.dir_name): album.files
        for collection, album in made.tree.albums()
    }
    for address, key in sorted(rows.albums.items()):
        files = there.get(address, frozenset())
        gone = [
            name
            for name, photo in sorted(rows.photos[key].items())
            if name not in files and photo not in rows.coming
        ]
        if gone:
            made.gone[address] = gone


def _check_gone(session: Session, made: Plan, rows: Rows, max_delete: int) -> None:
    """Refuse to lose too much of a table.

    Raises:
        TooMuchGone: If it would.
    """
    keys = [
        rows.photos[rows.albums[address]][name]
        for address, names in made.gone.items()
        for name in names
    ]
    if not keys:
        return
    totals = queries.counts(session)
    going = {"photo": len(keys), "photo_tag": queries.count_tags(session, keys)}
    for table, gone in going.items():
        if rules.is_too_much(gone, totals[table], percent=max_delete):
            raise TooMuchGone(gone=gone, total=totals[table], table=table, percent=max_delete)


# Doing it


def apply(session: Session, made: Plan, *, store: PhotoStore, tell: Tell) -> Done:
    """Do what was planned, photo by photo: each is safe once it is done.

    Raises:
        FolderSuspicious: If the folder of the site cannot be written.
    """
    session.rollback()
    _check_writable(store)
    done, total, at = Done(), made.count + made.lost, 0
    _make_rows(session, made)
    if made.in_place:
        _rename(made, done)
    for address, paths in made.files.items():
        where = _where(session, address, store, is_in_place=made.in_place)
        for path in paths:
            if where is not None:
                _take_in(session, where, path, done)
            at += 1
            tell(at, total)
    for address, names in made.gone.items():
        done.deleted += _forget(session, address, names, store)
        at += len(names)
        tell(at, total)
    return done


def _check_writable(store: PhotoStore) -> None:
    try:
        store.prepare()
    except OSError as error:
        raise FolderSuspicious(why=TROUBLES[Trouble.unwritable]) from error


def _make_rows(session: Session, made: Plan) -> None:
    """Make the collections and the albums that are found, hidden, each with its directory's name.

    Rows come first: a directory that is renamed then is known by its new name.
    """
    for collection in made.new_collections:
        with suppress(IntegrityError), transaction(session):  # someone has just made it
            row = Collection(
                dir_name=collection.dir_name, name=collection.title, origin=AlbumOrigin.imported
            )
            session.add(row)
            session.flush()
            audit(session, "photos.collection.create", row, after=elements.described(row))
    for collection, album in made.new_albums:
        with suppress(IntegrityError), transaction(session):
            _make_album(session, collection, album)


def _make_album(session: Session, collection: FoundCollection, album: FoundAlbum) -> None:
    stmt = sa.select(Collection).where(Collection.dir_name == collection.dir_name)
    above = session.scalars(stmt).one_or_none()
    if above is None:
        return  # it was deleted meanwhile
    row = Album(
        collection=above,
        dir_name=album.dir_name,
        name=album.title,
        origin=AlbumOrigin.imported,
    )
    session.add(row)
    session.execute(  # the address leads no longer to the album that was there once
        sa.delete(AlbumAddress).where(
            AlbumAddress.collection_dir == above.dir_name,
            AlbumAddress.album_dir == album.dir_name,
        )
    )
    session.flush()
    after = elements.described(row) | {"collection": above.dir_name}
    audit(session, "photos.album.create", row, after=after)


def _rename(made: Plan, done: Done) -> None:
    """Give the directories the names of their rows."""
    for one in made.misnamed:
        target = one.path.with_name(one.dir_name)
        try:
            if target.exists():
                raise FileExistsError(0, str(tree.Fault.twice.label))
            one.path.rename(target)
        except OSError as error:
            done.refused.append((one.path, error.strerror or type(error).__name__))


@dataclass(frozen=True, slots=True)
class _Where:
    """The album that files are taken in."""

    album: Album
    album_id: int
    store: PhotoStore
    #: Its directory, if files are found in it.
    directory: Path | None
    #: The digests of its photos.
    known: dict[str, PhotoState]


def _where(
    session: Session, address: Address, store: PhotoStore, *, is_in_place: bool
) -> _Where | None:
    key = queries.addresses(session).get(address)
    album = session.get(Album, key) if key is not None else None
    if album is None:
        return None  # it was deleted meanwhile
    directory = store.album(*address) if is_in_place else None
    return _Where(album, album.id, store, directory, dict(queries.digests(session, album.id)))


def _take_in(session: Session, where: _Where, path: Path, done: Done) -> None:
    """Make a photo of a file, and remove it if it was found in the album."""
    here = where.directory / path.name if where.directory is not None else path
    stem = uploads.new_stem()
    copy = where.store.incoming(stem)
    name = cleaned_name(rules.printable(path.name))
    try:
        state = _add(session, where, uploads_name=name, source=here, copy=copy)
    except PhotoError as refusal:
        done.refused.append((path, refusal.message))
        return
    except OSError as error:
        done.refused.append((path, error.strerror or type(error).__name__))
        return
    if state is PhotoState.failed:
        done.refused.append((path, str(Unreadable(file=name).message)))
        return
    if state is None:
        done.added += 1
    else:
        done.known += 1
    if where.directory is not None:
        here.unlink(missing_ok=True)


def _add(
    session: Session, where: _Where, *, uploads_name: str, source: Path, copy: Path
) -> PhotoState | None:
    """Make a photo of a file; what became of the same one, if the album has it already.

    Raises:
        PhotoError: If it may not be one.
        OSError: If it cannot be read.
    """
    session.rollback()
    with _opened(source) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
        check_size(os.fstat(descriptor).st_size, file=uploads_name)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest in where.known:
            return where.known[digest]
        file.seek(0)
        try:
            with copy.open("xb") as target:
                shutil.copyfileobj(file, target, 1 << 20)
            arrived = uploads.arrived(copy, name=uploads_name)
            facts = uploads.look(session, album=where.album, file=arrived)
            with transaction(session):
                uploads.add(session, album_id=where.album_id, actor=None, file=arrived, facts=facts)
        except DuplicatePhoto:
            copy.unlink(missing_ok=True)
            return PhotoState.pending  # someone has just sent the same
        except BaseException:
            copy.unlink(missing_ok=True)
            raise
    where.known[arrived.sha256] = PhotoState.pending
    return None


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A file that is one, and no link to another.

    Raises:
        OSError: Otherwise.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, str(tree.Fault.odd.label))
        yield descriptor
    finally:
        os.close(descriptor)


def _forget(session: Session, address: Address, names: list[str], store: PhotoStore) -> int:
    """Delete the photos of an album whose file is still not there; return how many."""
    with transaction(session):
        key = queries.addresses(session).get(address)
        album = session.get(Album, key) if key is not None else None
        if album is None:
            return 0
        lock_or(session, album)
        there = set(session.scalars(sa.select(Photo.file_name).filter_by(album_id=album.id)))
        gone = [
            name for name in names if name in there and not store.original(*address, name).is_file()
        ]
        if gone:
            photos.delete(session, album=album, names=gone)
    return len(gone)


# Saying it


def outline(made: Plan, *, base: Path) -> Iterator[str]:
    """What a plan is, line by line: ``+`` comes, ``-`` goes, ``>`` is renamed, ``!`` is left."""

    def shown(path: Path) -> str:
        return rules.printable(str(path.relative_to(base) if path.is_relative_to(base) else path))

    for one in made.misnamed:
        yield f"> {shown(one.path)} → {one.dir_name}"
    for collection in made.new_collections:
        yield f"+ {collection.dir_name}/ ({collection.title})"
    for above, album in made.new_albums:
        yield f"+ {above.dir_name}/{album.dir_name}/ ({album.title})"
    for (collection_dir, album_dir), paths in made.files.items():
        yield f"+ {collection_dir}/{album_dir}/: {len(paths)}"
    for (collection_dir, album_dir), names in made.gone.items():
        yield from (f"- {collection_dir}/{album_dir}/{name}" for name in names)
    for trouble in made.tree.troubles:
        yield f"! {shown(trouble.path)}: {trouble.fault.label}"


def refusals(done: Done) -> Iterator[str]:
    """What could not be taken in, line by line."""
    for path, why in done.refused:
        yield f"! {rules.printable(str(path))}: {why}"
