"""The collection and the album of an address, for who may see or change them."""

import sqlalchemy as sa
from flask import abort, g, redirect, request, url_for
from sqlalchemy.orm import joinedload

from app.context import current
from app.context.current import check_any_permission, check_permission
from app.core.file_tokens import DIRECTORY_NAME
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import Album, AlbumAddress, Collection, Permission
from app.modules.photos.rules.access import Access


def access() -> Access:
    """What the visitor may do of the photos; the view has asked, then."""
    current.asked = True
    if "photo_access" not in g:
        g.photo_access = Access.of(_permissions())
    found: Access = g.photo_access
    return found


def own_access() -> Access:
    """What the visitor may do by roles of their own, without what everybody may.

    What everybody sees is shown under its own address alone, where the web server may ask for a
    password (community 1.6): no page shows it among others.
    """
    current.asked = True
    pceen = current.pceen
    roles = [] if pceen is None or pceen.is_disabled else pceen.roles
    return Access.of([permission for role in roles for permission in role.permissions])


def _permissions() -> list[Permission]:
    """The permissions of the visitor: none for who is disabled, those of everybody included."""
    roles = [current.public]
    if current.pceen is not None:
        roles = [] if current.pceen.is_disabled else [*current.pceen.roles, current.public]
    return [permission for role in roles for permission in role.permissions]


def collection_called(name: str) -> Collection:
    """A collection by its address, for who may open it for itself; else a 404."""
    check_permission(PermissionType.read, PermissionScope.photos)
    found = find_collection(name)
    if found is None or not access().sees_as_a_whole(found):
        abort(404)
    return found


def find_collection(name: str) -> Collection | None:
    """A collection by its address, whoever asks."""
    if not DIRECTORY_NAME.fullmatch(name):
        return None
    return db.session.scalars(sa.select(Collection).filter_by(dir_name=name)).one_or_none()


def album_called(collection: str, album: str) -> Album:
    """An album by its address, for who may open it; else a 404.

    One that has moved is where it is now.
    """
    check_permission(PermissionType.read, PermissionScope.photos)
    if not DIRECTORY_NAME.fullmatch(f"{collection}{album}"):
        abort(404)
    found = _find(collection, album)
    is_here = found is not None
    found = found or _moved(collection, album)
    if found is None or not access().sees_album(found):
        abort(404)
    if not is_here and "album" in (request.view_args or {}):
        values = (request.view_args or {}) | {
            "collection": found.collection.dir_name,
            "album": found.dir_name,
        }
        asked = {k: v for k, v in request.args.items() if k != "endpoint" and k[:1] != "_"}
        where = url_for(str(request.endpoint), _external=False, **(asked | values))
        # what was sent is sent again, there
        abort(redirect(where, 301 if request.method in ("GET", "HEAD") else 308))
    return found


def _find(collection: str, album: str) -> Album | None:
    stmt = (
        sa.select(Album)
        .join(Album.collection)
        .where(Collection.dir_name == collection, Album.dir_name == album)
        .options(joinedload(Album.collection))
    )
    return db.session.scalars(stmt).one_or_none()


def _moved(collection: str, album: str) -> Album | None:
    stmt = (
        sa.select(Album)
        .join(AlbumAddress, AlbumAddress.album_id == Album.id)
        .where(AlbumAddress.collection_dir == collection, AlbumAddress.album_dir == album)
        .options(joinedload(Album.collection))
    )
    return db.session.scalars(stmt).one_or_none()


def collection_to(type: PermissionType, name: str) -> Collection:
    """A collection that the visitor may change: else a 403, or a 404 for who may not see it."""
    check_permission(PermissionType.read, PermissionScope.photos)
    found = find_collection(name)
    if found is None:
        abort(404)
    allowed = current.has_permission(type, PermissionScope.collection, found)
    if not (allowed or access().sees_as_a_whole(found)):
        abort(404)
    check_any_permission((type, PermissionScope.collection, found))
    return found


def album_to(type: PermissionType, collection: str, album: str) -> Album:
    """An album that the visitor may change: else a 403, or a 404 for who may not see it."""
    found = album_called(collection, album)
    check_any_permission((type, PermissionScope.album, found))
    return found
