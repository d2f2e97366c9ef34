"""The home page, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.modules.home import jobs
from app.modules.home.routes import bp
from app.web.module import Module, NavEntry

module = Module(
    name="home",
    blueprints=(bp,),
    jobs=(jobs.ROTATE_LOGS, jobs.FORGET_OLD),
    nav=(
        NavEntry(
            label=_l("Accueil"), endpoint="home.index", icon="house-door-fill", rank=0, at_hand=True
        ),
        NavEntry(label=_l("Profil"), endpoint="home.profile", icon="person-fill", rank=80),
    ),
)
