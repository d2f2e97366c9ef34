"""The GRIs' menu."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.modules.account.routes.people import looked_after
from app.modules.gris import queries
from app.modules.gris.queries import Search, View
from app.web.module import installed_modules
from app.web.navigation import tools

bp = Blueprint("gris", __name__, url_prefix="/gris")

_SEE_PCEENS = (
    (PermissionType.write, PermissionScope.pceen),
    (PermissionType.all, PermissionScope.gris),
)
_SEE_ROLES = (
    (PermissionType.write, PermissionScope.role),
    (PermissionType.all, PermissionScope.gris),
)
_SEE_PAYMENTS = ((PermissionType.read, PermissionScope.payments),)


@bp.get("/")
@context.any_permission_only(*_SEE_PCEENS, *_SEE_ROLES, *_SEE_PAYMENTS)
def index() -> ResponseReturnValue:
    """What each tool is for."""
    counts = {t.endpoint: t.count(db.session()) for t in tools() if t.count is not None}
    return render_template("gris/index.html", tools=tools(), counts=counts)


@bp.get("/pceens", defaults={"view": "active"})
@bp.get("/pceens/<view>")
@context.any_permission_only(*_SEE_PCEENS)
def pceens(view: str) -> ResponseReturnValue:
    """Everyone: who they are, where they live, what they hold."""
    search = Search.read(view, request.args)
    page = queries.pceens_page(db.session(), search)
    tabs = [
        (one.label, url_for(".pceens", view=one, q=search.text or None), one is search.view)
        for one in View
    ]
    return render_template("gris/pceens.html", page=page, view_tabs=tabs)


@bp.get("/pceens/<int:key>")
@context.per_element
def pceen(key: int) -> ResponseReturnValue:
    """One person: who they are, and what each module knows of them."""
    someone = looked_after(key)
    parts = [
        (module.name, module.person(db.session(), context.current, someone))
        for module in installed_modules()
        if module.person is not None
    ]
    return render_template("gris/pceen.html", pceen=someone, parts=parts)


@bp.get("/roles")
@context.any_permission_only(*_SEE_ROLES)
def roles() -> ResponseReturnValue:
    """The roles, and what they allow."""
    return render_template("gris/roles.html", lines=queries.role_lines(db.session()))
