"""The GRIs' menu, as the application sees it."""

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.context import Context
from app.core import clock
from app.modules.gris import routes, tasks
from app.modules.gris.cli import gri, roles
from app.modules.gris.queries.doas import DoneForMe, done_for
from app.modules.gris.service.roles import seed_roles
from app.web.module import Module, NavEntry, Ribbon, Tool, ToolGroup
from app.web.navigation import tools


def _profile(session: Session, visitor: Context) -> Sequence[DoneForMe] | None:
    return done_for(session, visitor.me) or None


def _ribbon(_session: Session, visitor: Context) -> Ribbon | None:
    """For whom a GRI acts, for how long yet, why, and the way back."""
    if visitor.doas_until is None or visitor.login is None:
        return None
    left = visitor.doas_until - clock.now()
    text = _(
        "Vous agissez à la place de %(name)s, encore %(minutes)s min : %(reason)s",
        name=visitor.me.full_name,
        minutes=max(1, round(left.total_seconds() / 60)),
        reason=visitor.login.doas_reason,
    )
    stop = url_for("doas.stop_doas")
    return Ribbon(kind="doas", text=text, label=_l("Arrêter"), url=stop, is_post=True)


def _seed(session: Session) -> list[str]:
    """Make the roles of the system that are missing."""
    return [role.name for role in seed_roles(session)]


module = Module(
    name="gris",
    blueprints=(routes.bp, routes.stop_bp, routes.api.bp),
    nav=(
        NavEntry(
            label=_l("GRI"),
            endpoint="gris.index",
            icon="shield-lock",
            rank=90,
            shown=lambda _: bool(tools()),
        ),
    ),
    tools=(
        Tool(
            group=ToolGroup.people,
            label=_l("PCéens"),
            endpoint="gris.pceens",
            icon="people-fill",
            purpose=_l("Chercher quelqu'un par son nom, sa chambre ou son appareil."),
        ),
        Tool(
            group=ToolGroup.people,
            label=_l("Rôles"),
            endpoint="gris.roles",
            icon="award-fill",
            purpose=_l("Voir qui peut faire quoi, et grâce à quel rôle."),
        ),
    ),
    tasks=tasks.TASKS,
    cli=(roles, gri),
    seed=_seed,
    profile=_profile,
    ribbon=_ribbon,
)
