"""The pages of the theatre club."""

from app.modules.theatre.routes import calendars, card, pages, performances, plays, posters, saisons
from app.modules.theatre.routes.blueprint import bp

__all__ = ["bp", "calendars", "card", "pages", "performances", "plays", "posters", "saisons"]
