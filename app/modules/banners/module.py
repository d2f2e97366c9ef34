"""The banners, as the application sees them."""

from app.modules.banners import choices, jobs, routes
from app.modules.banners.effects import RemoveBannerFile
from app.web.module import Module

module = Module(
    name="banners",
    blueprints=(routes.bp,),
    choices=choices.CHOICES,
    card=routes.home.card,
    news=routes.home.news,
    effects={RemoveBannerFile: jobs.remove_file},
    jobs=(jobs.JANITOR,),
    has_demo=True,
)
