"""The bar, as the application sees it."""

from flask_babel import lazy_gettext as _l

from app.context import Context
from app.enums import PaymentType, PermissionScope, PermissionType
from app.integrations import mailer
from app.models.personal import Keeper
from app.modules.bar import cli, jobs, routes, tasks
from app.modules.bar.choices import CHOICES
from app.modules.bar.effects import RemovePicture, TellBalanceLow
from app.modules.bar.mails import MAILS
from app.modules.bar.service import lives, online
from app.web.module import Module, NavEntry


def _serves(visitor: Context) -> bool:
    """Whether someone serves: pressing « Bar » leads them to the counter."""
    return visitor.has_permission(PermissionType.write, PermissionScope.bar)


module = Module(
    name="bar",
    blueprints=(routes.bp,),
    nav=(
        NavEntry(
            label=_l("Bar"),
            endpoint="bar.search",
            icon="cup-straw",
            rank=40,
            at_hand=True,
            shown=_serves,
        ),
        NavEntry(
            label=_l("Bar"),
            endpoint="bar.index",
            icon="cup-straw",
            rank=40,
            at_hand=True,
            shown=lambda visitor: not _serves(visitor),
        ),
    ),
    card=routes.me.card,
    effects={
        RemovePicture: jobs.remove_picture,
        TellBalanceLow: jobs.tell_balance_low,
        **dict.fromkeys(MAILS, mailer.send),
    },
    deliveries={PaymentType.bar: online.DELIVERY},
    choices=CHOICES,
    jobs=(jobs.JANITOR, jobs.VERIFY),
    tasks=tasks.TASKS,
    cli=(cli.group,),
    has_demo=True,
    person=routes.person.card,
    keeper=Keeper(
        obstacles=lives.obstacles,
        conflicts=lives.conflicts,
        before_merge=lives.before_merge,
        forget=lives.forget,
    ),
)
