"""The pictures of the bar: the door where there is no web server, and the gate (community 1.6)."""

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar import around
from app.modules.bar.queries import customers
from app.modules.bar.routes.blueprint import bp
from app.web import files


@bp.get(f"{around.PICTURES}/<file:name>")
@context.public
def avatar_file(name: str) -> ResponseReturnValue:
    """A picture, to who has a link."""
    path = around.pictures().path(name)
    return files.serve(around.PICTURES, path, gate=url_for("bar.avatar", name=name))


@bp.get("/bar/avatars/<file:name>")
@context.any_permission_only((T.read, S.bar), (T.read, S.bar_stats))
def avatar(name: str) -> ResponseReturnValue:
    """Renew the link to a picture: one's own, any for who serves, what stands behind the pages."""
    if name != around.house().background:
        owner = customers.owner_of_picture(db.session(), name)
        if owner is None or not (owner == context.current.me.id or around.serves()):
            abort(404)
    return files.renew(around.PICTURES, name)
