"""The roles: their page, and ``flask roles``."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.models import AuditEvent, PCeen, Permission, Role
from app.modules.gris.rules.seeded import SEEDED
from tests.conftest import Login
from tests.factories import PCeenFactory, RoleFactory, permission, system_role


def rights(role: Role) -> set[str]:
    return {held.key for held in role.permissions}


# The page


@pytest.mark.parametrize(
    ("can", "status"),
    [
        ([], 403),
        ([(T.read, S.role)], 403),
        ([(T.write, S.pceen)], 403),
        ([(T.write, S.role)], 200),
        ([(T.all, S.gris)], 200),
    ],
)
def test_the_roles_are_shown_to_who_may_change_them(
    session: Session, login: Login, can: list[tuple[T, S]], status: int
) -> None:
    assert login(PCeenFactory(can=can)).get("/gris/roles").status_code == status


def test_each_role_says_what_it_allows_and_how_many_hold_it(session: Session, login: Login) -> None:
    for _ in range(3):
        PCeenFactory(slugs=["rezident"])
    browser = login(PCeenFactory(slugs=["gri", "rezident"]))

    page = browser.open_page("/gris/roles")

    rows = {row.select("td")[2].text.strip(): row for row in page.html.select("tbody tr")}
    assert set(rows) == {seeded.slug for seeded in SEEDED}
    rezident = [cell.get_text(" ", strip=True) for cell in rows["rezident"].select("td")]
    assert (rezident[4], rezident[5]) == ("lire / IntraRez", "4")
    assert [row.select("td")[4].get_text(strip=True) for row in (rows["public"],)] == ["aucune"]


def test_a_role_whose_name_is_html_is_only_a_name(session: Session, login: Login) -> None:
    RoleFactory(name="<img src=x onerror=alert(1)>")

    page = login(PCeenFactory(slugs=["gri"])).open_page("/gris/roles")

    assert "<img src=x onerror=alert(1)>" in page.texts("tbody .headline")
    assert not page.html.select("tbody img")


def test_more_roles_take_no_more_statements(
    session: Session, login: Login, queries: list[str]
) -> None:
    browser = login(PCeenFactory(slugs=["gri"]))

    def cost() -> int:
        queries.clear()
        browser.open_page("/gris/roles")
        return len(queries)

    cost()
    cost_before = cost()
    for scope in (S.bar, S.bekk, S.photos, S.theatre, S.club_q):
        RoleFactory(permissions=[permission(T.read, scope)])
    assert cost() == cost_before


# flask roles


def test_the_roles_that_are_missing_are_made_and_the_others_left_alone(
    session: Session, cli: FlaskCliRunner
) -> None:
    session.delete(system_role("barman"))
    system_role("rezident").name = "Habitant"
    session.commit()

    first = cli.invoke(args=["roles", "seed"])
    second = cli.invoke(args=["roles", "seed"])

    assert (first.exit_code, first.output) == (0, "Made: Barman.\n")
    assert second.output == "Made: none, all are there.\n"
    session.expire_all()
    assert rights(system_role("barman")) == {"write/bar/*", "read/bar_stats/*"}
    assert system_role("rezident").name == "Habitant"


def test_a_reset_restores_what_was_edited_and_says_it(
    session: Session, cli: FlaskCliRunner
) -> None:
    rezident, barman = system_role("rezident"), system_role("barman")
    rezident.name, rezident.color, rezident.index = "Habitant", None, 3
    barman.permissions = [permission(T.all, S.gris), permission(T.write, S.bar)]
    session.commit()

    result = cli.invoke(args=["roles", "seed", "--reset"])

    assert result.exit_code == 0
    assert set(result.output.splitlines()) == {
        "rezident: name Habitant → Rezident",
        "rezident: color None → d5c0a9",
        "rezident: index 3 → 20",
        "barman: - all/gris/*",
        "barman: + read/bar_stats/*",
        "Made: none, all are there.",
    }
    session.expire_all()
    assert (rezident.name, rezident.color, rezident.index) == ("Rezident", "d5c0a9", 20)
    assert (rezident.name_key, rezident.version) == ("rezident", 2)
    assert rights(barman) == {"write/bar/*", "read/bar_stats/*"}
    reset = sa.select(sa.func.count()).where(AuditEvent.action == "gris.role.reset")
    assert session.scalar(reset) == 2


def test_a_reset_of_what_was_not_edited_changes_nothing(
    session: Session, cli: FlaskCliRunner
) -> None:
    result = cli.invoke(args=["roles", "seed", "--reset"])

    assert result.output == "Made: none, all are there.\n"
    assert set(session.scalars(sa.select(Role.version))) == {1}


def test_a_reset_leaves_the_roles_that_people_made(session: Session, cli: FlaskCliRunner) -> None:
    made = RoleFactory(name="Ours", permissions=[permission(T.all, S.theatre)])

    cli.invoke(args=["roles", "seed", "--reset"])

    session.expire_all()
    assert (made.name, rights(made)) == ("Ours", {"all/theatre/*"})


def test_the_public_role_keeps_its_number(session: Session, cli: FlaskCliRunner) -> None:
    session.delete(system_role("public"))
    session.commit()

    cli.invoke(args=["roles", "seed"])

    assert system_role("public").id == Role.PUBLIC == 0


def test_no_permission_is_there_twice(session: Session, cli: FlaskCliRunner) -> None:
    cli.invoke(args=["roles", "seed", "--reset"])

    keys = session.scalars(sa.select(Permission.key)).all()
    assert len(keys) == len(set(keys))


def test_the_roles_are_shown_in_a_terminal(session: Session, cli: FlaskCliRunner) -> None:
    PCeenFactory(slugs=["rezident"])
    RoleFactory(name="Ours", index=2000)

    lines = cli.invoke(args=["roles", "show"]).output.splitlines()

    assert len(lines) == len(SEEDED) + 1
    (rezident,) = [line for line in lines if line.startswith("rezident ")]
    assert rezident.split() == ["rezident", "Rezident", "1", "read/intrarez"]
    assert lines[-1].split() == ["-", "Ours", "0", "nothing"]


def test_one_role_is_shown_with_who_holds_it(session: Session, cli: FlaskCliRunner) -> None:
    PCeenFactory(username="ada", slugs=["barman"])
    gone = RoleFactory(name="Ours", permissions=[permission(T.read, S.collection, 7)])

    barman = cli.invoke(args=["roles", "show", "barman"]).output.splitlines()
    ours = cli.invoke(args=["roles", "show", gone.name]).output.splitlines()
    nothing = cli.invoke(args=["roles", "show", "moon"])

    assert barman[:3] == [
        "Barman (barman), index 15, color 000000",
        "  write/bar",
        "  read/bar_stats",
    ]
    assert barman[3].startswith("ada ")
    assert ours == ["Ours (-), index 1000, color -", "  read/collection[7] (gone)"]
    assert nothing.exit_code != 0
    assert "Ce rôle n'existe pas." in nothing.output


def test_a_reset_may_be_of_one_role(session: Session, cli: FlaskCliRunner) -> None:
    system_role("rezident").name, system_role("barman").name = "Habitant", "Barista"
    session.commit()

    result = cli.invoke(args=["roles", "seed", "--reset", "barman"])

    assert result.output.splitlines()[0] == "barman: name Barista → Barman"
    session.expire_all()
    assert system_role("rezident").name == "Habitant"
    assert cli.invoke(args=["roles", "seed", "--reset", "moon"]).exit_code != 0


def test_a_reset_leaves_a_gri(session: Session, cli: FlaskCliRunner) -> None:
    barman = system_role("barman")
    barman.permissions.append(permission(T.all, S.gris))
    ada = PCeenFactory(slugs=["barman"])

    result = cli.invoke(args=["roles", "seed", "--reset"])

    assert result.exit_code != 0
    assert "Il ne resterait plus aucun GRI" in result.output
    session.expire_all()
    assert ada.is_gri


def test_ten_seeds_make_no_role_twice(session: Session, cli: FlaskCliRunner) -> None:
    for _ in range(10):
        cli.invoke(args=["roles", "seed", "--reset"])

    assert session.scalar(sa.select(sa.func.count()).select_from(Role)) == len(SEEDED)


# flask gri


def test_gris_are_made_and_unmade_from_a_terminal(session: Session, cli: FlaskCliRunner) -> None:
    ada, bob = PCeenFactory(username="ada"), PCeenFactory(username="bob", slugs=["gri"])

    granted = cli.invoke(args=["gri", "grant", "ada"])
    again = cli.invoke(args=["gri", "grant", "ada"])
    listed = cli.invoke(args=["gri", "list"])
    revoked = cli.invoke(args=["gri", "revoke", "bob"])
    last = cli.invoke(args=["gri", "revoke", "ada"])

    assert granted.output == "ada is now a GRI.\n"
    assert again.output == "ada was already a GRI.\n"
    assert [line.split()[0] for line in listed.output.splitlines()] == ["ada", "bob"]
    assert revoked.output == "bob is no longer a GRI.\n"
    assert cli.invoke(args=["gri", "revoke", "bob"]).output == "bob was not a GRI.\n"
    assert last.exit_code != 0
    assert "Il ne resterait plus aucun GRI" in last.output
    session.expire_all()
    assert (ada.is_gri, bob.is_gri) == (True, False)


def test_the_account_of_a_gri_is_made_from_a_terminal(
    session: Session, cli: FlaskCliRunner
) -> None:
    options = ["--nom", "Lovelace", "--prenom", "Ada", "--email", "Ada@example.org"]

    result = cli.invoke(args=["gri", "create", *options])

    assert result.output.startswith("http://localhost/invitation/")
    ada = session.scalars(sa.select(PCeen)).one()
    assert (ada.full_name, ada.is_gri) == ("Ada Lovelace", True)
    assert cli.invoke(args=["gri", "create", *options]).exit_code != 0
