"""Sending callbacks, again and again when nobody takes them."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import urllib3

from lydia_sandbox import store
from lydia_sandbox.store import Callback

logger = logging.getLogger(__name__)

#: How long to wait after each failure, in seconds; the last one again and again.
DELAYS = (10, 30, 120, 600)
MOST_ATTEMPTS = 8
#: How long a site has to answer: less than the first delay, so that nothing is sent twice.
TIMEOUT = 5
#: How often the thread looks for what is due, in seconds.
PERIOD = 0.5
#: "Not now", to be asked again.
UNAVAILABLE = 503

#: Posts a body to a URL; returns the status, or nothing when there was no answer.
Send = Callable[[str, str], int | None]


def post(url: str, body: str) -> int | None:
    """Post a form; return the status of the answer, or nothing when there is none."""
    with urllib3.PoolManager(timeout=urllib3.Timeout(total=TIMEOUT)) as pool:
        try:
            answer = pool.request(
                "POST",
                url,
                body=body,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                redirect=False,
                retries=False,
            )
        except urllib3.exceptions.HTTPError:
            return None
        return answer.status


def deliver_due(database: Path, *, now: Callable[[], float] = time.time, send: Send = post) -> int:
    """Send the callbacks that are due, oldest first; return how many were sent."""
    sent = 0
    while (callback := _take(database, now())) is not None:
        status = send(callback.url, callback.body)
        _record(database, callback, status=status, at=now())
        sent += 1
    return sent


def _take(database: Path, at: float) -> Callback | None:
    """The next callback that is due, put off until its next attempt."""
    with store.writing(database) as connection:
        row = connection.execute(
            "SELECT * FROM callback WHERE due_at <= ? ORDER BY due_at, id LIMIT 1", (at,)
        ).fetchone()
        if row is None:
            return None
        callback = Callback(*row)
        delay = DELAYS[min(callback.attempts, len(DELAYS) - 1)]
        connection.execute(
            "UPDATE callback SET attempts = attempts + 1, due_at = ? WHERE id = ?",
            (at + delay if callback.attempts + 1 < MOST_ATTEMPTS else None, callback.id),
        )
        return callback


def _record(database: Path, callback: Callback, *, status: int | None, at: float) -> None:
    is_final = status not in {None, UNAVAILABLE}
    with store.writing(database) as connection:
        connection.execute(
            "UPDATE callback SET sent_at = ?, last_status = ? WHERE id = ?",
            (at, status, callback.id),
        )
        if is_final:
            connection.execute("UPDATE callback SET due_at = NULL WHERE id = ?", (callback.id,))


class Deliverer(threading.Thread):
    """Sends what is due, until told to end."""

    def __init__(
        self, database: Path, *, now: Callable[[], float] = time.time, send: Send = post
    ) -> None:
        super().__init__(name="lydia-callbacks", daemon=True)
        self._database, self._now, self._send = database, now, send
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.wait(PERIOD):
            try:
                deliver_due(self._database, now=self._now, send=self._send)
            except sqlite3.Error as error:
                logger.warning("The callbacks wait: %s.", type(error).__name__)

    def end(self) -> None:
        """Finish what is being sent, and stop."""
        self._ending.set()
        self.join()
