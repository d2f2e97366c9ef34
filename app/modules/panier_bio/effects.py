"""What the Panier Bio has the worker do."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TellPickedUp:
    """Mail someone that they picked up their basket, if it is still ticked by then."""

    kind: ClassVar = "panier_bio.tell_picked_up"
    coalesces: ClassVar = True

    order: int
