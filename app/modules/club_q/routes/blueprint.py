"""Where the pages of Club Q are."""

from flask import Blueprint

from app.modules.club_q import around

bp = Blueprint("club_q", __name__)


@bp.context_processor
def _menu() -> dict[str, object]:
    """What the pages of Club Q know: its own menu, and where its pictures are."""
    return {
        "club_q_tabs": around.tabs,
        "club_q_image_url": around.image_url,
        "club_q_map_url": around.map_url,
        "club_q_organises": around.organises,
        "club_q_seasons": around.seasons,
        "club_q_season": around.season,
    }
