"""The tables of the network: rooms, who lives there, their devices, their addresses."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.addresses import is_randomised
from app.enums import AddressKind, BanKind, ClaimKind, ClaimStatus, DhcpResult, RentalEnd
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, reference


class Room(Base):
    """A room of the residence, one of those of the building plan."""

    __tablename__ = "room"

    #: 100 * floor + door.
    num: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    floor: Mapped[int]
    door: Mapped[int]
    #: ``floor.door``: the end of its addresses.
    base_ip: Mapped[str] = mapped_column(sa.String(7))


class Rental(Base):
    """Someone lives in a room, from a day to another, or still."""

    __tablename__ = "rental"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", "ends_after_it_starts"),
    )

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id")
    room_num: Mapped[int] = reference("room.num")
    starts_on: Mapped[date]
    #: The first day without the room.
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
    close_kind: Mapped[RentalEnd | None]
    #: Filled until it is closed: a room has one tenant, a person one room.
    open_room: Mapped[int | None] = mapped_column(unique=True)
    open_pceen: Mapped[int | None] = mapped_column(unique=True)
    #: The rental that this one put an end to.
    replaces_id: Mapped[int | None] = reference("rental.id")
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen] = relationship()
    room: Mapped[Room] = relationship()

    def is_current_on(self, day: date) -> bool:
        """Whether the person still has the room on *day*."""
        return self.closed_at is None and (self.ends_on is None or self.ends_on > day)


class RoomClaim(Base):
    """Someone asks the GRIs for a room: one that was refused, or one that was taken."""

    __tablename__ = "room_claim"

    id: Mapped[Id]
    kind: Mapped[ClaimKind]
    room_num: Mapped[int] = reference("room.num")
    #: Who asks.
    pceen_id: Mapped[int] = reference("pceen.id")
    #: The rental that would be closed if it is accepted.
    rental_id: Mapped[int | None] = reference("rental.id")
    #: The dates that are asked for.
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    message: Mapped[str] = mapped_column(sa.String(2000), default="")
    status: Mapped[ClaimStatus] = mapped_column(default=ClaimStatus.pending)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = reference("pceen.id")
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    #: ``room:kind`` until it is decided: one of each kind waits for a room.
    open_key: Mapped[str | None] = mapped_column(sa.String(32), unique=True)

    pceen: Mapped[PCeen] = relationship(foreign_keys="RoomClaim.pceen_id")
    decided_by: Mapped[PCeen | None] = relationship(foreign_keys="RoomClaim.decided_by_id")
    room: Mapped[Room] = relationship()
    rental: Mapped[Rental | None] = relationship()


class Device(Base):
    """A machine that someone registered."""

    __tablename__ = "device"

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id")
    #: Lower-case, with colons.
    mac_address: Mapped[str] = mapped_column(sa.String(17), unique=True)
    name: Mapped[str | None] = mapped_column(sa.String(64))
    type: Mapped[str | None] = mapped_column(sa.String(64))
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: Written every five minutes at most.
    last_seen_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen] = relationship()

    @property
    def is_randomised(self) -> bool:
        """Whether its system made the address up, and may change it."""
        return is_randomised(self.mac_address)


class Allocation(Base):
    """The address that a device has, or had a little while ago, in a room."""

    __tablename__ = "allocation"
    __table_args__ = (
        sa.UniqueConstraint("mac_address", "room_num"),
        sa.UniqueConstraint("room_num", "rank"),
        sa.CheckConstraint(sa.column("rank").between(0, 255), "rank_in_range"),
    )

    id: Mapped[Id]
    device_id: Mapped[int | None] = reference("device.id", ondelete="SET NULL")
    mac_address: Mapped[str] = mapped_column(sa.String(17))
    room_num: Mapped[int] = reference("room.num")
    rank: Mapped[int]
    ip: Mapped[str] = mapped_column(sa.String(16), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When the device left the room or the site; the rank is kept a while.
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class Ban(Base):
    """Someone has no Internet, for a while or until further notice."""

    __tablename__ = "ban"
    __table_args__ = (sa.Index(None, "pceen_id", "kind"),)

    id: Mapped[Id]
    pceen_id: Mapped[int] = mapped_column(sa.ForeignKey("pceen.id", ondelete="RESTRICT"))
    kind: Mapped[BanKind]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    starts_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: ``None``: until further notice.
    ends_at: Mapped[datetime | None]
    #: When it was ended by hand, by a payment or by time.
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(32))
    message: Mapped[str] = mapped_column(sa.String(2000), default="")
    created_by_id: Mapped[int | None] = reference("pceen.id")
    ended_by_id: Mapped[int | None] = reference("pceen.id")
    #: ``pceen:kind`` until it is ended: there is one of each kind.
    open_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen] = relationship(foreign_keys="Ban.pceen_id")
    created_by: Mapped[PCeen | None] = relationship(foreign_keys="Ban.created_by_id")
    ended_by: Mapped[PCeen | None] = relationship(foreign_keys="Ban.ended_by_id")

    def weighs_at(self, now: datetime) -> bool:
        """Whether it keeps its person from the Internet at *now*."""
        has_begun, is_over = self.starts_at <= now, self.ends_at is not None and self.ends_at <= now
        return has_begun and self.ended_at is None and not is_over


class BanAddress(Base):
    """The address of a device of someone who is banned."""

    __tablename__ = "ban_address"

    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[int] = reference("device.id", ondelete="CASCADE", unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When the last ban was over; the slot is kept a day more.
    ended_at: Mapped[datetime | None]


class NetworkHistory(Base):
    """Who had which address, and when. Written and closed, never edited."""

    __tablename__ = "network_history"
    __table_args__ = (sa.Index(None, "ip", "started_at"), sa.Index(None, "mac_address"))

    id: Mapped[Id]
    mac_address: Mapped[str] = mapped_column(sa.String(17))
    ip: Mapped[str] = mapped_column(sa.String(16))
    pceen_id: Mapped[int] = reference("pceen.id")
    room_num: Mapped[int | None]
    kind: Mapped[AddressKind]
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    pceen: Mapped[PCeen] = relationship()


class DhcpRun(Base):
    """One generation of the DHCP rules."""

    __tablename__ = "dhcp_run"

    id: Mapped[Id]
    started_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    finished_at: Mapped[datetime]
    format: Mapped[str] = mapped_column(sa.String(16))
    result: Mapped[DhcpResult]
    hosts: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    #: Of the text that was wanted.
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    error: Mapped[str | None] = mapped_column(sa.String(500))
    #: How many devices the firewall lets through.
    admitted: Mapped[int] = mapped_column(default=0)
    #: When the gateway put it in force, as its helper says.
    reloaded_at: Mapped[datetime | None]


class NetworkSample(Base):
    """How many devices were there at one time."""

    __tablename__ = "network_sample"

    at: Mapped[datetime] = mapped_column(primary_key=True)
    #: Seen by the site, or by the gateway, in the last ten minutes.
    online: Mapped[int]
    #: Leases by range; ``None`` where they cannot be read.
    pool: Mapped[int | None]
    rooms: Mapped[int | None]
    bans: Mapped[int | None]
