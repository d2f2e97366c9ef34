"""The pages of notifications."""

from app.modules.notifications.routes import api_bell, api_push, pages, profile, sending
from app.modules.notifications.routes.blueprint import bp

__all__ = ["api_bell", "api_push", "bp", "pages", "profile", "sending"]
