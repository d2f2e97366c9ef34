"""The GRI menu."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app import context
from app.extensions import db
from app.modules.gris.routes.blueprint import SEE_PAYMENTS, SEE_PCEENS, SEE_ROLES, bp
from app.web.navigation import tools


@bp.get("/")
@context.any_permission_only(*SEE_PCEENS, *SEE_ROLES, *SEE_PAYMENTS)
def index() -> ResponseReturnValue:
    """What each tool is for."""
    counts = {t.endpoint: t.count(db.session()) for t in tools() if t.count is not None}
    return render_template("gris/index.html", tools=tools(), counts=counts)
