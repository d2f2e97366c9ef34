"""The collections: their list, a collection with its albums, and what changes them."""

from collections.abc import Iterable
from dataclasses import dataclass

from babel.dates import format_interval
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _
from sqlalchemy.orm import Session

from app import context
from app.context import Context, current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Album, Collection
from app.modules.operations.service import settings
from app.modules.photos import around
from app.modules.photos.choices import PHOTOS_KEEP_GPS
from app.modules.photos.errors import NoSuchCollection
from app.modules.photos.forms.albums import (
    ConfirmForm,
    ElementForm,
    NewAlbumForm,
    NewCollectionForm,
)
from app.modules.photos.queries import albums as queries
from app.modules.photos.queries.albums import AlbumCard, CollectionCard, Totals
from app.modules.photos.queries.reports import count_open
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.loading import access, collection_to, find_collection, own_access
from app.modules.photos.rules.access import Access
from app.modules.photos.rules.names import directory_name
from app.modules.photos.service import albums, collections
from app.web.asked import asked_page
from app.web.files import file_url, token
from app.web.forms import Form

_COVERS = "/photo_cover"


@bp.app_template_filter("months")
def months(element: Collection | Album) -> str:
    """From which month to which one: ``septembre 2026``, or two of them; nothing without a date."""
    start, end = element.start or element.end, element.end or element.start
    if start is None or end is None:
        return ""
    return format_interval(start, end, skeleton="yMMMM", locale=get_locale())


@bp.app_template_filter("days")
def days(element: Collection | Album) -> str:
    """From which day to which one; nothing without a date."""
    start, end = element.start or element.end, element.end or element.start
    if start is None or end is None:
        return ""
    return format_interval(start, end, skeleton="yMMMd", locale=get_locale())


class Covers:
    """The addresses of covers: signed once for a page."""

    def __init__(self, names: Iterable[str | None]) -> None:
        wanted = {name for name in names if name is not None}
        opened = token(_COVERS) if wanted else None
        self._urls = {name: file_url(_COVERS, name, opened=opened) for name in wanted}

    def url(self, name: str | None) -> str | None:
        """The address of a cover; ``None`` for none, and for one that is not shown."""
        return self._urls.get(name or "")


def check_there(form: Form) -> None:
    """Say that there is nothing to who changed what someone else had just deleted."""
    if form.status == NoSuchCollection.status:
        abort(404)


# The collections


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """All that the list of the collections shows."""

    found: Page[CollectionCard]
    covers: Covers
    access: Access
    is_editing: bool
    #: How many reports of photos wait for the visitor.
    open_reports: int
    #: Whether places are kept; ``None`` for who does not choose it.
    keeps_places: bool | None

    @property
    def writes_all(self) -> bool:
        """Whether the visitor makes collections, and says in which order they stand."""
        return self.access.writes.everything


def _chooses() -> bool:
    """Whether the visitor chooses what is kept of all photos."""
    return current.has_permission(T.all, S.collection)


@bp.post("/photos/keep_gps")
@context.permission_only(T.all, S.collection)
def keep_places() -> ResponseReturnValue:
    """Keep, for who writes albums, where photos were taken; or not."""
    keep = request.form.get("keep") == "yes"
    with transaction(db.session()) as session:
        settings.change(session, PHOTOS_KEEP_GPS, value=keep, seen=None)
    flash(_("C'est enregistré : cela vaut pour les photos à venir."), "success")
    return redirect(url_for(".index", edit=""), 303)


@bp.get("/photos")
@context.permission_only(T.read, S.photos)
def index() -> ResponseReturnValue:
    """The collections that the visitor may open."""
    mine = access()
    found = queries.collections_page(db.session(), mine, own=own_access(), number=asked_page())
    page = IndexPage(
        found=found,
        covers=Covers(card.cover for card in found.items),
        access=mine,
        is_editing="edit" in request.args and mine.writes.everything,
        open_reports=count_open(db.session(), own_access()),
        keeps_places=PHOTOS_KEEP_GPS.get(db.session()) if _chooses() else None,
    )
    return render_template("photos/index.html", page=page)


@bp.route("/photos/new", methods=["GET", "POST"])
@context.permission_only(T.write, S.collection)
def new() -> ResponseReturnValue:
    """Make a collection, which nobody sees yet."""
    form = NewCollectionForm()
    if form.validate_on_submit():
        with form.refusals():
            where = _make(form)
            return redirect(url_for("photos.collection", collection=where, edit=""), 303)
    return form.page("photos/new.html")


def _make(form: NewCollectionForm) -> str:
    """The address of the collection of a form: made once, however often it is sent."""
    with transaction(db.session()) as session:
        if not form.is_first(session, sender=context.current.me.id):
            return directory_name(form.name.text, otherwise="collection")
        made = collections.create(session, wanted=form.draft(), store=around.store())
        where = made.dir_name
    flash(_("La collection est créée : les lecteurs ne la voient pas encore."), "success")
    return where


