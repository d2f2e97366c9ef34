"""Every address, for every kind of person: the answer is that of the specification's tables.

The addresses are collected from the application; whom each is for is written in ``access_table``.
The same is asked of what is one's own, of what is somebody else's, and of what is not there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.models import LoginSession, PCeen, Role
from app.modules.gris.rules.seeded import SEEDED
from tests.architecture.access_table import TABLE
from tests.client import Client
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.factories.people import role_with
from tests.visitors import INSIDE, OUTSIDE

#: What, once done, has the others be answered otherwise.
CHANGING = {
    *(("GET", "/logout"), ("POST", "/logout"), ("POST", "/doas/stop")),
    *(("POST", "/rezident/activate"), ("POST", "/devices/delete/<>")),
    *(("POST", "/profile/sessions/<>/revoke"), ("POST", "/gris/maintenance")),
}
MAC = "3c:22:fb:00:00:01"
MISSING = 999_999
#: What is there for some, whoever asks: after a payment, where the school is, or keys are.
NOT_THERE = ("/payments/lydia/", "/bar/lydia/", "/saml/", "/api/push/vapid_public_key")
#: What leads to the next step, or is that step.
LEADING = {"/portal", "/rooms/register", "/rooms/claim"}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Somebody, as far as the table is concerned."""

    name: str
    logged: bool = True
    inside: bool = False
    #: Has a room and a device, and the right to have them.
    settled: bool = False
    slugs: tuple[str, ...] = ()
    can: tuple[tuple[T, S], ...] = ()
    #: A GRI acts for them.
    doas: bool = False
    disabled: bool = False

    @property
    def is_gri(self) -> bool:
        return "gri" in self.slugs or (T.all, S.gris) in self.can

    @property
    def is_rezident(self) -> bool:
        return bool({"rezident", "admin"} & set(self.slugs)) or self.slugs == ("gri",)

    @property
    def is_nobody(self) -> bool:
        return not self.logged or self.disabled

    def holds(self, right: str) -> bool:
        """Whether they may do that; ``all/gris`` is enough for people, roles and money."""
        types = {"write": {T.write, T.all}, "delete": {T.delete, T.all}, "read": set(T)}
        types["all"] = {T.all}
        type_, _, scope = right.partition("/")
        if self.is_gri and scope in (S.gris, S.pceen, S.role, S.payments, S.intrarez):
            return True
        return any(t in types[type_] and s.value == scope for t, s in self.held)

    @property
    def held(self) -> Iterator[tuple[T, S]]:
        yield from self.can
        yield from (right for role in SEEDED if role.slug in self.slugs for right in role.rights)


KINDS = [
    Kind(name="visitor outside", logged=False),
    Kind(name="visitor in the residence", logged=False, inside=True),
    Kind(name="resident", slugs=("rezident",), settled=True),
    Kind(name="resident in the residence", slugs=("rezident",), settled=True, inside=True),
    Kind(name="student", slugs=("eleve",)),
    Kind(name="student in the residence", slugs=("eleve",), inside=True),
    Kind(name="alumnus", slugs=("alumni",)),
    *(
        Kind(name=slug, slugs=(slug,))
        for slug in (
            *("bar_manager", "barman", "bar_client", "bar_observer", "club_q", "bekk"),
            *("panier_bio", "theatre", "calendar", "admin"),
        )
    ),
    Kind(name="holder of write/pceen", can=((T.write, S.pceen),)),
    Kind(name="holder of write/role", can=((T.write, S.role),)),
    Kind(name="holder of all/role", can=((T.all, S.role),)),
    Kind(name="holder of both", can=((T.write, S.pceen), (T.write, S.role))),
    Kind(name="holder of read/payments", can=((T.read, S.payments),)),
    Kind(name="holder of write/payments", can=((T.write, S.payments),)),
    Kind(name="GRI", slugs=("gri",)),
    Kind(name="GRI by one right alone", can=((T.all, S.gris),)),
    Kind(name="GRI who acts for a resident", slugs=("rezident",), settled=True, doas=True),
    Kind(name="GRI who acts for a manager", slugs=("admin",), doas=True),
    Kind(name="disabled GRI", slugs=("gri",), disabled=True),
]

