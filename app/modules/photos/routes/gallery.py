"""Albums, and the photos that they hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.pagination import Page
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Album, Photo, PhotoTag
from app.modules.photos.queries import photos as reading, search as searching
from app.modules.photos.queries.photos import Place, Shown
from app.modules.photos.queries.tags import tags_of
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.loading import access, album_called, own_access
from app.modules.photos.routes.shown import (
    Addresses,
    Group,
    Tile,
    all_as_json,
    by_album,
    described,
    tiles,
)
from app.modules.photos.rules import grid
from app.web.asked import asked_page, asked_text

#: How many photos a script may ask for by their names.
_NAMED = reading.PAGE_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumPage:
    """All that the page of an album shows."""

    album: Album
    addresses: Addresses
    found: Page[Photo]
    tiles: list[Tile]
    writes: bool
    is_editing: bool
    #: Where scripts ask for more.
    more: str

    @property
    def first(self) -> int:
        """The number of its first photo in the album."""
        return (self.found.number - 1) * self.found.size + 1

    @property
    def archive(self) -> str:
        """All of it, in one file."""
        return url_for("photos.archive", **self.addresses.values)

    @property
    def whole_archive(self) -> str:
        """Likewise, with what is hidden: for who writes the album."""
        return url_for("photos.archive", **self.addresses.values, hidden=1)

    @property
    def attributes(self) -> dict[str, str | int]:
        """What the scripts of the page read of its list of photos."""
        told: dict[str, str | int] = {f"data-{k}": v for k, v in self.addresses.values.items()}
        told |= {"data-more": self.more, "data-first": self.first, "data-total": self.found.total}
        told["data-alt"] = _("Photo %(number)s", number="{number}")
        return told | ({"data-writes": ""} if self.writes else {})


def shown(album: Album) -> Shown:
    """An album, as the visitor sees it."""
    return Shown(album=album, writes=access().writes.has_album(album))


@bp.get("/photos/<collection>/<album>")
@context.per_element
def album(collection: str, album: str) -> ResponseReturnValue:
    """An album, page by page."""
    return render_template("photos/album.html", page=album_page(album_called(collection, album)))


def album_page(found: Album) -> AlbumPage:
    """What the page of an album shows the visitor."""
    seen, addresses = shown(found), Addresses(found)
    photos = reading.page(db.session(), seen, number=asked_page())
    first = (photos.number - 1) * photos.size + 1
    return AlbumPage(
        album=found,
        addresses=addresses,
        found=photos,
        tiles=tiles(photos.items, addresses, first=first),
        writes=seen.writes,
        is_editing=seen.writes and "edit" in request.args,
        more=_more(found, addresses),
    )


def _more(found: Album, addresses: Addresses) -> str:
    """Where scripts ask for more: under the address of the album for who is nobody in particular.

    The web server may ask for a password there (community 1.6).
    """
    endpoint = "api_album" if own_access().sees_album(found) else "more"
    return url_for(f"photos.{endpoint}", **addresses.values)


@bp.get("/photos/<collection>/<album>/more")
@context.per_element
def more(collection: str, album: str) -> ResponseReturnValue:
    """More photos of an album, for the script of its page."""
    return _as_json(album_called(collection, album))


@bp.get("/api/photos/album")
@context.per_element
def api_album() -> ResponseReturnValue:
    """More photos of an album: a page of it, those that follow one, or some by their names."""
    collection, album = request.args.get("collection"), request.args.get("album")
    if not collection or not album:
        abort(400)
    found = album_called(collection, album)
    if not own_access().sees_album(found):
        abort(404)
    return _as_json(found)


def _as_json(found: Album) -> ResponseReturnValue:
    seen, addresses, session = shown(found), Addresses(found), db.session()
    names, after = request.args.getlist("name"), request.args.get("after")
    if len(names) > _NAMED or any("\x00" in name for name in names):
        abort(400)
    first: int | None = None
    photos: Sequence[Photo]
    if names:
        photos, total = reading.named(session, seen, names), reading.count(session, seen)
    elif after:
        part = reading.following(session, seen, file_name=after)
        photos, first, total = part.items, part.first, part.total
    else:
        page = reading.page(session, seen, number=asked_page())
        photos, total = page.items, page.total
        first = (page.number - 1) * page.size + 1
    tags = tags_of(session, [photo.id for photo in photos])
    return {
        "photos": all_as_json(photos, addresses, tags=tags, writes=seen.writes),
        "first": first,
        "total": total,
        "size": reading.PAGE_SIZE,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPage:
    """All that the page of a photo shows."""

    photo: Photo
    addresses: Addresses
    place: Place
    tags: Sequence[PhotoTag]
    writes: bool

    @property
    def album(self) -> Album:
        return self.addresses.album

    @property
    def shape(self) -> int:
        return grid.shape(self.photo.width, self.photo.height)

    @property
    def line(self) -> str:
        """Who took it, and when."""
        return described(self.photo, caption=False, writes=self.writes)

    @property
    def back(self) -> str:
        """The page of the album that it is on."""
        number = self.place.page
        page = number if number > 1 else None
        return url_for("photos.album", **self.addresses.values, page=page)


@bp.get("/photos/<collection>/<album>/photo/<stem>")
@context.per_element
def photo(collection: str, album: str, stem: str) -> ResponseReturnValue:
    """A photo by itself."""
    found = album_called(collection, album)
    seen, session = shown(found), db.session()
    this = reading.with_stem(session, seen, stem)
    page = PhotoPage(
        photo=this,
        addresses=Addresses(found),
        place=reading.place(session, seen, this),
        tags=tags_of(session, [this.id])[this.id],
        writes=seen.writes,
    )
    return render_template("photos/photo.html", page=page)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """Photos of several albums."""

    found: Page[Photo]
    groups: list[Group]
    text: str = ""
    albums: Sequence[Album] = ()


@bp.get("/photos/recent")
@context.permission_only(T.read, S.photos)
def recent() -> ResponseReturnValue:
    """The photos that came last."""
    found = searching.latest(db.session(), own_access(), number=asked_page())
    page = FoundPage(found=found, groups=by_album(found.items))
    return render_template("photos/recent.html", page=page)


@bp.get("/photos/search")
@context.permission_only(T.read, S.photos)
def search() -> ResponseReturnValue:
    """The photos and the albums that say what is looked for."""
    text, mine, session = asked_text(), own_access(), db.session()
    found = searching.found(session, mine, text, number=asked_page())
    albums = searching.albums_found(session, mine, text) if found.number == 1 else ()
    page = FoundPage(found=found, groups=by_album(found.items), text=text, albums=albums)
    return render_template("photos/search.html", page=page)
