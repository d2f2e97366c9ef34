"""The roles."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app import context
from app.extensions import db
from app.models import PCeen, Role
from app.modules.gris.queries import roles as queries
from app.modules.gris.routes.blueprint import SEE_ROLES, bp


@bp.get("/roles")
@context.any_permission_only(*SEE_ROLES)
def roles() -> ResponseReturnValue:
    """The roles, and what they allow."""
    return render_template("gris/roles.html", lines=queries.role_lines(db.session()))


def their_roles(pceen: PCeen) -> list[Role]:
    """What the page of someone shows of their roles, in ``_their_roles.html``."""
    return pceen.roles
