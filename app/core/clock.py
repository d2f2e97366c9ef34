"""The only place that reads the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current date where the school is."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """The date of *instant* where the school is."""
    return instant.astimezone(PARIS).date()


def day_start(day: date) -> datetime:
    """The instant at which *day* begins in Paris."""
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)
