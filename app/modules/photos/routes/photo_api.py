"""Changing the photos of an album, for scripts (community 2.4)."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext
from werkzeug.datastructures import MultiDict

from app import context
from app.context.current import check_logged_in
from app.core.transaction import transaction
from app.enums import PermissionType as T
from app.extensions import db
from app.models import Album, Photo
from app.modules.photos import around
from app.modules.photos.errors import DuplicatePhoto, Malformed, NoSuchPerson
from app.modules.photos.forms.photos import PhotoForm, Said
from app.modules.photos.queries import named as queries
from app.modules.photos.queries.tags import tags_of
from app.modules.photos.routes import refused
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.bodies import body, person, text
from app.modules.photos.routes.loading import access, album_to
from app.modules.photos.routes.receiving import PHOTOS, receive_form_file
from app.modules.photos.routes.shown import Addresses, all_as_json
from app.modules.photos.service import photos as service
from app.modules.photos.service.linking import linking
from app.modules.photos.service.photos import SAME, Author, Outcomes, Unchanged, Wanted
from app.web.errors import answer
from app.web.forms import Form
from app.web.uploads import ArrivingFile, streamed

#: How many photos are changed at once.
MOST = 500
#: How far a clock may have been wrong, in minutes: ten years.
_FARTHEST = 5_300_000


bp.register_error_handler(DuplicatePhoto, refused.duplicate)


@bp.post("/api/photos/upload")
@context.per_element
@streamed(PHOTOS)
def api_upload() -> ResponseReturnValue:
    """Send one photo."""
    check_logged_in()
    album = _album(request.form)
    sent = request.files.get("file")
    if sent is None or not isinstance(sent.stream, ArrivingFile):
        raise Malformed
    photo = receive_form_file(album, sent.stream, name=sent.filename or "")
    return {"photo": _shown(photo.album, [photo])[0]}, 201


@bp.post("/api/photos/edit_photo")
@context.per_element
def api_edit_photo() -> ResponseReturnValue:
    """Change what a photo says."""
    check_logged_in()
    sent = _sent()
    album, name = _album(sent), text(sent, "photo_name")
    photo = queries.photo_named(db.session(), album, name)
    form = PhotoForm(formdata=sent, said=Said.of(photo))
    if not form.validate():
        return _invalid(form)
    wanted = wanted_of(form, photo)
    with transaction(db.session()) as session:
        photo, is_over = service.edit(
            session, album=album, name=name, wanted=wanted, version=form.seen_version
        )
    return {"photo": _shown(album, [photo])[0], "album_hidden": is_over}


@bp.post("/api/photos/star_photo")
@context.per_element
def api_star_photo() -> ResponseReturnValue:
    """Choose the cover of an album."""
    check_logged_in()
    sent = _sent()
    album, name = _album(sent), text(sent, "photo")
    with transaction(db.session()) as session:
        is_already = service.star(session, album=album, name=name)
    message = _("Elle est déjà la couverture.") if is_already else _("C'est la couverture.")
    return {"already": is_already, "message": message}


@bp.post("/api/photos/delete_photo")
@context.per_element
def api_delete_photo() -> ResponseReturnValue:
    """Delete a photo."""
    check_logged_in()
    sent = _sent()
    album, name = _album(sent), text(sent, "photo")
    with transaction(db.session()) as session:
        done = service.delete(session, album=album, names=[name])
    return _told(album, done, "delete")


@bp.post("/api/photos/bulk")
@context.per_element
def api_bulk() -> ResponseReturnValue:
    """Do the same to many photos."""
    check_logged_in()
    sent = body()
    album, names = _album(sent), _names(sent)
    action = sent.get("action")
    if action in ("move", "delete"):
        return _told(album, _all_or_nothing(album, names, sent), str(action))
    act = _act(sent)
    if isinstance(act, PhotoForm):
        return _invalid(act)
    with transaction(db.session()) as session:
        done = service.change_all(session, album=album, names=names, action=str(action), act=act)
    renamed = {one.name: one.new_name for one in done.each if one.new_name}
    return _told(album, done, str(action), renamed=renamed)


@bp.get("/api/photos/targets")
@context.per_element
def api_targets() -> ResponseReturnValue:
    """The albums where one may put photos, the latest collections first."""
    check_logged_in()
    found = queries.albums_to_fill(db.session(), access()) if access().opens else ()
    return {
        "targets": [
            {
                "collection": album.collection.dir_name,
                "collection_name": album.collection.name,
                "album": album.dir_name,
                "name": album.name,
            }
            for album in found
        ]
    }


def _all_or_nothing(album: Album, names: list[str], sent: dict[str, Any]) -> Outcomes:
    """Move photos to another album, or delete them."""
    if sent["action"] == "delete":
        with transaction(db.session()) as session:
            return service.delete(session, album=album, names=names)
    target = album_to(T.write, text(sent, "target_collection"), text(sent, "target_album"))
    return move(album, target, names)


def move(album: Album, target: Album, names: list[str]) -> Outcomes:
    """Move photos to another album, with their files."""
    with linking(around.store()) as links, transaction(db.session()) as session:
        return service.move(session, album=album, target=target, names=names, link=links.make)


def _act(sent: dict[str, Any]) -> service.Act | PhotoForm:
    """What is to be done to each photo; or the form that has something wrong.

    Raises:
        Malformed: Likewise.
    """
    action = sent.get("action")
    if action in ("hide", "show"):
        return service.showing(hidden=action == "hide")
    if action == "rotate" and sent.get("degrees") in (90, 180, 270):
        return service.turning(int(sent["degrees"]))
    if action == "shift_time":
        return service.shifting(_minutes(sent.get("minutes")))
    if action == "set":
        form = PhotoForm(
            formdata=_flat(sent, ("caption", "author_str", "author_id", "date", "time"))
        )
        return service.saying(wanted_of(form, None)) if form.validate() else form
    raise Malformed


def _minutes(sent: object) -> int:
    if not isinstance(sent, int) or isinstance(sent, bool) or not 0 < abs(sent) <= _FARTHEST:
        raise Malformed
    return sent


def wanted_of(form: PhotoForm, photo: Photo | None) -> Wanted:
    """What a form wants of a photo.

    Raises:
        NoSuchPerson: If its author is nobody.
    """
    return Wanted(
        caption=form.words,
        author=_author(form, photo),
        timestamp=form.timestamp,
        lat=form.place("lat"),
        lng=form.place("lng"),
    )


def _author(form: PhotoForm, photo: Photo | None) -> Author | Unchanged:
    """The author that was typed, or chosen; that of the photo, typed again, is the same."""
    chosen = form.author_id.data
    if chosen is not None:
        if photo is not None and chosen == photo.author_id:
            return SAME
        who = person(chosen)
        if who.is_disabled:
            raise NoSuchPerson
        return Author(pceen=who)
    if not form.is_sent("author_str") and not form.is_sent("author_id"):
        return SAME
    name = form.author_str.text or None
    if photo is not None and photo.author is not None and name == photo.author.full_name:
        return SAME
    return Author(name=name)


def _told(album: Album, done: Outcomes, action: str, **more: object) -> ResponseReturnValue:
    """What became of photos: one line for each, and in a sentence; *more* is said as it is."""
    each: list[dict[str, Any]] = [
        {"photo": one.name, "status": one.refusal.status, "message": one.refusal.message}
        if one.refusal
        else {"photo": one.name, "status": 200, "message": None}
        for one in done.each
    ]
    changed = [one["photo"] for one in each if one["status"] == 200]
    photos: Sequence[Photo] = ()
    if changed and action in ("set", "shift_time", "hide", "show"):
        photos = list(queries.photos_named(db.session(), album, changed).values())
    return {
        "outcomes": each,
        "photos": _shown(album, photos),
        "album_hidden": done.album_hidden,
        "message": _summary(action, len(changed), len(each)),
        **more,
    }


def _summary(action: str, done: int, asked: int) -> str:
    """How it went, for a person."""
    if done < asked:
        said: str = ngettext(
            "%(num)s photo sur %(asked)s : les autres sont restées comme elles étaient.",
            "%(num)s photos sur %(asked)s : les autres sont restées comme elles étaient.",
            done,
            asked=asked,
        )
        return said
    words: dict[str, Callable[[int], str]] = {
        "delete": lambda n: ngettext("%(num)s photo supprimée.", "%(num)s photos supprimées.", n),
        "move": lambda n: ngettext("%(num)s photo déplacée.", "%(num)s photos déplacées.", n),
        "hide": lambda n: ngettext("%(num)s photo masquée.", "%(num)s photos masquées.", n),
        "show": lambda n: ngettext("%(num)s photo montrée.", "%(num)s photos montrées.", n),
        "rotate": lambda n: ngettext(
            "%(num)s photo sera tournée dans un instant.",
            "%(num)s photos seront tournées dans un instant.",
            n,
        ),
    }
    changed: Callable[[int], str] = lambda n: ngettext(  # noqa: E731  # one of the above
        "%(num)s photo modifiée.", "%(num)s photos modifiées.", n
    )
    return words.get(action, changed)(done)


def _shown(album: Album, photos: Sequence[Photo]) -> list[dict[str, Any]]:
    """Photos as scripts show them."""
    tags = tags_of(db.session(), [photo.id for photo in photos]) if photos else {}
    return all_as_json(photos, Addresses(album), tags=tags, writes=True)


def _sent() -> MultiDict[str, str]:
    """What was sent, as a form or in JSON."""
    if not request.is_json:
        return request.form
    sent = body()
    return _flat(sent, tuple(sent))


def _flat(sent: dict[str, Any], names: Sequence[str]) -> MultiDict[str, str]:
    """Values of JSON as a form would send them; nothing is the empty text.

    Raises:
        Malformed: If one is neither a text nor a number.
    """
    flat: MultiDict[str, str] = MultiDict()
    for name in names:
        value = sent.get(name, SAME)
        if value is SAME:
            continue
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, str | int | float)
        ):
            raise Malformed
        flat[name] = "" if value is None else str(value)
    return flat


def _album(sent: MultiDict[str, str] | dict[str, Any]) -> Album:
    """The album that a script speaks of, for who may write it."""
    access()
    return album_to(T.write, text(sent, "collection"), text(sent, "album"))


def _names(sent: dict[str, Any]) -> list[str]:
    """The photos that a script speaks of, each once.

    Raises:
        Malformed: If there are none, or too many.
    """
    names = sent.get("photos")
    if not isinstance(names, list) or not 1 <= len(names) <= MOST:
        raise Malformed
    if any(not isinstance(name, str) or len(name) > Photo.NAME or "\x00" in name for name in names):
        raise Malformed
    return list(dict.fromkeys(names))


def _invalid(form: Form) -> ResponseReturnValue:
    """Say what is wrong with each field."""
    said: Any = answer(422, _("Quelque chose ne va pas dans ce que vous avez écrit."))
    wrong = {name: [str(e) for e in errors] for name, errors in form.errors.items()}
    said[0]["error"]["detail"] = wrong
    return said  # type: ignore[no-any-return]
