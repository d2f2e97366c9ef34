"""Making, changing and deleting collections."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import AlbumOrigin, PermissionScope
from app.integrations.photo_store import PhotoStore
from app.models import Album, Collection, audit, public_role
from app.modules.gris.service.roles import drop_permissions_on
from app.modules.photos.errors import NameTaken
from app.modules.photos.queries import albums as queries
from app.modules.photos.rules.names import directory_name
from app.modules.photos.rules.order import arranged
from app.modules.photos.service import albums, elements
from app.modules.photos.service.elements import Draft


def create(
    session: Session,
    *,
    wanted: Draft,
    store: PhotoStore,
    origin: AlbumOrigin = AlbumOrigin.web,
) -> Collection:
    """Make a collection, which nobody sees yet, and its directory.

    Raises:
        EndsTooEarly: If its dates go backwards.
        NameTaken: If another has that address.
    """
    wanted.check()
    lock(session, public_role(session))  # one is made at a time
    directory = directory_name(wanted.name, otherwise="collection")
    if (other := queries.collection(session, directory)) is not None:
        raise NameTaken(other=other.name)
    made = Collection(
        dir_name=directory,
        name=wanted.name,
        description=wanted.description,
        start=wanted.start,
        end=wanted.end,
        origin=origin,
    )
    session.add(made)
    session.flush()
    (store.base / directory).mkdir(exist_ok=True)
    audit(session, "photos.collection.create", made, after=elements.described(made))
    return made


def edit(
    session: Session, collection: Collection, *, wanted: Draft, visible: bool, version: int
) -> bool:
    """Change a collection; return whether it could not be shown, as it has nothing to show.

    Raises:
        StaleVersion: If someone else has changed it meanwhile.
        EndsTooEarly: If its dates go backwards.
    """
    elements.lock_element(session, collection)
    elements.check_version(collection, version)
    wanted.check()
    is_empty = visible and not collection.visible and not _shows_albums(session, collection)
    elements.change(session, collection, wanted=wanted, visible=visible and not is_empty)
    return is_empty


def _shows_albums(session: Session, collection: Collection) -> bool:
    stmt = sa.select(Album.id).where(Album.collection_id == collection.id, Album.visible)
    return session.scalars(stmt.limit(1)).first() is not None


def delete(session: Session, collection: Collection, *, typed: str) -> None:
    """Delete a collection with its albums, their photos, and the permissions on all of them.

    Its files go soon after.

    Raises:
        NameNotTyped: If it was not called by its name.
    """
    elements.lock_element(session, collection)
    elements.check_typed(collection, typed)
    held = albums.locked(session, collection)
    albums.remove(session, collection, held)
    drop_permissions_on(session, PermissionScope.collection, collection.id)
    lost = {"albums": len(held), "photos": sum(album.nb_photos for album in held)}
    before = elements.described(collection) | {"directory": collection.dir_name} | lost
    audit(session, "photos.collection.delete", collection, before=before)
    session.delete(collection)
    session.flush()


def order(session: Session, wanted: Sequence[Collection]) -> None:
    """Have these collections stand in that order, where they stand among all."""
    lock(session, public_role(session))
    current = queries.all_collections(session)
    if elements.place(arranged(current, wanted)):
        after = {"collections": [one.dir_name for one in wanted]}
        audit(session, "photos.collection.order", after=after)
