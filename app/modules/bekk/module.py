"""The Bekk, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.modules.bekk import jobs, routes
from app.modules.bekk.effects import RenderBekk, SweepBekk
from app.web.module import Module, NavEntry

module = Module(
    name="bekk",
    blueprints=(routes.bp,),
    nav=(NavEntry(label=_l("Bekk"), endpoint="bekk.index", icon="newspaper", rank=20),),
    card=routes.card.card,
    effects={RenderBekk: jobs.render, SweepBekk: jobs.sweep},
    jobs=(jobs.JANITOR,),
    has_demo=True,
)
