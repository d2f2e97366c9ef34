"""What the network reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.addresses import AddressPlan
from app.enums import BanKind, DhcpResult, RentalEnd
from app.models import (
    Allocation,
    Ban,
    BanAddress,
    Device,
    DhcpRun,
    NetworkHistory,
    NetworkSample,
    OneTimeToken,
    OutboxEntry,
    PCeen,
    Rental,
    Room,
    RoomClaim,
)
from app.modules.intrarez.choices import (
    TAKE_OVER_MAX,
    TAKE_OVER_MIN_AGE_DAYS,
    TAKE_OVER_WINDOW_DAYS,
)
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.errors import (
    NoRoom,
    NoSuchBan,
    NoSuchClaim,
    NoSuchDevice,
    NoSuchRoom,
    TakeOverRefused,
)
from app.modules.intrarez.rules import bans, rentals
from app.modules.intrarez.rules.dhcp import Host
from app.modules.intrarez.rules.makers import maker

#: What the databases number rows with.
_LARGEST_ID = 2**31 - 1


def room(session: Session, num: int) -> Room:
    """The room numbered *num*.

    Raises:
        NoSuchRoom: If the building has none.
    """
    found = session.get(Room, num)
    if found is None:
        raise NoSuchRoom(num=num)
    return found


def is_current(day: date) -> sa.ColumnElement[bool]:
    """Whether a rental gives the room on *day*."""
    return sa.and_(
        Rental.closed_at.is_(None), sa.or_(Rental.ends_on.is_(None), Rental.ends_on > day)
    )


def current_rental(session: Session, pceen_id: int) -> Rental | None:
    """The room that someone has today, if they have one."""
    stmt = sa.select(Rental).where(Rental.open_pceen == pceen_id, is_current(clock.today()))
    return session.scalars(stmt).one_or_none()


def rental_of(session: Session, room_num: int) -> Rental | None:
    """The rental of who has a room today, if someone does."""
    stmt = sa.select(Rental).where(Rental.open_room == room_num, is_current(clock.today()))
    return session.scalars(stmt).one_or_none()


def own_rental(session: Session, pceen_id: int) -> Rental:
    """The room that someone has today.

    Raises:
        NoRoom: If they have none.
    """
    rental = current_rental(session, pceen_id)
    if rental is None:
        raise NoRoom
    return rental


def open_rentals(session: Session, *, room_num: int, pceen_id: int) -> Sequence[Rental]:
    """The rentals, of a room or of a person, that nobody closed yet."""
    stmt = sa.select(Rental).where(
        sa.or_(Rental.open_room == room_num, Rental.open_pceen == pceen_id)
    )
    return session.scalars(stmt).all()


def over_rentals(session: Session) -> Sequence[Rental]:
    """The rentals whose last day has come, and that are not closed yet."""
    stmt = sa.select(Rental).where(Rental.closed_at.is_(None), Rental.ends_on <= clock.today())
    return session.scalars(stmt.order_by(Rental.id)).all()


def former_rentals(session: Session, pceen_id: int) -> Sequence[Rental]:
    """The rooms that someone had, the latest first."""
    stmt = (
        sa.select(Rental)
        .where(Rental.pceen_id == pceen_id, ~is_current(clock.today()))
        .order_by(Rental.starts_on.desc(), Rental.id.desc())
        .limit(50)
    )
    return session.scalars(stmt).all()


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
        .options(joinedload(RoomClaim.pceen), joinedload(RoomClaim.rental, Rental.pceen))
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


def claims_of(session: Session, pceen_id: int) -> Sequence[RoomClaim]:
    """What someone asked of the GRIs about rooms, the latest first."""
    stmt = sa.select(RoomClaim).where(RoomClaim.pceen_id == pceen_id)
    return session.scalars(stmt.order_by(RoomClaim.id.desc()).limit(50)).all()


def claim(session: Session, key: int) -> RoomClaim:
    """The claim numbered *key*.

    Raises:
        NoSuchClaim: If there is none.
    """
    found = session.get(RoomClaim, key) if key <= _LARGEST_ID else None
    if found is None:
        raise NoSuchClaim
    return found


def devices_of(session: Session, pceen_id: int) -> Sequence[Device]:
    """The devices of someone, the latest seen first."""
    stmt = sa.select(Device).where(Device.pceen_id == pceen_id).order_by(Device.id)
    never = datetime.min.replace(tzinfo=clock.PARIS)
    devices = session.scalars(stmt).all()
    return sorted(devices, key=lambda d: d.last_seen_at or never, reverse=True)


def own_devices(session: Session, pceen_id: int) -> Sequence[Device]:
    """The devices of someone, in the order they were registered."""
    stmt = sa.select(Device).where(Device.pceen_id == pceen_id).order_by(Device.id)
    return session.scalars(stmt).all()


def count_devices(session: Session, pceen_id: int) -> int:
    """How many devices someone has."""
    stmt = sa.select(sa.func.count(Device.id)).where(Device.pceen_id == pceen_id)
    return session.execute(stmt).scalar_one()


def device(session: Session, key: int) -> Device:
    """The device numbered *key*.

    Raises:
        NoSuchDevice: If there is none.
    """
    if key > _LARGEST_ID:
        raise NoSuchDevice
    found = session.get(Device, key, options=[joinedload(Device.pceen)])
    if found is None:
        raise NoSuchDevice
    return found


def with_mac(session: Session, mac: str) -> Device | None:
    """The device that has this hardware address, if there is one."""
    return session.scalars(sa.select(Device).where(Device.mac_address == mac)).one_or_none()


def has_room(session: Session, pceen_id: int) -> bool:
    """Whether someone has a room today."""
    return current_rental(session, pceen_id) is not None


def weighs(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a ban keeps its person from the Internet at *now*."""
    return sa.and_(
        Ban.starts_at <= now,
        Ban.ended_at.is_(None),
        sa.or_(Ban.ends_at.is_(None), Ban.ends_at > now),
    )


