"""What follows from a payment, done by the worker."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PollPayment:
    """Ask Lydia what became of a payment. Several that wait are done as one."""

    kind: ClassVar = "lydia.poll"
    coalesces: ClassVar = True

    payment_id: int
