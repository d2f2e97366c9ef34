"""What a view may ask of its visitor. Pure: neither Flask nor the database."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from app.enums import PermissionScope, PermissionType

#: What one must be allowed to do, and where.
Right: TypeAlias = tuple[PermissionType, PermissionScope]


class Verdict(enum.Enum):
    """What a view answers to someone at its door."""

    allowed = enum.auto()
    #: A page of one's own: log in, or make an account.
    account_needed = enum.auto()
    #: A page that takes a right: log in first.
    log_in_first = enum.auto()
    forbidden = enum.auto()
    #: The page is for the residence only.
    from_inside_only = enum.auto()
    #: The page is for who is not logged in.
    logged_in_already = enum.auto()
    #: For this machine only: nobody else may know that it exists.
    hidden = enum.auto()
    #: The page is for the person themselves, not for a GRI who acts for them.
    in_person_only = enum.auto()


class Visitor(Protocol):
    """Whoever makes the request, as far as a rule is concerned."""

    @property
    def is_logged_in(self) -> bool: ...
    @property
    def is_internal(self) -> bool: ...
    @property
    def is_local(self) -> bool: ...
    @property
    def is_doas(self) -> bool: ...
    def has_permission(
        self, type: PermissionType, scope: PermissionScope, elem: Any = None
    ) -> bool: ...


class Rule(Protocol):
    """One condition to open a view."""

    def verdict(self, visitor: Visitor) -> Verdict: ...


class Door(enum.Enum):
    """The rules that no permission expresses."""

    #: Anyone, logged in or not.
    public = enum.auto()
    #: Any PCéen.
    logged_in = enum.auto()
    #: Who is not logged in.
    anonymous = enum.auto()
    #: From a device that the network of the residence knows of.
    internal = enum.auto()
    #: Who has a room and a device; the others are led to what they lack.
    setup = enum.auto()
    #: From this very machine.
    local = enum.auto()
    #: Whoever it is, not through a GRI who acts for them.
    in_person = enum.auto()
    #: Up to the element: the view itself asks. One that answers without having
    #: asked is an error.
    per_element = enum.auto()

    def verdict(self, visitor: Visitor) -> Verdict:
        if self is Door.logged_in and not visitor.is_logged_in:
            return Verdict.account_needed
        if self is Door.anonymous and visitor.is_logged_in:
            return Verdict.logged_in_already
        if self is Door.internal and not visitor.is_internal:
            return Verdict.from_inside_only
        if self is Door.local and not visitor.is_local:
            return Verdict.hidden
        if self is Door.in_person and visitor.is_doas:
            return Verdict.in_person_only
        return Verdict.allowed

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these rights, on all elements, is enough."""

    rights: tuple[Right, ...]

    def __post_init__(self) -> None:
        if not self.rights:
            raise ValueError("name one right at least")
        if wrong := [scope.name for _, scope in self.rights if scope.need_elem]:
            raise ValueError(f"ask per_element for {', '.join(wrong)}")

    def verdict(self, visitor: Visitor) -> Verdict:
        if any(visitor.has_permission(*right) for right in self.rights):
            return Verdict.allowed
        return Verdict.forbidden if visitor.is_logged_in else Verdict.log_in_first

    def __str__(self) -> str:
        return " or ".join(f"{type_}/{scope}" for type_, scope in self.rights)


def verdict(rules: Iterable[Rule], visitor: Visitor) -> Verdict:
    """What a view under all these *rules* answers to *visitor*: the first refusal."""
    for rule in rules:
        answer = rule.verdict(visitor)
        if answer is not Verdict.allowed:
            return answer
    return Verdict.allowed
