"""The pictures of shows and maps: the door where there is no web server (community 1.5)."""

from flask import abort
from flask.typing import ResponseReturnValue

from app import context
from app.modules.club_q import around
from app.modules.club_q.routes.blueprint import bp
from app.web import files


@bp.get(f"{around.IMAGES}/<place>/<file:name>")
@context.public
def image_file(place: str, name: str) -> ResponseReturnValue:
    """A picture of a show or a map, to everybody."""
    try:
        path = around.store().image(place, name)
    except ValueError:
        abort(404)
    return files.serve_public(path)
