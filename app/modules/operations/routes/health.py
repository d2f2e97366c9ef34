"""How the site is, for the programs that watch it: no session, no cookie, nobody."""

import hmac
import logging

import sqlalchemy as sa
from flask import Response, request
from flask.typing import ResponseReturnValue

from app import context
from app.context.identify import client_address, is_local
from app.core.version import VERSION
from app.extensions import db
from app.integrations import metrics as counters
from app.modules.operations import around, exports
from app.modules.operations.queries import health as queries
from app.modules.operations.routes.blueprint import bp
from app.modules.operations.rules.health import Figures
from app.modules.operations.service import health
from app.settings import ROOT
from app.web import installation

logger = logging.getLogger(__name__)


@bp.get("/healthz")
@context.public
def healthz() -> ResponseReturnValue:
    """The process lives."""
    return Response("ok", mimetype="text/plain")


@bp.get("/livez")
@context.public
def livez() -> ResponseReturnValue:
    """The process lives: the same, under another name, for this machine."""
    return healthz() if is_local() else _nothing()


@bp.get("/readyz")
@context.public
def readyz() -> ResponseReturnValue:
    """Whether the site is as it should be; to those who may know, what is not."""
    found = health.look(db.session(), around.installed())
    answer: dict[str, object] = {"status": found.status}
    if _may_know():
        answer["release"] = ROOT.name
        answer["checks"] = {
            check.name: {"status": check.state, **check.detail} for check in found.checks
        }
    status = 503 if found.status == "unavailable" else 200
    return answer, status, {"Cache-Control": "no-store"}


@bp.get("/metrics")
@context.public
def metrics() -> ResponseReturnValue:
    """What Prometheus reads; for anybody else, there is no such page."""
    if not _may_know():
        return _nothing()
    text = exports.metrics_text(
        counters.counted(),
        _figures(),
        version=VERSION,
        branch=installation.settings().branch or "",
    )
    return Response(text, content_type=exports.CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _figures() -> Figures | None:
    try:
        return queries.figures(db.session())
    except sa.exc.SQLAlchemyError as error:
        logger.warning("the database has no figures to give: %s", type(error).__name__)
        db.session.rollback()
        return None


def _nothing() -> ResponseReturnValue:
    return Response("Not Found\n", status=404, mimetype="text/plain")


def _may_know() -> bool:
    """Whether this machine asks, one that is trusted, or who shows the token."""
    monitoring = installation.settings().monitoring
    if is_local():
        return True
    address = client_address()
    if address is not None and any(address in net for net in monitoring.trusted_networks):
        return True
    kind, _space, shown = request.headers.get("Authorization", "").partition(" ")
    if monitoring.metrics_token is None or kind.lower() != "bearer":
        return False
    token = monitoring.metrics_token.get_secret_value()
    return hmac.compare_digest(shown.strip().encode(), token.encode())
