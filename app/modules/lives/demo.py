"""What the demonstration shows of accounts that come to an end."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import Payment, PCeen, Rental
from app.modules.lives import around
from app.modules.lives.service import erase
from app.modules.lives.service.exports import Asked
from app.web.module import Demo

#: How many things it shows, in a school of full size.
WEIGHT = 1


def load(session: Session, demo: Demo) -> None:
    """An alumnus who asked to be forgotten five days ago."""
    stmt = (
        sa.select(PCeen)
        .where(
            PCeen.promo < 140,
            ~sa.exists().where(Rental.pceen_id == PCeen.id),
            ~sa.exists().where(Payment.pceen_id == PCeen.id),
        )
        .order_by(PCeen.id.desc())
        .limit(1)
    )
    leaving = session.scalars(stmt).first()
    if leaving is not None:
        erase.ask(session, pceen=leaving, asked=Asked(), parts=around.parts())
        leaving.erasure_requested_at = clock.now() - timedelta(days=5)
    demo.tick()
