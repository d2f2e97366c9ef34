"""Venues: where shows are, and what the team changes of them."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.integrations.club_q_files import MAPS
from app.models import ClubQSalle, ClubQSeason, ClubQSpectacle
from app.modules.club_q import around
from app.modules.club_q.errors import SalleInUse, SentAlready
from app.modules.club_q.forms.catalogue import NewVenueForm, VenueForm, VenueSaid
from app.modules.club_q.queries import catalogue_venues as queries
from app.modules.club_q.queries.catalogue_venues import Venue
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.service import catalogue_images as images, catalogue_venues as service
from app.web.asked import asked_page


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuesPage:
    """All that the list of the venues shows."""

    #: ``None`` for all of them.
    season: ClubQSeason | None
    found: Page[Venue]
    sort: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuePage:
    """All that the page of a venue shows."""

    venue: ClubQSalle
    #: ``None`` for all of them.
    season: ClubQSeason | None
    shows: Sequence[ClubQSpectacle]
    map_url: str | None


def _season() -> ClubQSeason | None:
    """The season that the address asks for; ``None`` for all of them."""
    return None if request.args.get("season_id") == "all" else around.season()


@bp.get("/club_q/salles")
@context.permission_only(T.read, S.club_q)
def salles() -> ResponseReturnValue:
    """The venues of a season, or all of them."""
    if around.organises() and "new" in request.args:
        return _new_page(_new_form())
    season, sort = _season(), request.args.get("sort", "")
    sort = sort if sort.removeprefix("-") in queries.SORTS else queries.SORTS[0]
    found = queries.page(db.session(), season, sort=sort, number=asked_page())
    page = VenuesPage(season=season, found=found, sort=sort)
    return render_template("club_q/catalogue/venues.html", page=page)


@bp.post("/club_q/salles")
@context.permission_only(T.write, S.club_q)
def add_salle() -> ResponseReturnValue:
    """Make a venue."""
    form = _new_form()
    if form.validate_on_submit():
        with form.refusals():
            _create(form)
            flash(_("« %(name)s » est ajoutée.", name=form.nom.text), "success")
            return redirect(url_for("club_q.salles", season_id="all"), 303)
    return _new_page(form)


def _new_form() -> NewVenueForm:
    form = NewVenueForm()
    form.offer(has_image=False)
    return form


def _new_page(form: NewVenueForm) -> ResponseReturnValue:
    return form.page("club_q/catalogue/new_venue.html")


def _create(form: NewVenueForm) -> None:
    """Make a venue of what was typed, unless that very form made one already.

    Raises:
        DomainError: What is refused; nothing is left of the map.
    """
    draft = form.draft()
    with (
        suppress(SentAlready),
        _map(form, None) as plan,
        transaction(db.session()) as session,
    ):
        if not form.is_first_as_filled(session, sender=current.me.id):
            raise SentAlready
        service.create(session, draft, plan=plan)


def _map(form: NewVenueForm | VenueForm, kept: str | None) -> AbstractContextManager[str | None]:
    """The map that a venue is to have: what was sent, none, or its own."""
    if form.image.content:
        return images.stored(around.store(), form.image.content, MAPS)
    return nullcontext(None if form.removes_image else kept)


@bp.get("/club_q/salles/<int:key>")
@context.permission_only(T.read, S.club_q)
def salle(key: int) -> ResponseReturnValue:
    """A venue, where it is, and what is played there."""
    session = db.session()
    venue = queries.salle(session, key)
    if around.organises() and "edit" in request.args:
        return _edit_page(_edit_form(venue), venue)
    season = _season()
    page = VenuePage(
        venue=venue,
        season=season,
        shows=queries.shows_at(session, venue, season),
        map_url=around.map_url(venue),
    )
    return render_template("club_q/catalogue/venue.html", page=page)


@bp.post("/club_q/salles/<int:key>")
@context.permission_only(T.write, S.club_q)
def edit_salle(key: int) -> ResponseReturnValue:
    """Change a venue."""
    venue = queries.salle(db.session(), key)
    form = _edit_form(venue)
    if form.validate_on_submit():
        with form.refusals():
            if _edit(venue, form):
                flash(_("« %(name)s » est à jour.", name=form.nom.text), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("club_q.salle", key=key), 303)
    return _edit_page(form, venue)


def _edit_form(venue: ClubQSalle) -> VenueForm:
    form = VenueForm(obj=VenueSaid.of(venue))
    form.offer(has_image=venue.plan is not None)
    return form


def _edit_page(form: VenueForm, venue: ClubQSalle) -> ResponseReturnValue:
    return form.page("club_q/catalogue/edit_venue.html", venue=venue)


def _edit(venue: ClubQSalle, form: VenueForm) -> bool:
    """Change a venue, and its map; whether anything changed.

    Raises:
        DomainError: What is refused; the former map stays.
    """
    key, draft, version = venue.id, form.draft(), form.seen_version
    with _map(form, venue.plan) as plan, transaction(db.session()) as session:
        return service.edit(session, key, draft, plan=plan, version=version)


@bp.post("/club_q/salles/<int:key>/delete")
@context.permission_only(T.write, S.club_q)
def delete_salle(key: int) -> ResponseReturnValue:
    """Delete a venue where nothing is played."""
    name = queries.salle(db.session(), key).nom
    try:
        with transaction(db.session()) as session:
            service.delete(session, key)
    except SalleInUse as refusal:
        flash(refusal.message, "danger")
        return redirect(url_for("club_q.salle", key=key), 303)
    flash(_("« %(name)s » est supprimée.", name=name), "success")
    return redirect(url_for("club_q.salles"), 303)
