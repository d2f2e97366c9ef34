"""What tells two inputs from one another, by number. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from app.modules.club_q.rules.instance import Instance

#: What each kind of row is known by.
_KEYS = {"people": ("id",), "shows": ("id",), "wishes": ("person", "show")}
_KINDS = {"people": "person", "shows": "show", "wishes": "wish", "grants": "grant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that is not what it was."""

    #: ``parameters``, ``person``, ``show``, ``wish`` or ``grant``.
    kind: str
    #: ``added``, ``removed`` or ``changed``.
    change: str
    person: int | None = None
    show: int | None = None
    #: The fields that changed, before and after.
    fields: tuple[tuple[str, Any, Any], ...] = ()


def differences(before: Instance, after: Instance) -> Sequence[Change]:
    """What changed between two inputs of one season: rules, people, shows, wishes, grants.

    Someone who has no wish any more, or a first one, is told by their wishes alone.
    """
    found = []
    if before.parameters != after.parameters:
        changed = _changed(before.parameters, after.parameters)
        found.append(Change(kind="parameters", change="changed", fields=changed))
    for name in ("shows", "people", "wishes", "grants"):
        found += _of_rows(name, getattr(before, name), getattr(after, name))
    return found


def _of_rows(name: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    keys = _KEYS.get(name, ("person", "show"))
    former, present = _by(keys, before), _by(keys, after)
    for key in sorted(former.keys() | present.keys()):
        was, is_now = former.get(key), present.get(key)
        if was == is_now or (name == "people" and (was is None or is_now is None)):
            continue
        change = "added" if was is None else "removed" if is_now is None else "changed"
        yield Change(
            kind=_KINDS[name],
            change=change,
            person=key[0] if name != "shows" else None,
            show=key[-1] if name != "people" else None,
            fields=_changed(was, is_now) if change == "changed" else (),
        )


def _by(keys: Sequence[str], rows: Sequence[Any]) -> Mapping[tuple[int, ...], Any]:
    return {tuple(getattr(row, key) for key in keys): row for row in rows}


def _changed(was: Any, is_now: Any) -> tuple[tuple[str, Any, Any], ...]:
    return tuple(
        (one.name, getattr(was, one.name), getattr(is_now, one.name))
        for one in fields(was)
        if getattr(was, one.name) != getattr(is_now, one.name)
    )
