"""Where the pages of the bar are."""

from flask import Blueprint

from app.modules.bar import around

bp = Blueprint("bar", __name__)


@bp.context_processor
def _menu() -> dict[str, object]:
    """What the pages of the bar know: its own menu, its rules, and where its pictures are."""
    return {
        "bar_tabs": around.tabs,
        "bar_house": around.house,
        "bar_picture_url": around.picture_url,
        "bar_background": lambda: around.picture_url(around.house().background),
    }
