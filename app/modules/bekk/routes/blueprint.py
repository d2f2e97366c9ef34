"""Where the pages of the Bekk are."""

from flask import Blueprint

from app.integrations.documents import LARGEST
from app.modules.bekk import around

bp = Blueprint("bekk", __name__)


@bp.context_processor
def _around() -> dict[str, object]:
    """What the pages of the Bekk know: who publishes it, and how large a PDF may be."""
    return {"bekk_edits": around.edits, "bekk_largest": LARGEST}
