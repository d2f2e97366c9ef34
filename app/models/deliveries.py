"""What follows from money: how a module hands over what a payment of its kind bought."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.money import Cents
from app.models.payments import Payment
from app.models.people import PCeen


def _anything(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a module does of the payments that are for it: declared in its manifest.

    Each is called in the transaction that changes the payment, which is locked.
    """

    #: Hand over what it bought; a second time, nothing.
    deliver: Callable[[Session, Payment], object]
    #: Take it back, or refuse to with a ``DomainError``.
    take_back: Callable[[Session, Payment], object]
    #: What it bought, in the language of the reader: a name, then facts about it.
    describe: Callable[[Session, Payment], tuple[str, Sequence[tuple[str, str]]]]
    #: Refuse, with a ``DomainError``, an amount that someone, who is locked, is about to pay.
    check: Callable[[Session, PCeen, Cents], object] = _anything
