"""What one may give: never more than what one holds (network-a 7.4). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import gettext as _

from app.enums import PermissionScope, PermissionType

#: The number of the public role, which is everyone's.
PUBLIC = 0
_NEVER_PUBLIC = frozenset(
    {
        PermissionScope.gris,
        PermissionScope.payments,
        PermissionScope.pceen,
        PermissionScope.role,
    }
)


class Actor(Protocol):
    """Whoever gives, takes or changes rights."""

    def has_permission(
        self, type: PermissionType, scope: PermissionScope, elem: Any = None
    ) -> bool: ...


class Terminal:
    """Whoever has a terminal on the machine may do anything."""

    def has_permission(
        self,
        type: PermissionType,  # noqa: ARG002  # whatever it is
        scope: PermissionScope,  # noqa: ARG002
        elem: Any = None,  # noqa: ARG002
    ) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Held:
    """A right that a role holds, with the element that it is about."""

    type: PermissionType
    scope: PermissionScope
    ref_id: int | None = None
    #: The element itself; ``None`` for all of them, or when it no longer exists.
    elem: Any = None
    #: The number of the permission, once there is one.
    id: int | None = None

    @property
    def is_orphan(self) -> bool:
        """Whether it is about something that no longer exists: it then allows nothing."""
        return self.ref_id is not None and self.elem is None

    @property
    def label(self) -> str:
        """How it is said to people (network-a 7.1)."""
        words = {"type": self.type.label, "scope": self.scope.label}
        sentence: str
        if self.is_orphan:
            sentence = _("[ANCIEN] %(type)s / %(scope)s", **words)
        elif self.elem is not None:
            name = element_label(self.elem)
            sentence = _("%(type)s / %(scope)s « %(element)s »", **words, element=name)
        elif self.scope.allow_elem:
            sentence = _("%(type)s / %(scope)s, sans exception", **words)
        else:
            sentence = _("%(type)s / %(scope)s", **words)
        return sentence


def element_label(elem: Any) -> str:
    """What the element of a scope is called."""
    return str(getattr(elem, "full_name", None) or elem.name)


def is_gri(actor: Actor) -> bool:
    """Whether *actor* may give anything."""
    return actor.has_permission(PermissionType.all, PermissionScope.gris)


def covers(actor: Actor, right: Held) -> bool:
    """Whether *actor* may give or take this right."""
    if is_gri(actor):
        return True
    if right.scope is PermissionScope.gris:
        return False
    if right.is_orphan:
        return True
    if right.elem is None and right.scope.need_elem:
        return False
    return actor.has_permission(right.type, right.scope, right.elem)


def covers_all(actor: Actor, rights: Iterable[Held]) -> bool:
    """Whether *actor* may give or take a role that holds these rights."""
    return all(covers(actor, right) for right in rights)


def touches_gris(rights: Iterable[Held]) -> bool:
    """Whether these rights are those of GRIs: they take a recent proof of who asks."""
    return any(right.scope is PermissionScope.gris for right in rights)


def is_for_everyone(type: PermissionType, scope: PermissionScope) -> bool:
    """Whether the public role may hold this right (network-a 7.1)."""
    return type is PermissionType.read and scope not in _NEVER_PUBLIC


def may_write(actor: Actor, role: Any) -> bool:
    """Whether *actor* has the right of the pages that give or change this role."""
    return is_gri(actor) or actor.has_permission(PermissionType.write, PermissionScope.role, role)


def writes_some_role(person: Any) -> bool:
    """Whether someone may write a role, were it one alone."""
    rights = (right for role in person.roles for right in role.permissions)
    return is_gri(person) or any(
        right.scope is PermissionScope.role and right.type.covers(PermissionType.write)
        for right in rights
    )


def may_delete(actor: Actor, role: Any) -> bool:
    """Whether *actor* has the right of the page that deletes this role."""
    return is_gri(actor) or actor.has_permission(PermissionType.delete, PermissionScope.role, role)


def may_give(actor: Actor, role: Any, rights: Iterable[Held]) -> bool:
    """Whether *actor* may give or take this role, which holds these *rights*."""
    return role.id != PUBLIC and may_write(actor, role) and covers_all(actor, rights)


def readable(rights: Iterable[Held], scope: PermissionScope) -> frozenset[int] | None:
    """The elements of *scope* that these rights let one read; ``None`` for all of them."""
    found = [right.ref_id for right in rights if right.scope is scope]
    return None if None in found else frozenset(ref for ref in found if ref is not None)


@dataclass(frozen=True, slots=True)
class Effective:
    """What one may do within a scope, or to one element of it, and through which roles."""

    held: Held
    #: By type, the roles that give it.
    roles: dict[PermissionType, list[Any]]

    @property
    def element(self) -> str | None:
        """The element, where the right is for one alone."""
        return None if self.held.elem is None else element_label(self.held.elem)


def effective(roles: Iterable[tuple[Any, Sequence[Held]]]) -> list[Effective]:
    """What these roles allow together, scope by scope; what is no more allows nothing."""
    found: dict[tuple[PermissionScope, int | None], Effective] = {}
    for role, rights in roles:
        for right in rights:
            if right.is_orphan:
                continue
            key = (right.scope, right.ref_id)
            line = found.setdefault(key, Effective(right, {}))
            for type_ in PermissionType:
                if right.type.covers(type_) and role not in line.roles.setdefault(type_, []):
                    line.roles[type_].append(role)
    order = list(PermissionScope)
    return sorted(
        found.values(), key=lambda line: (order.index(line.held.scope), line.held.ref_id or 0)
    )
