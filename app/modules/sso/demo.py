"""What the demonstration shows of the school's log-in."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import PCeen
from app.modules.account.demo import CAST
from app.web.module import Demo

#: How many things it shows, in a school of full size.
WEIGHT = 1


def load(session: Session, demo: Demo) -> None:
    """Most students came by the school: their accounts are linked to it."""
    stmt = sa.select(PCeen).where(PCeen.promo >= 142, PCeen.id > len(CAST)).order_by(PCeen.id)
    for pceen in session.scalars(stmt):
        if demo.chance.random() < 0.6:
            pceen.espci_email = f"{pceen.username}@espci.example.org"
            pceen.espci_sso_enabled = True
    demo.tick()
