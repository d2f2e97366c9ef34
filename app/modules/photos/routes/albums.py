"""What changes albums: their words, their place, their end; and the order of them all."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Album, Collection
from app.modules.photos import around
from app.modules.photos.forms.albums import ConfirmForm, ElementForm, MoveForm
from app.modules.photos.queries import albums as queries
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.collections import check_there
from app.modules.photos.routes.loading import access, album_to, collection_to
from app.modules.photos.rules.order import shifted
from app.modules.photos.service import albums, collections
from app.modules.photos.service.albums import Moved

E = TypeVar("E", Album, Collection)

#: The most elements that are put in order at once.
_MOST = queries.PAGE_SIZE


@bp.route("/photos/<collection>/<album>/edit", methods=["GET", "POST"])
@context.per_element
def edit_album(collection: str, album: str) -> ResponseReturnValue:
    """Change what is said of an album, and whether it is shown; or have it give the cover."""
    found = album_to(T.write, collection, album)
    if request.method == "POST" and "set_featured" in request.form:
        return _feature(found)
    form = ElementForm(obj=found)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                is_empty = albums.edit(
                    session,
                    found,
                    wanted=form.draft(),
                    visible=form.visible.data,
                    version=form.seen_version,
                )
            flash(_("L'album est à jour."), "success")
            if is_empty:
                flash(_("Il reste masqué : il n'a pas encore de photo à montrer."), "warning")
            return redirect(_address(found), 303)
    check_there(form)
    deletes = access().deletes.has_album(found)
    return form.page("photos/edit_album.html", album=found, deletes=deletes)


def _address(album: Album) -> str:
    where = album.collection.dir_name
    return url_for("photos.album", collection=where, album=album.dir_name)


def _feature(album: Album) -> ResponseReturnValue:
    with transaction(db.session()) as session:
        albums.feature(session, album)
    flash(_("L'album donne sa couverture à la collection."), "success")
    where = album.collection.dir_name
    return redirect(url_for("photos.collection", collection=where, edit=""), 303)


@bp.route("/photos/<collection>/<album>/move", methods=["GET", "POST"])
@context.per_element
def move_album(collection: str, album: str) -> ResponseReturnValue:
    """Move an album to another collection, of those that the visitor may write."""
    found = album_to(T.write, collection, album)
    targets = {
        one.dir_name: one
        for one in queries.written(db.session(), access())
        if one.id != found.collection_id
    }
    form = MoveForm()
    form.offer(list(targets.values()))
    if form.target.data and form.target.data not in targets:
        collection_to(T.write, form.target.data)  # says why
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                moved = albums.move(session, found, target=targets[form.target.data])
            _move_directory(moved)
            flash(_("L'album a changé de collection ; son ancienne adresse y mène."), "success")
            return redirect(_address(found), 303)
    check_there(form)
    return form.page("photos/move_album.html", album=found, has_targets=bool(targets))


def _move_directory(moved: Moved) -> None:
    """Have the files follow at once; the worker does it if this fails, or is killed."""
    try:
        around.store().move_album(moved.before, moved.after)
    except OSError:
        current_app.logger.exception("the directory of an album is not moved yet")


@bp.route("/photos/<collection>/<album>/delete", methods=["GET", "POST"])
@context.per_element
def delete_album(collection: str, album: str) -> ResponseReturnValue:
    """Delete an album and its photos."""
    found = album_to(T.delete, collection, album)
    form = ConfirmForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                albums.delete(session, found, typed=form.confirm.text)
            flash(_("L'album est supprimé, avec ses photos."), "success")
            return redirect(_after(collection), 303)
    check_there(form)
    return form.page("photos/delete_album.html", album=found)


def _after(collection: str) -> str:
    """Where to go once an album is no more: its collection, if one may still open it."""
    left = queries.collection(db.session(), collection)
    if left is not None and access().sees_as_a_whole(left):
        return url_for("photos.collection", collection=collection)
    return url_for("photos.index")


# The order


@bp.post("/photos/reorder")
@context.permission_only(T.write, S.collection)
def shift_collection() -> ResponseReturnValue:
    """Have a collection stand one place earlier or later: what buttons do without a script."""
    by = _step()
    with transaction(db.session()) as session:
        current = queries.all_collections(session)
        one = _named(current, request.form.get("name"))
        collections.order(session, shifted(current, one, by))
    return redirect(url_for("photos.index", edit=""), 303)


@bp.post("/photos/<collection>/reorder")
@context.per_element
def shift_album(collection: str) -> ResponseReturnValue:
    """Have an album stand one place earlier or later in its collection; likewise."""
    found, by = collection_to(T.write, collection), _step()
    with transaction(db.session()) as session:
        current = queries.albums_in(session, found)
        one = _named(current, request.form.get("name"))
        albums.order(session, found, shifted(current, one, by))
    return redirect(url_for("photos.collection", collection=collection, edit=""), 303)


def _step() -> int:
    """One place earlier, or later."""
    by = request.form.get("by")
    if by not in ("-1", "1"):
        abort(400)
    return int(by)


def _named(elements: Sequence[E], name: Any) -> E:
    """The one of these whose address is that; else a 404."""
    found = next((one for one in elements if one.dir_name == name), None)
    if found is None:
        abort(404)
    return found


@bp.post("/api/photos/reorder")
@context.per_element
def reorder() -> ResponseReturnValue:
    """Have albums of a collection, or collections, stand in an order: their names, in JSON."""
    if not (access().opens and access().writes):
        context.check_permission(T.write, S.collection)
    said = request.get_json()
    if not isinstance(said, dict):
        abort(400)
    if "collection" in said:
        found = collection_to(T.write, _text(said["collection"]))
        names = _texts(said.get("albums"))
        with transaction(db.session()) as session:
            wanted = _all_named(queries.albums_in(session, found), names)
            albums.order(session, found, wanted)
    else:
        context.check_permission(T.write, S.collection)
        names = _texts(said.get("collections"))
        with transaction(db.session()) as session:
            collections.order(session, _all_named(queries.all_collections(session), names))
    return "", 204


def _text(said: object) -> str:
    if not isinstance(said, str):
        abort(400)
    return said


def _texts(said: object) -> list[str]:
    """A list of names, each once; else a 400."""
    if not isinstance(said, list) or len(said) > _MOST:
        abort(400)
    names = [_text(one) for one in said]
    if len(set(names)) != len(names):
        abort(400)
    return names


def _all_named(elements: Sequence[E], names: Sequence[str]) -> list[E]:
    by_name = {one.dir_name: one for one in elements}
    if any(name not in by_name for name in names):
        abort(404)
    return [by_name[name] for name in names]
