"""The roles."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app import context
from app.extensions import db
from app.modules.gris.queries import roles as queries
from app.modules.gris.routes.blueprint import SEE_ROLES, bp


@bp.get("/roles")
@context.any_permission_only(*SEE_ROLES)
def roles() -> ResponseReturnValue:
    """The roles, and what they allow."""
    return render_template("gris/roles.html", lines=queries.role_lines(db.session()))