def active_ban(session: Session, pceen_id: int) -> Ban | None:
    """The ban that weighs on someone now; the disciplinary one first."""
    stmt = (
        sa.select(Ban)
        .where(Ban.pceen_id == pceen_id, weighs(clock.now()))
        .order_by(Ban.kind)
        .limit(1)
    )
    return session.scalars(stmt).first()


def open_ban(session: Session, pceen_id: int, kind: BanKind) -> Ban | None:
    """The ban of that kind that nobody ended yet, begun or not."""
    stmt = sa.select(Ban).where(Ban.open_key == bans.open_key(pceen_id, kind))
    return session.scalars(stmt).one_or_none()


def ban_or_none(session: Session, key: int) -> Ban | None:
    """The ban numbered *key*, if there is one."""
    return session.get(Ban, key) if key <= _LARGEST_ID else None


def ban(session: Session, key: int) -> Ban:
    """The ban numbered *key*.

    Raises:
        NoSuchBan: If there is none.
    """
    found = ban_or_none(session, key)
    if found is None:
        raise NoSuchBan
    return found


def active_bans(session: Session, pceen_id: int) -> Sequence[Ban]:
    """The bans that weigh on someone now; the disciplinary one first."""
    stmt = sa.select(Ban).where(Ban.pceen_id == pceen_id, weighs(clock.now()))
    return session.scalars(stmt.order_by(Ban.kind)).all()


def bans_of(session: Session, pceen_id: int) -> Sequence[Ban]:
    """All the bans of someone, the latest first, with who gave and ended them."""
    stmt = (
        sa.select(Ban)
        .where(Ban.pceen_id == pceen_id)
        .options(joinedload(Ban.created_by), joinedload(Ban.ended_by))
        .order_by(Ban.id.desc())
        .limit(50)
    )
    return session.scalars(stmt).all()


def over_bans(session: Session) -> Sequence[Ban]:
    """The bans whose end has passed, and that are still open."""
    stmt = sa.select(Ban).where(Ban.open_key.is_not(None), Ban.ends_at <= clock.now())
    return session.scalars(stmt.order_by(Ban.id)).all()


def wrongly_addressed(session: Session) -> tuple[Sequence[int], Sequence[int]]:
    """Who is banned without ban addresses, and who has some without being banned.

    Two statements, whatever the number of people.
    """
    banned = sa.exists().where(Ban.pceen_id == Device.pceen_id, weighs(clock.now()))
    held = sa.exists().where(BanAddress.device_id == Device.id, BanAddress.ended_at.is_(None))
    owners = sa.select(Device.pceen_id).distinct().order_by(Device.pceen_id)
    return (
        session.scalars(owners.where(banned, ~held)).all(),
        session.scalars(owners.where(~banned, held)).all(),
    )


def allocation(session: Session, device: Device) -> Allocation | None:
    """The address that a device has in the room of its owner, banned or not."""
    stmt = sa.select(Allocation).where(
        Allocation.device_id == device.id, Allocation.ended_at.is_(None)
    )
    return session.scalars(stmt).first()