OPEN, LOGIN, FORBIDDEN, HIDDEN, ELSEWHERE, STEP = (
    *("open", "sent to log in", "403", "404", "sent home", "sent to the next step"),
)


def expected(kind: Kind, address: str, access: str) -> set[str]:
    """What the table has the site answer to somebody."""
    words = access.split()
    if kind.doas and ("+person" in words or address.startswith(("/gris", "/api/gris"))):
        return {FORBIDDEN}
    if "+covering" in words and not kind.is_gri:
        words.remove("+covering")
        answers = expected(kind, address, " ".join(words))
        return answers | {FORBIDDEN} if OPEN in answers else answers
    words = [word for word in words if not word.startswith("+")]
    if words in (["public"], ["signed"], ["answered"]):
        return {OPEN, FORBIDDEN, LOGIN} if words != ["public"] else {OPEN}
    if words in (["local"], ["seen"]):
        return {HIDDEN}
    if "anonymous" in words and not kind.is_nobody:
        return {ELSEWHERE}
    if "internal" in words and not (kind.inside and not kind.doas):
        return {FORBIDDEN} if words[0] != "logged" or not kind.is_nobody else {LOGIN, FORBIDDEN}
    if "anonymous" in words or words == ["internal"]:
        return {OPEN}
    if kind.is_nobody:
        return {LOGIN}
    return _for_somebody(kind, words)


def _for_somebody(kind: Kind, words: list[str]) -> set[str]:
    first = words[0]
    if first == "logged":
        return {OPEN}
    if first == "owner":
        return {OPEN if kind.holds("read/payments") else HIDDEN}
    if first == "gri":
        return {OPEN} if kind.is_gri else {FORBIDDEN}
    if first == "rezident":
        return {OPEN} if kind.settled else {STEP} if kind.is_rezident else {FORBIDDEN}
    if first == "setup":
        leads = kind.inside or kind.is_rezident
        return {OPEN} if kind.settled else {STEP} if leads else {FORBIDDEN}
    if first == "write/pceen&role":
        return {OPEN} if kind.holds("write/pceen") and kind.holds("write/role") else {FORBIDDEN}
    return {OPEN} if any(kind.holds(right) for right in words) else {FORBIDDEN}


def found(response: TestResponse, *, may_be_missing: bool) -> str:
    """What the site answered, in the words of the table."""
    where = response.headers.get("Location", "")
    if response.status_code == 401 or re.match(r"/(login|auth_needed)\b", where):
        return LOGIN
    if response.status_code == 403:
        return FORBIDDEN
    if response.status_code == 404:
        return OPEN if may_be_missing else HIDDEN
    if response.status_code == 302 and re.match(r"/(rezident|rooms|devices)/", where):
        return STEP
    ready = response.request.path == "/readyz"  # what it says is not the question here
    assert response.status_code < 500 or ready, response.request.path
    return OPEN


@dataclass
class World:
    """Somebody's browser, and numbers of things: theirs, somebody else's, and of nobody."""

    app: Flask
    session: Session
    neighbours: dict[str, str]
    numbers: dict[str, int] = field(default_factory=dict)

    def person(self, kind: Kind) -> PCeen:
        values: dict[str, Any] = {"slugs": list(kind.slugs)}
        if kind.can:
            values = {"can": list(kind.can)}
        if kind.disabled:
            values["disabled_at"] = clock.now()
        pceen = PCeenFactory(**values)
        if kind.settled:
            RentalFactory(pceen=pceen)
            DeviceFactory(pceen=pceen, mac_address=MAC)
        return pceen

    def browser(self, kind: Kind) -> Client:
        client = self.app.test_client()
        assert isinstance(client, Client)
        client.environ_base["REMOTE_ADDR"] = INSIDE if kind.inside else OUTSIDE
        self.neighbours[INSIDE] = MAC
        if not kind.logged:
            return client
        pceen = self.person(kind)
        self.numbers["own"] = pceen.id
        begun = LoginSession(pceen=pceen, method=LoginMethod.password, proved_at=clock.now())
        if kind.doas:
            begun.pceen = PCeenFactory(slugs=["gri"])
            begun.doas, begun.doas_reason, begun.doas_since = pceen, "pour voir", clock.now()
        self.session.add(begun)
        self.session.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret
            cookie["doas"] = kind.doas
        return client


