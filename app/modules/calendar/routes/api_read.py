"""What the script of the calendar reads."""

import re
from datetime import datetime, timedelta

from flask import abort, request
from flask.typing import ResponseReturnValue

from app import context
from app.core.clock import day_start
from app.core.errors import DomainError
from app.extensions import db
from app.modules.calendar import around
from app.modules.calendar.errors import Malformed, TooWide
from app.modules.calendar.queries.items import Window, first_items
from app.modules.calendar.routes import shown
from app.modules.calendar.routes.blueprint import bp
from app.modules.calendar.rules.events import read_day, read_instant

#: The widest that may be asked; clocks may go back meanwhile.
_WIDEST = timedelta(days=shown.DAYS_MAX, hours=1)
_DAY = re.compile(r"[0-9-]{10}")


@bp.get("/calendar/api/events")
@context.logged_in_only
def api_events() -> ResponseReturnValue:
    """What there is from ``start`` to ``end``: days, or instants."""
    if not around.may_look():
        abort(403)
    window = Window(_asked("start"), until := _asked("end"))
    if until <= window.since:
        raise Malformed
    if until - window.since > _WIDEST:
        raise TooWide(days=shown.DAYS_MAX)
    found, is_cut = first_items(db.session(), window, shown.viewer(context.current))
    can_edit = shown.editable()
    events = [shown.as_json(item, can_edit=can_edit(item)) for item in found]
    return {"events": events, "is_cut": is_cut}


def _asked(name: str) -> datetime:
    """An instant of the address; of a day, its beginning.

    Raises:
        Malformed: If it is neither.
    """
    text = request.args.get(name, "")
    try:
        return day_start(read_day(text)) if _DAY.fullmatch(text) else read_instant(text)
    except DomainError:
        raise Malformed from None
