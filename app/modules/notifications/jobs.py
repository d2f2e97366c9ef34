"""What the worker does of notifications: after a change, and by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.modules.notifications import around
from app.modules.notifications.effects import DeliverPushes, RingDevices
from app.modules.notifications.service import delivering, digest, forgetting


def ring_devices(session: Session, effect: RingDevices, _number: int) -> None:
    """Write down what devices are owed: how the worker does this effect."""
    if around.push().is_on:
        with transaction(session):
            delivering.ring(session, effect.notification)


def deliver_pushes(session: Session, _effect: DeliverPushes, _number: int) -> None:
    """Push what is due to devices: how the worker does this effect."""
    delivering.deliver(session, around.push())


DIGEST = Job(
    name="notifications.digest",
    label=_l("Écrire le soir à chacun ce qu'il n'a pas lu, s'il le veut"),
    run=digest.write_to_all,
    cron="0 18 * * *",
)

FORGET = Job(
    name="notifications.forget",
    label=_l("Oublier les notifications d'un an, et celles lues il y a trois mois"),
    run=forgetting.forget,
    cron="23 4 * * *",
)


def _look_after(session: Session) -> None:
    if around.push().is_on:
        with transaction(session):
            delivering.wake(session)
    delivering.forget(session)


PUSHES = Job(
    name="notifications.pushes",
    label=_l("Reprendre les notifications dues aux appareils, oublier celles d'il y a un mois"),
    run=_look_after,
    cron="*/10 * * * *",
)
