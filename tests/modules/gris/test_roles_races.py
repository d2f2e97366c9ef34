"""Several who change roles at once, for real."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import lock, transaction
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import LoginSession, PCeen, Permission, Role
from app.modules.gris.rules.covering import Held, Terminal
from app.modules.gris.service import roles as service
from app.modules.gris.service.gris_left import check_gri_left, enabled_gris
from tests.factories import PCeenFactory, RoleFactory, base as factories, permission, system_role


@pytest.fixture
def people(shared: Flask) -> Iterator[Session]:
    """The session that makes people before the race."""
    with shared.app_context():
        factories.use(db.session())
        yield db.session()


def at_once(times: int, work: Callable[[int], str]) -> Counter[str]:
    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(work, range(times)))


def attempt(app: Flask, work: Callable[[Session], object]) -> str:
    """Do something in a transaction of its own; how it went."""
    with app.app_context():
        try:
            with transaction(db.session()) as session:
                work(session)
        except DomainError as refusal:
            return type(refusal).__name__
        return "done"


def left(app: Flask) -> int:
    with app.app_context():
        return len(enabled_gris(db.session()))


def test_two_gris_who_take_the_role_of_one_another_leave_one(
    shared: Flask, people: Session
) -> None:
    pair = [PCeenFactory(slugs=["gri"]) for _ in range(2)]
    gri = system_role("gri").id
    logins = [
        LoginSession(pceen=one, method=LoginMethod.password, proved_at=clock.now()) for one in pair
    ]
    people.add_all(logins)
    people.commit()
    secrets, keys = [one.secret for one in logins], [one.id for one in pair]
    people.rollback()

    def take(number: int) -> str:
        browser = shared.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = secrets[number]
        path = f"/api/gris/pceens/{keys[1 - number]}/roles/{gri}"
        return str(browser.delete(path).status_code)

    answers = at_once(2, take)

    assert answers["204"] == 1
    assert set(answers) <= {"204", "409", "403"}  # 403: the other was quicker
    assert left(shared) == 1


def test_of_many_ways_to_lose_the_gris_one_is_left(shared: Flask, people: Session) -> None:
    ada, bob = PCeenFactory(slugs=["gri"]), PCeenFactory()
    own = RoleFactory(permissions=[permission(T.all, S.gris)])
    bob.roles.append(own)
    people.commit()
    keys = {"ada": ada.id, "bob": bob.id, "own": own.id, "gri": system_role("gri").id}
    people.rollback()

    def take(session: Session) -> None:
        pceen, role = session.get_one(PCeen, keys["ada"]), session.get_one(Role, keys["gri"])
        service.take(session, pceen=pceen, role=role, actor=Terminal())

    def delete(session: Session) -> None:
        role = session.get_one(Role, keys["own"])
        service.delete(session, role=role, holders=1, actor=Terminal())

    def remove(session: Session) -> None:
        held = session.scalars(sa.select(Permission).where(Permission.key == "all/gris/*")).one()
        role = session.get_one(Role, keys["own"])
        service.remove_permission(session, role=role, permission=held, actor=Terminal())

    def disable(session: Session) -> None:
        pceen = session.get_one(PCeen, keys["ada"])
        lock(session, pceen)  # people before the right, as whoever asks must
        check_gri_left(session, without=pceen)
        pceen.disabled_at = clock.now()

    ways = [take, delete, remove, disable]

    def lose(number: int) -> str:
        try:
            return attempt(shared, ways[number])
        except sa.exc.InvalidRequestError:  # the role was deleted meanwhile
            return "gone"

    answers = at_once(len(ways), lose)

    assert answers["LastGri"] >= 1
    assert left(shared) == 1


def test_a_role_given_by_many_at_once_is_given_once(shared: Flask, people: Session) -> None:
    ada, role = PCeenFactory().id, RoleFactory().id
    people.rollback()

    def give(_: int) -> str:
        def work(session: Session) -> None:
            pceen = session.get_one(PCeen, ada)
            one = session.get_one(Role, role)
            service.give(session, pceen=pceen, role=one, actor=Terminal())

        return attempt(shared, work)

    assert at_once(6, give) == {"done": 1, "AlreadyHeld": 5}


def test_a_permission_new_to_all_is_added_by_many_at_once(shared: Flask, people: Session) -> None:
    keys = [RoleFactory().id for _ in range(6)]
    people.rollback()

    def add(number: int) -> str:
        def work(session: Session) -> None:
            role = session.get_one(Role, keys[number])
            right = Held(T.delete, S.club)
            service.add_permission(session, role=role, right=right, actor=Terminal())

        return attempt(shared, work)

    assert at_once(6, add) == {"done": 6}
    with shared.app_context():
        stmt = sa.select(sa.func.count()).where(Permission.key == "delete/club/*")
        assert db.session.scalar(stmt) == 1


def test_of_two_roles_of_one_name_one_is_made(shared: Flask, people: Session) -> None:
    people.rollback()

    def create(number: int) -> str:
        name = "Ours" if number else "OURS"
        return attempt(
            shared, lambda session: service.create(session, looks=service.Looks(name=name))
        )

    assert at_once(2, create) == {"done": 1, "RoleNameTaken": 1}
