"""Performances, as the team manages them."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.theatre.forms.stage import ConfirmForm, NewPerformanceForm, Seen
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.routes.blueprint import bp
from app.modules.theatre.service import performances as service
from app.web.filters import format_instant


@bp.route("/theatre/admin/representation/new/<int:spectacle_id>", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def add_representation(spectacle_id: int) -> ResponseReturnValue:
    """Have a play performed once more."""
    queries.play(db.session(), spectacle_id)
    form = NewPerformanceForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first_as_filled(session, sender=current.me.id):
                    service.add(session, spectacle_id, form.instant)
            said = format_instant(form.instant)
            flash(_("La représentation du %(when)s est ajoutée.", when=said), "success")
            target = url_for("theatre.view_play", key=spectacle_id, _anchor="representations")
            return redirect(target, 303)
    play = queries.play(db.session(), spectacle_id)
    return form.page("theatre/admin/new_performance.html", play=play)


@bp.route("/theatre/admin/representation/delete/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def delete_representation(key: int) -> ResponseReturnValue:
    """Remove a performance, once it was shown again."""
    performance = queries.performance(db.session(), key)
    said, play_key = format_instant(performance.date), performance.spectacle_id
    form = ConfirmForm(obj=Seen(performance.version))
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.delete(session, key, version=form.seen_version)
            flash(_("La représentation du %(when)s est supprimée.", when=said), "success")
            target = url_for("theatre.view_play", key=play_key, _anchor="representations")
            return redirect(target, 303)
    performance = queries.performance(db.session(), key)
    return form.page("theatre/admin/delete_performance.html", performance=performance)
