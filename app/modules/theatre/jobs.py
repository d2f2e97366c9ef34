"""What the worker does of the theatre club: after a change, and by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.modules.theatre import around
from app.modules.theatre.effects import RemovePoster
from app.modules.theatre.service import posters


def remove_poster(session: Session, effect: RemovePoster, _number: int) -> None:
    """Remove a poster that nothing shows: how the worker does this effect."""
    posters.remove(session, wanted=effect, store=around.store())


def _tidy(session: Session) -> None:
    posters.tidy(session, store=around.store())


JANITOR = Job(
    name="theatre.janitor",
    label=_l("Supprimer les affiches du club théâtre qui ne sont à rien depuis un jour"),
    run=_tidy,
    cron="49 * * * *",
)
