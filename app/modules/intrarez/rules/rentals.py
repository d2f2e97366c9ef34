"""When a room may be taken, kept and left."""

from datetime import date

from app.modules.intrarez.errors import (
    EndsBeforeStart,
    EndsTooEarly,
    LeavesTooLate,
    StartsTooLate,
)


def check_dates(*, starts_on: date, ends_on: date | None, today: date) -> None:
    """Refuse a rental that begins tomorrow, or that is over already.

    Raises:
        IntrarezError: The first date at fault.
    """
    if starts_on > today:
        raise StartsTooLate
    if ends_on is not None and ends_on <= today:
        raise EndsTooEarly


def check_departure(*, starts_on: date, ends_on: date, today: date) -> None:
    """Refuse to leave a room before one has it, or in the future.

    Raises:
        IntrarezError: If the day is outside the rental.
    """
    if ends_on > today:
        raise LeavesTooLate
    if ends_on < starts_on:
        raise EndsBeforeStart


def lowest_free(taken: set[int], count: int) -> int | None:
    """The lowest number below *count* that is not *taken*."""
    return next((number for number in range(count) if number not in taken), None)
