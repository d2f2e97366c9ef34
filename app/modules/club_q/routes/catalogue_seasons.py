"""Seasons: made with their draw committed to, changed, deleted whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import ClubQSeason, ClubQSeedChange
from app.modules.club_q import around
from app.modules.club_q.forms.catalogue import (
    DeleteSeasonForm,
    NewSeasonForm,
    SeasonForm,
    SeasonSaid,
    SeedForm,
)
from app.modules.club_q.queries import announced, catalogue_seasons as queries
from app.modules.club_q.queries.catalogue_seasons import Size
from app.modules.club_q.queries.seasons import season as find
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.routes.run_words import rules_in_words
from app.modules.club_q.rules.announced import announced as read_rules
from app.modules.club_q.service import catalogue_seasons as service, seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonsPage:
    """All that the list of the seasons shows."""

    seasons: Sequence[ClubQSeason]
    current_key: int | None
    #: How large each is, for the team.
    sizes: Mapping[int, Size]

    def size(self, season: ClubQSeason) -> Size:
        """How large a season is."""
        return self.sizes.get(season.id, Size())


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonPage:
    """All that the page of a season shows."""

    season: ClubQSeason
    is_current: bool
    #: What is announced, as labels and values.
    rules: Sequence[tuple[str, str]]
    changes: Sequence[ClubQSeedChange]
    #: For the team.
    size: Size | None = None
    #: Whether the seed may still be replaced, and the form that does it.
    seed_form: SeedForm | None = None


@bp.get("/club_q/saisons")
@context.permission_only(T.read, S.club_q)
def saisons() -> ResponseReturnValue:
    """Every season."""
    is_staff = around.organises()
    if is_staff and "new" in request.args:
        return _new_page(NewSeasonForm())
    page = SeasonsPage(
        seasons=around.seasons(),
        current_key=around.options().season,
        sizes=queries.sizes(db.session()) if is_staff else {},
    )
    return render_template("club_q/catalogue/seasons.html", page=page)


@bp.post("/club_q/saisons")
@context.permission_only(T.write, S.club_q)
def add_saison() -> ResponseReturnValue:
    """Make a season: its seed is drawn, and what commits to it is shown at once."""
    form = NewSeasonForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first_as_filled(session, sender=current.me.id):
                    service.create(session, form.draft())
            flash(_("La saison « %(name)s » est créée.", name=form.nom.text), "success")
            return redirect(url_for("club_q.saisons"), 303)
    return _new_page(form)


def _new_page(form: NewSeasonForm) -> ResponseReturnValue:
    if not form.is_submitted():
        form.promo.data = around.options().promo_1a - 1
    return form.page("club_q/catalogue/new_season.html")


@bp.get("/club_q/saisons/<int:key>")
@context.permission_only(T.read, S.club_q)
def saison(key: int) -> ResponseReturnValue:
    """A season; for the team, what changes it."""
    season = find(db.session(), key)
    if around.organises() and "edit" in request.args:
        return _edit_page(SeasonForm(obj=SeasonSaid.of(season)), season)
    return render_template("club_q/catalogue/season.html", page=_page(season))


def _page(season: ClubQSeason, seed_form: SeedForm | None = None) -> SeasonPage:
    session, is_staff = db.session(), around.organises()
    may_replace = is_staff and announced.may_change(session, season, around.options())
    return SeasonPage(
        season=season,
        is_current=season.id == around.options().season,
        rules=rules_in_words(read_rules(season.rules)),
        changes=queries.seed_changes(session, season),
        size=queries.sizes(session).get(season.id, Size()) if is_staff else None,
        seed_form=seed_form or (SeedForm(formdata=None) if may_replace else None),
    )


@bp.post("/club_q/saisons/<int:key>")
@context.permission_only(T.write, S.club_q)
def edit_saison(key: int) -> ResponseReturnValue:
    """Change a season, published or not."""
    season = find(db.session(), key)
    form = SeasonForm(obj=SeasonSaid.of(season))
    if form.validate_on_submit():
        draft, version = form.draft(), form.seen_version
        with form.refusals():
            with transaction(db.session()) as session:
                is_changed = service.edit(session, key, draft, version=version)
            if is_changed:
                flash(_("La saison « %(name)s » est à jour.", name=draft.nom), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("club_q.saison", key=key), 303)
    return _edit_page(form, season)


def _edit_page(form: SeasonForm, season: ClubQSeason) -> ResponseReturnValue:
    return form.page("club_q/catalogue/edit_season.html", season=season)


@bp.route("/club_q/saisons/<int:key>/delete", methods=["GET", "POST"])
@context.permission_only(T.delete, S.club_q)
def delete_saison(key: int) -> ResponseReturnValue:
    """Delete a season and all that is of it, once its name was typed."""
    season = find(db.session(), key)
    name, form = season.nom, DeleteSeasonForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.delete(session, key, typed=form.confirm.text)
            flash(_("La saison « %(name)s » est supprimée.", name=name), "success")
            return redirect(url_for("club_q.saisons"), 303)
    lost = queries.lost(db.session(), season)
    return form.page("club_q/catalogue/delete_season.html", season=season, lost=lost)


@bp.post("/club_q/saisons/<int:key>/seed")
@context.permission_only(T.write, S.club_q)
def new_seed(key: int) -> ResponseReturnValue:
    """Replace the seed of a season before its form opens: everybody sees it, and why."""
    season = find(db.session(), key)
    form = SeedForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first_as_filled(session, sender=current.me.id):
                    found = find(session, key)
                    seeds.replace(session, season=found, reason=form.reason.text, by=current.me)
            flash(_("La graine est remplacée : son engagement est public."), "success")
            return redirect(url_for("club_q.saison", key=key), 303)
    return form.page("club_q/catalogue/season.html", page=_page(season, form))
