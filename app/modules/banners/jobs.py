"""What the worker does of the banners: after a change, and by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.modules.banners import around
from app.modules.banners.effects import RemoveBannerFile
from app.modules.banners.service import files


def remove_file(session: Session, effect: RemoveBannerFile, _number: int) -> None:
    """Remove a file that nothing shows: how the worker does this effect."""
    files.remove(session, wanted=effect, store=around.store())


def _tidy(session: Session) -> None:
    files.tidy(session, store=around.store())


JANITOR = Job(
    name="banners.janitor",
    label=_l("Supprimer les fichiers des bannières qui ne sont à rien depuis un jour"),
    run=_tidy,
    cron="53 * * * *",
)
