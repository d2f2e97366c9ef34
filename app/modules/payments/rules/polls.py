"""When Lydia is asked what became of a payment (network-b B5.6, paragraph 7)."""

from datetime import datetime, timedelta

#: How long after its creation; then each day.
_FIRST = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
_DAY = timedelta(days=1)
#: How soon to ask again when Lydia does not answer.
AFTER_SILENCE = timedelta(minutes=5)
#: How long a payment waits for an answer.
PATIENCE = timedelta(days=30)
#: How long one whose number at Lydia is unknown is asked about.
PATIENCE_UNKNOWN = timedelta(hours=24)
#: How long a payment may be in the making.
IN_THE_MAKING = timedelta(minutes=15)
#: How often someone may have Lydia asked.
BETWEEN_CHECKS = timedelta(seconds=10)
#: A site that was stopped for so long asks about all that waits, once it is back.
OUTAGE = timedelta(minutes=5)


def next_poll(created_at: datetime, now: datetime) -> datetime:
    """The first time to ask after *now*."""
    for delay in _FIRST:
        if created_at + delay > now:
            return created_at + delay
    days = (now - created_at) // _DAY + 1
    return created_at + days * _DAY
