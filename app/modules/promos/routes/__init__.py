"""The pages of promos."""

from app.modules.promos.routes.importing import bp

__all__ = ["bp"]
