"""How long something takes, whatever else the machine does."""

import gc
import time
from collections.abc import Callable


def fastest(work: Callable[[], object], *, rounds: int = 5, within: float = 0) -> float:
    """The CPU time, in seconds, of the best of some rounds: noise only ever adds to it.

    A round that took less than *within* is enough, and the last.
    """
    best = float("inf")
    for _round in range(rounds):
        gc.collect()  # not in the time of whoever comes next
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
        if best < within:
            break
    return best
