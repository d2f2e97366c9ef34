"""The residence of the demonstration."""

import math
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BanKind, RentalEnd
from app.models import Device, NetworkSample, PCeen, Rental, Role, Room
from app.modules.intrarez import queries
from app.modules.intrarez.service import bans, claims, devices, rooms
from app.web import installation
from app.web.module import Demo

#: How many people have a room, had one, and how many devices, in a school of full size.
TENANTS, FORMER, DEVICES = 156, 244, 800
#: Makers whose devices one meets in the corridors, by the start of their addresses.
_MAKERS = ("3c:22:fb", "a4:83:e7", "f0:18:98", "00:1b:63", "28:16:ad", "dc:a6:32", "b8:27:eb")
_DEVICES = (
    ("iPhone", "iPhone de {}"),
    ("Ordinateur Windows", "Portable de {}"),
    ("Mac", "MacBook de {}"),
    ("Téléphone Android", "Pixel de {}"),
    ("Ordinateur Linux", "thinkpad-{}"),
    ("Console", "Switch"),
    ("Télévision", None),
    ("iPad", None),
)
#: Who of the cast has no room, and who has no Internet.
_WITHOUT_ROOM, _BANNED = "ijoliot", "hbecquer"
_WITH_ROOM = ("mcurie", "plangevi", "hbecquer")


def load(session: Session, demo: Demo) -> None:
    """Rooms with their tenants, past and present, and devices with their addresses."""
    rooms.seed(session, plan=installation.plan())
    session.flush()
    building = list(session.scalars(sa.select(Room).order_by(Room.num)))
    people = _residents(session)
    first = [p for p in people if p.username in _WITH_ROOM]
    others = [p for p in people if p.username not in (*_WITH_ROOM, _WITHOUT_ROOM)]
    demo.chance.shuffle(building)
    tenants = (first + others)[: demo.count(TENANTS)]
    former = others[len(tenants) - len(first) :][: demo.count(FORMER)]
    for pceen, room in zip(tenants, building, strict=False):
        _settle(session, demo, pceen=pceen, room=room)
    for pceen in former:
        _had_a_room(session, demo, pceen=pceen, room=demo.chance.choice(building))
    _register(session, demo, tenants=tenants, former=former)
    _ban(session, next(p for p in tenants if p.username == _BANNED))
    _claim(session, next(p for p in people if p.username == _WITHOUT_ROOM), tenants)
    _count(session, demo)


def _residents(session: Session) -> list[PCeen]:
    """The Rezidents, in the order of their accounts."""
    stmt = sa.select(PCeen).where(PCeen.roles.any(Role.slug == "rezident")).order_by(PCeen.id)
    return list(session.scalars(stmt))


def _settle(session: Session, demo: Demo, *, pceen: PCeen, room: Room) -> None:
    starts_on = clock.today() - timedelta(days=demo.chance.randint(10, 500))
    ends_on = None
    if demo.chance.random() < 0.6:
        ends_on = clock.today() + timedelta(days=demo.chance.randint(20, 400))
    stay = rooms.Stay(starts_on=starts_on, ends_on=ends_on)
    rental = rooms.take(session, pceen=pceen, room=room, stay=stay, plan=installation.plan())
    rental.created_at = clock.day_start(starts_on)
    demo.tick()


def _had_a_room(session: Session, demo: Demo, *, pceen: PCeen, room: Room) -> None:
    """A rental that is over, as the site would have left it."""
    ends_on = clock.today() - timedelta(days=demo.chance.randint(1, 700))
    starts_on = ends_on - timedelta(days=demo.chance.randint(90, 360))
    session.add(
        Rental(
            pceen=pceen,
            room=room,
            starts_on=starts_on,
            ends_on=ends_on,
            created_at=clock.day_start(starts_on),
            closed_at=clock.day_start(ends_on),
            close_kind=RentalEnd.owner,
        )
    )
    demo.tick()


def _register(session: Session, demo: Demo, *, tenants: list[PCeen], former: list[PCeen]) -> None:
    """Devices: by the service for who has a room; those left behind are just there."""
    owners = tenants + tenants + former + former
    for number in range(demo.count(DEVICES)):
        owner = owners[number % len(owners)]
        type_, name = demo.chance.choice(_DEVICES)
        mac = _mac(demo, number)
        called = name.format(owner.prenom)[:64] if name else None
        if owner in tenants:
            device = devices.register(
                session, pceen=owner, mac=mac, name=called, type=type_, plan=installation.plan()
            )
        else:
            device = Device(pceen=owner, mac_address=mac, name=called, type=type_)
            session.add(device)
        device.registered_at = clock.now() - timedelta(days=demo.chance.randint(30, 300))
        if demo.chance.random() < 0.9:
            device.last_seen_at = clock.now() - timedelta(minutes=demo.chance.randint(1, 40_000))
        demo.tick()


def _mac(demo: Demo, number: int) -> str:
    maker = demo.chance.choice(_MAKERS)
    return f"{maker}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _ban(session: Session, pceen: PCeen) -> None:
    """Someone who shared too much."""
    terms = bans.Terms(
        reason="Partage de connexion",
        message="Un routeur Wi-Fi ouvert à tout l'étage, ce n'était pas une bonne idée.",
        ends_at=clock.now() + timedelta(days=5),
        notify=False,
    )
    kind, plan = BanKind.disciplinary, installation.plan()
    bans.start(session, pceen=pceen, kind=kind, terms=terms, plan=plan)


def _claim(session: Session, pceen: PCeen, tenants: list[PCeen]) -> None:
    """Someone asks for a room that was taken less than a week ago."""
    rental = queries.current_rental(session, tenants[-1].id)
    if rental is None:
        return
    rental.created_at = clock.now() - timedelta(days=1)
    claims.claim(
        session,
        pceen=pceen,
        room=rental.room,
        stay=rooms.Stay(starts_on=clock.today()),
        message="J'ai signé le bail hier, et la chambre est encore au nom de quelqu'un.",
        admins=(),
    )


def _count(session: Session, demo: Demo) -> None:
    """Thirty days of devices online: asleep at night, away at the week-end; two if small."""
    now = clock.now().replace(second=0, microsecond=0)
    now -= timedelta(minutes=now.minute % 10)
    many = demo.count(DEVICES)
    for step in range(144 * (30 if demo.scale >= 1 else 2)):
        at = now - timedelta(minutes=10 * step)
        local = at.astimezone(clock.PARIS)
        awake = 0.25 + 0.3 * max(0.0, math.sin((local.hour - 8) / 16 * math.pi))
        rate = awake * (0.7 if local.weekday() > 4 else 1) * demo.chance.uniform(0.92, 1.08)
        online = int(many * rate)
        session.add(
            NetworkSample(
                at=at,
                online=online,
                pool=demo.chance.randint(0, 6),
                rooms=online,
                bans=demo.chance.randint(1, 3),
            )
        )
