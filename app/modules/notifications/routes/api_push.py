"""The devices that ring, for scripts: those of the page, and the one of the browser itself."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from app import context
from app.context import Context, current
from app.core.transaction import transaction
from app.extensions import db
from app.models import ENDPOINT_MAX, PUSH_KEY_MAX
from app.modules.notifications import around
from app.modules.notifications.errors import MalformedPush, NoPushKey
from app.modules.notifications.queries import devices
from app.modules.notifications.routes.blueprint import bp
from app.modules.notifications.service import subscriptions as service
from app.web.filters import format_browser


@bp.post("/api/push/subscribe")
@context.logged_in_only
@context.in_person_only
def api_subscribe() -> ResponseReturnValue:
    """Have this browser ring, as it describes itself."""
    with transaction(db.session()) as session:
        service.count(session, current.me)
    sent = _body()
    keys = sent.get("keys", sent)
    given = service.checked(
        around.push(),
        endpoint=_text(sent, "endpoint", ENDPOINT_MAX),
        p256dh=_text(keys, "p256dh", PUSH_KEY_MAX),
        auth=_text(keys, "auth", PUSH_KEY_MAX),
        device=format_browser(request.user_agent.string),
        login=current.login.id if current.login else None,
    )
    with transaction(db.session()) as session:
        is_known = service.subscribe(session, current.me, given)
    return {"subscribed": True}, 200 if is_known else 201


@bp.post("/api/push/unsubscribe")
@context.logged_in_only
@context.in_person_only
def api_unsubscribe() -> ResponseReturnValue:
    """Have this browser ring no more."""
    sent = _body() if request.is_json else request.form
    endpoint = _text(sent, "endpoint", ENDPOINT_MAX)
    with transaction(db.session()) as session:
        service.unsubscribe(session, current.me, endpoint)
    return "", 204


@bp.get("/api/push/vapid_public_key")
@context.logged_in_only
def vapid_public_key() -> ResponseReturnValue:
    """Whom a browser lets ring it; with what it has to send, for one that has no page open."""
    key = around.push().public_key
    if key is None or not around.push().is_on:
        raise NoPushKey
    return {"public_key": key, "csrf": generate_csrf()}


def prompt(_session: Session, _visitor: Context) -> str | None:
    """What the home page asks once of who installed the site; nothing if devices cannot ring."""
    return push_key()


@bp.app_template_global("push_key")
def push_key() -> str | None:
    """Whom a browser lets ring it, where devices may ring; nobody has theirs ring for another."""
    is_possible = around.push().is_on and current.is_logged_in and not current.is_doas
    return around.push().public_key if is_possible else None


@bp.app_template_global("push_devices")
def push_devices() -> str:
    """The devices of the visitor, by the digests of their addresses."""
    return " ".join(devices.digests(db.session(), current.me.id))


def _body() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise MalformedPush
    return sent


def _text(sent: object, name: str, most: int) -> str:
    found = sent.get(name) if hasattr(sent, "get") else None
    if not isinstance(found, str) or not 0 < len(found) <= most or "\x00" in found:
        raise MalformedPush
    return found
