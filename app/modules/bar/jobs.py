"""What the worker does of the bar: after a change, and by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.modules.bar import around
from app.modules.bar.effects import RemovePicture, TellBalanceLow
from app.modules.bar.service import pictures, verify, warning
from app.modules.payments.around import till


def _verify(session: Session) -> None:
    if found := verify.faults(session):
        with transaction(session):
            verify.alert(session, found, admins=till().admins)


#: Once the day of the bar is over.
VERIFY = Job(
    name="bar.verify",
    label=_l("Vérifier que les comptes du bar tombent juste"),
    run=_verify,
    cron="10 6 * * *",
)


def tell_balance_low(session: Session, effect: TellBalanceLow, _number: int) -> None:
    """Tell someone that their balance is low: how the worker does this effect."""
    with transaction(session):
        warning.tell_low(session, effect)


# Pictures


def remove_picture(session: Session, effect: RemovePicture, _number: int) -> None:
    """Remove a picture that nothing shows: how the worker does this effect."""
    pictures.remove(session, wanted=effect, store=around.pictures())


def _tidy(session: Session) -> None:
    pictures.tidy(session, store=around.pictures())


JANITOR = Job(
    name="bar.janitor",
    label=_l("Supprimer les images du bar qui ne sont à personne depuis un jour"),
    run=_tidy,
    cron="37 * * * *",
)
