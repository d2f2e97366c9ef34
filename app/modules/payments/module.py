"""Money, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.models.personal import Keeper
from app.modules.payments import cli, jobs, queries, routes, tasks
from app.modules.payments.effects import PollPayment
from app.modules.payments.mails import MAILS
from app.modules.payments.service import lives
from app.web.module import Module, Tool, ToolGroup

module = Module(
    name="payments",
    blueprints=(routes.bp,),
    effects={PollPayment: jobs.poll, **dict.fromkeys(MAILS, mailer.send)},
    jobs=(jobs.RECONCILE, jobs.AUDIT),
    tools=(
        Tool(
            group=ToolGroup.money,
            label=_l("Paiements"),
            endpoint="payments.payments",
            icon="credit-card-fill",
            purpose=_l("Voir ce qui a été payé, par qui et comment ; annuler une erreur."),
        ),
        Tool(
            group=ToolGroup.money,
            label=_l("Argent à attribuer"),
            endpoint="payments.events",
            icon="question-circle-fill",
            purpose=_l("Trouver à qui est l'argent qui ne correspond à aucun paiement."),
            count=queries.count_unsettled,
        ),
        Tool(
            group=ToolGroup.money,
            label=_l("Comptes"),
            endpoint="payments.books",
            icon="journal-text",
            purpose=_l("Voir ce qui est en caisse, mois par mois, et exporter le journal."),
        ),
    ),
    tasks=tasks.TASKS,
    cli=(cli.group,),
    keeper=Keeper(obstacles=lives.obstacles),
)
