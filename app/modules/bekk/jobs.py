"""What the worker does of the Bekk: after a change, and by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.models import OutboxEntry
from app.modules.bekk import around
from app.modules.bekk.effects import RenderBekk, SweepBekk
from app.modules.bekk.service import issues

#: How often an issue that takes too long is tried.
TRIES = 3


def render(session: Session, effect: RenderBekk, number: int) -> None:
    """Draw the pages of an issue: how the worker does this effect."""
    entry = session.get(OutboxEntry, number)
    is_last = entry is None or entry.attempts >= TRIES
    issues.render(session, effect, around.store(), is_last=is_last)


def sweep(session: Session, effect: SweepBekk, _number: int) -> None:
    """Remove what an issue no longer has: how the worker does this effect."""
    issues.sweep(session, effect, around.store())


def _tidy(session: Session) -> None:
    issues.tidy(session, store=around.store())


JANITOR = Job(
    name="bekk.janitor",
    label=_l("Supprimer les fichiers du Bekk qui ne sont à rien depuis un jour"),
    run=_tidy,
    cron="48 * * * *",
)
