"""The files of photos: the door where there is no web server, and the gates (community 1.6)."""

from typing import Any

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.core.file_tokens import DIRECTORY_NAME
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.integrations.photo_store import LARGE, THUMBS
from app.models import Album, Photo
from app.modules.photos import around
from app.modules.photos.queries import files as queries
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.loading import access, album_called, own_access
from app.modules.photos.rules.psl import is_kept_back
from app.web import files

#: What the links to covers open.
COVERS = "/photo_cover"


@bp.get("/photo/<collection>/<album>/<file:name>")
@context.public
def file(collection: str, album: str, name: str) -> ResponseReturnValue:
    """A photo as it is published, to who has a link."""
    return _serve(collection, album, name, gate="photos.file_gate")


@bp.get(f"/photo/<collection>/<album>/{LARGE}/<file:name>")
@context.public
def large(collection: str, album: str, name: str) -> ResponseReturnValue:
    """A photo that fits a screen, to who has a link."""
    return _serve(collection, album, name, gate="photos.large_gate", part=LARGE)


@bp.get(f"/photo/<collection>/<album>/{THUMBS}/<file:name>")
@context.public
def thumb(collection: str, album: str, name: str) -> ResponseReturnValue:
    """A photo in small, to who has a link."""
    return _serve(collection, album, name, gate="photos.thumb_gate", part=THUMBS)


@bp.get(f"{COVERS}/<file:name>")
@context.public
def cover(name: str) -> ResponseReturnValue:
    """The cover of an album, to who has a link."""
    gate = url_for("photos.cover_gate", name=name)
    return files.serve(COVERS, around.store().cover(name), gate=gate)


@bp.get("/photos/<collection>/<album>/<file:name>")
@context.permission_only(PermissionType.read, PermissionScope.photos)
def file_gate(collection: str, album: str, name: str) -> ResponseReturnValue:
    """Renew the link to a photo, for who may see it."""
    found = album_called(collection, album)
    _check_seen(found, queries.published(db.session(), found, name))
    return files.renew(_directory(found), name)


@bp.get(f"/photos/<collection>/<album>/{LARGE}/<file:name>")
@context.permission_only(PermissionType.read, PermissionScope.photos)
def large_gate(collection: str, album: str, name: str) -> ResponseReturnValue:
    """Likewise, as it fits a screen."""
    found = album_called(collection, album)
    _check_seen(found, queries.previewed(db.session(), found, name))
    return files.renew(_directory(found), f"{LARGE}/{name}")


@bp.get(f"/photos/<collection>/<album>/{THUMBS}/<file:name>")
@context.permission_only(PermissionType.read, PermissionScope.photos)
def thumb_gate(collection: str, album: str, name: str) -> ResponseReturnValue:
    """Likewise, in small."""
    found = album_called(collection, album)
    _check_seen(found, queries.previewed(db.session(), found, name))
    return files.renew(_directory(found), f"{THUMBS}/{name}")


@bp.get("/photos/_cover/<file:name>")
@context.permission_only(PermissionType.read, PermissionScope.photos)
def cover_gate(name: str) -> ResponseReturnValue:
    """Renew the link to the cover of an album, for who may open that."""
    photo = queries.covering(db.session(), name)
    if photo is None or not access().sees_album(photo.album):
        abort(404)
    _check_seen(photo.album, photo)
    if is_kept_back(photo.album, own_access()):
        abort(404)
    return files.renew(COVERS, name)


def _serve(
    collection: str, album: str, name: str, *, gate: str, part: str = ""
) -> ResponseReturnValue:
    """A file of an album, as the web server gives it: not what is in a directory of the site."""
    if not all(_is_directory(one) for one in (collection, album)):
        abort(404)
    values: dict[str, Any] = {"collection": collection, "album": album, "name": name}
    path = around.store().album(collection, album) / part / name
    return files.serve(f"/photo/{collection}/{album}", path, gate=url_for(gate, **values))


def _is_directory(name: str) -> bool:
    return DIRECTORY_NAME.fullmatch(name) is not None and not name.startswith("_")


def _directory(album: Album) -> str:
    """What the links to the files of an album open."""
    return f"/photo/{album.collection.dir_name}/{album.dir_name}"


def _check_seen(album: Album, photo: Photo | None) -> None:
    """Stop here, as if there were nothing, who does not see a photo."""
    if photo is None or not (photo.is_seen or access().writes.has_album(album)):
        abort(404)
