"""People who do things on the site, all at once, until they are told to stop."""

import random
import threading
import traceback
from collections import Counter

from tools.chaos import acts
from tools.chaos.acts import ACTS, Person, World
from tools.chaos.browser import Unanswered

#: How many do something at once, and how long each waits in between, in seconds.
HANDS, PAUSE = 8, (0.1, 0.6)
#: How long what was begun may take, once all are to stop.
PATIENCE = 260


class Load:
    """The hands of all those people."""

    def __init__(self, world: World, seed: int, hands: int = HANDS) -> None:
        self.world = world
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._act, args=(random.Random(seed + n),), daemon=True)  # noqa: S311  # to be played again
            for n in range(hands)
        ]
        #: What went wrong with the harness itself.
        self.troubles: list[str] = []
        self.done: Counter[str] = Counter()

    def prepare(self) -> None:
        """Have everybody log in, and give money to those who buy."""
        people = self.world.people
        for kind in ("barman", "client", "rezident", "newcomer", "editor", "gri"):
            for person in people[kind]:
                self.world.greet(person)
        for client in people["client"]:
            acts.deposit(self.world, people["barman"][0], client)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what was begun."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        self.world.over.set()
        for thread in self._threads:
            thread.join(60)

    def _act(self, dice: random.Random) -> None:
        while not self._stop.wait(dice.uniform(*PAUSE)):
            act, kind, _weight = dice.choices(ACTS, [one[2] for one in ACTS])[0]
            person: Person | None = None
            if kind is not None:
                person = self.world.somebody(kind)
                if person is None:
                    continue
            try:
                act(self.world, person)
                self.done[act.__name__] += 1
            except Unanswered:
                self.done["unanswered"] += 1
            except Exception:  # noqa: BLE001  # of the harness: it is told, and the others go on
                self.troubles.append(f"{act.__name__}: {traceback.format_exc(limit=-3)}")
            finally:
                if person is not None:
                    person.lock.release()
