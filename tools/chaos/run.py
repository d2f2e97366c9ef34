"""A run: faults one by one, then at random, and what is found in between and at the end."""

import os
import random
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from tools.chaos import checker
from tools.chaos.acts import World
from tools.chaos.checker import Finding
from tools.chaos.evidence import Evidence, files_under, leftovers, read_lydia, read_tables
from tools.chaos.faults import FAULTS, GONE, Fault, Impossible
from tools.chaos.load import Load
from tools.chaos.outside import journal_in
from tools.chaos.programs import until
from tools.chaos.seed import BASKETS
from tools.chaos.stand import Stand, StandError

#: How long the site may take to answer after a fault, and between two faults, in seconds.
PATIENCE, QUIET = 180.0, (0.3, 1.5)
#: How often invariants are looked at, in faults.
LOOKS_EVERY = 5
#: How many happen at once, at most, once each has happened alone.
AT_ONCE = 6
#: How long what waits may take to leave, at the end, in seconds.
DRAIN = 420.0
#: What must be right by the site's own word.
COMMANDS = (
    ("bar", "audit"),
    ("payments", "audit"),
    ("audit", "verify"),
    ("photos", "verify"),
    ("dhcp", "check"),
)
_JANITORS = ("photos.janitor", "bar.janitor", "bekk.janitor", "club_q.janitor", "banners.janitor",
             "theatre.janitor", "photos.forget_uploads", "janitor", "accounts.tidy")  # fmt: skip
_TWO_DAYS = 172_800


@dataclass(frozen=True, slots=True)
class Happened:
    """A fault that was done."""

    name: str
    begun: float
    healed: float
    #: Until a visitor was given a page again; nothing if that took too long.
    recovery: float | None


