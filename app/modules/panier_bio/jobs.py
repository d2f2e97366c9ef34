"""What the worker does of the Panier Bio: after a change, and by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.modules.panier_bio.effects import TellPickedUp
from app.modules.panier_bio.service import expiry, reminders


def tell_picked_up(session: Session, effect: TellPickedUp, _number: int) -> None:
    """Tell someone that they picked up their basket: how the worker does this effect."""
    with transaction(session):
        reminders.tell_picked_up(session, effect.order)


def _expire(session: Session) -> None:
    with transaction(session):
        expiry.expire(session)


EXPIRE = Job(
    name="panier_bio.expire",
    label=_l("Annuler les paniers que personne n'a confirmés à temps"),
    run=_expire,
    cron="*/5 * * * *",
)


def _remind(session: Session) -> None:
    with transaction(session):
        reminders.remind(session)


REMIND = Job(
    name="panier_bio.remind",
    label=_l("Rappeler aux gens leur panier du lendemain"),
    run=_remind,
    cron="5 * * * *",
)
