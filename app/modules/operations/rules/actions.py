"""What is told to the chat of what was done: who, what and to what, and nothing of anybody."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

#: What the GRIs are called for: what takes something from someone, or gives power.
WARNINGS = frozenset(
    {
        "account.pceen.disable",
        "gris.doas.start",
        "gris.permission.add",
        "gris.permission.remove",
        "gris.role.delete",
        "gris.role.reset",
        "intrarez.device.transfer",
        "intrarez.dhcp.ask_force",
        "intrarez.dhcp.force",
        "intrarez.dhcp.refuse",
        "intrarez.network.who",
        "intrarez.rental.take_over",
        "intrarez.room.claim",
        "intrarez.room.contest",
        "payments.payment.revoke",
    }
)
#: How long the text of a message is, at most.
LONGEST = 1900


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that was done."""

    at: datetime
    action: str
    #: ``None`` for the site itself, and for who is not logged in.
    actor_id: int | None = None
    #: For whom, under doas.
    as_id: int | None = None
    object_type: str | None = None
    object_id: int | None = None

    @property
    def is_warning(self) -> bool:
        return self.action in WARNINGS


@dataclass(frozen=True, slots=True)
class Words:
    """How things are called: an action by its name, someone by the address of their page."""

    said: Callable[[str], str]
    link: Callable[[int], str]


def line(action: Action, *, words: Words, clock: str) -> str:
    """What is said of an action, in Markdown: people are numbers, and links to their pages."""

    def person(number: int) -> str:
        return f"[#{number}]({words.link(number)})"

    who = person(action.actor_id) if action.actor_id is not None else "le site"
    if action.as_id is not None:
        who = f"{who} en tant que {person(action.as_id)}"
    about = ""
    if action.object_type == "PCeen" and action.object_id is not None:
        about = "" if action.object_id == action.actor_id else f" → {person(action.object_id)}"
    elif action.object_type is not None:
        number = "" if action.object_id is None else f" {action.object_id}"
        about = f" → {action.object_type}{number}"
    return f"{clock} {who}\u00a0: {words.said(action.action)}{about}"


def batches(lines: Iterable[str]) -> Iterator[str]:
    """Lines put together, as many as a message holds."""
    batch: list[str] = []
    size = 0
    for one in lines:
        if batch and size + len(one) + 1 > LONGEST:
            yield "\n".join(batch)
            batch, size = [], 0
        batch.append(one[:LONGEST])
        size += len(one) + 1
    if batch:
        yield "\n".join(batch)
