"""The GRI menu."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app import context
from app.extensions import db
from app.modules.gris.routes.blueprint import SEE_PAYMENTS, SEE_PCEENS, SEE_ROLES, bp
from app.web.module import ToolGroup
from app.web.navigation import tools


@bp.get("/")
@context.any_permission_only(*SEE_PCEENS, *SEE_ROLES, *SEE_PAYMENTS)
def index() -> ResponseReturnValue:
    """What each tool is for."""
    mine = sorted(tools(), key=lambda tool: not tool.endpoint.startswith("gris."))  # ours first
    counts = {t.endpoint: t.count(db.session()) for t in mine if t.count is not None}
    groups = [(group, [tool for tool in mine if tool.group is group]) for group in ToolGroup]
    shown = [(group, members) for group, members in groups if members]
    return render_template("gris/index.html", groups=shown, counts=counts)
