"""The GRIs' menu."""

from app.modules.gris.routes import index, people, roles
from app.modules.gris.routes.blueprint import bp

__all__ = ["bp", "index", "people", "roles"]
