"""The pages of the contact: writing, reading what was written, and the cards."""

from app.modules.contact.routes import api, card, inbound, messages, writing
from app.modules.contact.routes.blueprint import bp

__all__ = ["api", "bp", "card", "inbound", "messages", "writing"]
