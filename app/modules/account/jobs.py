"""What the account does by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.core.transaction import transaction
from app.models import LoginSession
from app.modules.account.service import sessions


def _forget_old(session: Session) -> None:
    with transaction(session):
        sessions.forget_old(session, before=clock.now() - LoginSession.LASTS_REMEMBERED)


FORGET_OLD = Job(
    name="account.forget_old",
    label=_l("Oublier les connexions, les liens et les essais d'il y a trois mois"),
    run=_forget_old,
    cron="30 4 * * *",
)
