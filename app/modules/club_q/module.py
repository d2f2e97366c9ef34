"""Club Q, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.models.personal import Keeper
from app.modules.club_q import cli, jobs, routes, tasks
from app.modules.club_q.choices import CHOICES
from app.modules.club_q.effects import (
    MailRecipient,
    MailTest,
    RemoveImage,
    RenderBrochure,
    SweepBrochure,
)
from app.modules.club_q.mails import MAILS
from app.modules.club_q.service import lives
from app.web.module import Module, NavEntry

module = Module(
    name="club_q",
    blueprints=(routes.bp,),
    nav=(NavEntry(label=_l("Club Q"), endpoint="club_q.index", icon="ticket-perforated", rank=25),),
    card=routes.card.card,
    effects={
        MailRecipient: jobs.mail_recipient,
        MailTest: jobs.mail_test,
        RemoveImage: jobs.remove_image,
        RenderBrochure: jobs.render_brochure,
        SweepBrochure: jobs.sweep_brochure,
        **dict.fromkeys(MAILS, mailer.send),
    },
    choices=CHOICES,
    jobs=(jobs.JANITOR, jobs.SETTLE, jobs.CLOSE_FORMS, jobs.TELL_OPEN),
    tasks=tasks.TASKS,
    cli=(cli.group,),
    has_demo=True,
    keeper=Keeper(
        before_locks=lives.before_locks,
        conflicts=lives.conflicts,
        before_merge=lives.before_merge,
        forget=lives.forget,
    ),
)
