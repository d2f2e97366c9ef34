"""Who may give what: pure."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from app.enums import PermissionScope as S, PermissionType as T
from app.models import Role
from app.modules.gris.rules import covering
from app.modules.gris.rules.covering import Held, covers, covers_all, effective, readable

pytestmark = pytest.mark.once

#: The colours of the roles of the system, by what is read on them.
DARK = ("e40046", "152f4e", "000000", "8f3985", "546211", "014421", "9F4216")
LIGHT = ("ff585d", "64b9e9", "d5c0a9", "E65100")


@dataclass(frozen=True)
class Holder:
    """Someone who holds these rights."""

    rights: tuple[Held, ...] = ()

    def has_permission(self, type: T, scope: S, elem: Any = None) -> bool:
        scope.check(elem)
        return any(
            held.type.covers(type)
            and held.scope is scope
            and held.ref_id in (None, elem and elem.id)
            for held in self.rights
        )


def someone(*rights: tuple[T, S] | tuple[T, S, int]) -> Holder:
    return Holder(tuple(Held(*right) for right in rights))


def role(number: int = 5, name: str = "Ours") -> Role:
    return Role(id=number, name=name)


@pytest.mark.parametrize(("held", "given"), [*product(T, T)])
def test_one_gives_the_types_that_one_holds(held: T, given: T) -> None:
    assert covers(someone((held, S.bar)), Held(given, S.bar)) is held.covers(given)
    assert not covers(someone((held, S.bar)), Held(given, S.bekk))


def test_a_right_on_one_element_is_not_one_on_all() -> None:
    one = Held(T.write, S.role, 5, role(5))

    assert covers(someone((T.write, S.role, 5)), one)
    assert covers(someone((T.write, S.role)), one)
    assert not covers(someone((T.write, S.role, 6)), one)
    assert not covers(someone((T.write, S.role, 5)), Held(T.write, S.role))


@pytest.mark.parametrize("given", T)
def test_what_is_of_the_gris_is_given_by_gris(given: T) -> None:
    for held in (T.read, T.write, T.delete):
        assert not covers(someone((held, S.gris)), Held(given, S.gris))
    assert covers(someone((T.all, S.gris)), Held(given, S.gris))


def test_a_gri_covers_everything() -> None:
    gri = someone((T.all, S.gris))

    assert all(covers(gri, Held(type_, scope)) for type_, scope in product(T, S))
    assert covers(gri, Held(T.all, S.album, 3))


def test_what_is_no_more_is_ignored_and_what_makes_no_sense_is_not() -> None:
    nobody = someone()

    assert covers_all(nobody, [])
    assert covers_all(nobody, [Held(T.all, S.pceen, 9)])
    assert not covers(nobody, Held(T.read, S.album))
    assert not covers(nobody, Held(T.all, S.gris, 9))


def test_the_public_role_reads_what_is_nobodys() -> None:
    kept = {scope for scope in S if covering.is_for_everyone(T.read, scope)}

    assert set(S) - kept == {S.gris, S.payments, S.pceen, S.role}
    others = product((T.write, T.delete, T.all), S)
    assert not any(covering.is_for_everyone(*right) for right in others)


def test_the_public_role_is_not_given() -> None:
    gri = someone((T.all, S.gris))

    assert covering.may_give(gri, role(1), [])
    assert not covering.may_give(gri, role(0), [])


def test_a_role_is_deleted_by_who_may_delete_it_and_written_by_who_may_write_it() -> None:
    writer, remover = someone((T.write, S.role, 5)), someone((T.delete, S.role))

    assert covering.may_write(writer, role(5))
    assert not covering.may_write(writer, role(6))
    assert not covering.may_delete(writer, role(5))
    assert covering.may_delete(remover, role(5))
    assert not covering.may_write(remover, role(5))


def test_elements_to_read_are_those_of_every_right() -> None:
    rights = [Held(T.write, S.role, 5), Held(T.read, S.role, 6), Held(T.all, S.pceen)]

    assert readable(rights, S.role) == {5, 6}
    assert readable(rights, S.pceen) is None
    assert readable(rights, S.club) == frozenset()


def test_what_roles_allow_together_is_said_scope_by_scope() -> None:
    ours, theirs, five = role(1, "Ours"), role(2, "Theirs"), role(5)
    lines = effective(
        [
            (ours, [Held(T.write, S.bar), Held(T.read, S.role, 5, five)]),
            (theirs, [Held(T.all, S.bar), Held(T.read, S.bar), Held(T.all, S.pceen, 9)]),
        ]
    )

    assert [(line.held.scope, line.element) for line in lines] == [(S.bar, None), (S.role, "Ours")]
    assert {type_: [r.name for r in roles] for type_, roles in lines[0].roles.items()} == {
        T.read: ["Ours", "Theirs"],
        T.write: ["Ours", "Theirs"],
        T.delete: ["Theirs"],
        T.all: ["Theirs"],
    }
    assert lines[1].roles == {T.read: [ours]}


@pytest.mark.parametrize(
    ("color", "dark"),
    [
        *((c, True) for c in DARK),
        *((c, False) for c in LIGHT),
    ],
)
def test_a_badge_can_be_read(color: str, dark: bool) -> None:
    assert Role(name="Ours", color=color).is_dark is dark