@pytest.fixture
def world(app: Flask, session: Session, neighbours: dict[str, str]) -> World:
    other, harmless = PCeenFactory(), role_with()
    session.add(harmless)
    session.commit()
    return World(app, session, neighbours, {"other": other.id, "role": harmless.id})


def addresses(app: Flask) -> dict[str, set[str]]:
    """The addresses of the application, and their methods."""
    served: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<[^>]*>", "<>", rule.rule)
        served.setdefault(address, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return served


def test_the_table_and_the_site_have_the_same_addresses_and_methods(app: Flask) -> None:
    assert addresses(app) == {address: set(m.split()) for address, (m, _) in TABLE.items()}


def access_of(address: str, method: str) -> str:
    """Whom an address is for, by what is done with it."""
    looking, _bar, changing = TABLE[address][1].partition(" | ")
    return looking if method == "GET" else changing or looking


def paths(app: Flask, number: int) -> Iterator[tuple[str, str, str, bool]]:
    """Each address with its method, filled with a number of somebody."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<[^>]*>", "<>", rule.rule)
        path = re.sub(r"<[^>]*>", lambda found: _likely(found[0], number), rule.rule)
        assert adapter.test(path, method=next(iter(rule.methods or {"GET"}))), path
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address, path, "<" in rule.rule


def _likely(parameter: str, number: int) -> str:
    if choices := re.search(r"any\((\w+)", parameter):
        return choices[1]
    if "path:" in parameter:
        return "js/forms.js"
    if "file:" in parameter:
        return "0123456789abcdef.webp"
    if "permission" in parameter:
        return str(MISSING)  # with a number of somebody, a role might lose what it is asked for
    if "int:" in parameter:
        return str(number)
    words = {"view": "all", "scope": "bar", "slug": "3months"}
    name = parameter.strip("<>").rpartition(":")[2]
    return words.get(name, "nothing-of-that-name")


def _sent(address: str, world: World) -> dict[str, Any]:
    """What is sent: nothing, but where who may depends on what is given."""
    role = world.numbers["role"]
    if address == "/gris/pceens/<>/roles":
        return {"data": {"role": role}}
    return {"json": {"role": role}} if address == "/api/gris/pceens/<>/roles" else {}


@pytest.mark.once
@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("whose", ["own", "other", "missing"])
def test_each_answer_is_that_of_the_table(
    app: Flask, world: World, session: Session, kind: Kind, whose: str
) -> None:
    browser = world.browser(kind)
    number = world.numbers.get(whose, MISSING)
    wrong = []
    for method, address, path, has_element in paths(app, number):
        if (method, address) in CHANGING or (whose != "own" and not has_element):
            continue  # what has no element is the same whosever it is: asked once
        access = access_of(address, method)
        should = expected(kind, address, access)
        if whose == "missing" and "&role" in access and kind.holds("write/pceen"):
            should.add(OPEN)  # there is nobody there, which they may know
        with browser.open(path, method=method, **_sent(address, world)) as response:
            missing = has_element or path.startswith(NOT_THERE)
            answer = found(response, may_be_missing=missing and HIDDEN not in should)
        if address in LEADING:
            should = {OPEN} if {OPEN, STEP} & should else should
            answer = OPEN if answer == STEP else answer
        if ELSEWHERE in should and response.status_code == 302:
            answer = ELSEWHERE
        if answer not in should:
            wrong.append(
                (method, path, response.status_code, response.headers.get("Location"), should)
            )
        session.expire_all()
    assert wrong == []


def test_the_kinds_hold_what_their_roles_say(app: Flask, session: Session) -> None:
    roles = {role.slug for role in session.query(Role)}

    assert {slug for kind in KINDS for slug in kind.slugs} <= roles
