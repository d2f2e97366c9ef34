"""What the site does by date, whatever the module."""

from datetime import timedelta
from pathlib import Path

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.core.transaction import transaction
from app.modules.home import service
from app.web import installation
from app.web.logging import FILE


def _rotate_logs(_session: Session) -> None:
    """Put the log of yesterday aside, and delete those that were kept long enough."""
    settings = installation.settings()
    if settings.log_dir is not None:
        rotate(settings.log_dir, keep=timedelta(days=settings.log_retention_days))


def rotate(directory: Path, *, keep: timedelta) -> None:
    """Rename the log after the day before; its writers notice and begin another."""
    log, yesterday = directory / FILE, clock.today() - timedelta(days=1)
    aside = directory / f"{FILE}.{yesterday.isoformat()}"
    if log.exists() and not aside.exists():
        log.rename(aside)
    oldest = f"{FILE}.{(clock.today() - keep).isoformat()}"
    for old in directory.glob(f"{FILE}.*"):
        if old.name < oldest:
            old.unlink()


def _forget_old(session: Session) -> None:
    with transaction(session):
        service.forget_old(session)


FORGET_OLD = Job(
    name="site.forget_old",
    label=_l("Oublier les tâches finies, les mails partis et les formulaires reçus"),
    run=_forget_old,
    cron="15 4 * * *",
)
ROTATE_LOGS = Job(
    name="site.rotate_logs",
    label=_l("Ranger le journal de la veille, et effacer les plus anciens"),
    run=_rotate_logs,
    cron="1 0 * * *",
    everywhere=True,
)
