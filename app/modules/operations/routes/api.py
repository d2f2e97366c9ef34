"""How far a run is, for scripts: JSON under ``/api/gris/tasks``."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app import context
from app.extensions import db
from app.modules.operations.queries import tasks as queries
from app.modules.operations.rules.output import end_of

bp = Blueprint("operations_api", __name__, url_prefix="/api/gris/tasks")

#: How much of what it printed is told each time, in characters.
TOLD = 1 << 14


@bp.get("/runs/<int:key>")
@context.gris_only
def run(key: int) -> ResponseReturnValue:
    """Where a run stands, how far it is, and the end of what it printed."""
    found = queries.run(db.session(), key)
    state = queries.state_of(found)
    return {
        "state": state.value,
        "label": str(state.label),
        "is_over": state.is_over,
        "progress": found.progress,
        "message": found.message or "",
        "output": end_of(found.output, TOLD),
    }
