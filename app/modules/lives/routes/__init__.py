"""The pages of whole accounts: merged, handed over, erased."""

from app.modules.lives.routes import cards, erasing, exporting, merging
from app.modules.lives.routes.blueprint import bp

__all__ = ["bp", "cards", "erasing", "exporting", "merging"]
