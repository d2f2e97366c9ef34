"""Who may do what."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.models import PCeen, Permission, Role, public_role
from tests.factories import PCeenFactory


@dataclass
class Collection:
    id: int | None


@dataclass
class Album:
    id: int | None
    collection: Collection


album = Album(7, Collection(3))


def who_holds(*held: object) -> PCeen:
    rights = dict(zip(("type", "scope", "ref_id"), held, strict=False))
    role = Role(name="role", permissions=[Permission(**rights)])
    return PCeen(prenom="Ada", nom="Lovelace", roles=[role])


def reference(held: tuple, asked: tuple) -> bool:
    """Another way to say the rule of network-a 7.2, without our classes."""
    (type_, scope, ref_id), (wanted, on, elem) = held, asked
    covered = {
        T.all: {T.all, T.read, T.write, T.delete},
        T.write: {T.write, T.read},
        T.delete: {T.delete, T.read},
        T.read: {T.read},
    }[type_]
    if wanted not in covered:
        return False
    if scope == on and ref_id in (None, elem.id if elem else None):
        return True
    if on is S.album and scope is S.collection:
        return ref_id in (None, elem.collection.id)
    return False


ELEMENTS = {S.album: (album,), S.collection: (None, Collection(3), Collection(4))}


@pytest.mark.once
@pytest.mark.parametrize("held_type", T)
@pytest.mark.parametrize("asked_type", T)
@pytest.mark.parametrize("held_scope", S)
def test_the_truth_table_of_permissions(held_type: T, asked_type: T, held_scope: S) -> None:
    for asked_scope in S:
        for ref_id in (None, 3, 4, 7, 8):
            for elem in ELEMENTS.get(asked_scope, (None,)):
                held = (held_type, held_scope, ref_id)
                asked = (asked_type, asked_scope, elem)
                assert who_holds(*held).has_permission(*asked) is reference(held, asked), (
                    held,
                    asked,
                )


def test_a_permission_on_one_is_not_one_on_all() -> None:
    assert not who_holds(T.read, S.collection, 3).has_permission(T.read, S.collection)


def test_who_holds_everything_on_gris_is_a_gri() -> None:
    assert who_holds(T.all, S.gris).is_gri
    assert not who_holds(T.write, S.gris).is_gri


@pytest.mark.parametrize(
    ("scope", "elem", "fault"),
    [
        (S.album, None, ValueError),
        (S.bar, album, ValueError),
        (S.collection, album, TypeError),
        (S.collection, Collection(None), ValueError),
    ],
)
def test_a_question_that_makes_no_sense_is_an_error_for_anyone(
    scope: S, elem: object, fault: type[Exception]
) -> None:
    for pceen in (who_holds(T.all, S.gris), PCeen(prenom="Ada", nom="Lovelace")):
        with pytest.raises(fault):
            pceen.has_permission(T.read, scope, elem)


def test_everyone_has_the_public_role(session: Session, queries: list[str]) -> None:
    public_role(session).permissions.append(Permission(type=T.read, scope=S.theatre))
    session.commit()
    ada = PCeenFactory()
    assert ada.has_permission(T.read, S.theatre)

    queries.clear()
    assert not ada.has_permission(T.write, S.theatre)
    assert queries == []


@pytest.mark.parametrize(
    ("color", "is_dark"),
    [
        *(
            (c, True)
            for c in ["e40046", "152f4e", "000000", "8f3985", "546211", "014421", "9F4216"]
        ),
        *((c, False) for c in ["ff585d", "64b9e9", "d5c0a9", "E65100"]),
    ],
)
def test_the_text_of_a_badge_suits_its_colour(color: str, is_dark: bool) -> None:
    assert Role(name="role", color=color).is_dark is is_dark
