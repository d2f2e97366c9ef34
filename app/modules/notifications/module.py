"""Notifications, as the application sees them."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.modules.notifications import cli, jobs, routes
from app.modules.notifications.effects import DeliverPushes, RingDevices
from app.modules.notifications.mails import EveningDigest
from app.web.module import Module, Tool, ToolGroup

module = Module(
    name="notifications",
    blueprints=(routes.bp,),
    tools=(
        Tool(
            group=ToolGroup.site,
            label=_l("Notifications"),
            endpoint="notifications.send",
            icon="bell-fill",
            purpose=_l("Écrire à tout le monde, aux élèves, à un rôle, et voir qui est prévenu."),
        ),
    ),
    effects={
        DeliverPushes: jobs.deliver_pushes,
        EveningDigest: mailer.send,
        RingDevices: jobs.ring_devices,
    },
    jobs=(jobs.DIGEST, jobs.FORGET, jobs.PUSHES),
    cli=(cli.group,),
    profile=routes.profile.profile,
    news=routes.api_push.prompt,
    has_demo=True,
)
