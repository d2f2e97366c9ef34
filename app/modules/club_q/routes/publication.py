"""Showing the attribution of a season to everybody, and hiding it again (community 4.9)."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.club_q.forms.attribution import VisibleForm
from app.modules.club_q.queries.seasons import season as read_season
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.service import publication as service


@bp.post("/club_q/saisons/attrib_visible/<int:key>")
@context.permission_only(T.write, S.club_q)
def attrib_visible(key: int) -> ResponseReturnValue:
    """Say what it does, and ask; do it, once that is confirmed."""
    read_season(db.session(), key)
    form = VisibleForm()
    if form.validate_on_submit() and form.confirmed.data:
        with form.refusals():
            _change(key, form)
            return redirect(url_for("club_q.attribution", season_id=key), 303)
    session = db.session()
    season = read_season(session, key)
    template = "club_q/attribution/publication.html"
    publishes = form.visible.data == "1"
    found = service.summary(session, season) if publishes else None
    return form.page(template, season=season, summary=found, publishes=publishes)


def _change(key: int, form: VisibleForm) -> None:
    """Publish, or hide.

    Raises:
        DomainError: What is refused.
    """
    with transaction(db.session()) as session:
        season = read_season(session, key)
        if form.visible.data == "1":
            service.publish(session, season=season, by=current.me)
        else:
            service.hide(session, season=season, by=current.me, reason=form.reason.text)
    if form.visible.data == "1":
        flash(_("L'attribution est publiée."), "success")
    else:
        flash(_("L'attribution est masquée."), "success")
