"""The devices that ring."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import tokens
from app.models import PushSubscription


def known(session: Session, endpoint: str) -> PushSubscription | None:
    """The device at an address, whoever's it is; known again by the whole of it."""
    stmt = sa.select(PushSubscription).where(
        PushSubscription.endpoint_hash == tokens.digest(endpoint)
    )
    return session.scalars(stmt.with_for_update()).first()


def digests(session: Session, pceen_id: int) -> list[str]:
    """The digests of the addresses of someone's devices."""
    stmt = sa.select(PushSubscription.endpoint_hash).where(PushSubscription.pceen_id == pceen_id)
    return list(session.scalars(stmt))
