"""The Panier Bio, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.models.personal import Keeper
from app.modules.panier_bio import cli, jobs, routes, tasks
from app.modules.panier_bio.choices import CHOICES
from app.modules.panier_bio.effects import TellPickedUp
from app.modules.panier_bio.mails import MAILS
from app.modules.panier_bio.service import lives
from app.web.module import Module, NavEntry

module = Module(
    name="panier_bio",
    blueprints=(routes.bp,),
    nav=(
        NavEntry(label=_l("Panier Bio"), endpoint="panier_bio.index", icon="basket2-fill", rank=3),
    ),
    card=routes.card.card,
    effects={
        TellPickedUp: jobs.tell_picked_up,
        **dict.fromkeys(MAILS, mailer.send),
    },
    choices=CHOICES,
    jobs=(jobs.EXPIRE, jobs.REMIND),
    tasks=tasks.TASKS,
    cli=(cli.group,),
    has_demo=True,
    keeper=Keeper(
        before_locks=lives.before_locks,
        before_merge=lives.before_merge,
        forget=lives.forget,
    ),
)
