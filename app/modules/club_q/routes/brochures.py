"""Brochures: their list, the reader, what the team does of them, and their files."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import DocumentState, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.integrations.club_q_files import INCOMING
from app.integrations.documents.refusals import in_words
from app.models import ClubQBrochure
from app.modules.club_q import around
from app.modules.club_q.forms.brochures import BrochureForm
from app.modules.club_q.queries import brochures as queries
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.service import brochures as service
from app.web import files
from app.web.asked import asked_page
from app.web.documents import Book, Shelf, document_upload
from app.web.uploads import streamed

#: Before the number of a brochure: where its files are.
FILES = "/club_q_plaquettes"


def _directory(key: int) -> str:
    """What a link to a file of a brochure opens: the files of that one alone."""
    return f"{FILES}/{key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A brochure among others."""

    brochure: ClubQBrochure
    #: Of the cover, if there is one: its address, width and height.
    cover: str | None
    width: int
    height: int
    pdf: str

    @property
    def key(self) -> int:
        return self.brochure.id

    @property
    def is_being_made(self) -> bool:
        return self.brochure.state is DocumentState.processing

    @property
    def failure(self) -> str | None:
        """Why its pages could not be drawn, if they could not."""
        has_failed = self.brochure.state is DocumentState.failed
        return str(in_words(self.brochure.error)) if has_failed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfPage:
    """All that the list of the brochures shows."""

    found: Page[ClubQBrochure]
    cards: list[Card]


def _shelf_page() -> ShelfPage:
    found = queries.page(db.session(), number=asked_page())
    sizes = queries.cover_sizes(db.session(), found.items)
    return ShelfPage(found=found, cards=[_card(one, sizes.get(one.id)) for one in found.items])


def _card(brochure: ClubQBrochure, size: tuple[int, int] | None) -> Card:
    shelf = Shelf.open(_directory(brochure.id))
    revision = brochure.shown_revision
    width, height = size or (0, 0)
    return Card(
        brochure=brochure,
        cover=shelf.cover(revision) if revision is not None else None,
        width=width,
        height=height,
        pdf=shelf.url(brochure.file),
    )


@bp.get("/club_q/plaquettes")
@context.permission_only(T.read, S.club_q)
def plaquettes() -> ResponseReturnValue:
    """The brochures of all seasons, that of the latest first."""
    form = BrochureForm(around.seasons(), chosen=around.season())
    return form.page("club_q/brochures/list.html", page=_shelf_page())


@bp.post("/club_q/plaquettes")
@context.permission_only(T.write, S.club_q)
@streamed(document_upload(lambda: around.store().base / INCOMING))
def add_plaquette() -> ResponseReturnValue:
    """Make a PDF the brochure of a season, in the place of the one that it has."""
    form = BrochureForm(around.seasons(), chosen=around.season())
    if form.validate_on_submit():
        with form.refusals():
            _receive(form)
            flash(_("La plaquette est enregistrée : ses pages se préparent."), "success")
            return redirect(url_for("club_q.plaquettes"), 303)
    return form.page("club_q/brochures/list.html", page=_shelf_page())


def _receive(form: BrochureForm) -> None:
    """Take the PDF of a form.

    Raises:
        DomainError: If it may not be a brochure.
    """
    store, field = around.store(), form.pdf_file
    season_id, sender = int(form.season.data), current.me.id
    with store.workbench() as (_sent, made):
        arrived = service.look(db.session(), sent=field.sent.path, made=made, name=field.file_name)
        with transaction(db.session()) as session:
            if form.is_first(session, sender=sender):
                service.put(session, season_id=season_id, arrived=arrived, store=store)


@bp.post("/club_q/plaquettes/<int:key>/retry")
@context.permission_only(T.write, S.club_q)
def retry_plaquette(key: int) -> ResponseReturnValue:
    """Have the pages of a brochure drawn again."""
    with transaction(db.session()) as session:
        service.retry(session, brochure=queries.brochure(session, key))
    flash(_("Les pages se préparent de nouveau."), "success")
    return redirect(url_for("club_q.plaquettes"), 303)


@bp.post("/club_q/reader/delete/<int:key>")
@context.permission_only(T.write, S.club_q)
def delete_plaquette(key: int) -> ResponseReturnValue:
    """Delete a brochure."""
    with transaction(db.session()) as session:
        service.delete(session, brochure=queries.brochure(session, key))
    flash(_("La plaquette est supprimée."), "success")
    return redirect(url_for("club_q.plaquettes"), 303)


@bp.get("/club_q/reader/<int:key>")
@context.permission_only(T.read, S.club_q)
def reader(key: int) -> ResponseReturnValue:
    """Read a brochure."""
    brochure = queries.brochure(db.session(), key)
    if not around.store().document(brochure.id, brochure.file).exists():
        abort(404)
    shelf = Shelf.open(_directory(brochure.id))
    book = Book(
        title=_("Plaquette %(season)s", season=brochure.season.nom),
        pages=shelf.pages(queries.pages(db.session(), brochure)),
        pdf=shelf.url(brochure.file),
        file_name=brochure.original_name,
        back=url_for("club_q.plaquettes"),
        back_label=_l("Plaquettes"),
    )
    return render_template("club_q/brochures/reader.html", book=book)


# Their files


@bp.get(f"{FILES}/<int:key>/<file:name>")
@context.public
def plaquette_door(key: int, name: str) -> ResponseReturnValue:
    """A file of a brochure, to who has a link."""
    gate = url_for("club_q.plaquette_file", key=key, name=name)
    return files.serve(_directory(key), around.store().document(key, name), gate=gate)


@bp.get("/club_q/plaquettes/<int:key>/files/<file:name>")
@context.permission_only(T.read, S.club_q)
def plaquette_file(key: int, name: str) -> ResponseReturnValue:
    """Renew the link to a file of a brochure."""
    return files.renew(_directory(queries.brochure(db.session(), key).id), name)