# A collection


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPage:
    """All that the page of a collection shows."""

    collection: Collection
    found: Page[AlbumCard]
    covers: Covers
    access: Access
    is_editing: bool
    #: What changes it, for who may.
    form: ElementForm | None
    album_form: NewAlbumForm | None

    @property
    def writes(self) -> bool:
        return self.access.writes.has_collection(self.collection.id)

    @property
    def deletes(self) -> bool:
        return self.access.deletes.has_collection(self.collection.id)


def collection_page(
    collection: Collection,
    *,
    form: ElementForm | None = None,
    album_form: NewAlbumForm | None = None,
) -> CollectionPage:
    """What the page of a collection shows, with the form that was refused, if one was."""
    mine, own = access(), own_access()
    found = queries.albums_page(db.session(), mine, collection, number=asked_page())
    writes = mine.writes.has_collection(collection.id)
    is_refused = form is not None or album_form is not None
    return CollectionPage(
        collection=collection,
        found=found,
        covers=Covers(card.cover for card in found.items if own.sees_album(card.album)),
        access=mine,
        is_editing=writes and (is_refused or "edit" in request.args),
        form=(form or ElementForm(formdata=None, obj=collection)) if writes else None,
        album_form=(album_form or NewAlbumForm(formdata=None)) if writes else None,
    )


@bp.get("/photos/<collection>")
@context.permission_only(T.read, S.photos)
def collection(collection: str) -> ResponseReturnValue:
    """The albums of a collection: those that the visitor may open."""
    found = find_collection(collection)
    if found is None:
        abort(404)
    page = collection_page(found)
    if not page.found.items and not page.writes:
        abort(404)
    return render_template("photos/collection.html", page=page)


@bp.route("/photos/<collection>/edit", methods=["GET", "POST"])
@context.per_element
def edit_collection(collection: str) -> ResponseReturnValue:
    """Change what is said of a collection, and whether it is shown."""
    found = collection_to(T.write, collection)
    if request.method == "GET":
        return redirect(url_for("photos.collection", collection=collection, edit=""))
    form = ElementForm(obj=found)
    if form.validate():
        with form.refusals():
            with transaction(db.session()) as session:
                is_empty = collections.edit(
                    session,
                    found,
                    wanted=form.draft(),
                    visible=form.visible.data,
                    version=form.seen_version,
                )
            flash(_("La collection est à jour."), "success")
            if is_empty:
                flash(_("Elle reste masquée : aucun de ses albums n'est montré."), "warning")
            return redirect(url_for("photos.collection", collection=collection), 303)
    check_there(form)
    return form.page("photos/collection.html", page=collection_page(found, form=form))


@bp.post("/photos/<collection>/albums")
@context.per_element
def create_album(collection: str) -> ResponseReturnValue:
    """Make an album, which readers do not see yet."""
    found = collection_to(T.write, collection)
    form = NewAlbumForm()
    if form.validate():
        with form.refusals():
            where = _make_album(found, form)
            there = url_for("photos.album", collection=collection, album=where, edit="")
            return redirect(there, 303)
    check_there(form)
    return form.page("photos/collection.html", page=collection_page(found, album_form=form))


def _make_album(collection: Collection, form: NewAlbumForm) -> str:
    """The address of the album of a form: made once, however often it is sent."""
    name = form.album_name.text
    with transaction(db.session()) as session:
        if not form.is_first(session, sender=context.current.me.id):
            return directory_name(name, otherwise="album")
        made = albums.create(session, collection, name=name, store=around.store())
        where = made.dir_name
    flash(_("L'album est créé : les lecteurs ne le voient pas encore."), "success")
    return where


@bp.route("/photos/<collection>/delete", methods=["GET", "POST"])
@context.per_element
def delete_collection(collection: str) -> ResponseReturnValue:
    """Delete a collection, its albums and their photos."""
    found = collection_to(T.delete, collection)
    form = ConfirmForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                collections.delete(session, found, typed=form.confirm.text)
            store = around.store()
            store.drop(store.base / collection)  # the worker does it if there were albums
            flash(_("La collection est supprimée, avec ses photos."), "success")
            return redirect(url_for("photos.index"), 303)
    check_there(form)
    held = queries.albums_in(db.session(), found)
    lost = Totals(1, len(held), sum(album.nb_photos for album in held))
    return form.page("photos/delete_collection.html", collection=found, lost=lost)


# The home page


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the home page shows of the photos."""

    totals: Totals
    newest: Album


def card(session: Session, _visitor: Context) -> Card | None:
    """What there is to look at; nothing for who may not look."""
    mine = access()
    if not mine.opens:
        return None
    totals, newest = queries.glance(session, mine)
    return Card(totals=totals, newest=newest) if newest else None
