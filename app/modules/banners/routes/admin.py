"""The list of the banners: their order, and the settings of the carousel."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core import clock
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.banners.errors import BannersError, NotTheBanners
from app.modules.banners.forms.presets import SettingsForm
from app.modules.banners.queries import banners as queries
from app.modules.banners.queries.options import options
from app.modules.banners.routes import banners
from app.modules.banners.routes.blueprint import bp
from app.modules.banners.routes.shown import Slide, Slides
from app.modules.banners.service import banners as service, settings as settings_service
from app.web.errors import answer

#: The most banners that are put in order at once.
_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Slides):
    """The list of all banners."""

    now: datetime


@bp.route("/banners/admin", methods=["GET", "POST"])
@context.permission_only(T.write, S.calendar)
def admin() -> ResponseReturnValue:
    """The banners, in order; sent to, it makes one."""
    return banners.create() if request.method == "POST" else _page()


def _page(sent: SettingsForm | None = None) -> ResponseReturnValue:
    """The list, with what was refused of the settings."""
    session = db.session()
    held = options(session)
    form = sent or SettingsForm(held, formdata=None)
    slides = [Slide.of(one) for one in queries.every(session)]
    page = ListPage(slides=slides, options=held, now=clock.now())
    return form.page("banners/admin/list.html", page=page)


@bp.post("/banners/settings")
@context.permission_only(T.write, S.calendar)
def settings() -> ResponseReturnValue:
    """Change how the carousel moves, and its shape."""
    form = SettingsForm(options(db.session()))
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                is_changed = settings_service.set_options(
                    session, form.wanted(), version=form.seen_version
                )
        except BannersError as refusal:
            form.shows_now(options(db.session()))
            form.refuse(refusal)
        else:
            if is_changed:
                flash(_("Les réglages sont enregistrés."), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("banners.admin"), 303)
    return _page(form)


@bp.post("/banners/reorder")
@context.permission_only(T.write, S.calendar)
def reorder() -> ResponseReturnValue:
    """Put all banners in an order: ``{"banner_ids": […]}``, in JSON, each of them once."""
    said = request.get_json()
    wanted = said.get("banner_ids") if isinstance(said, dict) else None
    if not isinstance(wanted, list) or len(wanted) > _MOST:
        abort(400)
    try:
        with transaction(db.session()) as session:
            service.reorder(session, wanted)
    except NotTheBanners as refusal:
        return answer(refusal.status, refusal.message)
    return "", 204


@bp.post("/banners/shift/<int:key>")
@context.permission_only(T.write, S.calendar)
def shift(key: int) -> ResponseReturnValue:
    """Have a banner stand one place earlier or later: what arrows do without a script."""
    by = request.form.get("by")
    if by not in ("-1", "1"):
        abort(400)
    with transaction(db.session()) as session:
        service.shift(session, key, int(by))
    return redirect(url_for("banners.admin", _anchor=f"banner-{key}"), 303)
