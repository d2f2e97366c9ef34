"""What notifications have the worker do."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RingDevices:
    """Write down what each device of those who are told is owed of a notification."""

    kind: ClassVar = "notifications.ring"

    notification: int


@dataclass(frozen=True, slots=True)
class DeliverPushes:
    """Push to devices what is due, of any notification: several that wait are done as one."""

    kind: ClassVar = "notifications.deliver"
    coalesces: ClassVar = True
