"""What happens to an account over the years, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.modules.lives import jobs, tasks
from app.modules.lives.cli import accounts
from app.modules.lives.effects import BuildExport
from app.modules.lives.mails import MAILS
from app.modules.lives.routes import bp, cards
from app.web.module import Module, Tool, ToolGroup

module = Module(
    name="lives",
    blueprints=(bp,),
    effects={BuildExport: jobs.build, **dict.fromkeys(MAILS, mailer.send)},
    jobs=(jobs.ERASE_DUE, jobs.TIDY),
    tasks=tasks.TASKS,
    cli=(accounts,),
    tools=(
        Tool(
            group=ToolGroup.people,
            label=_l("Réunir deux comptes"),
            endpoint="lives.choose_both",
            icon="arrow-down-up",
            purpose=_l("Quand une personne en a deux : l'un garde tout, l'autre disparaît."),
        ),
    ),
    profile=cards.profile,
    person=cards.person,
    has_demo=True,
)
