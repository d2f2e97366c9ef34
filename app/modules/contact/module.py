"""Writing to the GRIs, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.models.personal import Keeper
from app.modules.contact import cli, jobs, queries, routes
from app.modules.contact.choices import CONTACT_PER_HOUR
from app.modules.contact.mails import MAILS
from app.modules.contact.service import messages as service
from app.web.module import Module, Tool, ToolGroup

module = Module(
    name="contact",
    blueprints=(routes.bp,),
    effects=dict.fromkeys(MAILS, mailer.send),
    jobs=(jobs.FORGET_OLD,),
    tools=(
        Tool(
            group=ToolGroup.people,
            label=_l("Messages"),
            endpoint="contact.messages",
            icon="envelope-fill",
            purpose=_l("Lire ce qui est écrit aux GRI, y répondre, et dire que c'est traité."),
            count=queries.count_waiting,
        ),
        Tool(
            group=ToolGroup.people,
            label=_l("Mails reçus"),
            endpoint="contact.inbound_mails",
            icon="inbox",
            purpose=_l("Lire ce qui arrive à l'adresse du site, sans ouvrir de boîte."),
        ),
    ),
    cli=(cli.mail_hook,),
    choices=(CONTACT_PER_HOUR,),
    profile=routes.card.part,
    keeper=Keeper(forget=service.forget_writer),
    has_demo=True,
)
