"""The PCéens, as the GRIs see them."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.extensions import db
from app.modules.account.routes.people import looked_after
from app.modules.gris.queries import people as queries
from app.modules.gris.queries.people import Search, View
from app.modules.gris.routes import roles
from app.modules.gris.routes.blueprint import SEE_PCEENS, bp
from app.web.module import installed_modules


@bp.get("/pceens", defaults={"view": "active"})
@bp.get("/pceens/<view>")
@context.any_permission_only(*SEE_PCEENS)
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
    return render_template(
        "gris/pceen.html", pceen=someone, parts=parts, their_roles=roles.their_roles(someone)
    )
