"""Photos as pages and scripts show them: their addresses, their words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.context import current
from app.core.clock import PARIS
from app.core.file_tokens import Token
from app.enums import PhotoState
from app.models import Album, Photo, PhotoTag
from app.modules.photos.rules import grid
from app.web import files
from app.web.filters import format_instant

#: Of the tiles of a page, those that have their miniature and are asked for at once.
FIRST, AT_ONCE = 24, 8


def author_of(photo: Photo) -> str | None:
    """Who took a photo: whom it is known to be, else what it says."""
    return photo.author.full_name if photo.author else photo.author_str


def described(photo: Photo, *, caption: bool = True, writes: bool = False) -> str:
    """A photo in a line: its caption, its author, its date; for who *writes* it, its place."""
    said = photo.caption if caption else None
    taken = format_instant(photo.timestamp) if photo.timestamp else None
    where = None
    if writes and photo.lat is not None and photo.lng is not None:
        where = f"{photo.lat:.5f}, {photo.lng:.5f}"
    return ", ".join(filter(None, (said, author_of(photo), taken, where)))


@dataclass(frozen=True)
class Addresses:
    """Where an album is, and what it holds; its files are opened once for them all."""

    album: Album

    @property
    def values(self) -> dict[str, Any]:
        """What the addresses of its pages are made of."""
        return {"collection": self.album.collection.dir_name, "album": self.album.dir_name}

    @property
    def directory(self) -> str:
        return f"/photo/{self.album.collection.dir_name}/{self.album.dir_name}"

    @cached_property
    def opened(self) -> Token:
        return files.token(self.directory)

    @cached_property
    def _pages(self) -> str:
        return url_for("photos.photo", **self.values, stem="")

    @cached_property
    def here(self) -> str:
        """The page of the album."""
        return url_for("photos.album", **self.values)

    def page(self, photo: Photo) -> str:
        """The page of a photo."""
        return self._pages + photo.stem

    def thumb(self, photo: Photo) -> str:
        return self._file(f"_thumbs/{photo.stem}.webp")

    def large(self, photo: Photo) -> str:
        return self._file(f"_large/{photo.stem}.webp")

    def original(self, photo: Photo) -> str:
        return self._file(photo.file_name)

    @cached_property
    def _around(self) -> tuple[str, str]:
        """What the addresses of all its files begin and end with: there are hundreds."""
        before, mark, after = files.file_url(self.directory, "", opened=self.opened).partition("?")
        return before, mark + after

    def _file(self, path: str) -> str:
        before, after = self._around
        return before + path + after


@dataclass(frozen=True, slots=True)
class Tile:
    """A photo among others."""

    photo: Photo
    addresses: Addresses
    #: Its number in the album, from 1, where that is known.
    number: int | None
    #: How many come before it in the page.
    index: int

    @property
    def shape(self) -> int:
        return grid.shape(self.photo.width, self.photo.height)

    @property
    def size(self) -> tuple[int, int]:
        return grid.preview_size(self.photo.width, self.photo.height)

    @property
    def href(self) -> str:
        return self.addresses.page(self.photo)

    @property
    def src(self) -> str:
        return self.addresses.thumb(self.photo)

    @property
    def is_ready(self) -> bool:
        return self.photo.state is PhotoState.ready

    @property
    def placeholder(self) -> str | None:
        """Its miniature: the first ones only, for pages to stay light."""
        return self.photo.placeholder if self.index < FIRST else None

    @property
    def is_first(self) -> bool:
        return self.index < AT_ONCE

    @property
    def alt(self) -> str:
        if self.photo.caption:
            return self.photo.caption
        return str(_("Photo %(number)s", number=self.number or self.index + 1))


def tiles(photos: Iterable[Photo], addresses: Addresses, *, first: int = 1) -> list[Tile]:
    """The tiles of photos that follow one another in an album, from the one numbered *first*."""
    return [Tile(photo, addresses, first + index, index) for index, photo in enumerate(photos)]


@dataclass(frozen=True, slots=True)
class Group:
    """Some photos of an album, among those of others."""

    addresses: Addresses
    tiles: list[Tile] = field(default_factory=list)

    @property
    def album(self) -> Album:
        return self.addresses.album


def by_album(photos: Iterable[Photo]) -> list[Group]:
    """Photos of several albums, album by album, in the order that they begin."""
    groups: dict[int, Group] = {}
    for index, photo in enumerate(photos):
        group = groups.setdefault(photo.album_id, Group(Addresses(photo.album)))
        group.tiles.append(Tile(photo, group.addresses, None, index))
    return list(groups.values())


def as_json(
    photo: Photo, addresses: Addresses, *, tags: Sequence[PhotoTag], writes: bool
) -> dict[str, Any]:
    """What a script shows of a photo; what it changes too, for who *writes* the album."""
    shape, (width, height) = (
        grid.shape(photo.width, photo.height),
        grid.preview_size(photo.width, photo.height),
    )
    is_ready = photo.state is PhotoState.ready
    told: dict[str, Any] = {
        "name": photo.file_name,
        "state": photo.state.value,
        "page": addresses.page(photo),
        "width": photo.width,
        "height": photo.height,
        "shape": shape,
        "thumb": addresses.thumb(photo) if is_ready else None,
        "thumb_width": width,
        "thumb_height": height,
        "large": addresses.large(photo) if is_ready else None,
        "original": addresses.original(photo) if is_ready else None,
        "download": photo.original_name,
        "placeholder": photo.placeholder,
        "caption": photo.caption,
        "author": author_of(photo),
        "line": described(photo, caption=False, writes=writes),
        "report": f"{addresses.page(photo)}/report",
        "people": [_on(tag, writes=writes) for tag in tags],
    }
    return told | _to_change(photo) if writes else told


def _on(tag: PhotoTag, *, writes: bool) -> dict[str, Any]:
    """Someone who is on a photo, and whether the visitor may say that they are not."""
    me = current.pceen.id if current.pceen else None
    removable = me is not None and (writes or me in (tag.pceen_id, tag.tagged_by_id))
    return {"id": tag.pceen_id, "name": tag.pceen.full_name, "removable": removable}


def _to_change(photo: Photo) -> dict[str, Any]:
    taken = photo.timestamp.astimezone(PARIS) if photo.timestamp else None
    return {
        "version": photo.version,
        "hidden": photo.hidden,
        "featured": photo.featured,
        "author_id": photo.author_id,
        "author_str": photo.author_str,
        "day": taken.date().isoformat() if taken else None,
        "time": taken.time().isoformat(timespec="seconds") if taken else None,
        "lat": photo.lat,
        "lng": photo.lng,
    }


def all_as_json(
    photos: Sequence[Photo],
    addresses: Addresses,
    *,
    tags: Mapping[int, Sequence[PhotoTag]],
    writes: bool,
) -> list[dict[str, Any]]:
    """Likewise, of many."""
    return [
        as_json(photo, addresses, tags=tags.get(photo.id, ()), writes=writes) for photo in photos
    ]
