"""The network of one person, as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.models import Ban, Device, PCeen, Rental, RoomClaim
from app.modules.intrarez.queries.addresses import addresses_of
from app.modules.intrarez.queries.bans import bans_of, weighs
from app.modules.intrarez.queries.claims import claims_of
from app.modules.intrarez.queries.devices import devices_of, latest_first
from app.modules.intrarez.queries.rooms import former_rentals, is_current, rentals_of
from app.modules.intrarez.queries.subscriptions import Standing, standing
from app.modules.intrarez.rules.makers import maker


@dataclass(frozen=True, slots=True)
class InternetCard:
    """What the home page and the profile say of someone's Internet."""

    rental: Rental | None
    devices: Sequence[Device]
    ban: Ban | None
    #: The device in their hands, if it is theirs.
    here: Device | None
    former: Sequence[Rental]
    addresses: dict[int, str]
    #: Who made each device.
    makers: dict[int, str | None]
    #: Where they stand with what they pay.
    standing: Standing


def internet_card(
    session: Session, pceen_id: int, *, here: Device | None, plan: AddressPlan, full: bool
) -> InternetCard:
    """Someone's room and devices; with *full*, their history and addresses too."""
    rental, ban_, devices = _at_home(session, pceen_id)
    is_banned = ban_ is not None
    given = addresses_of(session, devices, plan, rental=rental, is_banned=is_banned) if full else {}
    return InternetCard(
        rental=rental,
        devices=devices,
        ban=ban_,
        here=here,
        former=former_rentals(session, pceen_id) if full else (),
        addresses=given,
        makers=_makers(devices) if full else {},
        standing=standing(session, pceen_id),
    )


def _at_home(session: Session, pceen_id: int) -> tuple[Rental | None, Ban | None, Sequence[Device]]:
    """The room of someone, the ban that weighs on them, their devices: the home page has to be
    quick, and they are few, so that one statement reads them all.
    """
    stmt = (
        sa.select(Rental, Ban, Device)
        .select_from(PCeen)
        .outerjoin(Rental, sa.and_(Rental.open_pceen == PCeen.id, is_current(clock.today())))
        .outerjoin(Ban, sa.and_(Ban.pceen_id == PCeen.id, weighs(clock.now())))
        .outerjoin(Device, Device.pceen_id == PCeen.id)
        .where(PCeen.id == pceen_id)
        .order_by(Ban.kind, Device.id)
    )
    rows = session.execute(stmt).all()
    rental, ban_, _device = rows[0] if rows else (None, None, None)
    devices = {device.id: device for _rental, _ban, device in rows if device is not None}
    return rental, ban_, latest_first(devices.values())


def _makers(devices: Sequence[Device]) -> dict[int, str | None]:
    return {device.id: maker(device.mac_address) for device in devices}


@dataclass(frozen=True, slots=True)
class PersonNetwork:
    """Someone's room, devices and bans, for who looks after them."""

    rental: Rental | None
    former: Sequence[Rental]
    devices: Sequence[Device]
    addresses: dict[int, str]
    makers: dict[int, str | None]
    #: All of them, the latest first.
    bans: Sequence[Ban]
    claims: Sequence[RoomClaim]


def person_network(session: Session, pceen_id: int, *, plan: AddressPlan) -> PersonNetwork:
    """What the page of someone shows of their network."""
    devices, bans_ = devices_of(session, pceen_id), bans_of(session, pceen_id)
    (rental, former), now = rentals_of(session, pceen_id), clock.now()
    is_banned = any(one.weighs_at(now) for one in bans_)
    return PersonNetwork(
        rental=rental,
        former=former,
        devices=devices,
        addresses=addresses_of(session, devices, plan, rental=rental, is_banned=is_banned),
        makers=_makers(devices),
        bans=bans_,
        claims=claims_of(session, pceen_id),
    )
