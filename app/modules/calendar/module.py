"""The calendar, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.modules.calendar import around, routes
from app.web.module import Module, NavEntry

module = Module(
    name="calendar",
    blueprints=(routes.bp,),
    nav=(
        NavEntry(
            label=_l("Calendrier"),
            endpoint="calendar.index",
            icon="calendar-event-fill",
            rank=5,
            shown=lambda _: around.may_look(),
        ),
    ),
    card=routes.card.card,
    has_demo=True,
)
