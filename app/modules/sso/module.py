"""The single sign-on of the school, as the application sees it."""

from app.integrations import mailer
from app.modules.sso import cli, jobs, routes
from app.modules.sso.mails import MAILS
from app.web.module import Module

module = Module(
    name="sso",
    blueprints=(routes.bp,),
    effects=dict.fromkeys(MAILS, mailer.send),
    jobs=(jobs.REFRESH, jobs.WATCH),
    cli=(cli.group,),
    way_in=routes.cards.way_in,
    person=routes.cards.person,
    ribbon=routes.cards.ribbon,
    has_demo=True,
)
