"""The roles, for scripts: ``/api/gris``."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.models import AuditEvent, LoginSession, PCeen, Permission, Role
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory, RoleFactory, permission, system_role

HELPER = [(T.write, S.pceen), (T.write, S.role)]
NASTY = "<img src=x onerror=1>"


def rights(role: Role) -> set[str]:
    return {held.key for held in role.permissions}


def error(answer: TestResponse) -> tuple[int, str]:
    body = answer.json
    assert body is not None
    assert body["error"]["status"] == answer.status_code
    return answer.status_code, body["error"]["message"]


def proved(session: Session, browser: Client) -> Client:
    """They have just proved who they are."""
    session.execute(sa.update(LoginSession).values(proved_at=clock.now()))
    session.commit()
    return browser


def give(browser: Client, pceen: PCeen, role: Role | int) -> TestResponse:
    key = role if isinstance(role, int) else role.id
    return browser.post(f"/api/gris/pceens/{pceen.id}/roles", json={"role": key})


def take(browser: Client, pceen: PCeen, role: Role) -> TestResponse:
    return browser.delete(f"/api/gris/pceens/{pceen.id}/roles/{role.id}")


def add(browser: Client, role: Role, **right: Any) -> TestResponse:
    return browser.post(f"/api/gris/roles/{role.id}/permissions", json=right)


def remove(browser: Client, role: Role, held: Permission) -> TestResponse:
    return browser.delete(f"/api/gris/roles/{role.id}/permissions/{held.id}")


# The roles of someone


def test_a_role_is_given_and_taken(session: Session, login: Login) -> None:
    ada, role = PCeenFactory(), RoleFactory(name=NASTY, color="152f4e")
    browser = login(PCeenFactory(can=HELPER))

    given = give(browser, ada, role)

    assert given.status_code == 201
    assert given.json == {"id": role.id, "name": NASTY, "color": "152f4e", "dark": True}
    session.expire_all()
    assert ada.roles == [role]
    taken = take(browser, ada, role)
    assert (taken.status_code, taken.data) == (204, b"")
    session.expire_all()
    assert ada.roles == []
    about = sa.select(AuditEvent).where(AuditEvent.object_type == "PCeen").order_by(AuditEvent.id)
    assert [(one.action, one.before, one.after) for one in session.scalars(about)] == [
        ("account.role.give", None, {"role": NASTY}),
        ("account.role.take", {"role": NASTY}, None),
    ]


def test_part_b_calls_it_role_id(session: Session, login: Login) -> None:
    ada, role = PCeenFactory(), RoleFactory()

    answer = login(PCeenFactory(can=HELPER)).post(
        f"/api/gris/pceens/{ada.id}/roles", json={"role_id": role.id}
    )

    assert answer.status_code == 201


def test_what_is_held_is_not_given_again_and_what_is_not_is_not_taken(
    session: Session, login: Login
) -> None:
    role = RoleFactory(name="Ours")
    ada, bob = PCeenFactory(roles=[role]), PCeenFactory()
    browser = login(PCeenFactory(can=HELPER))

    assert error(give(browser, ada, role)) == (409, f"{ada.full_name} a déjà le rôle « Ours ».")
    assert error(take(browser, bob, role))[0] == 409


@pytest.mark.parametrize(
    "body", [None, [], {}, {"role": "1"}, {"role": True}, {"role": -1}, {"role": 2**40}]
)
def test_nonsense_is_refused(session: Session, login: Login, body: object) -> None:
    ada = PCeenFactory()
    browser = login(PCeenFactory(can=HELPER))

    assert error(browser.post(f"/api/gris/pceens/{ada.id}/roles", json=body))[0] == 400
    assert error(browser.post(f"/api/gris/pceens/{ada.id}/roles", data=b"\xff"))[0] == 400


def test_the_public_role_has_no_members(session: Session, login: Login) -> None:
    assert error(give(login(PCeenFactory(slugs=["gri"])), PCeenFactory(), 0))[0] == 400


def test_nobody_and_nothing_are_not_found(session: Session, login: Login) -> None:
    role, ada = RoleFactory(), PCeenFactory()
    browser = login(PCeenFactory(can=HELPER))

    assert browser.post("/api/gris/pceens/99999/roles", json={"role": role.id}).status_code == 404
    assert give(browser, ada, 99999).status_code == 404
    assert browser.delete(f"/api/gris/pceens/{ada.id}/roles/99999").status_code == 404
    assert browser.delete(f"/api/gris/pceens/99999/roles/{role.id}").status_code == 404


@pytest.mark.parametrize("can", [[], [(T.write, S.pceen)], [(T.write, S.role)], [(T.all, S.bar)]])
def test_giving_takes_both_rights(session: Session, login: Login, can: list[tuple[T, S]]) -> None:
    ada, role = PCeenFactory(), RoleFactory()
    browser = login(PCeenFactory(can=can))

    assert error(give(browser, ada, role))[0] == 403
    assert take(browser, ada, role).status_code == 403
    session.expire_all()
    assert ada.roles == []


def test_a_stranger_is_told_to_log_in(session: Session, client: Client) -> None:
    role, ada = RoleFactory(), PCeenFactory()

    assert error(give(client, ada, role))[0] == 401
    assert error(take(client, ada, role))[0] == 401
    assert error(add(client, role, type="read", scope="bar"))[0] == 401
    assert error(client.get("/api/gris/scopes/role/elements"))[0] == 401


def test_the_manager_of_the_bar_gives_what_they_hold_and_no_more(
    session: Session, login: Login
) -> None:
    ada, barman = PCeenFactory(), system_role("barman")
    manager = PCeenFactory(
        can=[
            (T.write, S.pceen),
            (T.write, S.role, barman.id),
            (T.read, S.bar_stats),
            (T.write, S.bar),
        ]
    )
    browser = login(manager)

    assert give(browser, ada, barman).status_code == 201
    for slug in ("bar_manager", "admin", "gri", "bar_client"):
        assert give(browser, ada, system_role(slug)).status_code == 403, slug
    assert take(browser, ada, barman).status_code == 204


def test_covering_counts_even_for_who_writes_all_roles(session: Session, login: Login) -> None:
    ada = PCeenFactory()
    browser = login(PCeenFactory(can=[*HELPER, (T.read, S.bar)]))

    assert give(browser, ada, system_role("bar_client")).status_code == 201
    assert "Barman" in error(give(browser, ada, system_role("barman")))[1]
    assert give(browser, ada, system_role("barman")).status_code == 403


def test_one_may_write_one_person_only(session: Session, login: Login) -> None:
    ada, bob, role = PCeenFactory(), PCeenFactory(), RoleFactory()
    browser = login(PCeenFactory(can=[(T.write, S.pceen, ada.id), (T.write, S.role)]))

    assert give(browser, ada, role).status_code == 201
    assert give(browser, bob, role).status_code == 403


# GRIs


def test_a_gri_proves_who_they_are_before_making_another(session: Session, login: Login) -> None:
    ada, gri = PCeenFactory(), system_role("gri")
    browser = login(PCeenFactory(slugs=["gri"]))

    refused = give(browser, ada, gri)

    assert error(refused)[0] == 403
    assert refused.json is not None
    assert refused.json["reauth"].startswith("/reauth")
    assert give(browser, ada, system_role("admin")).status_code == 201
    assert give(proved(session, browser), ada, gri).status_code == 201
    assert take(browser, ada, gri).status_code == 204


def test_only_a_gri_makes_a_gri(session: Session, login: Login) -> None:
    rights = [(T.all, scope) for scope in S if scope not in (S.gris, S.album)]
    browser = proved(session, login(PCeenFactory(can=rights)))
    ada, gri = PCeenFactory(), system_role("gri")

    assert give(browser, ada, gri).status_code == 403
    for type_ in T:
        assert add(browser, system_role("eleve"), type=type_, scope="gris").status_code == 403


def test_the_last_gri_stays(session: Session, login: Login) -> None:
    gri = system_role("gri")
    ada = PCeenFactory(slugs=["gri"])
    PCeenFactory(slugs=["gri"], disabled_at=clock.now())
    browser = proved(session, login(ada))
    (all_gris,) = [held for held in gri.permissions if held.scope is S.gris]

    assert error(take(browser, ada, gri)) == (
        409,
        "Il ne resterait plus aucun GRI : nommez d'abord quelqu'un d'autre.",
    )
    assert remove(browser, gri, all_gris).status_code == 409
    session.expire_all()
    assert ada.is_gri
    PCeenFactory(slugs=["gri"])
    assert take(browser, ada, gri).status_code == 204


# The permissions of a role


def test_a_permission_is_added_and_removed(session: Session, login: Login) -> None:
    role, bekk = RoleFactory(), permission(T.read, S.bekk)
    browser = login(PCeenFactory(can=[(T.write, S.role), (T.all, S.bekk)]))

    added = add(browser, role, type="read", scope="bekk", ref_id=None)

    assert added.status_code == 201
    assert added.json == {"id": bekk.id, "label": "lire / Bekk"}
    session.expire_all()
    assert rights(role) == {"read/bekk/*"}
    assert add(browser, role, type="read", scope="bekk").status_code == 409
    assert remove(browser, role, bekk).status_code == 204
    assert remove(browser, role, bekk).status_code == 409
    session.expire_all()
    assert rights(role) == set()
    about = sa.select(AuditEvent).where(AuditEvent.object_type == "Role").order_by(AuditEvent.id)
    events = [one for one in session.scalars(about) if one.action.startswith("gris.permission")]
    assert [(one.action, one.before or one.after) for one in events] == [
        ("gris.permission.add", {"permission": "read/bekk/*"}),
        ("gris.permission.remove", {"permission": "read/bekk/*"}),
    ]


def test_added_removed_and_another_added_leaves_that_one_alone(
    session: Session, login: Login
) -> None:
    role = RoleFactory()
    browser = login(PCeenFactory(slugs=["gri"]))

    first = add(browser, role, type="read", scope="bar")
    assert first.json is not None
    browser.delete(f"/api/gris/roles/{role.id}/permissions/{first.json['id']}")
    add(browser, role, type="read", scope="bekk")

    session.expire_all()
    assert rights(role) == {"read/bekk/*"}


def test_what_is_removed_comes_back_as_often_as_one_likes(session: Session, login: Login) -> None:
    role = RoleFactory(permissions=[permission(T.read, S.bar)])
    (bar,) = role.permissions
    browser = login(PCeenFactory(slugs=["gri"]))

    for _ in range(3):
        assert remove(browser, role, bar).status_code == 204
        assert add(browser, role, type="read", scope="bar").json == {
            "id": bar.id,
            "label": "lire / Bar",
        }


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"type": "read"},
        {"type": "own", "scope": "bar"},
        {"type": "read", "scope": "moon"},
        {"type": 1, "scope": "bar"},
        {"type": "read", "scope": "bar", "ref_id": 1},
        {"type": "read", "scope": "album"},
        {"type": "read", "scope": "album", "ref_id": 1},
        {"type": "read", "scope": "role", "ref_id": 99999},
        {"type": "read", "scope": "role", "ref_id": "1"},
    ],
)
def test_a_permission_that_makes_no_sense_is_refused(
    session: Session, login: Login, right: dict[str, object]
) -> None:
    role = RoleFactory()

    assert error(add(login(PCeenFactory(slugs=["gri"])), role, **right))[0] == 400
    session.expire_all()
    assert rights(role) == set()


@pytest.mark.parametrize(
    ("type_", "scope", "status"),
    [
        ("write", "photos", 400),
        ("all", "bar", 400),
        ("read", "pceen", 400),
        ("read", "role", 400),
        ("read", "payments", 400),
        ("read", "gris", 400),
        ("read", "photos", 201),
        ("read", "collection", 201),
    ],
)
def test_the_public_role_only_reads(
    session: Session, login: Login, type_: str, scope: str, status: int
) -> None:
    browser = proved(session, login(PCeenFactory(slugs=["gri"])))

    assert add(browser, system_role("public"), type=type_, scope=scope).status_code == status


@pytest.mark.parametrize(
    "right",
    [
        {"type": "all", "scope": "pceen"},
        {"type": "all", "scope": "gris"},
        {"type": "read", "scope": "payments"},
        {"type": "delete", "scope": "role"},
        {"type": "all", "scope": "role"},
    ],
)
def test_nobody_adds_what_they_do_not_hold(
    session: Session, login: Login, right: dict[str, object]
) -> None:
    role = RoleFactory()
    browser = proved(session, login(PCeenFactory(can=[(T.write, S.role)])))

    assert error(add(browser, role, **right))[0] == 403
    session.expire_all()
    assert rights(role) == set()


def test_a_role_that_allows_more_is_changed_by_nobody_who_allows_less(
    session: Session, login: Login
) -> None:
    admin = system_role("admin")
    before = rights(admin)
    browser = login(PCeenFactory(can=[(T.write, S.role), (T.all, S.bekk)]))

    assert add(browser, admin, type="read", scope="bekk").status_code == 403
    assert remove(browser, admin, admin.permissions[0]).status_code == 403
    session.expire_all()
    assert rights(admin) == before


def test_a_right_on_one_element_is_given_for_that_one(session: Session, login: Login) -> None:
    one, other, role = RoleFactory(name="One"), RoleFactory(), RoleFactory()
    browser = login(PCeenFactory(can=[(T.write, S.role, role.id), (T.read, S.role, one.id)]))

    added = add(browser, role, type="read", scope="role", ref_id=one.id)

    assert added.status_code == 201
    assert added.json is not None
    assert added.json["label"] == "lire / Rôles « One »"
    assert add(browser, role, type="read", scope="role", ref_id=other.id).status_code == 403
    assert add(browser, role, type="read", scope="role").status_code == 403


def test_an_orphan_is_ignored_by_covering_and_removed_by_who_may_write(
    session: Session, login: Login
) -> None:
    gone = permission(T.all, S.pceen, 99999)
    role = RoleFactory(permissions=[gone])
    browser = login(PCeenFactory(can=HELPER))

    assert give(browser, PCeenFactory(), role).status_code == 201
    assert remove(browser, role, gone).status_code == 204
    assert add(browser, role, type="all", scope="pceen", ref_id=99999).status_code == 400


def test_a_permission_nobody_made_is_not_found(session: Session, login: Login) -> None:
    role = RoleFactory()
    browser = login(PCeenFactory(slugs=["gri"]))

    assert browser.delete(f"/api/gris/roles/{role.id}/permissions/99999").status_code == 404
    assert browser.delete(f"/api/gris/roles/99999/permissions/{role.id}").status_code == 404
    assert browser.post("/api/gris/roles/99999/permissions", json={}).status_code == 404


# The elements of a scope


def test_the_elements_of_a_scope_are_listed_and_searched(session: Session, login: Login) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace-Éloïse")
    browser = login(PCeenFactory(can=[(T.read, S.pceen), (T.write, S.role)]))

    found = browser.get("/api/gris/scopes/pceen/elements?q=eloise").json

    assert found == {
        "allow_elem": True,
        "need_elem": False,
        "items": [{"id": ada.id, "label": "Ada Lovelace-Éloïse"}],
        "more": False,
    }
    nothing = browser.get("/api/gris/scopes/pceen/elements?q=_").json
    assert nothing is not None
    assert nothing["items"] == []


def test_elements_come_fifty_at_a_time(session: Session, login: Login) -> None:
    for number in range(45):
        RoleFactory(name=f"A {number:02}")
    browser = login(PCeenFactory(can=[(T.write, S.role)]))

    first = browser.get("/api/gris/scopes/role/elements").json
    second = browser.get("/api/gris/scopes/role/elements?page=2").json

    assert first is not None
    assert second is not None
    assert (len(first["items"]), first["more"], second["more"]) == (50, True, False)
    assert first["items"][0]["label"] == "A 00"
    every = [one["id"] for one in first["items"] + second["items"]]
    assert sorted(every) == sorted(session.scalars(sa.select(Role.id)))


def test_one_sees_the_elements_that_one_may_read(session: Session, login: Login) -> None:
    one = RoleFactory(name="One")
    browser = login(PCeenFactory(can=[(T.write, S.role, one.id)]))

    found = browser.get("/api/gris/scopes/role/elements").json

    assert found is not None
    assert [item["label"] for item in found["items"]] == ["One"]


@pytest.mark.parametrize(
    ("can", "scope", "status"),
    [
        ([(T.write, S.role)], "pceen", 403),
        ([(T.write, S.role), (T.read, S.collection)], "album", 200),
        ([(T.write, S.role), (T.read, S.collection, 3)], "album", 200),
        ([(T.write, S.role), (T.read, S.photos)], "album", 403),
        ([(T.write, S.role), (T.read, S.bar)], "bar", 200),
        ([(T.write, S.role, 3), (T.read, S.bar)], "bar", 200),
        ([(T.read, S.role), (T.read, S.bar)], "bar", 403),
        ([(T.read, S.bar)], "bar", 403),
        ([(T.write, S.role)], "bar", 403),
        ([(T.all, S.gris)], "club", 200),
        ([(T.all, S.gris)], "moon", 404),
        ([(T.all, S.gris)], "__class__", 404),
    ],
)
def test_elements_are_for_who_reads_the_scope_or_its_parent(
    session: Session, login: Login, can: Any, scope: str, status: int
) -> None:
    browser = login(PCeenFactory(can=can))

    assert browser.get(f"/api/gris/scopes/{scope}/elements").status_code == status


def test_a_scope_without_elements_says_it(session: Session, login: Login) -> None:
    found = login(PCeenFactory(slugs=["gri"])).get("/api/gris/scopes/bar/elements").json

    assert found == {"allow_elem": False, "need_elem": False, "items": [], "more": False}


# Forged


def test_a_request_without_its_token_is_refused(
    app: Flask, session: Session, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)
    ada, role = PCeenFactory(), RoleFactory()

    assert error(give(login(PCeenFactory(can=HELPER)), ada, role))[0] == 403
    session.expire_all()
    assert ada.roles == []


def test_what_one_worker_changes_another_sees_at_once(app: Flask, session: Session) -> None:
    ada, role = PCeenFactory(), RoleFactory(permissions=[permission(T.write, S.role)])
    begun = [LoginSession(pceen=one, method=LoginMethod.password) for one in (ada, PCeenFactory())]
    session.add_all(begun)
    begun[1].pceen.roles.append(system_role("gri"))
    session.commit()
    browsers = [app.test_client(), app.test_client()]
    for browser, login_ in zip(browsers, begun, strict=True):
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = login_.secret
    assert browsers[0].get("/gris/roles").status_code == 403

    answer = browsers[1].post(f"/api/gris/pceens/{ada.id}/roles", json={"role": role.id})

    assert answer.status_code == 201
    assert browsers[0].get("/gris/roles").status_code == 200
