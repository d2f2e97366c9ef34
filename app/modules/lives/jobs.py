"""What is done of whole accounts by date, and after it was asked."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.modules.lives import around
from app.modules.lives.effects import BuildExport
from app.modules.lives.service import erase, exports, retention


class NotErased(Exception):
    """Some whose time is over could not be erased: someone has to look."""


def build(session: Session, effect: BuildExport, _number: int) -> None:
    """Make an archive: how the worker does this effect."""
    exports.build(session, key=effect.export, directory=around.exports_dir())


def _erase_due(session: Session) -> None:
    """Erase those whose time is over.

    Raises:
        NotErased: If some could not be; the others are.
    """
    failed = [one for one in erase.erase_due(session, parts=around.parts()) if one.error]
    if failed:
        raise NotErased("; ".join(f"{one.pceen_id}: {one.error}" for one in failed))


def _tidy(session: Session) -> None:
    retention.tidy(session, directory=around.exports_dir())


ERASE_DUE = Job(
    name="accounts.erase_due",
    label=_l("Effacer ceux qui l'ont demandé il y a deux semaines"),
    run=_erase_due,
    cron="10 4 * * *",
)
TIDY = Job(
    name="accounts.tidy",
    label=_l("Jeter les archives et les copies de comptes trop anciennes"),
    run=_tidy,
    cron="17 * * * *",
)
