"""When a room may be taken, taken over, kept and left."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.modules.intrarez.errors import (
    BannedApplicant,
    ClaimWaiting,
    EndsBeforeStart,
    EndsTooEarly,
    LeavesTooLate,
    RentalTooRecent,
    StartsTooLate,
    TakenOverTooOften,
    TakeOverRefused,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """All that decides whether a room that is someone's may be taken (network-b B1.2)."""

    #: When the rental of the room was recorded.
    recorded_at: datetime
    #: How often the room was taken over, in the last *window_days*.
    times: int
    #: Whether the GRIs have to decide on the room already.
    is_claimed: bool
    #: Whether who asks is banned.
    is_banned: bool
    min_age_days: int
    most: int
    window_days: int


def take_over_refusal(facts: TakeOver, now: datetime) -> TakeOverRefused | None:
    """Why a room may not be taken over; ``None`` if it may."""
    if facts.is_banned:
        return BannedApplicant()
    if facts.is_claimed:
        return ClaimWaiting()
    if now - facts.recorded_at < timedelta(days=facts.min_age_days):
        return RentalTooRecent(days=facts.min_age_days)
    if facts.times >= facts.most:
        return TakenOverTooOften(times=facts.times, days=facts.window_days)
    return None


def lowest_free(taken: set[int], count: int) -> int | None:
    """The lowest number below *count* that is not *taken*."""
    return next((number for number in range(count) if number not in taken), None)
