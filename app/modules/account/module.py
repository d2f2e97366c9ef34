"""The account, as the application sees it."""

from app.integrations import mailer
from app.modules.account import choices, jobs, routes
from app.modules.account.cli import gris, pceens
from app.modules.account.mails import MAILS
from app.modules.account.service import factors
from app.web.module import Module

module = Module(
    name="account",
    choices=(choices.REZIDENT_SELF_GRANT, choices.SECOND_FACTOR_GRIS),
    choice_checks={choices.SECOND_FACTOR_GRIS.key: factors.check_mandatory},
    blueprints=(routes.bp,),
    effects=dict.fromkeys(MAILS, mailer.send),
    jobs=(jobs.FORGET_OLD,),
    cli=(pceens, gris),
    has_demo=True,
)
