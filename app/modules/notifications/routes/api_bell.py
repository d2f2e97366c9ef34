"""The bell, for scripts."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app import context
from app.context import current
from app.core import clock
from app.core.transaction import transaction
from app.extensions import db
from app.modules.notifications.queries import bell
from app.modules.notifications.routes.blueprint import bp
from app.modules.notifications.service import reading


@bp.get("/api/push/notifications/navbar")
@context.logged_in_only
@context.in_person_only
def navbar() -> ResponseReturnValue:
    """The latest notifications, as the menu of the bell shows them, and how many are unread."""
    found = bell.bell(db.session(), current.me.id)
    html = render_template("notifications/_latest.html", latest=found.latest, unread=found.unread)
    return {"html": html, "unread_count": found.unread, "at": clock.now().isoformat()}


@bp.post("/api/push/notifications/<int:key>/read")
@context.logged_in_only
@context.in_person_only
def api_read(key: int) -> ResponseReturnValue:
    """Have read a notification."""
    with transaction(db.session()) as session:
        reading.read(session, current.me.id, key)
    return "", 204


@bp.post("/api/push/notifications/read_all")
@context.logged_in_only
@context.in_person_only
def api_read_all() -> ResponseReturnValue:
    """Have read them all."""
    with transaction(db.session()) as session:
        reading.read_all(session, current.me.id)
    return "", 204
