"""The promos that enter and leave the school, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.modules.promos import routes, tasks
from app.modules.promos.cli import annual_update, promo
from app.modules.promos.mails import MAILS
from app.web.module import Module, Tool, ToolGroup

module = Module(
    name="promos",
    blueprints=(routes.bp,),
    tools=(
        Tool(
            group=ToolGroup.people,
            label=_l("Importer une promo"),
            endpoint="promos.import_",
            icon="person-plus-fill",
            purpose=_l("Créer d'un coup les comptes d'une liste, et envoyer les invitations."),
        ),
    ),
    effects=dict.fromkeys(MAILS, mailer.send),
    tasks=tasks.TASKS,
    cli=(promo, annual_update),
)
