"""What follows from a change of the network, done by the worker."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RefreshNetwork:
    """Write the DHCP rules again. Several that wait are done as one."""

    kind: ClassVar = "network.refresh"
    coalesces: ClassVar = True


@dataclass(frozen=True, slots=True)
class ForceNetwork:
    """Write the rules again, even if many devices disappear: a GRI said so."""

    kind: ClassVar = "network.force"
