"""What one was told, and where one wants to be told."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from app import context
from app.context import current, may_open
from app.core.transaction import transaction
from app.enums import NotificationChannel
from app.extensions import db
from app.modules.notifications.forms.choices import ChoicesForm
from app.modules.notifications.queries import bell, choices as choices_queries
from app.modules.notifications.routes.blueprint import bp
from app.modules.notifications.rules import choices as choices_rules
from app.modules.notifications.rules.links import is_local
from app.modules.notifications.service import choices as choices_service, reading


@bp.get("/notifications/")
@context.logged_in_only
@context.in_person_only
def index() -> ResponseReturnValue:
    """All that one was told, the latest first."""
    number = request.args.get("page", 1, type=int)
    page = bell.everything(db.session(), current.me.id, number=number)
    return render_template(
        "notifications/index.html", page=page, may_send=may_open("notifications.send")
    )


@bp.post("/notifications/<int:key>/read")
@context.logged_in_only
@context.in_person_only
def read(key: int) -> ResponseReturnValue:
    """Have read a notification, and go where it leads; to another site, one goes oneself."""
    with transaction(db.session()) as session:
        url = reading.read(session, current.me.id, key).url
    return redirect(url if is_local(url) else url_for("notifications.index"), 303)


@bp.post("/notifications/read_all")
@context.logged_in_only
@context.in_person_only
def read_all_page() -> ResponseReturnValue:
    """Have read them all."""
    with transaction(db.session()) as session:
        count = reading.read_all(session, current.me.id)
    if count:
        said = ngettext("%(num)s notification est lue.", "%(num)s notifications sont lues.", count)
        flash(said, "success")
    else:
        flash(_("Tout était lu."), "info")
    return redirect(url_for("notifications.index"), 303)


@bp.route("/notifications/choices", methods=["GET", "POST"])
@context.logged_in_only
@context.in_person_only
def choices() -> ResponseReturnValue:
    """Choose what one is told of, where, and when one's devices are silent."""
    me = current.me
    topics = choices_rules.concerning(current.has_permission)
    form = ChoicesForm.of(choices_queries.chosen(db.session(), me.id), topics)
    if form.validate_on_submit():
        with transaction(db.session()) as session:
            choices_service.choose(session, me, form.chosen())
        flash(_("Vos choix sont enregistrés."), "success")
        return redirect(url_for("notifications.choices"), 303)
    return form.page("notifications/choices.html", channels=tuple(NotificationChannel))