def hosts(session: Session, plan: AddressPlan) -> list[Host]:
    """What the DHCP rules are made of, in one statement (network-b B3.1)."""
    banned = sa.exists().where(Ban.pceen_id == Rental.pceen_id, weighs(clock.now()))
    stmt = (
        sa.select(
            Rental.room_num,
            Device.id,
            Device.mac_address,
            Allocation.ip,
            BanAddress.slot,
            banned.label("is_banned"),
        )
        .select_from(Rental)
        .join(PCeen, PCeen.id == Rental.pceen_id)
        .join(Device, Device.pceen_id == Rental.pceen_id)
        .outerjoin(
            Allocation,
            sa.and_(
                Allocation.device_id == Device.id,
                Allocation.room_num == Rental.room_num,
                Allocation.ended_at.is_(None),
            ),
        )
        .outerjoin(BanAddress, BanAddress.device_id == Device.id)
        .where(is_current(clock.today()), PCeen.disabled_at.is_(None))
        .order_by(Rental.room_num, Device.id)
    )
    found = []
    for room_num, device_id, mac, ip, slot, is_banned in session.execute(stmt):
        address = ip
        if is_banned:
            address = None if slot is None else plan.ban_address(slot)
        if address is not None:
            found.append(Host(room_num, device_id, mac, address, bool(is_banned)))
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """A registered device, with its owner."""

    device_id: int
    name: str | None
    pceen_id: int
    full_name: str
    room: int | None
    #: The one that the rules give it.
    address: str | None
    seen_at: datetime | None


def known_devices(session: Session, plan: AddressPlan) -> dict[str, Known]:
    """Every registered device, by its hardware address, in two statements."""
    ruled = {host.device_id: host.address for host in hosts(session, plan)}
    stmt = (
        sa.select(
            Device.mac_address,
            Device.id,
            Device.name,
            PCeen.id,
            PCeen.prenom,
            PCeen.nom,
            Rental.room_num,
            Device.last_seen_at,
        )
        .join(PCeen, PCeen.id == Device.pceen_id)
        .outerjoin(Rental, sa.and_(Rental.open_pceen == PCeen.id, is_current(clock.today())))
    )
    return {
        mac: Known(key, name, owner, f"{prenom} {nom}", room, ruled.get(key), seen_at)
        for mac, key, name, owner, prenom, nom, room, seen_at in session.execute(stmt)
    }


def runs(session: Session) -> Sequence[DhcpRun]:
    """The latest generations of the rules."""
    return session.scalars(sa.select(DhcpRun).order_by(DhcpRun.id.desc()).limit(50)).all()


def used_addresses(session: Session) -> tuple[Sequence[tuple[int, int, int]], int]:
    """How many addresses each room has in use and kept; how many banned devices have one."""
    in_use = sa.func.sum(sa.case((Allocation.ended_at.is_(None), 1), else_=0))
    stmt = (
        sa.select(Allocation.room_num, in_use, sa.func.count())
        .group_by(Allocation.room_num)
        .order_by(sa.func.count().desc(), Allocation.room_num)
        .limit(20)
    )
    rooms_ = [(num, int(used), total - int(used)) for num, used, total in session.execute(stmt)]
    banned = sa.select(sa.func.count()).where(BanAddress.ended_at.is_(None))
    return rooms_, session.execute(banned).scalar_one()


def samples(session: Session, *, since: datetime) -> Sequence[NetworkSample]:
    """How many devices were there, from then to now."""
    stmt = sa.select(NetworkSample).where(NetworkSample.at >= since).order_by(NetworkSample.at)
    return session.scalars(stmt).all()


def device_at(session: Session, what: str, plan: AddressPlan) -> Device | None:
    """The device that has a hardware address, or an address of the network, now."""
    found = with_mac(session, what)
    if found is not None:
        return found
    by_address = {host.address: host.device_id for host in hosts(session, plan)}
    return session.get(Device, by_address[what]) if what in by_address else None


def history_of(session: Session, mac: str) -> Sequence[NetworkHistory]:
    """The addresses that a device had, the latest first."""
    stmt = sa.select(NetworkHistory).where(NetworkHistory.mac_address == mac)
    return session.scalars(stmt.order_by(NetworkHistory.id.desc()).limit(50)).all()


def found_devices(session: Session, what: str, plan: AddressPlan) -> Sequence[Device]:
    """The devices whose hardware address, address or name is, or holds, what is typed."""
    held = sa.exists().where(Allocation.device_id == Device.id, Allocation.ip == what)
    slot = plan.ban_slot(what)
    banned = sa.exists().where(BanAddress.device_id == Device.id, BanAddress.slot == slot)
    matches = sa.or_(
        banned if slot is not None else sa.false(),
        Device.mac_address.contains(what.lower(), autoescape=True),
        Device.name.icontains(what, autoescape=True),
        held,
    )
    stmt = sa.select(Device).where(matches).options(joinedload(Device.pceen))
    return session.scalars(stmt.order_by(Device.id).limit(100)).all()


def open_bans(session: Session, kind: BanKind | None) -> Sequence[Ban]:
    """The bans that nobody ended yet, of a kind or of both."""
    stmt = sa.select(Ban).where(Ban.open_key.is_not(None)).options(joinedload(Ban.pceen))
    if kind is not None:
        stmt = stmt.where(Ban.kind == kind)
    return session.scalars(stmt.order_by(Ban.id)).all()


