"""The pages of the calendar."""

from app.modules.calendar.routes import (
    api_read,
    api_write,
    card,
    clubs,
    events,
    feeds,
    page,
)
from app.modules.calendar.routes.blueprint import bp

__all__ = ["api_read", "api_write", "bp", "card", "clubs", "events", "feeds", "page"]
