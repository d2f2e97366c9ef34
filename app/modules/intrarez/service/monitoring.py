"""Who is on the network, and what does not fit (network-b B6.7)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan, is_randomised
from app.integrations.leases import Lease
from app.models import NetworkSample
from app.modules.intrarez import queries
from app.modules.intrarez.queries import Known
from app.modules.intrarez.rules.makers import maker
from app.modules.intrarez.rules.ranges import Range, range_of

#: Seen less long ago, a device is there.
ONLINE = timedelta(minutes=10)
#: How long samples are kept.
SAMPLES_KEPT = timedelta(days=396)


@dataclass(frozen=True, slots=True)
class Presence:
    """A device on the network, known or not."""

    mac: str
    address: str | None
    #: Since when it has this address, where leases say it; else when it was last seen.
    since: datetime | None
    known: Known | None
    range: Range | None

    @property
    def maker(self) -> str | None:
        return maker(self.mac)

    @property
    def is_randomised(self) -> bool:
        return is_randomised(self.mac)

    @property
    def order(self) -> tuple[int, str]:
        """Those that nobody registered first, then by room."""
        if self.known is None:
            return -1, self.mac
        return self.known.room or 0, self.mac


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something on the network that does not fit the rules."""

    #: ``conflict``: another device answers; ``lease``: not the address of the rules.
    kind: str
    address: str
    mac: str
    #: The other device of a conflict, or the address of the rules.
    other: str
    known: Known | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The network at one instant: everything else is drawn from it."""

    plan: AddressPlan
    #: The hardware address of each address, as the kernel knows it.
    neighbours: Mapping[str, str]
    #: ``None`` where they cannot be read.
    leases: Sequence[Lease] | None
    known: Mapping[str, Known]

    def presences(self) -> list[Presence]:
        """The devices that are there now, those that nobody registered first."""
        leases = {lease.mac: lease for lease in self.leases or ()}
        addresses = {mac: address for address, mac in self.neighbours.items()}
        recently = clock.now() - ONLINE
        there = set(addresses) | {
            mac for mac, one in self.known.items() if one.seen_at and one.seen_at > recently
        }
        found = [
            self._presence(mac, addresses.get(mac), leases.get(mac))
            for mac in there
            if not self._is_elsewhere(addresses.get(mac))
        ]
        return sorted(found, key=lambda one: one.order)

    def _is_elsewhere(self, address: str | None) -> bool:
        """Whether a neighbour is none of the residence: the provider's router, say."""
        return address is not None and not self.plan.is_known_network(address)

    def _presence(self, mac: str, address: str | None, lease: Lease | None) -> Presence:
        known = self.known.get(mac)
        address = (
            address or (lease.address if lease else None) or (known.address if known else None)
        )
        since = lease.starts_at if lease else (known.seen_at if known else None)
        place = range_of(address, self.plan) if address else None
        return Presence(mac, address, since, known, place)

    def oddities(self) -> list[Oddity]:
        """One address and two devices, or a device with an address that is not its own."""
        found = []
        for lease in self.leases or ():
            answers = self.neighbours.get(lease.address)
            known = self.known.get(lease.mac)
            if answers is not None and answers != lease.mac:
                found.append(Oddity("conflict", lease.address, lease.mac, answers, known))
            elif known is not None and known.address not in (None, lease.address):
                found.append(Oddity("lease", lease.address, lease.mac, known.address or "", known))
        return found

    def counts(self) -> dict[Range, int] | None:
        """How many leases each part of the plan has; ``None`` where they cannot be read."""
        if self.leases is None:
            return None
        counted = Counter(range_of(lease.address, self.plan) for lease in self.leases)
        return {one: counted.get(one, 0) for one in Range}


def look(
    session: Session,
    *,
    plan: AddressPlan,
    neighbours: Mapping[str, str],
    leases: Sequence[Lease] | None,
) -> Sight:
    """Look at the network: as many statements whatever the number of devices."""
    known = queries.known_devices(session, plan)
    return Sight(plan=plan, neighbours=neighbours, leases=leases, known=known)


def sample(session: Session, sight: Sight) -> NetworkSample:
    """Write down how many devices are there, and forget the oldest samples."""
    counts = sight.counts() or {}
    now = clock.now().replace(second=0, microsecond=0)
    row = NetworkSample(
        at=now,
        online=len(sight.presences()),
        pool=counts.get(Range.pool),
        rooms=counts.get(Range.rooms),
        bans=counts.get(Range.bans),
    )
    session.merge(row)
    session.execute(sa.delete(NetworkSample).where(NetworkSample.at < now - SAMPLES_KEPT))
    return row
