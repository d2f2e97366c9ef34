"""How long something takes, whatever else the machine does."""

import gc
import time
from collections.abc import Callable


def fastest(work: Callable[[], object], *, rounds: int = 5) -> float:
    """The CPU time, in seconds, of the best of some rounds: noise only ever adds to it."""
    times = []
    for _round in range(rounds):
        gc.collect()  # not in the time of whoever comes next
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)
