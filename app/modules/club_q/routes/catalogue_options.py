"""The options of Club Q, and its introduction."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.club_q import around
from app.modules.club_q.forms.catalogue import OptionsForm, OptionsSaid
from app.modules.club_q.queries.options import options as read_options
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.service import catalogue_options as service
from app.web import module_texts
from app.web.module_texts import Introduced

INTRODUCED = Introduced("club_q", _l("Club Q"), "club_q.index", "club_q.edit_text")


@bp.route("/club_q/options", methods=["GET", "POST"])
@context.permission_only(T.write, S.club_q)
def options() -> ResponseReturnValue:
    """Choose the current season, and switch its form on or off."""
    form = OptionsForm(obj=OptionsSaid.of(read_options(db.session())))
    form.offer(around.seasons())
    if form.validate_on_submit():
        wanted, version = form.wanted(), form.seen_version
        with form.refusals():
            with transaction(db.session()) as session:
                is_changed = service.change(session, wanted, version=version)
            if is_changed:
                flash(_("Les options sont enregistrées."), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("club_q.options"), 303)
    return form.page("club_q/catalogue/options.html", season=around.current_season())


@bp.route("/club_q/edit_text", methods=["GET", "POST"])
@context.permission_only(T.write, S.club_q)
def edit_text() -> ResponseReturnValue:
    """Change the introduction of Club Q."""
    return module_texts.edit(INTRODUCED)
