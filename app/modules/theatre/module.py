"""The theatre club, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.modules.theatre import jobs, routes
from app.modules.theatre.effects import RemovePoster
from app.web.module import Module, NavEntry

module = Module(
    name="theatre",
    blueprints=(routes.bp,),
    nav=(
        NavEntry(label=_l("Théâtre"), endpoint="theatre.index", icon="emoji-laughing-fill", rank=7),
    ),
    card=routes.card.card,
    effects={RemovePoster: jobs.remove_poster},
    jobs=(jobs.JANITOR,),
    has_demo=True,
)
