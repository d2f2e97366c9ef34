"""Nobody without ``all/gris`` ends with a right that they did not hold, whatever they do."""

from collections import Counter
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session, selectinload
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.models import LoginSession, PCeen, Role, pceen_role
from tests.client import Client
from tests.factories import PCeenFactory, RoleFactory, permission

#: Requests that are made, at least.
STEPS = 5000
#: What is given of each scope is on all its elements, or on the one of this place in a list.
SCOPES = (S.pceen, S.role, S.bar, S.payments, S.gris, S.photos)
Right = tuple[T, S, int | None]

numbers = st.integers(0, 5)
rights = st.tuples(st.sampled_from(T), st.sampled_from(SCOPES), st.none() | numbers)
few = st.lists(rights, max_size=3)
#: What opens the pages that change rights, or some of them.
keys = st.lists(
    st.sampled_from([(T.write, S.pceen, None), (T.write, S.role, None), (T.all, S.role, None)]),
    min_size=2,
    max_size=3,
    unique=True,
)
ones = st.lists(st.tuples(st.sampled_from([T.write, T.delete, T.all]), st.just(S.role), numbers))


def allows(held: Right, wanted: Right) -> bool:
    """Whether a right is enough for another, said anew: not with the code that is tried."""
    is_enough = {T.all: set(T), T.write: {T.write, T.read}, T.delete: {T.delete, T.read}}
    return (
        wanted[0] in is_enough.get(held[0], {held[0]})
        and held[1] == wanted[1]
        and held[2] in (None, wanted[2])
    )


