"""What is to be paid, or known, before someone is erased; and what is too old to be kept."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PaymentStatus
from app.models import JournalEntry, Payment, PaymentEvent, PCeen, Subscription

#: How long money is kept, and what was to be paid.
KEPT = timedelta(days=3653)
_PENDING = (PaymentStatus.creating, PaymentStatus.waiting)


def obstacles(session: Session, pceen: PCeen) -> Iterator[str]:
    """What someone has to wait for before they are erased: their payments."""
    stmt = sa.select(Payment.id).where(Payment.pceen_id == pceen.id, Payment.status.in_(_PENDING))
    for key in session.scalars(stmt.order_by(Payment.id)):
        yield _("le paiement nº %(key)s attend encore une réponse", key=key)


def purge(session: Session) -> int:
    """Forget the payments of ten years ago that brought no money; say how many.

    Those that did are in the books, whose lines the database keeps.
    """
    old = sa.select(Payment.id).where(
        Payment.created_at <= clock.now() - KEPT,
        Payment.bank_line_id.is_(None),
        *(
            ~sa.exists().where(model.payment_id == Payment.id)
            for model in (JournalEntry, PaymentEvent, Subscription)
        ),
    )
    keys = session.scalars(old).all()
    session.execute(sa.delete(Payment).where(Payment.id.in_(keys)))
    return len(keys)
