"""What money does by date, and when someone asks."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.core.transaction import transaction
from app.modules.payments import around
from app.modules.payments.effects import PollPayment
from app.modules.payments.service import books, reconcile

_RECONCILE = "payments.reconcile"


class StillSilent(Exception):
    """Lydia does not answer: it is asked again later."""


def poll(session: Session, effect: PollPayment, _number: int) -> None:
    """Ask Lydia about one payment: how the worker does this effect."""
    asked = reconcile.poll(session, effect.payment_id, till=around.till())
    if asked.is_silent:
        raise StillSilent(asked.trouble)


def _reconcile(session: Session) -> None:
    """Ask about what is due; about all that waits, if the site was stopped for a while."""
    everything = reconcile.was_stopped(session, _RECONCILE, now=clock.now())
    reconcile.run(session, till=around.till(), everything=everything)


def _audit(session: Session) -> None:
    with transaction(session):
        books.check(session, admins=around.till().admins)


RECONCILE = Job(
    name=_RECONCILE,
    label=_l("Demander à Lydia ce que sont devenus les paiements en attente"),
    run=_reconcile,
    cron="* * * * *",
)
AUDIT = Job(
    name="payments.audit",
    label=_l("Vérifier que les comptes tombent juste"),
    run=_audit,
    cron="20 0 * * *",
)
