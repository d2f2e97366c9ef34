"""Where the pages of the theatre club are."""

from flask import Blueprint

from app.modules.theatre import around

bp = Blueprint("theatre", __name__)


@bp.context_processor
def _around() -> dict[str, object]:
    """What the pages of the theatre club know: who manages it, and where its posters are."""
    return {"theatre_manages": around.manages, "theatre_poster_url": around.poster_url}
