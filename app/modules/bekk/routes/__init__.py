"""The pages of the Bekk."""

from app.modules.bekk.routes import card, issues, reading, search
from app.modules.bekk.routes.blueprint import bp

__all__ = ["bp", "card", "issues", "reading", "search"]
