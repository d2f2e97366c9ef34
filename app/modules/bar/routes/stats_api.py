"""The figures of the bar, for scripts (community 3.4)."""

from typing import Any

from flask.typing import ResponseReturnValue

from app import context
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar import around
from app.modules.bar.queries import stats as reading
from app.modules.bar.queries.stats import Span
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.stats import asked_date, last_twelve, shown
from app.modules.bar.service.ledger import today


@bp.get("/api/bar/stats/day")
@context.permission_only(T.read, S.bar_stats)
def api_day() -> ResponseReturnValue:
    """What a day comes to, and how its page writes it."""
    session = db.session()
    now = today(around.house())
    day = asked_date(now)
    found = reading.figures(session, Span(day, day))
    return {
        "date": day.isoformat(),
        "is_today": day == now,
        "clients": found.clients,
        "alcohol_clients": found.alcohol_clients,
        "alcohol_grams": float(found.alcohol),
        "revenue_cents": found.revenue_cents,
        "held_cents": found.held_cents,
        "shown": shown(found),
    }


@bp.get("/api/bar/stats/months")
@context.permission_only(T.read, S.bar_stats)
def api_months() -> ResponseReturnValue:
    """What the last twelve months brought, and how much came to accounts."""
    session = db.session()
    span = last_twelve(today(around.house()))
    found = reading.last_months(span, reading.days(session, span), reading.topped_up(session, span))
    months: list[dict[str, Any]] = [
        {
            "month": f"{month.first:%Y-%m}",
            "spent_cents": month.spent_cents,
            "topped_up_cents": month.topped_up_cents,
        }
        for month in found
    ]
    return {"months": months}
