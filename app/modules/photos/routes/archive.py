"""An album, to take away (community 2.5)."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import Response, request

from app import context
from app.context import current
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.modules.photos import around
from app.modules.photos.errors import ArchivesBusy
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.loading import album_called
from app.modules.photos.service import archive as service
from app.web import downloads
from app.web.visitors import counted_address

#: How many archives one process sends at once: its other threads are for pages.
_SENT_AT_ONCE = threading.BoundedSemaphore(2)


@bp.get("/photos/<collection>/<album>.zip")
@context.permission_only(PermissionType.read, PermissionScope.photos)
def archive(collection: str, album: str) -> Response:
    """The photos of an album; for who writes it and asks, those that are hidden too."""
    found = album_called(collection, album)
    writes = current.has_permission(PermissionType.write, PermissionScope.album, found)
    with_hidden = writes and request.args.get("hidden") == "1"
    store, session = around.store(), db.session()
    with ExitStack() as stack:
        made = stack.enter_context(
            service.prepared(session, store=store, album=found, with_hidden=with_hidden)
        )
        if request.method == "GET":
            stack.enter_context(_one_of_few())
            stack.enter_context(service.turn(store=store, who=_who()))
        answer = downloads.stream(made, stem=found.name, extension="zip", length=len(made))
        answer.call_on_close(stack.pop_all().close)
    return answer


def _who() -> str:
    """Whose archives are counted: a person's, else those of an address."""
    return f"pceen {current.pceen.id}" if current.pceen else f"address {counted_address()}"


@contextmanager
def _one_of_few() -> Iterator[None]:
    """Leave threads for pages.

    Raises:
        ArchivesBusy: If there are too many archives at the moment.
    """
    if not _SENT_AT_ONCE.acquire(blocking=False):
        raise ArchivesBusy(seconds=120)
    try:
        yield
    finally:
        _SENT_AT_ONCE.release()
