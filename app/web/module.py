"""What a module tells the application about itself."""

import enum
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

import click
from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.context import Context
from app.core.jobs import Job
from app.core.tasks import Task
from app.enums import PaymentType
from app.models import Choice, Delivery, Effect, PCeen
from app.models.personal import Keeper

#: Does an effect, given the number of its row of the outbox.
Handler: TypeAlias = Callable[[Session, Any, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavEntry:
    """An entry of the main menu, shown to those who may open its page."""

    label: LazyString | str
    endpoint: str
    icon: str
    #: Where in the menu: the lowest first.
    rank: int
    #: Who else is told of it: those for whom this holds.
    shown: Callable[[Context], bool] = lambda _: True
    #: A part of the page.
    anchor: str | None = None
    #: Whether it is among those used most: at the foot of a phone, before the others.
    at_hand: bool = False


class ToolGroup(enum.Enum):
    """What the tools of the GRI menu are about, in the order of the menu."""

    people = enum.auto()
    money = enum.auto()
    network = enum.auto()
    site = enum.auto()

    @property
    def label(self) -> LazyString:
        return _GROUPS[self]


_GROUPS = {
    ToolGroup.people: _l("Les gens"),
    ToolGroup.money: _l("L'argent"),
    ToolGroup.network: _l("Le réseau"),
    ToolGroup.site: _l("Le site"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A page of the GRI menu, with what it is for."""

    group: ToolGroup

    label: LazyString | str
    endpoint: str
    icon: str
    purpose: LazyString | str
    #: How many things wait there, if that is worth telling.
    count: Callable[[Session], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """A line under the bar of every page, when something must be known."""

    #: ``ban``, ``doas``, ``address``, ``maintenance`` or ``staging``.
    kind: str
    text: LazyString | str
    #: The way out: what its button says, and where it leads.
    label: LazyString | str | None = None
    url: str = ""
    #: Whether the button changes something.
    is_post: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WayIn:
    """A way to log in without a password of ours: a link to its page, which takes ``next``."""

    label: LazyString | str
    endpoint: str
    icon: str
    #: Whom it is for, and what they have to do.
    title: LazyString | str
    purpose: LazyString | str
    #: Why it does not work now; ``None`` when it does.
    trouble: LazyString | str | None = None
    #: Whether someone who is logged in proves with it who they are.
    proves: Callable[[PCeen], bool] = lambda _: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """How much to show, and the same each time."""

    #: 1 for the school as it is; a hundredth for tests.
    scale: float
    chance: random.Random
    #: Told after each thing made, for a bar to move.
    tick: Callable[[], object]

    def count(self, full: int) -> int:
        """How many of what the school has *full* of; one at least."""
        return max(1, round(full * self.scale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module's manifest: the one thing the application imports from it."""

    name: str
    blueprints: tuple[Blueprint, ...]
    nav: tuple[NavEntry, ...] = ()
    tools: tuple[Tool, ...] = ()
    #: How to do its effects, by class.
    effects: Mapping[type[Effect], Handler] = field(default_factory=dict)
    #: How to hand over what a payment bought, for each kind that is its own.
    deliveries: Mapping[PaymentType, Delivery] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    #: What a GRI may have done, from a page or from a terminal.
    tasks: tuple[Task, ...] = ()
    cli: tuple[click.Command, ...] = ()
    #: What the GRIs may change of it on the settings page.
    choices: tuple[Choice[Any], ...] = ()
    #: What refuses a value of one of them, by its key.
    choice_checks: Mapping[str, Callable[[Session, Any], None]] = field(default_factory=dict)
    #: Makes what of it a fresh database needs and does not have; says the names of what it made.
    seed: Callable[[Session], Sequence[str]] | None = None
    #: Whether its ``demo.py`` writes what ``flask demo load`` shows of it: ``load`` does, and
    #: ``WEIGHT`` is how many things that is, in a school of full size. No page loads it.
    has_demo: bool = False
    #: What the home page shows of it, with ``card.html``, if anything.
    card: Callable[[Session, Context], object | None] | None = None
    #: What the home page shows of it after the cards, with ``news.html``, if anything.
    news: Callable[[Session, Context], object | None] | None = None
    #: What the profile shows of it, with ``profile.html``, if anything.
    profile: Callable[[Session, Context], object | None] | None = None
    #: What ``/readyz`` asks of it, by name: whether it is as it should be.
    checks: Mapping[str, Callable[[Session], bool]] = field(default_factory=dict)
    #: What the page of someone shows of it, with ``person.html``, to who looks after them.
    person: Callable[[Session, Context, PCeen], object | None] | None = None
    #: What it does of its tables when accounts are merged or erased, if columns do not tell.
    keeper: Keeper | None = None
    #: What every page must tell, if anything.
    ribbon: Callable[[Session, Context], Ribbon | None] | None = None
    #: How one logs in with it, where that is possible at all.
    way_in: Callable[[], WayIn | None] | None = None
    #: Where to send who has not completed the set-up; ``None`` lets them through.
    setup_gate: Callable[[], ResponseReturnValue | None] | None = None

    @property
    def templates(self) -> Path:
        return Path(__file__).parents[1] / "modules" / self.name / "templates"


def installed_modules() -> tuple[Module, ...]:
    """The modules of the current application, the lowest first."""
    return cast(tuple[Module, ...], current_app.extensions["modules"])


def all_effects() -> dict[str, tuple[type[Effect], Handler]]:
    """The effects that the worker knows, by kind, and how to do them."""
    return {
        effect.kind: (effect, handler)
        for module in installed_modules()
        for effect, handler in module.effects.items()
    }


def all_jobs() -> dict[str, Job]:
    """The jobs that the worker knows, by name."""
    return {job.name: job for module in installed_modules() for job in module.jobs}


def all_tasks() -> dict[str, Task]:
    """The tasks that may be run, by name, in the order of the modules."""
    return {task.name: task for module in installed_modules() for task in module.tasks}


def all_keepers() -> tuple[Keeper, ...]:
    """What the modules do of their tables over the life of accounts, the lowest first."""
    return tuple(module.keeper for module in installed_modules() if module.keeper is not None)


def all_deliveries() -> dict[PaymentType, Delivery]:
    """What follows from a payment, by what it is for."""
    return {
        type_: delivery
        for module in installed_modules()
        for type_, delivery in module.deliveries.items()
    }
