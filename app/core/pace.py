"""How often something may be asked, counted in the memory of this process alone."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

#: How many are counted at once: the one that asked longest ago is forgotten first.
_LARGEST = 10_000


@dataclass(slots=True)
class Pace:
    """So many times in so long, for each key. Nothing is written anywhere."""

    times: int
    within: timedelta
    _asked: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, key: str, *, now: datetime) -> float:
        """Count one time more, and return 0; or how many seconds are left before the next."""
        with self._lock:
            asked = self._asked.setdefault(key, deque())
            self._asked.move_to_end(key)
            while asked and asked[0] <= now - self.within:
                asked.popleft()
            if len(asked) >= self.times:
                return (asked[0] + self.within - now).total_seconds()
            asked.append(now)
            if len(self._asked) > _LARGEST:
                self._asked.popitem(last=False)
            return 0.0
