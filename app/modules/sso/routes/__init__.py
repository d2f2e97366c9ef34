"""The pages of the school's log-in."""

from app.modules.sso.routes import answering, cards, leaving, proving
from app.modules.sso.routes.blueprint import bp

__all__ = ["answering", "bp", "cards", "leaving", "proving"]
