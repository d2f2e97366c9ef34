"""Sending to many devices at once, so that a service that does not answer delays nobody else."""

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

from app.integrations.push.answers import Answer, Fate
from app.integrations.push.line import Line, Message
from app.integrations.push.service import PushService

logger = logging.getLogger(__name__)

#: How many messages are sent at once: in all, to one host.
AT_ONCE, PER_HOST = 16, 6
#: After how many that one host does not answer the others are not tried, and for how long.
HUNG, HUNG_FOR = 3, 60.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message, by the number that it has for who sends it."""

    number: int
    message: Message

    @property
    def host(self) -> str:
        return (urlsplit(self.message.endpoint).hostname or "").lower()


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a parcel."""

    parcel: Parcel
    answer: Answer


class Round:
    """Sends what it is given until the end of the block; one thread gives, others send."""

    def __init__(self, service: PushService) -> None:
        self._line = Line(service)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push")
        self._stack = ExitStack()
        self._waiting: dict[str, deque[Parcel]] = defaultdict(deque)
        self._sending: dict[Future[Answer], Parcel] = {}
        self._busy: Counter[str] = Counter()
        self._hung: Counter[str] = Counter()
        self._done: list[Done] = []
        #: The hosts that take nothing more, and for how many seconds.
        self.closed: dict[str, Answer] = {}

    def __enter__(self) -> "Round":
        self._stack.enter_context(self._line)
        self._stack.enter_context(self._pool)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def held(self) -> int:
        """How many parcels are not done."""
        return len(self._sending) + sum(map(len, self._waiting.values()))

    @property
    def is_sending(self) -> bool:
        return bool(self._sending)

    @property
    def has_room(self) -> bool:
        """Whether more could be sent now than what is there."""
        return len(self._sending) < AT_ONCE

    def give(self, parcels: Iterable[Parcel]) -> None:
        """Send these, as soon as there is room; what is for a closed host is put off."""
        for parcel in parcels:
            if parcel.host in self.closed:
                self._done.append(Done(parcel, self.closed[parcel.host]))
            else:
                self._waiting[parcel.host].append(parcel)
        self._feed()

    def collect(self, seconds: float) -> list[Done]:
        """What is done, waiting for something to be no longer than that."""
        if self._sending and not self._done:
            finished, _ = wait(self._sending, seconds, FIRST_COMPLETED)
            for future in finished:
                self._end(future)
            self._feed()
        done, self._done = self._done, []
        return done

    def take_back(self) -> list[Parcel]:
        """What nobody began to send: it is not sent any more."""
        left = [parcel for waiting in self._waiting.values() for parcel in waiting]
        self._waiting.clear()
        return left

    def _feed(self) -> None:
        """Begin as many as there is room for, each host in turn."""
        began = True
        while began and self.has_room:
            began = False
            for host, waiting in self._waiting.items():
                if waiting and self._has_room_for(host):
                    self._begin(host, waiting.popleft())
                    began = True

    def _has_room_for(self, host: str) -> bool:
        """Whether a host may be asked one thing more: less, as it does not answer."""
        return self.has_room and self._busy[host] + self._hung[host] < PER_HOST

    def _begin(self, host: str, parcel: Parcel) -> None:
        self._busy[host] += 1
        self._sending[self._pool.submit(self._line.send, parcel.message)] = parcel

    def _end(self, future: Future[Answer]) -> None:
        parcel = self._sending.pop(future)
        self._busy[parcel.host] -= 1
        error = future.exception()
        if error is None:
            answer = future.result()
        else:
            logger.error("a message could not be sent", exc_info=error)
            answer = Answer(Fate.failed, type(error).__name__)
        self._done.append(Done(parcel, answer))
        if answer.fate is Fate.later:
            self._close(parcel.host, answer.reason, answer.seconds)
        elif answer.fate is Fate.hung:
            self._hung[parcel.host] += 1
            if self._hung[parcel.host] >= HUNG:
                self._close(parcel.host, answer.reason, HUNG_FOR)

    def _close(self, host: str, reason: str, seconds: float) -> None:
        """Ask a host nothing more."""
        before = self.closed.get(host)
        if before is None or before.seconds < seconds:
            self.closed[host] = Answer(Fate.put_off, reason, seconds)
        waiting = self._waiting.pop(host, ())
        self._done.extend(Done(parcel, self.closed[host]) for parcel in waiting)
