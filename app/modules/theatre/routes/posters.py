"""Posters, as the team sends and removes them."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Saison, Spectacle
from app.modules.theatre import around
from app.modules.theatre.errors import StaleTheatre
from app.modules.theatre.forms.stage import ConfirmForm, PosterForm, Seen
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.routes import plays, saisons
from app.modules.theatre.routes.blueprint import bp
from app.modules.theatre.rules.posters import PosterKind
from app.modules.theatre.service import posters as service

_KIND = "<any(saison, spectacle):kind>"


def _about(kind: PosterKind, key: int) -> Saison | Spectacle:
    """What a poster is of."""
    session = db.session()
    return queries.saison(session, key) if kind is PosterKind.saison else queries.play(session, key)


def _back(kind: PosterKind, key: int) -> ResponseReturnValue:
    """To the page of what the poster is of."""
    name = "theatre.view_saison" if kind is PosterKind.saison else "theatre.view_play"
    return redirect(url_for(name, key=key), 303)


@bp.post(f"/theatre/admin/picture_upload/{_KIND}/<int:key>")
@context.permission_only(T.write, S.theatre)
def upload_picture(kind: str, key: int) -> ResponseReturnValue:
    """Replace a poster; the former one is shown until that is committed."""
    of = PosterKind(kind)
    about = _about(of, key)
    form = PosterForm(obj=Seen(about.version))
    if form.validate_on_submit():
        with form.refusals():
            _put(form, of, about)
            flash(_("L'affiche est en ligne."), "success")
            return _back(of, key)
    about = _about(of, key)
    if isinstance(about, Saison):
        return saisons.page_of(about, form)
    return plays.page_of(about, form)


def _put(form: PosterForm, kind: PosterKind, about: Saison | Spectacle) -> None:
    """Keep what was sent, and show it.

    Raises:
        DomainError: What is refused; nothing is left of the picture.
    """
    key, place = about.id, about.id if isinstance(about, Saison) else about.saison_id
    made = service.stored(around.store(), form.image.content, kind, place)
    with made as picture, transaction(db.session()) as session:
        service.put(session, kind, key, picture, version=form.seen_version)


@bp.post(f"/theatre/admin/picture_delete/{_KIND}/<int:key>")
@context.permission_only(T.write, S.theatre)
def delete_picture(kind: str, key: int) -> ResponseReturnValue:
    """Remove a poster."""
    of = PosterKind(kind)
    _about(of, key)
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                service.delete(session, of, key, version=form.seen_version)
        except StaleTheatre as refusal:
            flash(refusal.message, "danger")
        else:
            flash(_("L'affiche est retirée."), "success")
    return _back(of, key)
