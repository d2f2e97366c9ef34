"""The running of the site, as the application sees it."""

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.context import Context, maintenance
from app.integrations import discord, mailer
from app.integrations.discord import DiscordMessage
from app.models import DOAS_MINUTES, MAINTENANCE, MAINTENANCE_MESSAGE, MAINTENANCE_UNTIL
from app.modules.operations import cli, jobs, tasks
from app.modules.operations.effects import RunJob, TryMail
from app.modules.operations.mails import MAILS
from app.modules.operations.queries import outbox
from app.modules.operations.routes import api, bp
from app.web.module import Module, Ribbon, Tool, ToolGroup


def _ribbon(_session: Session, visitor: Context) -> Ribbon | None:
    """That the site is closed, and for GRIs where to open it."""
    if not maintenance.is_on():
        return None
    text = _l("Le site est fermé à tous, GRI exceptés.")
    if not visitor.is_gri:
        return Ribbon(kind="maintenance", text=text)
    opens = url_for("operations.settings")
    return Ribbon(kind="maintenance", text=text, label=_l("Réglages"), url=opens)


module = Module(
    name="operations",
    blueprints=(bp, api.bp),
    effects={
        DiscordMessage: discord.send,
        RunJob: jobs.run_asked,
        TryMail: jobs.try_mail,
        **dict.fromkeys(MAILS, mailer.send),
    },
    jobs=(
        *(jobs.JANITOR, jobs.SAMPLE, jobs.CERTIFICATE, jobs.TELL, jobs.VERIFY, jobs.DIGEST),
        *(jobs.BACKUP, jobs.PRUNE, jobs.VERIFY_BACKUPS),
    ),
    tasks=tasks.TASKS,
    has_demo=True,
    cli=cli.GROUPS,
    ribbon=_ribbon,
    tools=(
        Tool(
            group=ToolGroup.site,
            label=_l("État du site"),
            endpoint="operations.status",
            icon="heart-pulse-fill",
            purpose=_l("Voir d'un coup d'œil ce qui va, ce qui ne va pas, et que faire."),
        ),
        Tool(
            group=ToolGroup.site,
            label=_l("Tâches"),
            endpoint="operations.tasks",
            icon="play-circle-fill",
            purpose=_l("Lancer ce que le site sait faire, et suivre comment cela se passe."),
        ),
        Tool(
            group=ToolGroup.site,
            label=_l("Travaux réguliers"),
            endpoint="operations.jobs",
            icon="calendar-check-fill",
            purpose=_l("Voir ce qui se fait tout seul, à quelle heure, et ce qui est en retard."),
        ),
        Tool(
            group=ToolGroup.site,
            label=_l("Envois"),
            endpoint="operations.outbox",
            icon="send-fill",
            purpose=_l("Retrouver un mail qui n'est pas parti, savoir pourquoi, le relancer."),
            count=outbox.count_parked,
        ),
        Tool(
            group=ToolGroup.site,
            label=_l("Mails"),
            endpoint="operations.mails",
            icon="envelope-fill",
            purpose=_l("Relire ce que le site écrit, en français et en anglais, et l'essayer."),
        ),
        Tool(
            group=ToolGroup.site,
            label=_l("Journal"),
            endpoint="operations.audit",
            icon="journal-text",
            purpose=_l("Qui a fait quoi, à la place de qui, et ce que cela a changé."),
        ),
        Tool(
            group=ToolGroup.site,
            label=_l("Réglages et maintenance"),
            endpoint="operations.settings",
            icon="sliders",
            purpose=_l("Changer les limites et les délais, fermer le site pour travaux."),
        ),
    ),
    choices=(DOAS_MINUTES, MAINTENANCE, MAINTENANCE_MESSAGE, MAINTENANCE_UNTIL),
)
