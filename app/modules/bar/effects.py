"""What follows from a change of the bar, done by the worker."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.money import Cents


@dataclass(frozen=True, slots=True)
class RemovePicture:
    """Remove a picture that is no longer the one of somebody, nor behind the pages."""

    kind: ClassVar = "bar.remove_picture"

    #: The name of its file.
    name: str


@dataclass(frozen=True, slots=True)
class TellBalanceLow:
    """Tell someone, in the site, that their balance is low, if it still is by then.

    A sale holds an account, and who pays online holds a person first: telling them in the sale
    would have both wait for each other.
    """

    kind: ClassVar = "bar.tell_balance_low"

    account: int
    #: The line of the ledger that brought it so low.
    line: int
    #: Under what a balance is low, for them.
    limit_cents: Cents
