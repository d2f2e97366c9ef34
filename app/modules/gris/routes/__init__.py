"""The GRIs' menu."""

from app.modules.gris.routes import api, doas, index, people, person, roles, selected
from app.modules.gris.routes.blueprint import bp, stop_bp

__all__ = [
    "api",
    "bp",
    "doas",
    "index",
    "list_style",
    "people",
    "person",
    "roles",
    "selected",
    "stop_bp",
]
