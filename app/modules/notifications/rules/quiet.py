"""When devices stay silent."""

from datetime import datetime, timedelta

from app.core.dates import day_begins, read_time, shown


def rings_at(at: datetime, quiet_from: str | None, quiet_until: str | None) -> datetime:
    """When a device rings for what happens *at* an instant: then, or once the night is over.

    The hours are those of the clock in Paris, the night may cross midnight; hours that are not
    both there, that are the same or that are none silence nobody.
    """
    start, end = read_time(quiet_from or ""), read_time(quiet_until or "")
    if start is None or end is None or start == end:
        return at
    wall = shown(at)
    is_after_start, is_before_end = start <= wall.time(), wall.time() < end
    crosses = end < start
    is_quiet = (is_after_start or is_before_end) if crosses else (is_after_start and is_before_end)
    if not is_quiet:
        return at
    day = wall.date() + timedelta(days=1 if crosses and is_after_start else 0)
    over = day_begins(day, end)
    # in October, the clock shows the end a first time, then the night goes on once more
    return over if over > at else over + timedelta(hours=1)