def who_had(session: Session, address: str, at: datetime) -> Sequence[NetworkHistory]:
    """Which devices had an address at an instant, and whose they were."""
    stmt = (
        sa.select(NetworkHistory)
        .where(
            NetworkHistory.ip == address,
            NetworkHistory.started_at <= at,
            sa.or_(NetworkHistory.ended_at.is_(None), NetworkHistory.ended_at > at),
        )
        .options(joinedload(NetworkHistory.pceen))
        .order_by(NetworkHistory.id)
    )
    return session.scalars(stmt).all()


def address_of(session: Session, device: Device, plan: AddressPlan) -> str | None:
    """The address that the rules give to a device; ``None`` without one."""
    rental = current_rental(session, device.pceen_id)
    is_banned = active_ban(session, device.pceen_id) is not None
    found = addresses_of(session, [device], plan, rental=rental, is_banned=is_banned)
    return found.get(device.id)


def addresses_of(
    session: Session,
    devices: Sequence[Device],
    plan: AddressPlan,
    *,
    rental: Rental | None,
    is_banned: bool,
) -> dict[int, str]:
    """The addresses that the rules give to the devices of one person, by device."""
    keys = [device.id for device in devices]
    if is_banned:
        slots = sa.select(BanAddress).where(BanAddress.device_id.in_(keys))
        return {one.device_id: plan.ban_address(one.slot) for one in session.scalars(slots)}
    if rental is None or not keys:
        return {}
    allocated = sa.select(Allocation).where(
        Allocation.device_id.in_(keys),
        Allocation.room_num == rental.room_num,
        Allocation.ended_at.is_(None),
    )
    return {one.device_id: one.ip for one in session.scalars(allocated) if one.device_id}


def is_refresh_waiting(session: Session) -> bool:
    """Whether the rules are to be written again, or could not be."""
    waiting = sa.select(OutboxEntry.id).where(
        OutboxEntry.kind == RefreshNetwork.kind, OutboxEntry.sent_at.is_(None)
    )
    if session.scalars(waiting.limit(1)).first() is not None:
        return True
    last = last_run(session)
    return last is not None and last.result in (DhcpResult.refused, DhcpResult.failed)


def last_run(session: Session) -> DhcpRun | None:
    """The latest generation of the rules."""
    return session.scalars(sa.select(DhcpRun).order_by(DhcpRun.id.desc()).limit(1)).first()


def are_rules_right(session: Session) -> bool:
    """Whether the last generation of the rules went well, if there was one."""
    last = last_run(session)
    return last is None or last.error is None


def count_claims(session: Session) -> int:
    """How many claims wait for the GRIs."""
    stmt = sa.select(sa.func.count(RoomClaim.id)).where(RoomClaim.open_key.is_not(None))
    return session.execute(stmt).scalar_one()


def is_fault_known(session: Session, error: str) -> bool:
    """Whether the rules failed for this cause already, since they were last right."""
    right = sa.select(sa.func.max(DhcpRun.id)).where(DhcpRun.error.is_(None)).scalar_subquery()
    told = sa.select(DhcpRun.id).where(
        DhcpRun.error == error, DhcpRun.id > sa.func.coalesce(right, 0)
    )
    return session.scalars(told.limit(1)).first() is not None


def rooms(session: Session) -> Sequence[Room]:
    """All the rooms, in order."""
    return session.scalars(sa.select(Room).order_by(Room.num)).all()


def ever_rented(session: Session) -> set[int]:
    """The rooms that someone has, or had once."""
    return set(session.scalars(sa.select(Rental.room_num).distinct()))


def tenants(session: Session) -> dict[int, PCeen]:
    """Who lives in each room today."""
    stmt = sa.select(Rental).where(is_current(clock.today())).options(joinedload(Rental.pceen))
    return {rental.room_num: rental.pceen for rental in session.scalars(stmt)}


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


def internet_card(
    session: Session, pceen_id: int, *, here: Device | None, plan: AddressPlan, full: bool
) -> InternetCard:
    """Someone's room and devices; with *full*, their history and addresses too."""
    devices = devices_of(session, pceen_id)
    rental, ban_ = current_rental(session, pceen_id), active_ban(session, pceen_id)
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
    )


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
    rental, now = current_rental(session, pceen_id), clock.now()
    is_banned = any(one.weighs_at(now) for one in bans_)
    return PersonNetwork(
        rental=rental,
        former=former_rentals(session, pceen_id),
        devices=devices,
        addresses=addresses_of(session, devices, plan, rental=rental, is_banned=is_banned),
        makers=_makers(devices),
        bans=bans_,
        claims=claims_of(session, pceen_id),
    )
