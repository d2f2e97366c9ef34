"""Shows: what there is to see, and what the team changes of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import ClubQSeason, ClubQSpectacle
from app.modules.club_q import around
from app.modules.club_q.errors import AlreadyCancelled, SentAlready, ShowHasGrants
from app.modules.club_q.forms.catalogue import NewShowForm, ShowForm, ShowSaid
from app.modules.club_q.queries import catalogue_shows as queries
from app.modules.club_q.queries.catalogue_shows import Figures, Listed, Wished
from app.modules.club_q.queries.catalogue_venues import all_venues
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.service import catalogue_images as images, catalogue_shows as service
from app.web.asked import asked_page


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowsPage:
    """All that the list of the shows of a season shows."""

    season: ClubQSeason
    found: Page[Listed]
    sort: str
    #: The sums of the season, for the team.
    totals: Figures | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPage:
    """All that the page of a show shows."""

    show: ClubQSpectacle
    #: For the team.
    figures: Figures | None = None
    wishes: Page[Wished] | None = None
    sort: str = ""


def _sort(allowed: Sequence[str]) -> str:
    """What the address asks to sort by: the default for what is not offered."""
    asked = request.args.get("sort", "")
    return asked if asked.removeprefix("-") in allowed else allowed[0]


@bp.get("/club_q/spectacles")
@context.permission_only(T.read, S.club_q)
def spectacles() -> ResponseReturnValue:
    """The shows of a season; for the team, what was asked and granted of each."""
    is_staff = around.organises()
    season = around.season()
    if season is not None and is_staff and "new" in request.args:
        return _new_page(_new_form(), season)
    if season is None:
        return render_template("club_q/catalogue/shows.html", page=None)
    session, sort = db.session(), _sort(queries.SORTS if is_staff else queries.SORTS[:4])
    page = ShowsPage(
        season=season,
        found=queries.page(session, season, sort=sort, number=asked_page(), is_staff=is_staff),
        sort=sort,
        totals=queries.totals(session, season) if is_staff else None,
    )
    return render_template("club_q/catalogue/shows.html", page=page)


@bp.post("/club_q/spectacles")
@context.permission_only(T.write, S.club_q)
def add_spectacle() -> ResponseReturnValue:
    """Make a show."""
    season = around.season()
    if season is None:
        flash(_("Créez d'abord une saison."), "warning")
        return redirect(url_for("club_q.saisons", new=1), 303)
    form = _new_form()
    if form.validate_on_submit():
        with form.refusals():
            _create(form)
            flash(_("« %(name)s » est au programme.", name=form.nom.text), "success")
            return redirect(url_for("club_q.spectacles", season_id=form.saison_id.data), 303)
    return _new_page(form, season)


def _new_form() -> NewShowForm:
    form = NewShowForm()
    form.offer(all_venues(db.session()), around.seasons(), has_image=False)
    return form


def _new_page(form: NewShowForm, season: ClubQSeason) -> ResponseReturnValue:
    if not form.is_submitted():
        form.saison_id.data = str(season.id)
    return form.page("club_q/catalogue/new_show.html", season=season)


def _create(form: NewShowForm) -> None:
    """Make a show of what was typed, unless that very form made one already.

    Raises:
        DomainError: What is refused; nothing is left of the picture.
    """
    draft, content = form.draft(), form.image.content
    made = (
        images.stored(around.store(), content, str(draft.season_id))
        if content
        else nullcontext(None)
    )
    with suppress(SentAlready), made as name, transaction(db.session()) as session:
        if not form.is_first_as_filled(session, sender=current.me.id):
            raise SentAlready
        service.create(session, draft, image=name)


@bp.get("/club_q/spectacles/<int:key>")
@context.permission_only(T.read, S.club_q)
def spectacle(key: int) -> ResponseReturnValue:
    """A show; for the team, who wishes for it, and what changes it."""
    session, is_staff = db.session(), around.organises()
    show = queries.spectacle(session, key)
    if not is_staff:
        return render_template("club_q/catalogue/show.html", page=ShowPage(show=show))
    if "edit" in request.args:
        return _edit_page(_edit_form(show), show)
    sort = _sort(queries.WISH_SORTS)
    page = ShowPage(
        show=show,
        figures=queries.figures(session, show),
        wishes=queries.wish_page(session, show, sort=sort, number=asked_page()),
        sort=sort,
    )
    return render_template("club_q/catalogue/show.html", page=page)


@bp.post("/club_q/spectacles/<int:key>")
@context.permission_only(T.write, S.club_q)
def edit_spectacle(key: int) -> ResponseReturnValue:
    """Change a show."""
    show = queries.spectacle(db.session(), key)
    form = _edit_form(show)
    if form.validate_on_submit():
        with form.refusals():
            if _edit(show, form):
                flash(_("« %(name)s » est à jour.", name=form.nom.text), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("club_q.spectacle", key=key), 303)
    return _edit_page(form, show)


def _edit_form(show: ClubQSpectacle) -> ShowForm:
    form = ShowForm(obj=ShowSaid.of(show))
    form.offer(all_venues(db.session()), around.seasons(), has_image=show.image is not None)
    return form


def _edit_page(form: ShowForm, show: ClubQSpectacle) -> ResponseReturnValue:
    return form.page("club_q/catalogue/edit_show.html", show=show)


def _edit(show: ClubQSpectacle, form: ShowForm) -> bool:
    """Change a show, and its picture; whether anything changed.

    Raises:
        DomainError: What is refused; the former picture stays.
    """
    key, draft, version = show.id, form.draft(), form.seen_version
    with _picture(show, form, str(draft.season_id)) as image, transaction(db.session()) as session:
        return service.edit(session, key, draft, image=image, version=version)


def _picture(
    show: ClubQSpectacle, form: ShowForm, place: str
) -> AbstractContextManager[str | None]:
    """The picture that a show is to have: what was sent, none, or its own, where its season is."""
    store, content, kept = around.store(), form.image.content, show.image
    if content:
        return images.stored(store, content, place)
    if form.removes_image or kept is None:
        return nullcontext(None)
    if place != str(show.season_id):
        return images.copied(store, kept, source=str(show.season_id), place=place)
    return nullcontext(kept)


@bp.post("/club_q/spectacles/<int:key>/cancel")
@context.permission_only(T.write, S.club_q)
def cancel_spectacle(key: int) -> ResponseReturnValue:
    """Cancel a show: those who have places are told, and owe nothing."""
    name = queries.spectacle(db.session(), key).nom
    try:
        with transaction(db.session()) as session:
            told = service.cancel(session, key)
    except AlreadyCancelled as refusal:
        flash(refusal.message, "info")
    else:
        flash(_("« %(name)s » est annulé.", name=name), "success")
        if told:
            flash(
                ngettext(
                    "%(num)s personne est prévenue par e-mail.",
                    "%(num)s personnes sont prévenues par e-mail.",
                    told,
                ),
                "info",
            )
    return redirect(url_for("club_q.spectacle", key=key), 303)


@bp.post("/club_q/spectacles/<int:key>/delete")
@context.permission_only(T.write, S.club_q)
def delete_spectacle(key: int) -> ResponseReturnValue:
    """Delete a show, unless places of it are granted."""
    show = queries.spectacle(db.session(), key)
    name, season_id = show.nom, show.season_id
    try:
        with transaction(db.session()) as session:
            service.delete(session, key)
    except ShowHasGrants as refusal:
        flash(refusal.message, "danger")
        return redirect(url_for("club_q.spectacle", key=key), 303)
    flash(_("« %(name)s » est supprimé.", name=name), "success")
    return redirect(url_for("club_q.spectacles", season_id=season_id), 303)
