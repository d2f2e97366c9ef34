"""Counting the cash box of the bar, at the end of an evening."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import Cents
from app.models import BarClosing, PCeen, audit
from app.modules.bar.errors import ClosedMeanwhile, DifferenceUnexplained, MoreThanCounted
from app.modules.bar.queries import cash as reading
from app.modules.bar.queries.house import house
from app.modules.bar.service.ledger import today
from app.modules.bar.service.words import euros


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What somebody counted."""

    #: How many times it had been counted, as they saw it.
    seen_rank: int
    counted_cents: Cents
    #: What leaves for the bank.
    taken_cents: Cents = 0
    note: str | None = None


def close(session: Session, count: Count, *, by: PCeen) -> BarClosing:
    """Write what is in the box, against what the ledger says of it.

    Raises:
        ClosedMeanwhile: If somebody else counted since, or is just doing so.
        MoreThanCounted: If more is taken than there is.
        DifferenceUnexplained: If it is not what was expected, and nothing says why.
    """
    last = reading.last(session)
    if (last.rank if last else 0) != count.seen_rank:
        raise ClosedMeanwhile
    if count.taken_cents > count.counted_cents:
        raise MoreThanCounted
    now, ledger_cents = clock.now(), reading.ledger_cents(session)
    opening = last.left_cents if last else 0
    closing = BarClosing(
        rank=count.seen_rank + 1,
        at=now,
        bar_day=today(house(session)),
        by_id=by.id,
        opening_cents=opening,
        ledger_cents=ledger_cents,
        expected_cents=opening + ledger_cents - (last.ledger_cents if last else 0),
        counted_cents=count.counted_cents,
        taken_cents=count.taken_cents,
        note=count.note,
    )
    if closing.difference_cents and not count.note:
        raise DifferenceUnexplained(amount=euros(closing.difference_cents))
    _write(session, closing)
    return closing


def _write(session: Session, closing: BarClosing) -> None:
    """Write a closing, whose rank is nobody else's.

    Raises:
        ClosedMeanwhile: If it is.
    """
    try:
        with session.begin_nested():
            session.add(closing)
    except IntegrityError:
        raise ClosedMeanwhile from None
    after = {
        "expected_cents": closing.expected_cents,
        "counted_cents": closing.counted_cents,
        "taken_cents": closing.taken_cents,
    }
    audit(session, "bar.cash.close", closing, after=after, reason=(closing.note or "")[:255])
