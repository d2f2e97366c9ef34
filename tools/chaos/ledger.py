"""What clients asked, and what they were told: written before anything is believed."""

import json
import os
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

Outcome: TypeAlias = Literal["told", "refused", "unknown"]


class Journal:
    """A file of lines of JSON, each on the disk before the next thing happens."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, line: dict[str, Any]) -> None:
        """Write one line, for good."""
        with self._lock:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write nothing more."""
        self._file.close()


@dataclass(slots=True)
class Act:
    """Something that a client asked, once, however often it was sent."""

    #: What: ``sale``, ``photo``…
    kind: str
    #: What nothing else has: the key of a form, an address, a title.
    mark: str
    #: Who asked.
    who: str
    asked_at: float
    #: What matters of what was asked, and of what was answered.
    said: dict[str, Any] = field(default_factory=dict)
    #: How often it was sent.
    attempts: int = 0
    #: ``unknown`` until it was answered for good.
    outcome: Outcome = "unknown"
    ended_at: float | None = None


class Ledger:
    """All that was asked in a run."""

    def __init__(self, journal: Journal) -> None:
        self.acts: list[Act] = []
        self._journal = journal
        self._lock = threading.Lock()

    def ask(self, kind: str, mark: str, who: str, **said: Any) -> Act:
        """Write that something is about to be asked."""
        act = Act(kind, mark, who, time.time(), said)
        with self._lock:
            self.acts.append(act)
        self._journal.write(asdict(act))
        return act

    def end(self, act: Act, outcome: Outcome, **said: Any) -> Act:
        """Write what a client was told."""
        act.outcome, act.ended_at = outcome, time.time()
        act.said |= said
        self._journal.write(asdict(act))
        return act

    def told(self, kind: str) -> list[Act]:
        """What was acknowledged, of a kind."""
        with self._lock:
            return [one for one in self.acts if one.kind == kind and one.outcome == "told"]