class Run:
    """Everything, in order."""

    def __init__(self, stand: Stand, world: World, load: Load, dice: random.Random) -> None:
        self.stand, self.world, self.load, self.dice = stand, world, load, dice
        self.happened: list[Happened] = []
        #: What could not be done here, and why.
        self.impossible: Counter[str] = Counter()
        self.early: list[Finding] = []
        self._journal = journal_in(stand.out, "faults")

    def prepare(self) -> None:
        """Have people at work."""
        self.load.prepare()
        self.load.start()

    def everything(self, count: int, *, only: str | None, minutes: float | None) -> None:
        """So many faults: each once, then at random."""
        known = [one for one in FAULTS.values() if _is_wanted(one, only)]
        if not known:
            raise SystemExit(f"no fault is called {only}")
        deadline = time.monotonic() + 60 * minutes if minutes else float("inf")
        waiting = list(known)
        tried = 0
        with click.progressbar(length=count, label="Faults", file=sys.stderr) as bar:
            while len(self.happened) < count and time.monotonic() < deadline and tried < 3 * count:
                group = [waiting.pop(0)] if waiting else self._several(known)
                tried += len(group)
                before = len(self.happened)
                self._happen(group)
                bar.update(len(self.happened) - before)
                if len(self.happened) // LOOKS_EVERY > before // LOOKS_EVERY:
                    self.look()
        self.stand.heal()

    def _several(self, known: list[Fault]) -> list[Fault]:
        """Some that happen together, each to another part."""
        found: dict[str, Fault] = {}
        for _ in range(self.dice.randint(1, AT_ONCE)):
            one = self.dice.choices(known, [each.weight for each in known])[0]
            found.setdefault(one.part, one)
        return list(found.values())

    def _happen(self, group: list[Fault]) -> None:
        """Do some faults at once, undo them, and wait for the site."""
        done: list[tuple[str, float, float]] = []

        def happen(fault: Fault, dice: random.Random) -> None:
            begun = time.time()
            try:
                with fault.happening(self.stand, dice):
                    done.append((fault.name, begun, time.time()))
            except (Impossible, *GONE) as reason:
                said = (str(reason).splitlines() or [type(reason).__name__])[0][:100]
                self.impossible[f"{fault.name}: {said}"] += 1
            except Exception:  # noqa: BLE001  # of the harness: it is told, and the others go on
                self.load.troubles.append(f"{fault.name}: {traceback.format_exc(limit=-3)}")

        threads = [
            threading.Thread(target=happen, args=(one, random.Random(self.dice.random())))  # noqa: S311  # to be played again
            for one in group
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(done) < len(group):
            self.stand.heal()
        self._recover(done)
        time.sleep(self.dice.uniform(*QUIET))

    def _recover(self, done: list[tuple[str, float, float]]) -> None:
        """Wait until a visitor is given a page again."""
        over = time.time()
        is_back = until(self.stand.is_well, PATIENCE, every=0.05)
        back = time.time()
        for name, begun, healed in done:
            recovery = back - over if is_back else None
            self.happened.append(Happened(name, begun, healed, recovery))
            self._journal.write(asdict(self.happened[-1]))
            if not is_back:
                said = f"no page for {PATIENCE:.0f} s after it"
                self.early.append(Finding("wrong", "recovery", name, said, begun))
        if not is_back:
            self.stand.heal()

    def look(self) -> None:
        """Find what must never be, in one snapshot."""
        try:
            with self.stand.postgres.snapshot() as rows:
                tables = read_tables(rows)
        except GONE:
            return
        known = {(one.what, one.mark) for one in self.early}
        found = checker.invariants(tables, baskets_a_day=BASKETS)
        self.early += [one for one in found if (one.what, one.mark) not in known]

    # The end

    def verdict(self) -> tuple[Evidence, list[Finding]]:
        """Stop, have what waits leave, and look at everything."""
        say("stopping the load…")
        self.load.stop()
        self.stand.heal()
        until(self.stand.is_well, PATIENCE)
        say("waiting for what is to leave…")
        self._drain()
        say("checking…")
        evidence = self._evidence()
        findings = [*self.early, *checker.check(evidence)]
        return evidence, findings

    def _drain(self) -> None:
        """Have all that waits tried again, as a GRI would, until nothing does."""
        deadline = time.monotonic() + DRAIN
        asked = 0.0
        while time.monotonic() < deadline:
            rows = self._waiting()
            running = self.stand.postgres.rows(
                "SELECT id FROM task_run WHERE state IN ('queued', 'running')"
            )
            if not rows and not running:
                break
            if rows and time.monotonic() - asked > 20:
                asked = time.monotonic()
                self._retry(rows)
            time.sleep(1)
        self._commands([["payments", "reconcile", "--all"]])
        self._retry(self._waiting())
        until(lambda: not self._waiting(), 120, every=1)

    def _waiting(self) -> list[dict[str, Any]]:
        return self.stand.postgres.rows(
            "SELECT id, parked_at, due_at > now() + interval '5 seconds' AS is_late FROM outbox"
            " WHERE sent_at IS NULL AND cancelled_at IS NULL ORDER BY id"
        )

    def _retry(self, rows: list[dict[str, Any]]) -> None:
        late = [row["id"] for row in rows if row["is_late"] and not row["parked_at"]]
        commands = [["outbox", "retry", str(number)] for number in late]
        if any(row["parked_at"] for row in rows):
            commands.append(["outbox", "retry", "--parked"])
        self._commands(commands)

    def _commands(self, commands: Sequence[Sequence[str]]) -> dict[str, str]:
        """What went wrong with some commands, by command."""
        try:
            return self.stand.flasks(commands)
        except StandError as trouble:
            return {"all": str(trouble)}

    def _tidy(self) -> None:
        """Have the janitors believe that all is two days old, and do their work."""
        old = time.time() - _TWO_DAYS
        for path in self.stand.files.path.rglob("*"):
            if path.is_file():
                os.utime(path, (old, old))
        self._commands([["jobs", "run", job] for job in _JANITORS])

    def _evidence(self) -> Evidence:
        self._commands([["jobs", "run", "network.tick"]])
        self._drain_once()
        commands = self._commands(COMMANDS)
        self._tidy()
        with self.stand.postgres.snapshot() as rows:
            tables = read_tables(rows)
        files = self.stand.files.path
        incoming = frozenset(row["token"] for row in tables["uploads"])
        mails = self.stand.mail.mails
        return Evidence(
            tables=tables,
            acts=list(self.stand.ledger.acts),
            mails=[{"id": m.id, "to": m.to, "at": m.at, "mood": m.mood} for m in mails],
            chat=list(self.stand.chat.taken),
            lydia=read_lydia(self.stand.sandbox_file),
            files=files_under(files / "photos"),
            leftovers=leftovers(files, incoming=incoming),
            outrages=list(self.world.watch.outrages),
            commands=commands,
            doubtful=[
                (one.begun, one.healed) for one in self.happened if FAULTS[one.name].is_doubtful
            ],
            baskets=BASKETS,
        )

    def _drain_once(self) -> None:
        until(lambda: not self._waiting(), 60, every=1)


def _is_wanted(fault: Fault, only: str | None) -> bool:
    return only is None or fault.name == only or fault.name.partition(".")[0] == only


def say(sentence: str) -> None:
    """Tell who waits."""
    click.echo(sentence, err=True)
