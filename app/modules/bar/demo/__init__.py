"""The bar of the demonstration: two years of evenings, and one that goes on now."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.core import clock
from app.core.dates import day_from
from app.modules.bar.choices import DEPOSIT
from app.modules.bar.demo import menu, people
from app.modules.bar.demo.calendar import PAST, Evening, past_evenings, tonight
from app.modules.bar.demo.evenings import Bar
from app.modules.bar.demo.ledger import STEP, Ledger
from app.modules.bar.demo.people import Client
from app.modules.bar.queries.house import house
from app.web.module import Demo

#: How many lines the ledger has, in a school of full size; those of tonight among them.
MOVEMENTS, TONIGHT = 100_000, 350
#: How many lines tonight has at least.
_FEW = 12
#: How many steps of the bar of progress that is.
WEIGHT = MOVEMENTS // STEP
#: What is taken as a caution, in cents.
_DEPOSIT = 2000


def load(session: Session, demo: Demo) -> None:
    """Write what is sold, who buys, and all that they did."""
    # drawn apart: what comes after does not depend on how many evenings there were
    chance = Random(demo.chance.getrandbits(64))  # noqa: S311  # the same everywhere
    DEPOSIT.set(session, _DEPOSIT)
    rules = house(session)
    today = day_from(clock.now(), rules.day_start)
    past = today - timedelta(days=PAST)
    crew = people.crew(session, chance, today, past)
    sold = menu.products(chance, demo.count(menu.ITEMS), today, PAST)
    menu.put_on_sale(session, sold, today=today)
    ledger = Ledger(session, demo.tick)
    raised_on = date(today.year - (today.month < 9), 9, 1)
    bar = Bar(chance, ledger, rules, crew, sold, raised_on, demo.scale)
    _live(bar, list(past_evenings(chance, today)), demo)
    _go_on(bar, tonight(today, clock.now()), demo)
    ledger.end()
    menu.count(session, sold)
    people.settle(session, crew.clients)


def _live(bar: Bar, past: Sequence[Evening], demo: Demo) -> None:
    """The evenings that are over, each with its share of the lines."""
    everything = demo.count(MOVEMENTS) - _tonight(demo)
    total = sum(one.share for one in past)
    share = 0.0
    for evening, after in zip(past, [*past[1:], None], strict=True):
        share += evening.share
        bar.prepare(evening)
        bar.open(evening, round(everything * share / total))
        leaving = _leaving(bar.crew.clients, evening, after)
        bar.say_goodbye(evening, leaving)
        if after is None:
            bar.give_back(evening)
        bar.finish(evening)


def _leaving(
    clients: Sequence[Client], evening: Evening, after: Evening | None
) -> Sequence[Client]:
    """Those who will not be there next time."""
    if after is None:
        return ()
    return [one for one in clients if evening.day < one.until <= after.day]


def _go_on(bar: Bar, evening: Evening | None, demo: Demo) -> None:
    """The evening of today, until now."""
    if evening is not None:
        bar.open(evening, max(demo.count(MOVEMENTS), bar.ledger.written + _FEW))


def _tonight(demo: Demo) -> int:
    """How many lines tonight has."""
    return max(_FEW, demo.count(TONIGHT))
