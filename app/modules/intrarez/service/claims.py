"""What only a GRI can decide of a room (network-b B1.2)."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.core.transaction import lock
from app.enums import ClaimKind, ClaimStatus, RentalEnd
from app.models import Limit, OneTimeToken, PCeen, Room, RoomClaim, audit, defer
from app.modules.account.service import links
from app.modules.intrarez import queries
from app.modules.intrarez.errors import (
    AlreadyClaimed,
    ClaimDecided,
    HasRoomAlready,
    OwnClaim,
    RoomIsFree,
)
from app.modules.intrarez.mails import ClaimDecided as DecisionMail, ClaimFiled
from app.modules.intrarez.rules.rentals import check_dates
from app.modules.intrarez.service import rooms
from app.modules.intrarez.service.rooms import Stay

#: How often someone may ask for a room: each time, the GRIs get a mail.
CLAIMS = Limit("intrarez.room.claim", 5, timedelta(days=1))


def claim(
    session: Session,
    *,
    pceen: PCeen,
    room: Room,
    stay: Stay,
    message: str,
    admins: tuple[str, ...],
) -> RoomClaim:
    """Ask the GRIs for a room that is someone's.

    Raises:
        IntrarezError: If it is free, if they have one, or if it is asked for already.
        TriedTooOften: If they asked for several lately.
    """
    check_dates(starts_on=stay.starts_on, ends_on=stay.ends_on, today=clock.today())
    lock(session, pceen)
    lock(session, room)
    own = queries.current_rental(session, pceen.id)
    if own is not None:
        raise HasRoomAlready(num=own.room_num)
    rental = queries.rental_of(session, room.num)
    if rental is None:
        raise RoomIsFree(num=room.num)
    CLAIMS.check(session, pceen.id)
    CLAIMS.count(session, pceen.id)
    asked = RoomClaim(
        kind=ClaimKind.claim,
        room_num=room.num,
        pceen=pceen,
        rental=rental,
        starts_on=stay.starts_on,
        ends_on=stay.ends_on,
        message=message,
    )
    return _file(session, asked, admins=admins)


def contest(
    session: Session, *, token: OneTimeToken, message: str, admins: tuple[str, ...]
) -> RoomClaim:
    """Say that a room which was taken is still one's own: the link is used up.

    Raises:
        AlreadyClaimed: If another contest waits for the room.
        LinkNoLongerGood: If it was used meanwhile.
    """
    links.consume(session, token=token)
    rental = queries.contested(session, token)
    lock(session, rental.room)
    asked = RoomClaim(
        kind=ClaimKind.contest,
        room_num=rental.room_num,
        pceen=token.pceen,
        rental=rental,
        starts_on=queries.contested(session, token, before=True).starts_on,
        message=message,
    )
    return _file(session, asked, admins=admins)


def _file(session: Session, asked: RoomClaim, *, admins: tuple[str, ...]) -> RoomClaim:
    asked.open_key = f"{asked.room_num}:{asked.kind}"
    try:
        with session.begin_nested():
            session.add(asked)
    except sa.exc.IntegrityError:
        raise AlreadyClaimed(num=asked.room_num) from None
    audit(session, f"intrarez.room.{asked.kind}", asked, after={"room": asked.room_num})
    for address in admins:
        defer(
            session,
            ClaimFiled(
                to=address,
                locale="fr",
                is_contest=asked.kind is ClaimKind.contest,
                room=asked.room_num,
                name=asked.pceen.full_name,
                message=asked.message,
            ),
        )
    return asked


def decide(
    session: Session,
    *,
    claim: RoomClaim,
    is_accepted: bool,
    note: str,
    by: PCeen,
    plan: AddressPlan,
) -> None:
    """Give the room to who asks for it, or not; both people are told.

    Raises:
        OwnClaim: If it is their own.
        ClaimDecided: If another GRI was quicker.
        TheyHaveARoom: If who asks has another room by now.
    """
    if claim.pceen_id == by.id:
        raise OwnClaim
    lock(session, claim.pceen)
    lock(session, claim.room)
    lock(session, claim)
    if claim.open_key is None:
        raise ClaimDecided
    tenant = queries.rental_of(session, claim.room_num)
    status = ClaimStatus.accepted if is_accepted else ClaimStatus.refused
    claim.status, claim.note, claim.open_key = status, note, None
    claim.decided_at, claim.decided_by = clock.now(), by
    session.flush()
    if is_accepted:
        _give(session, claim, plan=plan)
    audit(session, f"intrarez.room.{claim.kind}.decide", claim, after={"status": status})
    _tell(session, claim, claim.pceen, has_the_room=is_accepted)
    if tenant is not None and tenant.pceen_id != claim.pceen_id:
        _tell(session, claim, tenant.pceen, has_the_room=not is_accepted)


def _give(session: Session, claim: RoomClaim, *, plan: AddressPlan) -> None:
    """Put the room in the name of who asked for it, with their dates."""
    ends_on = claim.ends_on
    if ends_on is not None and ends_on <= clock.today():
        ends_on = None  # the answer came after the day that was foreseen
    rooms.assign(
        session,
        pceen=claim.pceen,
        room=claim.room,
        stay=Stay(starts_on=claim.starts_on, ends_on=ends_on, reason=claim.note[:255] or None),
        plan=plan,
        kind=RentalEnd.claim,
    )


def _tell(session: Session, claim: RoomClaim, pceen: PCeen, *, has_the_room: bool) -> None:
    if pceen.email is None:
        return
    defer(
        session,
        DecisionMail(
            to=pceen.email,
            locale=pceen.locale or "fr",
            prenom=pceen.prenom,
            room=claim.room_num,
            has_the_room=has_the_room,
            note=claim.note,
        ),
    )
