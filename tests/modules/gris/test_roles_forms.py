"""The roles, changed by forms: pages work without scripts."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.models import AuditEvent, LoginSession, PCeen, Permission, Role
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory, RoleFactory, permission, system_role

WRITER = [(T.write, S.role)]
NASTY = "<img src=x onerror=alert(1)>"


def rights(role: Role) -> set[str]:
    return {held.key for held in role.permissions}


def named(session: Session, name: str) -> Role | None:
    session.expire_all()
    return session.scalars(sa.select(Role).where(Role.name == name)).one_or_none()


def prove(session: Session) -> None:
    session.execute(sa.update(LoginSession).values(proved_at=clock.now()))
    session.commit()


def looks(**values: Any) -> dict[str, Any]:
    return {"name": "Fanfare", "index": "30", "color": "64B9e9"} | values


# Making a role


def test_a_role_is_made_and_allows_nothing(session: Session, login: Login) -> None:
    browser = login(PCeenFactory(can=WRITER))

    page = browser.submit("/gris/roles", came_from="/gris/roles", **looks(color="#64B9e9"))

    assert page.flashes == ["Le rôle « Fanfare » est créé. Que permet-il ?"]
    assert page.text("h1") == "Rôle Fanfare Fanfare"
    role = named(session, "Fanfare")
    assert role is not None
    assert (role.index, role.color, role.slug, role.system) == (30, "64B9e9", None, False)
    assert rights(role) == set()
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.object_id) == ("gris.role.create", role.id)
    assert event.after == {"name": "Fanfare", "index": 30, "color": "64B9e9"}


def test_a_form_sent_twice_makes_one_role(session: Session, login: Login) -> None:
    browser = login(PCeenFactory(can=WRITER))
    for _ in range(2):
        page = browser.submit("/gris/roles", **looks(idempotency_key="k"))

    assert page.flashes == ["Ce rôle est déjà créé."]
    assert named(session, "Fanfare") is not None


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"name": ""}, 422, "Ce champ est obligatoire."),
        ({"name": "a" * 65}, 422, "64 caractères au plus."),
        ({"name": "ß" * 40}, 422, "Ce nom est trop long."),
        ({"name": "rEZIDENT"}, 409, "Un autre rôle porte déjà ce nom."),
        ({"index": "-1"}, 422, "Écrivez un nombre entier, en chiffres."),
        ({"color": "red"}, 422, "Écrivez six chiffres hexadécimaux"),
        ({"color": "64b9e"}, 422, "Écrivez six chiffres hexadécimaux"),
        ({"color": "64b9eg"}, 422, "Écrivez six chiffres hexadécimaux"),
    ],
)
def test_a_wrong_role_is_refused_and_what_was_typed_is_kept(
    session: Session, login: Login, typed: dict[str, str], status: int, said: str
) -> None:
    browser = login(PCeenFactory(can=WRITER))
    count = session.scalar(sa.select(sa.func.count()).select_from(Role))

    page = browser.submit("/gris/roles", status=status, **looks(**typed))

    assert said in page.text(".error-summary")
    (field,) = page.html.select(f"[name={next(iter(typed))}]")
    assert field["value"] == next(iter(typed.values()))
    assert session.scalar(sa.select(sa.func.count()).select_from(Role)) == count


# Changing one


def test_a_role_is_renamed_moved_and_recoloured(session: Session, login: Login) -> None:
    role = RoleFactory(name="Ours", index=3)
    browser = login(PCeenFactory(can=[(T.write, S.role, role.id)]))

    browser.submit(f"/gris/roles/{role.id}", status=200, **looks(version="1", color=""))

    session.expire_all()
    assert (role.name, role.name_key, role.index, role.color) == ("Fanfare", "fanfare", 30, None)
    assert role.version == 2
    stmt = sa.select(AuditEvent).where(AuditEvent.action == "gris.role.change")
    (event,) = session.scalars(stmt)
    assert event.before == {"name": "Ours", "index": 3, "color": None}
    assert event.after == {"name": "Fanfare", "index": 30, "color": None}


def test_a_role_that_was_changed_meanwhile_says_what_it_is_now(
    session: Session, login: Login
) -> None:
    role = RoleFactory(name="Theirs", version=2)
    browser = login(PCeenFactory(can=WRITER))

    page = browser.submit(f"/gris/roles/{role.id}", status=409, **looks(version="1"))

    assert "modifié entre-temps" in page.text(".error-summary")
    assert "Valeur actuelle : Theirs" in page.texts(".field-errors p")
    assert page.html.select("[name=name]")[0]["value"] == "Fanfare"
    session.expire_all()
    assert role.name == "Theirs"
    browser.submit(f"/gris/roles/{role.id}", **looks(version="2"))
    assert named(session, "Fanfare") is not None


@pytest.mark.parametrize("slug", ["rezident", "eleve", "alumni", "barman", "public"])
def test_a_system_role_is_renamed_and_keeps_its_slug(
    session: Session, login: Login, slug: str
) -> None:
    role = system_role(slug)
    browser = login(PCeenFactory(slugs=["gri"]))

    browser.submit(f"/gris/roles/{role.id}", **looks(version=str(role.version)))

    session.expire_all()
    assert (role.name, role.slug) == ("Fanfare", slug)


def test_a_role_that_allows_more_is_not_renamed(session: Session, login: Login) -> None:
    admin = system_role("admin")
    browser = login(PCeenFactory(can=WRITER))

    assert "vous ne pouvez pas le changer" in browser.open_page(f"/gris/roles/{admin.id}").text(
        ".notice"
    )
    browser.submit(f"/gris/roles/{admin.id}", status=403, **looks(version="1"))

    session.expire_all()
    assert admin.name == "Admin"


def test_a_role_is_opened_by_who_may_write_it(session: Session, login: Login) -> None:
    one, other = RoleFactory(), RoleFactory()
    browser = login(PCeenFactory(can=[(T.write, S.role, one.id)]))

    assert browser.get(f"/gris/roles/{one.id}").status_code == 200
    assert browser.get(f"/gris/roles/{other.id}").status_code == 403
    assert browser.get("/gris/roles/99999").status_code == 403
    assert browser.get("/gris/roles").status_code == 403
    assert login(PCeenFactory(can=WRITER)).get("/gris/roles/99999").status_code == 404


# Deleting one


def test_a_role_is_deleted_once_its_holders_are_counted(session: Session, login: Login) -> None:
    role, other = RoleFactory(name="Ours"), RoleFactory()
    other.permissions = [permission(T.write, S.role, role.id)]
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", roles=[role])
    PCeenFactory(prenom="Bob", nom=NASTY, roles=[role])
    key = role.id
    session.commit()
    browser = login(PCeenFactory(slugs=["gri"]))
    path = f"/gris/roles/{key}/delete"

    page = browser.open_page(path)

    assert page.texts(".plain-list li") == [f"Bob {NASTY} · Promo 140", "Ada Lovelace · Promo 140"]
    refused = browser.submit(path, holders="1", status=409)
    assert "Ce n'est pas le nombre de personnes qui ont ce rôle : 2." in refused.text(
        ".error-summary"
    )
    done = browser.submit(path, holders="2")
    assert done.flashes == ["Le rôle « Ours » est supprimé."]
    session.expire_all()
    assert session.get(Role, key) is None
    assert ada.roles == []
    assert rights(other) == set()
    about = session.scalars(sa.select(Permission).where(Permission.ref_id == key)).all()
    assert about == []
    events = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [one for one in events if "seed" not in one and "offer" not in one] == [
        "account.role.take",
        "account.role.take",
        "gris.permission.remove",
        "gris.role.delete",
    ]


@pytest.mark.parametrize("slug", ["public", "gri", "admin", "rezident", "barman", "calendar"])
def test_a_system_role_is_not_deleted(session: Session, login: Login, slug: str) -> None:
    key = system_role(slug).id
    browser = login(PCeenFactory(slugs=["gri", "admin"]))
    prove(session)
    holders = len([one for one in ("gri", "admin") if one == slug])

    page = browser.submit(f"/gris/roles/{key}/delete", holders=str(holders), status=409)

    assert "le site a besoin" in page.text(".notice").lower()
    session.expire_all()
    assert session.get(Role, key) is not None


def test_deleting_takes_the_right_to_delete_and_covering(session: Session, login: Login) -> None:
    role = RoleFactory()
    more = RoleFactory(permissions=[permission(T.read, S.payments)])
    writer, remover = PCeenFactory(can=WRITER), PCeenFactory(can=[(T.delete, S.role)])

    assert login(writer).post(f"/gris/roles/{role.id}/delete").status_code == 403
    login(remover).submit(f"/gris/roles/{more.id}/delete", holders="0", status=403)
    login(remover).submit(f"/gris/roles/{role.id}/delete", holders="0")

    session.expire_all()
    assert session.get(Role, more.id) is not None
    assert named(session, "role") is None


def test_the_role_of_the_last_gri_is_not_deleted(session: Session, login: Login) -> None:
    role = RoleFactory(permissions=[permission(T.all, S.gris)])
    browser = login(PCeenFactory(roles=[role]))
    path = f"/gris/roles/{role.id}/delete"

    to_proof = browser.post(path, data={"holders": "1"})
    assert to_proof.headers["Location"].startswith("/reauth")
    prove(session)
    refused = browser.submit(path, holders="1", status=409)
    assert "Il ne resterait plus aucun GRI" in refused.text("main")

    PCeenFactory(slugs=["gri"])
    name = role.name
    assert browser.post(path, data={"holders": "1"}).status_code == 303
    assert named(session, name) is None


# Its permissions


def test_a_permission_is_added_without_scripts(session: Session, login: Login) -> None:
    role = RoleFactory(name="Ours")
    ada = PCeenFactory(prenom="Ada", nom="Lovelace")
    browser = login(PCeenFactory(slugs=["gri"]))
    path = f"/gris/roles/{role.id}/permissions"

    assert browser.open_page(path).html.select("select[name=scope]")
    page = browser.open_page(f"{path}?type=write&scope=pceen&q=lovelace")

    assert page.texts(".choice > span") == ["Ada Lovelace"]
    (form,) = page.html.select(".choice form")
    sent = {one["name"]: one["value"] for one in form.select("input")}
    sent.pop("csrf_token")
    done = browser.submit(path, **sent)
    assert done.flashes == ["« Ours » permet aussi : écrire / PCéens « Ada Lovelace »."]
    session.expire_all()
    assert rights(role) == {f"write/pceen/{ada.id}"}
    assert "écrire / PCéens « Ada Lovelace »" in done.texts(".permission > span")
    browser.submit(path, type="write", scope="bar")
    session.expire_all()
    assert rights(role) == {f"write/pceen/{ada.id}", "write/bar/*"}


@pytest.mark.parametrize(
    ("right", "status"),
    [
        ({"type": "read", "scope": "bar", "ref_id": "1"}, 400),
        ({"type": "read", "scope": "album"}, 400),
        ({"type": "read", "scope": "moon"}, 422),
        ({"type": "read", "scope": "bekk"}, 409),
        ({}, 422),
    ],
)
def test_a_permission_that_cannot_be_added_is_refused_on_its_page(
    session: Session, login: Login, right: dict[str, str], status: int
) -> None:
    role = RoleFactory(permissions=[permission(T.read, S.bekk)])
    browser = login(PCeenFactory(slugs=["gri"]))

    page = browser.submit(f"/gris/roles/{role.id}/permissions", status=status, **right)

    assert page.html.select(".error-summary")
    session.expire_all()
    assert rights(role) == {"read/bekk/*"}


def test_a_permission_is_removed(session: Session, login: Login) -> None:
    held = permission(T.read, S.bar)
    role = RoleFactory(name="Ours", permissions=[held])
    browser = login(PCeenFactory(can=[*WRITER, (T.read, S.bar)]))

    page = browser.submit(f"/gris/roles/{role.id}/permissions/{held.id}/remove")

    assert page.flashes == ["Cette permission est retirée du rôle « Ours »."]
    session.expire_all()
    assert rights(role) == set()


def test_what_is_of_the_gris_takes_a_proof(session: Session, login: Login) -> None:
    role = RoleFactory()
    browser = login(PCeenFactory(slugs=["gri"]))
    path = f"/gris/roles/{role.id}/permissions"

    answer = browser.post(
        path,
        data={"type": "all", "scope": "gris"},
        headers={"Referer": f"http://localhost{path}?type=all&scope=gris"},
    )

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/reauth?next=/gris/roles/{role.id}/permissions")
    session.expire_all()
    assert rights(role) == set()
    prove(session)
    browser.submit(path, type="all", scope="gris")
    session.expire_all()
    assert rights(role) == {"all/gris/*"}


def test_an_orphan_is_shown_with_what_removes_it(session: Session, login: Login) -> None:
    gone = permission(T.read, S.collection, 7)
    role = RoleFactory(name="Ours", permissions=[gone])
    browser = login(PCeenFactory(can=WRITER))

    page = browser.open_page("/gris/roles")

    (item,) = page.html.select(".permission.is-orphan")
    assert item.span is not None
    assert item.span.text == "[ANCIEN] lire / Collections"
    (form,) = item.select("form")
    assert form.button is not None
    assert form.button.get_text(" ", strip=True).startswith("Retirer")
    browser.submit(str(form["action"]))
    session.expire_all()
    assert rights(role) == set()


def test_only_what_one_may_change_has_a_cross(session: Session, login: Login) -> None:
    ours = RoleFactory(permissions=[permission(T.read, S.bar)])
    browser = login(PCeenFactory(can=[*WRITER, (T.read, S.bar)]))

    page = browser.open_page("/gris/roles")

    shown = {one["data-permissions"]: one for one in page.html.select("[data-permissions]")}
    assert shown[str(ours.id)].select("form")
    assert shown[str(system_role("bar_client").id)].select("form")
    assert not shown[str(system_role("admin").id)].select("form, a")
    assert not shown[str(system_role("gri").id)].select("form, a")


# The roles of someone


def test_a_role_is_given_and_taken_on_the_page_of_someone(session: Session, login: Login) -> None:
    ada, role = PCeenFactory(prenom="Ada", nom="L"), RoleFactory(name=NASTY)
    browser = login(PCeenFactory(can=[(T.write, S.pceen), *WRITER]))
    path = f"/gris/pceens/{ada.id}"

    page = browser.open_page(path)

    names = page.texts(".give-role option")
    assert NASTY in names
    assert not {"Admin", "GRI", "PUBLIC", "Barman"} & set(names)
    given = browser.submit(f"{path}/roles", role=str(role.id))
    assert given.flashes == [f"Ada L a maintenant le rôle « {NASTY} »."]
    assert given.texts(".role-held .role") == [NASTY]
    assert not given.html.select("main img")
    (form,) = given.html.select(".role-held form")
    taken = browser.submit(str(form["action"]))
    assert taken.flashes == [f"Ada L n'a plus le rôle « {NASTY} »."]
    session.expire_all()
    assert ada.roles == []


def test_who_may_give_nothing_sees_no_form(session: Session, login: Login) -> None:
    ada = PCeenFactory(slugs=["eleve"])

    page = login(PCeenFactory(can=[(T.write, S.pceen)])).open_page(f"/gris/pceens/{ada.id}")

    assert not page.html.select(".give-role, .role-held form")
    assert page.texts("[data-pceen] .role") == ["Élève"]


@pytest.mark.parametrize("role", ["", "moon", "99999"])
def test_a_role_that_is_none_is_not_given(session: Session, login: Login, role: str) -> None:
    ada = PCeenFactory()
    browser = login(PCeenFactory(slugs=["gri"]))

    answer = browser.post(f"/gris/pceens/{ada.id}/roles", data={"role": role})

    assert answer.status_code in (303, 404)
    session.expire_all()
    assert ada.roles == []


def test_a_role_is_refused_by_form_as_by_script(session: Session, login: Login) -> None:
    ada, gri = PCeenFactory(), PCeenFactory(slugs=["gri"])
    helper = PCeenFactory(can=[(T.write, S.pceen), *WRITER])

    def tried(who: PCeen, whom: PCeen, slug: str, verb: str = "") -> int:
        role = system_role(slug).id
        path = f"/gris/pceens/{whom.id}/roles" + (f"/{role}/{verb}" if verb else "")
        return _client(login, who).post(path, data={"role": str(role)}).status_code

    assert tried(helper, ada, "admin") == 403
    assert tried(helper, gri, "gri", "remove") == 403
    assert tried(PCeenFactory(can=[(T.write, S.pceen)]), ada, "eleve") == 403
    assert tried(PCeenFactory(can=WRITER), ada, "eleve") == 403
    assert tried(gri, ada, "public") == 303
    session.expire_all()
    assert ada.roles == []


def _client(login: Login, who: PCeen) -> Client:
    return login(who)


def test_giving_up_ones_own_right_leads_home(session: Session, login: Login) -> None:
    role = RoleFactory(permissions=[permission(T.write, S.pceen), permission(T.write, S.role)])
    ada = PCeenFactory(roles=[role])

    answer = login(ada).post(f"/gris/pceens/{ada.id}/roles/{role.id}/remove")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


# What someone may do


def test_what_someone_may_do_is_said_with_the_roles_that_let_them(
    session: Session, login: Login
) -> None:
    ours = RoleFactory(name="Ours", permissions=[permission(T.write, S.bar)])
    about = RoleFactory(
        name=NASTY,
        permissions=[permission(T.read, S.role, ours.id), permission(T.all, S.pceen, 99999)],
    )
    ada = PCeenFactory(slugs=["bar_client"], roles=[system_role("bar_client"), ours, about])
    system_role("public").permissions = [permission(T.read, S.photos)]
    session.commit()

    page = login(PCeenFactory(slugs=["gri"])).open_page(f"/gris/pceens/{ada.id}/rights")

    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("td")]
        for row in page.html.select("tbody tr")
    ]
    assert rows == [
        ["Photos", "–", "PUBLIC", "– non", "– non", "– non"],
        ["Bar", "–", "Client Bar Ours", "Ours", "– non", "– non"],
        ["Rôles", "Ours", NASTY, "– non", "– non", "– non"],
    ]
    assert not page.html.select("main img")


@pytest.mark.parametrize(
    ("can", "status"),
    [
        ([], 403),
        ([(T.write, S.pceen)], 403),
        ([(T.write, S.role)], 403),
        ([(T.write, S.pceen), (T.write, S.role)], 200),
        ([(T.all, S.gris)], 200),
    ],
)
def test_rights_are_shown_to_who_sees_people_and_roles(
    session: Session, login: Login, can: list[tuple[T, S]], status: int
) -> None:
    ada = PCeenFactory()

    assert login(PCeenFactory(can=can)).get(f"/gris/pceens/{ada.id}/rights").status_code == status


def test_pages_take_as_many_statements_whatever_they_show(
    session: Session, login: Login, queries: list[str]
) -> None:
    role = RoleFactory(permissions=[permission(T.read, S.role, system_role("gri").id)])
    ada = PCeenFactory(roles=[role])
    browser = login(PCeenFactory(slugs=["gri"]))
    paths = (
        "/gris/roles",
        f"/gris/roles/{role.id}",
        f"/gris/roles/{role.id}/delete",
        f"/gris/roles/{role.id}/permissions?type=read&scope=pceen",
        f"/gris/pceens/{ada.id}/rights",
    )

    def costs() -> list[int]:
        found = []
        for path in paths:
            queries.clear()
            browser.open_page(path)
            found.append(len(queries))
        return found

    costs()
    before = costs()
    for number in range(10):
        extra = permission(T.read, S.role, RoleFactory().id)
        role.permissions.append(extra)
        PCeenFactory(nom=f"N{number}", roles=[role, RoleFactory(permissions=[extra])])
    session.commit()
    assert costs() == before
    assert max(before) <= 12
