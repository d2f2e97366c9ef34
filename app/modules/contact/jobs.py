"""What the contact page does by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.modules.contact.service import messages as service


def _forget_old(session: Session) -> None:
    with transaction(session):
        service.forget_old(session)


FORGET_OLD = Job(
    name="contact.forget_old",
    label=_l("Oublier les messages reçus il y a un an"),
    run=_forget_old,
    cron="40 4 * * *",
)
