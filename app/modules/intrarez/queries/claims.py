"""What is asked of the GRIs about rooms."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.enums import RentalEnd
from app.models import OneTimeToken, PCeen, Rental, Room, RoomClaim
from app.modules.intrarez.choices import (
    TAKE_OVER_MAX,
    TAKE_OVER_MIN_AGE_DAYS,
    TAKE_OVER_WINDOW_DAYS,
)
from app.modules.intrarez.errors import NoSuchClaim, TakeOverRefused
from app.modules.intrarez.queries.bans import active_ban
from app.modules.intrarez.rules import rentals

#: What the databases number rows with.
_LARGEST_ID = 2**31 - 1


def take_over_refusal(
    session: Session, *, room: Room, former: Rental, pceen: PCeen
) -> TakeOverRefused | None:
    """Why someone may not take a room that is another's; ``None`` if they may."""
    window = TAKE_OVER_WINDOW_DAYS.get(session)
    since = clock.now() - timedelta(days=window)
    taken = sa.select(sa.func.count(Rental.id)).where(
        Rental.room_num == room.num,
        Rental.close_kind == RentalEnd.take_over,
        Rental.closed_at > since,
    )
    facts = rentals.TakeOver(
        recorded_at=former.created_at,
        times=session.execute(taken).scalar_one(),
        is_claimed=bool(waiting_claims(session, room_num=room.num)),
        is_banned=active_ban(session, pceen.id) is not None,
        min_age_days=TAKE_OVER_MIN_AGE_DAYS.get(session),
        most=TAKE_OVER_MAX.get(session),
        window_days=window,
    )
    return rentals.take_over_refusal(facts, clock.now())


def waiting_claims(
    session: Session, *, room_num: int | None = None, pceen_id: int | None = None
) -> Sequence[RoomClaim]:
    """The claims that wait for the GRIs: on a room, of someone, or all; the oldest first."""
    stmt = (
        sa.select(RoomClaim)
        .where(RoomClaim.open_key.is_not(None))
        .options(joinedload(RoomClaim.pceen), joinedload(RoomClaim.rental).joinedload(Rental.pceen))
        .order_by(RoomClaim.id)
    )
    if room_num is not None:
        stmt = stmt.where(RoomClaim.room_num == room_num)
    if pceen_id is not None:
        stmt = stmt.where(RoomClaim.pceen_id == pceen_id)
    return session.scalars(stmt).all()


def decided_claims(session: Session) -> Sequence[RoomClaim]:
    """The claims that had their answer, the latest first."""
    stmt = (
        sa.select(RoomClaim)
        .where(RoomClaim.open_key.is_(None))
        .options(joinedload(RoomClaim.pceen), joinedload(RoomClaim.decided_by))
        .order_by(RoomClaim.id.desc())
        .limit(50)
    )
    return session.scalars(stmt).all()


def claims_of(session: Session, pceen_id: int) -> Sequence[RoomClaim]:
    """What someone asked of the GRIs about rooms, the latest first."""
    stmt = sa.select(RoomClaim).where(RoomClaim.pceen_id == pceen_id)
    return session.scalars(stmt.order_by(RoomClaim.id.desc()).limit(50)).all()


def count_claims(session: Session) -> int:
    """How many claims wait for the GRIs."""
    stmt = sa.select(sa.func.count(RoomClaim.id)).where(RoomClaim.open_key.is_not(None))
    return session.execute(stmt).scalar_one()


def contested(session: Session, token: OneTimeToken, *, before: bool = False) -> Rental:
    """The rental that a link contests; with *before*, the one that it put an end to.

    Raises:
        NoSuchClaim: If the link is about none.
    """
    key = token.data.get("former" if before else "rental")
    found = session.get(Rental, key) if key else None
    if found is None:
        raise NoSuchClaim
    return found


def claim(session: Session, key: int) -> RoomClaim:
    """The claim numbered *key*.

    Raises:
        NoSuchClaim: If there is none.
    """
    found = session.get(RoomClaim, key) if key <= _LARGEST_ID else None
    if found is None:
        raise NoSuchClaim
    return found
