"""Finding someone by their name: who took a photo, or who is on it."""

from flask import abort, request
from flask.typing import ResponseReturnValue

from app import context
from app.context import current
from app.context.current import check_logged_in
from app.extensions import db
from app.modules.photos.queries import named, tags
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.loading import access
from app.web.asked import asked_text


@bp.get("/api/photos/people")
@context.per_element
def api_people() -> ResponseReturnValue:
    """People whose names begin so; with ``tag``, those alone who may be tagged."""
    check_logged_in()
    mine, text = access(), asked_text()
    is_tag = "tag" in request.args
    if not mine.opens or not (is_tag or mine.writes):
        abort(403)
    session = db.session()
    found = tags.find_people(session, text, current.me) if is_tag else named.authors(session, text)
    return {"people": [{"id": one.id, "name": one.full_name, "promo": one.promo} for one in found]}
