"""The GRIs' menu, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.modules.gris import routes
from app.modules.gris.cli import roles
from app.web.module import Module, NavEntry, Tool
from app.web.navigation import tools

module = Module(
    name="gris",
    blueprints=(routes.bp,),
    nav=(
        NavEntry(
            label=_l("GRI"),
            endpoint="gris.index",
            icon="shield-lock",
            rank=90,
            shown=lambda _: bool(tools()),
        ),
    ),
    tools=(
        Tool(
            label=_l("PCéens"),
            endpoint="gris.pceens",
            icon="people-fill",
            purpose=_l("Chercher quelqu'un par son nom, sa chambre ou son appareil."),
        ),
        Tool(
            label=_l("Rôles"),
            endpoint="gris.roles",
            icon="award-fill",
            purpose=_l("Voir qui peut faire quoi, et grâce à quel rôle."),
        ),
    ),
    cli=(roles,),
)
