"""The collection of a school year: it is there before the year begins (community 2.7)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import AlbumOrigin, PermissionScope, PermissionType
from app.integrations.photo_store import PhotoStore
from app.models import Collection, Role
from app.modules.gris.queries import roles as roles_queries
from app.modules.gris.rules.covering import Held, Terminal
from app.modules.gris.service import roles as roles_service
from app.modules.photos.queries import albums as queries
from app.modules.photos.service import collections
from app.modules.photos.service.elements import Draft


def year_of(session: Session, promo: int) -> Collection | None:
    """The collection of the year in which a promo enters, if there is one."""
    return queries.collection(session, str(promo))


def reads(session: Session, role: Role, collection: Collection | None) -> bool:
    """Whether a role holds the permission to read this very collection."""
    if collection is None:
        return False
    right = (PermissionType.read, PermissionScope.collection, collection.id)
    return roles_queries.permission(session, *right) in role.permissions


def open_year(
    session: Session, *, promo: int, year: int, readers: Sequence[Role], store: PhotoStore
) -> None:
    """Make the collection of the year that begins in *year*, which some roles may read.

    What is there already stays as it is.
    """
    collection = year_of(session, promo)
    if collection is None:
        collection = collections.create(
            session,
            wanted=Draft(name=str(promo), start=date(year, 9, 1), end=date(year + 1, 6, 30)),
            store=store,
            origin=AlbumOrigin.annual,
        )
    right = Held(PermissionType.read, PermissionScope.collection, collection.id, collection)
    for role in sorted(readers, key=lambda one: one.id):
        lock(session, role)
        if not reads(session, role, collection):
            roles_service.add_permission(session, role=role, right=right, actor=Terminal())
