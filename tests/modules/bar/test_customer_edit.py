from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.models import AuditEvent, BarAccount, PCeen, Role
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory, barman, customer
from tests.factories.people import role_with, system_role

PATH = "/bar/user/alice/edit"


@pytest.fixture
def alice() -> PCeen:
    return customer(username="alice", birth_date=date(2008, 1, 1))


@pytest.fixture
def boss(login: Login, alice: PCeen) -> Client:  # someone to change
    return login(PCeenFactory(slugs=["bar_manager"]))


@pytest.fixture
def staff(login: Login, alice: PCeen) -> Client:
    return login(barman())


def version(client: Client) -> str:
    return str(client.open_page(PATH).html.select_one("#looks [name=version]")["value"])


def account(session: Session, pceen: PCeen) -> BarAccount:
    session.expire_all()
    return session.get_one(BarAccount, pceen.id)


def roles(session: Session, pceen: PCeen) -> list[str | None]:
    session.expire_all()
    return [role.slug for role in session.get_one(PCeen, pceen.id).roles if role.slug]


def test_a_nickname_is_given_and_taken_away(staff: Client, session: Session, alice: PCeen) -> None:
    staff.submit(PATH, version=version(staff), nickname="  La Grenouille ")
    assert account(session, alice).nickname == "La Grenouille"
    assert account(session, alice).nickname_key == "la grenouille"

    staff.submit(PATH, version=version(staff), nickname="")
    assert account(session, alice).nickname is None
    events = session.query(AuditEvent).filter_by(action="bar.account.change").all()
    assert [event.after for event in events] == [
        {"nickname": "La Grenouille"},
        {"nickname": None},
    ]


@pytest.mark.once
@pytest.mark.parametrize("nickname", ["x" * 129, "a\N{RIGHT-TO-LEFT OVERRIDE}b"])
def test_a_nickname_that_is_none_is_refused_and_kept_typed(staff: Client, nickname: str) -> None:
    page = staff.submit(PATH, version=version(staff), nickname=nickname, status=422)

    assert page.text("#looks-nickname-errors")


def test_two_changes_at_once_are_one_and_a_refusal(
    staff: Client, session: Session, alice: PCeen
) -> None:
    seen = version(staff)
    staff.submit(PATH, version=seen, nickname="Un")

    page = staff.submit(PATH, version=seen, nickname="Deux", status=409)

    assert "Un" in page.text("#looks-nickname-errors")
    assert account(session, alice).nickname == "Un"


# Whether they serve


@pytest.mark.parametrize("typed", [{"is_barman": "y"}, {"asks_barman": "yes"}])
def test_a_barman_makes_nobody_a_barman(
    staff: Client, session: Session, alice: PCeen, typed: dict[str, str]
) -> None:
    answer = staff.post(PATH, data={"version": version(staff), "nickname": "X"} | typed)

    assert answer.status_code == 403
    assert roles(session, alice) == []
    assert account(session, alice).nickname is None
    assert not staff.open_page(PATH).html.select("[name=is_barman]")


def test_a_manager_makes_a_barman_and_unmakes_one(
    boss: Client, session: Session, alice: PCeen
) -> None:
    sent = {"version": version(boss), "asks_barman": "yes"}
    boss.submit(PATH, **sent, is_barman="y")
    assert roles(session, alice) == ["barman"]
    assert boss.open_page(PATH).html.select("[name=is_barman][checked]")

    boss.submit(PATH, **sent)

    assert roles(session, alice) == []
    actions = [event.action for event in session.query(AuditEvent).order_by(AuditEvent.id)]
    assert actions[-2:] == ["account.role.give", "account.role.take"]


def test_who_still_serves_by_another_role_is_told(
    boss: Client, session: Session, alice: PCeen
) -> None:
    other = Role(name="Bureau du bar", permissions=role_with((T.write, S.bar)).permissions)
    session.get_one(PCeen, alice.id).roles.extend([other, system_role("barman")])
    session.commit()

    page = boss.submit(PATH, version=version(boss), asks_barman="yes")

    assert roles(session, alice) == []
    assert any("Bureau du bar" in said for said in page.flashes)


def test_a_manager_gives_no_more_than_they_hold(
    login: Login, session: Session, alice: PCeen
) -> None:
    client = login(PCeenFactory(can=[(T.all, S.bar)]))  # and not read/bar_stats

    client.submit(PATH, version=version(client), asks_barman="yes", is_barman="y", status=403)

    assert roles(session, alice) == []


@pytest.mark.once
def test_a_page_without_the_switch_leaves_it_as_it_is(
    boss: Client, session: Session, alice: PCeen
) -> None:
    session.get_one(PCeen, alice.id).roles.append(system_role("barman"))
    session.commit()

    boss.submit(PATH, version=version(boss), nickname="X")

    assert roles(session, alice) == ["barman"]


# The birth date


def test_a_birth_date_is_corrected_without_being_shown(
    staff: Client, session: Session, alice: PCeen
) -> None:
    page = staff.open_page(PATH)
    assert "2008" not in str(page.html.select_one("#birth"))
    seen = page.html.select_one("#birth [name=version]")["value"]

    staff.submit("/bar/user/alice/birth_date", version=seen, birth_date="2004-05-17")

    assert account(session, alice).birth_date == date(2004, 5, 17)
    assert "2004" not in str(staff.open_page(PATH).html.select_one("#birth"))


@pytest.mark.parametrize("typed", ["", "2999-01-01", "1850-01-01", "17/05/2004"])
def test_a_birth_date_that_makes_no_sense_is_refused(
    staff: Client, session: Session, alice: PCeen, typed: str
) -> None:
    path = "/bar/user/alice/birth_date"

    page = staff.submit(path, version=version(staff), birth_date=typed, status=422)

    assert page.text("#birth-birth_date-errors")
    assert account(session, alice).birth_date == date(2008, 1, 1)


def test_a_gri_corrects_a_birth_date_too(login: Login, session: Session, alice: PCeen) -> None:
    client = login(PCeenFactory(can=[(T.all, S.gris)]))
    seen = account(session, alice).version

    answer = client.post(
        "/bar/user/alice/birth_date", data={"version": seen, "birth_date": "2004-05-17"}
    )

    assert answer.status_code == 303
    assert account(session, alice).birth_date == date(2004, 5, 17)


@pytest.mark.once
def test_who_does_not_come_to_the_bar_is_not_found(staff: Client) -> None:
    PCeenFactory(username="bob")

    assert staff.get("/bar/user/bob/edit").status_code == 404


@pytest.mark.once
def test_any_name_works_in_the_form(staff: Client, session: Session, alice: PCeen) -> None:
    name = 'Jean "O\'Neil" </script>'
    session.get_one(PCeen, alice.id).rename(prenom=name, nom="Dupont")
    session.commit()

    page = staff.open_page(PATH)

    assert name in page.text("h1")