class Escalation(RuleBasedStateMachine):
    """Someone who is no GRI tries everything on roles, permissions and people."""

    app: Flask
    session: Session
    answers: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.session.rollback()
        self.savepoint = self.session.get_bind().begin_nested()  # type: ignore[union-attr]

    def teardown(self) -> None:
        self.session.rollback()
        self.savepoint.rollback()
        self.session.expunge_all()
        self.session.info.clear()

    @initialize(own=few, keys=keys, ones=ones, others=st.lists(few, min_size=4, max_size=4))
    def furnish(
        self, own: list[Right], keys: list[Right], ones: list[Right], others: list[list[Right]]
    ) -> None:
        """A few roles, a few people, and who tries."""
        made = [RoleFactory() for _ in range(5)]
        self.roles = [Role.PUBLIC, *(role.id for role in made)]
        people = [PCeenFactory(roles=[role]) for role in made[1:]]
        eve = PCeenFactory(roles=[made[0]])
        self.people = [eve.id, *(one.id for one in people)]
        mine = [one for one in (*own, *keys, *ones) if one[:2] != (T.all, S.gris)]
        for role, given in zip(made, [mine, *others], strict=True):
            role.permissions = list({p.key: p for p in map(self._permission, given)}.values())
        begun = LoginSession(pceen=eve, method=LoginMethod.password, proved_at=clock.now())
        self.session.add(begun)
        self.session.commit()
        client = self.app.test_client()
        assert isinstance(client, Client)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret
        self.browser = client
        self.before = self._held()

    def _permission(self, right: Right) -> Any:
        type_, scope, ref = right
        return permission(type_, scope, self._element(scope, ref))

    def _element(self, scope: S, number: int | None) -> int | None:
        if number is None or not scope.allow_elem:
            return None
        among = self.people if scope is S.pceen else self.roles
        return among[number % len(among)]

    def _held(self) -> dict[int, set[Right]]:
        """What each person may do, through their roles and the public one."""
        self.session.commit()
        held: dict[int, set[Right]] = {}
        read = sa.select(Role).options(selectinload(Role.permissions))
        roles = {role.id: role for role in self.session.scalars(read)}
        links = [(key, Role.PUBLIC) for key in self.people]
        links += [(row[0], row[1]) for row in self.session.execute(sa.select(pceen_role))]
        for pceen, key in links:
            found = {(p.type, p.scope, p.ref_id) for p in roles[key].permissions}
            held.setdefault(pceen, set()).update(found)
        self.session.commit()  # what is open here would hold what requests write
        return held

    def _note(self, answer: TestResponse) -> None:
        assert answer.status_code < 500
        self.answers[f"{answer.status_code}"] += 1

    @rule(whom=numbers, role=numbers)
    def give(self, whom: int, role: int) -> None:
        path = f"/api/gris/pceens/{self._whom(whom)}/roles"
        self._note(self.browser.post(path, json={"role": self._role(role)}))

    @rule(whom=numbers, role=numbers)
    def take(self, whom: int, role: int) -> None:
        path = f"/gris/pceens/{self._whom(whom)}/roles/{self._role(role)}/remove"
        self._note(self.browser.post(path))

    @rule(role=numbers, right=rights)
    def add(self, role: int, right: Right) -> None:
        path = f"/api/gris/roles/{self._role(role)}/permissions"
        ref = self._element(right[1], right[2])
        self._note(
            self.browser.post(path, json={"type": right[0], "scope": right[1], "ref_id": ref})
        )

    @rule(role=numbers, which=numbers)
    def add_own(self, role: int, which: int) -> None:
        own = sorted(self.before[self.people[0]], key=str)
        if own:
            type_, scope, ref = own[which % len(own)]
            path = f"/api/gris/roles/{self._role(role)}/permissions"
            sent = {"type": type_, "scope": scope, "ref_id": ref}
            self._note(self.browser.post(path, json=sent))

    @rule(role=numbers, right=rights)
    def remove(self, role: int, right: Right) -> None:
        key = self._permission(right)
        self.session.add(key)
        self.session.flush()
        path = f"/gris/roles/{self._role(role)}/permissions/{key.id}/remove"
        self.session.commit()
        self._note(self.browser.post(path))

    @precondition(lambda self: len(self.roles) < 8)
    @rule()
    def create(self) -> None:
        data = {"name": f"Made {self.roles}"[:64], "index": "1"}
        self._note(self.browser.post("/gris/roles", data=data))
        made = self.session.scalars(sa.select(sa.func.max(Role.id))).one()
        self.session.commit()
        if made not in self.roles:
            self.roles.append(made)

    @rule(role=numbers)
    def rename(self, role: int) -> None:
        key = self._role(role)
        version = self.session.get_one(Role, key).version
        self.session.commit()
        data = {"name": f"{key} {version}", "index": "2", "version": version}
        self._note(self.browser.post(f"/gris/roles/{key}", data=data))

    @precondition(lambda self: len(self.roles) > 3)
    @rule(role=numbers, empty_first=st.booleans())
    def delete(self, role: int, empty_first: bool) -> None:
        key = self._role(role)
        stmt = sa.select(sa.func.count()).where(pceen_role.c.role_id == key)
        count = 0 if empty_first else self.session.scalar(stmt)
        self.session.commit()
        self._note(self.browser.post(f"/gris/roles/{key}/delete", data={"holders": count}))
        self.session.commit()
        if self.session.get(Role, key) is None:
            self.roles.remove(key)
        self.session.commit()

    @rule(promo=st.integers(1, 999), chosen=st.lists(numbers, max_size=3, unique=True))
    def invite(self, promo: int, chosen: list[int]) -> None:
        data = {
            "nom": f"Nom {promo}",
            "prenom": "Mallory",
            "email": f"m{promo}@example.org",
            "promo": promo,
            "roles": [str(self._role(one)) for one in chosen],
        }
        self._note(self.browser.post("/gris/pceens/add", data=data))
        made = self.session.scalars(sa.select(sa.func.max(PCeen.id))).one()
        self.session.commit()
        if made not in self.people:
            self.people.append(made)

    def _whom(self, number: int) -> int:
        return self.people[number % len(self.people)]

    def _role(self, number: int) -> int:
        return self.roles[number % len(self.roles)]

    @invariant()
    def nobody_has_what_neither_they_nor_eve_held(self) -> None:
        eve = self.before[self.people[0]]
        now = self._held()
        for pceen, held in now.items():
            before = eve | self.before.get(pceen, set())
            for right in held:
                assert any(allows(one, right) for one in before), f"{pceen} got {right}"


@pytest.mark.once
@pytest.mark.usefixtures("unwritten")
def test_no_sequence_of_actions_gives_a_right_that_was_not_held(
    app: Flask, session: Session
) -> None:
    answers: Counter[str] = Counter()
    values: dict[str, Any] = {"app": app, "session": session, "answers": answers}
    machine = type("Machine", (Escalation,), values)

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=135,
            stateful_step_count=50,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],  # to shrink a failure takes minutes: do it when there is one
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert answers.total() >= STEPS
    assert answers["201"] + answers["204"] + answers["303"] > STEPS / 100
    assert answers["403"] > STEPS / 100
