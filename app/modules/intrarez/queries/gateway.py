"""What the gateway was told, and who is on the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.enums import DhcpResult
from app.models import Device, DhcpRun, NetworkSample, OutboxEntry, PCeen, Rental
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.queries.addresses import hosts
from app.modules.intrarez.queries.rooms import is_current


def is_refresh_waiting(session: Session) -> bool:
    """Whether the rules are to be written again, or could not be."""
    waiting = sa.select(OutboxEntry.id).where(
        OutboxEntry.kind == RefreshNetwork.kind, OutboxEntry.sent_at.is_(None)
    )
    if session.scalars(waiting.limit(1)).first() is not None:
        return True
    last = last_run(session)
    return last is not None and last.result in (DhcpResult.refused, DhcpResult.failed)


def runs(session: Session) -> Sequence[DhcpRun]:
    """The latest generations of the rules."""
    return session.scalars(sa.select(DhcpRun).order_by(DhcpRun.id.desc()).limit(50)).all()


def last_run(session: Session) -> DhcpRun | None:
    """The latest generation of the rules."""
    return session.scalars(sa.select(DhcpRun).order_by(DhcpRun.id.desc()).limit(1)).first()


def are_rules_right(session: Session) -> bool:
    """Whether the last generation of the rules went well, if there was one."""
    last = last_run(session)
    return last is None or last.error is None


def is_fault_known(session: Session, error: str) -> bool:
    """Whether the rules failed for this cause already, since they were last right."""
    right = sa.select(sa.func.max(DhcpRun.id)).where(DhcpRun.error.is_(None)).scalar_subquery()
    told = sa.select(DhcpRun.id).where(
        DhcpRun.error == error, DhcpRun.id > sa.func.coalesce(right, 0)
    )
    return session.scalars(told.limit(1)).first() is not None


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


def samples(session: Session, *, since: datetime) -> Sequence[NetworkSample]:
    """How many devices were there, from then to now."""
    stmt = sa.select(NetworkSample).where(NetworkSample.at >= since).order_by(NetworkSample.at)
    return session.scalars(stmt).all()
