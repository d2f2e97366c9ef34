"""Plays, as the team manages them."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core import clock
from app.core.clock import PARIS
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Spectacle
from app.modules.theatre.forms.stage import (
    ConfirmForm,
    NewPerformanceForm,
    NewPlayForm,
    PlayForm,
    PlaySaid,
    PosterForm,
    Seen,
)
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.routes.blueprint import bp
from app.modules.theatre.rules.programme import Staged
from app.modules.theatre.service import plays as service


@bp.get("/theatre/admin/spectacle/<int:key>")
@context.permission_only(T.write, S.theatre)
def view_play(key: int) -> ResponseReturnValue:
    """A play: its poster, its performances, and what may be done of it."""
    return page_of(queries.play(db.session(), key))


def page_of(play: Spectacle, form: PosterForm | None = None) -> ResponseReturnValue:
    """The page of a play, with what was refused of a poster."""
    shown = form or PosterForm(formdata=None, obj=Seen(play.version))
    staged = queries.staged(db.session(), play)
    return shown.page(
        "theatre/admin/play.html",
        play=play,
        staged=staged,
        now=clock.now(),
        performance_form=_same_time(staged),
    )


def _same_time(staged: Staged) -> NewPerformanceForm:
    """A form for one more performance: plays are performed at the same time each night."""
    last = staged.performances[-1].date.astimezone(PARIS).time() if staged.performances else None
    return NewPerformanceForm(formdata=None, time=last)


@bp.route("/theatre/admin/spectacle/new/<int:saison_id>", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def add_play(saison_id: int) -> ResponseReturnValue:
    """Make a play of a season."""
    saison = queries.saison(db.session(), saison_id)
    form = NewPlayForm()
    if form.validate_on_submit():
        with form.refusals():
            key = _create(form, saison_id)
            flash(_("« %(name)s » est au programme.", name=form.name.text), "success")
            here = url_for("theatre.view_saison", key=saison_id)
            return redirect(url_for("theatre.view_play", key=key) if key else here, 303)
    saison = queries.saison(db.session(), saison_id)
    return form.page("theatre/admin/new_play.html", saison=saison)


def _create(form: NewPlayForm, saison_id: int) -> int | None:
    """Make a play; its number, unless that very form made it already."""
    with transaction(db.session()) as session:
        if not form.is_first_as_filled(session, sender=current.me.id):
            return None
        return service.create(session, saison_id, form.draft()).id


@bp.route("/theatre/admin/spectacle/edit/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def edit_play(key: int) -> ResponseReturnValue:
    """Change a play."""
    play = queries.play(db.session(), key)
    form = PlayForm(obj=PlaySaid.of(play))
    if form.validate_on_submit():
        draft, version = form.draft(), form.seen_version
        with form.refusals():
            with transaction(db.session()) as session:
                is_changed = service.edit(session, key, draft, version=version)
            if is_changed:
                flash(_("« %(name)s » est à jour.", name=draft.name), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("theatre.view_play", key=key), 303)
    return form.page("theatre/admin/edit_play.html", play=queries.play(db.session(), key))


@bp.route("/theatre/admin/spectacle/delete/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def delete_play(key: int) -> ResponseReturnValue:
    """Delete a play with its performances, once what goes was shown."""
    play = queries.play(db.session(), key)
    name, saison_id, form = play.name, play.saison_id, ConfirmForm(obj=Seen(play.version))
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.delete(session, key, version=form.seen_version)
            flash(_("« %(name)s » est supprimé.", name=name), "success")
            return redirect(url_for("theatre.view_saison", key=saison_id), 303)
    play = queries.play(db.session(), key)
    staged = queries.staged(db.session(), play)
    return form.page("theatre/admin/delete_play.html", play=play, staged=staged)
