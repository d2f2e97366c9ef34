"""What a worker says every few seconds, whatever it is at: it lives, and goes on."""

import logging
import threading
from types import TracebackType

import sqlalchemy as sa
from flask import Flask

from app.core.transaction import transaction
from app.extensions import db
from app.modules.operations.service import tasks, workers
from app.worker import NAME, clock_of_the_database, renew

#: How often, in seconds.
EVERY = 10

logger = logging.getLogger(__name__)


class Heart:
    """Beats until the end of the block, in a thread of its own.

    At each beat it says that the worker lives, renews what it has leased, and
    closes the runs of the workers that died.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)

    def __enter__(self) -> "Heart":
        """Beat once at once."""
        try:
            with transaction(db.session()) as session:
                workers.begin(session, NAME)
            with transaction(db.session()) as session:
                tasks.interrupt_silent(session)
        except sa.exc.OperationalError as failure:
            logger.warning("the heart begins without a beat: %s", type(failure).__name__)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say that it ended."""
        self._stop.set()
        self._thread.join(EVERY)
        try:
            with transaction(db.session()) as session:
                workers.end(session, NAME)
        except sa.exc.SQLAlchemyError as failure:
            logger.warning("the end of the worker is not written: %s", type(failure).__name__)

    def _beat(self) -> None:
        while not self._stop.wait(EVERY):
            with self._app.app_context():
                try:
                    with transaction(db.session()) as session:
                        workers.beat(session, NAME)
                    renew(db.session(), clock_of_the_database)
                    with transaction(db.session()) as session:
                        tasks.interrupt_silent(session)
                except sa.exc.SQLAlchemyError as failure:
                    logger.warning("the heart missed a beat: %s", type(failure).__name__)
                finally:
                    db.session.remove()
