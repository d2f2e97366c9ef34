"""Seasons, as the team manages them."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core import clock
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Saison
from app.modules.theatre.errors import StaleTheatre
from app.modules.theatre.forms.stage import (
    ConfirmForm,
    NewSaisonForm,
    PosterForm,
    SaisonForm,
    SaisonSaid,
    Seen,
)
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.queries.programme import Size
from app.modules.theatre.routes.blueprint import bp
from app.modules.theatre.service import saisons as service
from app.web.asked import asked_page


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonsPage:
    """All that the list of the seasons shows."""

    found: Page[Saison]
    sizes: Mapping[int, Size]

    def size(self, saison: Saison) -> Size:
        """How much there is of a season."""
        return self.sizes.get(saison.id, Size())


@bp.get("/theatre/admin")
@context.permission_only(T.write, S.theatre)
def admin() -> ResponseReturnValue:
    """Every season, hidden or not."""
    session = db.session()
    found = queries.page(session, asked_page())
    sizes = queries.sizes(session, [one.id for one in found.items])
    page = SeasonsPage(found=found, sizes=sizes)
    return render_template("theatre/admin/seasons.html", page=page)


@bp.get("/theatre/admin/saison/<int:key>")
@context.permission_only(T.write, S.theatre)
def view_saison(key: int) -> ResponseReturnValue:
    """A season: its poster, its plays, and what may be done of it."""
    return page_of(queries.saison(db.session(), key))


def page_of(saison: Saison, form: PosterForm | None = None) -> ResponseReturnValue:
    """The page of a season, with what was refused of a poster."""
    shown = form or PosterForm(formdata=None, obj=Seen(saison.version))
    programme = queries.programme(db.session(), saison)
    return shown.page("theatre/admin/season.html", programme=programme, saison=saison)


@bp.route("/theatre/admin/saison/new", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def add_saison() -> ResponseReturnValue:
    """Make a season."""
    form = NewSaisonForm()
    if form.validate_on_submit():
        with form.refusals():
            key = _create(form)
            flash(_("La saison « %(name)s » est créée.", name=form.name.text), "success")
            target = url_for("theatre.view_saison", key=key) if key else url_for("theatre.admin")
            return redirect(target, 303)
    if not form.is_submitted():
        form.start_date.data = clock.today()
    return form.page("theatre/admin/new_season.html")


def _create(form: NewSaisonForm) -> int | None:
    """Make a season; its number, unless that very form made it already."""
    with transaction(db.session()) as session:
        if not form.is_first_as_filled(session, sender=current.me.id):
            return None
        return service.create(session, form.draft()).id


@bp.route("/theatre/admin/saison/edit/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def edit_saison(key: int) -> ResponseReturnValue:
    """Change a season."""
    saison = queries.saison(db.session(), key)
    form = SaisonForm(obj=SaisonSaid.of(saison))
    if form.validate_on_submit():
        draft, version = form.draft(), form.seen_version
        with form.refusals():
            with transaction(db.session()) as session:
                is_changed = service.edit(session, key, draft, version=version)
            if is_changed:
                flash(_("La saison « %(name)s » est à jour.", name=draft.name), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("theatre.view_saison", key=key), 303)
    saison = queries.saison(db.session(), key)
    return form.page("theatre/admin/edit_season.html", saison=saison)


@bp.post("/theatre/admin/saison/show/<int:key>")
@context.permission_only(T.write, S.theatre)
def show_saison(key: int) -> ResponseReturnValue:
    """Show a season to the public, or hide it."""
    name = queries.saison(db.session(), key).name
    form = ConfirmForm()
    is_shown = request.form.get("visible") == "1"
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                service.show(session, key, is_shown=is_shown, version=form.seen_version)
        except StaleTheatre as refusal:
            flash(refusal.message, "danger")
        else:
            flash(_told(name, is_shown=is_shown), "success")
    return redirect(url_for("theatre.view_saison", key=key), 303)


def _told(name: str, *, is_shown: bool) -> str:
    said = (
        _("La saison « %(name)s » est visible du public.", name=name)
        if is_shown
        else _("La saison « %(name)s » est masquée : seule l'équipe la voit.", name=name)
    )
    return str(said)


@bp.route("/theatre/admin/saison/delete/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def delete_saison(key: int) -> ResponseReturnValue:
    """Delete a season and all that is of it, once what goes was shown."""
    saison = queries.saison(db.session(), key)
    name, form = saison.name, ConfirmForm(obj=Seen(saison.version))
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.delete(session, key, version=form.seen_version)
            flash(_("La saison « %(name)s » est supprimée.", name=name), "success")
            return redirect(url_for("theatre.admin"), 303)
    saison = queries.saison(db.session(), key)
    lost = queries.size_of(queries.programme(db.session(), saison))
    return form.page("theatre/admin/delete_season.html", saison=saison, lost=lost)
