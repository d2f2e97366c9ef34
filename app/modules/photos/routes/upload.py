"""Sending photos, and changing one, on plain pages: for who has no scripts."""

from dataclasses import dataclass, field

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from app import context
from app.context.current import check_logged_in
from app.core.transaction import transaction
from app.enums import PermissionType as T
from app.extensions import db
from app.models import Album, Photo
from app.modules.photos.errors import DuplicatePhoto, PhotoError
from app.modules.photos.forms.photos import PhotoForm, Said
from app.modules.photos.queries import photos as reading
from app.modules.photos.queries.photos import Shown
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.loading import album_to
from app.modules.photos.routes.photo_api import wanted_of
from app.modules.photos.routes.receiving import PHOTOS, receive_form_file
from app.modules.photos.routes.shown import Addresses, Tile
from app.modules.photos.service import photos as service
from app.modules.photos.service.photos import Outcomes
from app.web.uploads import ArrivingFile, streamed


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPage:
    """All that the page shows: an album, and what became of the files that were sent to it."""

    album: Album
    sent: int = 0
    same: int = 0
    refusals: list[str] = field(default_factory=list)

    @property
    def here(self) -> str:
        """The page of the album."""
        return Addresses(self.album).here

    @property
    def summary(self) -> str:
        """How many came, and how many were there already."""
        came: str = ngettext("%(num)s photo envoyée", "%(num)s photos envoyées", self.sent)
        said: str = _("%(came)s, %(same)s déjà là.", came=came, same=self.same)
        return said if self.same else f"{came}."


@bp.route("/photos/<collection>/<album>/upload", methods=["GET", "POST"])
@context.per_element
@streamed(PHOTOS)
def upload(collection: str, album: str) -> ResponseReturnValue:
    """Send photos with a form; each is taken, or not, by itself."""
    check_logged_in()
    found = album_to(T.write, collection, album)
    if request.method == "GET":
        return render_template("photos/upload.html", page=UploadPage(album=found))
    page = _receive_all(found)
    if page.refusals:
        return render_template("photos/upload.html", page=page), 422
    flash(page.summary, "success" if page.sent else "info")
    return redirect(f"{page.here}?edit", 303)


def _receive_all(album: Album) -> UploadPage:
    """Take the files of the form, one by one."""
    sent = same = 0
    refusals: list[str] = []
    for file in request.files.getlist("files"):
        if not file.filename or not isinstance(file.stream, ArrivingFile):
            continue
        try:
            receive_form_file(album, file.stream, name=file.filename)
            sent += 1
        except DuplicatePhoto:
            same += 1
        except PhotoError as refusal:
            refusals.append(refusal.message)
    if not (sent or same or refusals):
        refusals.append(_("Choisissez un fichier."))
    return UploadPage(album=album, sent=sent, same=same, refusals=refusals)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPage:
    """All that the page of a photo to change shows."""

    photo: Photo
    tile: Tile
    addresses: Addresses

    @property
    def album(self) -> Album:
        return self.addresses.album

    @property
    def back(self) -> str:
        """The album, to be changed."""
        return f"{self.addresses.here}?edit"


def _found(collection: str, album: str, stem: str) -> tuple[Album, Photo]:
    """A photo by its address, for who may write its album; else a 403, or a 404."""
    where = album_to(T.write, collection, album)
    return where, reading.with_stem(db.session(), Shown(album=where, writes=True), stem)


@bp.route("/photos/<collection>/<album>/photo/<stem>/edit", methods=["GET", "POST"])
@context.per_element
def edit_photo(collection: str, album: str, stem: str) -> ResponseReturnValue:
    """Change what a photo says."""
    check_logged_in()
    where, photo = _found(collection, album, stem)
    form = PhotoForm(said=Said.of(photo))
    if form.validate_on_submit():
        with form.refusals():
            wanted = wanted_of(form, photo)
            with transaction(db.session()) as session:
                service.edit(
                    session,
                    album=where,
                    name=photo.file_name,
                    wanted=wanted,
                    version=form.seen_version,
                )
            flash(_("La photo est modifiée."), "success")
            return redirect(Addresses(where).page(photo), 303)
    addresses = Addresses(where)
    page = EditPage(photo=photo, tile=Tile(photo, addresses, None, 0), addresses=addresses)
    return form.page("photos/edit_photo.html", page=page)


@bp.post("/photos/<collection>/<album>/photo/<stem>/change")
@context.per_element
def change_photo(collection: str, album: str, stem: str) -> ResponseReturnValue:
    """Feature a photo, hide it, show it, turn it or delete it."""
    check_logged_in()
    where, photo = _found(collection, album, stem)
    action, name = request.form.get("action", ""), photo.file_name
    here = url_for(
        ".edit_photo", collection=where.collection.dir_name, album=where.dir_name, stem=stem
    )
    back = f"{Addresses(where).here}?edit"
    if action == "star":
        with transaction(db.session()) as session:
            service.star(session, album=where, name=name)
        flash(_("C'est la couverture."), "success")
        return redirect(here, 303)
    if action == "delete":
        if "sure" not in request.form:
            flash(_("Cochez la case pour supprimer la photo."), "warning")
            return redirect(here, 303)
        with transaction(db.session()) as session:
            done = service.delete(session, album=where, names=[name])
        flash(_("La photo est supprimée."), "success")
        _warn(done)
        return redirect(back, 303)
    act = _act(action)
    with transaction(db.session()) as session:
        done = service.change_all(session, album=where, names=[name], action=action, act=act)
    for outcome in done.each:
        if outcome.refusal is not None:
            raise outcome.refusal
    flash(_("C'est fait."), "success")
    _warn(done)
    return redirect(back if action in ("rotate", "hide") else here, 303)  # another address soon


def _act(action: str) -> service.Act:
    """What the form wants of the photo."""
    degrees = request.form.get("degrees", "")
    if action in ("hide", "show"):
        return service.showing(hidden=action == "hide")
    if action != "rotate" or degrees not in ("90", "180", "270"):
        abort(400)
    return service.turning(int(degrees))


def _warn(done: Outcomes) -> None:
    """Say that an album with nothing to show is hidden."""
    if done.album_hidden:
        flash(_("L'album n'a plus rien à montrer : il est masqué."), "warning")
