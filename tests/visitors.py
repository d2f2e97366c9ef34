"""A visitor of every kind, every address of the site, and what its tables hold."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.core import clock
from app.enums import (
    BanKind,
    LoginMethod,
    PermissionScope as S,
    PermissionType as T,
    TokenPurpose,
)
from app.models import Ban, Base, Device, LoginSession, PCeen
from app.modules.account.service import links
from tests.client import Client
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory

#: What reading a page may write.
SEEN = {("login_session", "seen_at"), ("device", "last_seen_at"), ("calendar_feed", "read_at")}
INSIDE, OUTSIDE = "10.0.0.101", "192.0.2.1"
Snapshot = dict[str, list[str]]


def snapshot(session: Session) -> Snapshot:
    """Every row of every table, but for when people were last seen."""
    return {
        table.name: sorted(
            repr(row)
            for row in session.execute(
                sa.select(*(c for c in table.columns if (table.name, c.name) not in SEEN))
            )
        )
        for table in Base.metadata.sorted_tables
    }


def rules(app: Flask, method: str) -> list[Rule]:
    """The addresses that answer to *method*."""
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def filled(rule: Rule, value: str | None = None) -> str:
    """A path of *rule*, with *value* in the place of each parameter, else something likely."""

    def fill(found: re.Match[str]) -> str:
        if choices := re.search(r"any\((\w+)", found[0]):
            return choices[1]
        if value is not None:
            return quote(value, safe="")
        if "path:" in found[0]:
            return "js/forms.js"
        if "file:" in found[0]:
            return "0123456789abcdef.webp"
        return "1" if "int:" in found[0] else secret_for(rule.endpoint)

    return re.sub(r"<[^>]*>", fill, rule.rule)


def secret_for(name: str) -> str:
    """The secret of the link to an endpoint, or of a purpose, of ``Visitors.browser``."""
    return f"secret-{name.rpartition('.')[2]}"


class Visitors:
    """Makes a browser for each kind of visitor, with what they have in the database."""

    def __init__(self, app: Flask, session: Session, neighbours: dict[str, str]) -> None:
        self.app, self.session, self.neighbours = app, session, neighbours
        self.neighbours[INSIDE] = "3c:22:fb:00:00:01"

    @classmethod
    def kinds(cls) -> list[str]:
        """The names of the kinds."""
        return [name.removeprefix("_a_") for name in vars(cls) if name.startswith("_a_")]

    def all(self) -> Iterator[tuple[str, Client]]:
        for kind in self.kinds():
            yield kind, self.browser(kind)

    def browser(self, kind: str) -> Client:
        make: Callable[[], PCeen | None] = getattr(self, f"_a_{kind}")
        pceen = make()
        self.session.commit()
        client = self.app.test_client()
        assert isinstance(client, Client)
        client.environ_base["REMOTE_ADDR"] = OUTSIDE if kind.endswith("outside") else INSIDE
        if pceen is not None:
            begun = LoginSession(pceen=pceen, method=LoginMethod.password)
            self.session.add(begun)
            for purpose in TokenPurpose:
                secret = secret_for(purpose)
                links.make(
                    self.session, pceen=pceen, purpose=purpose, secret=secret, email="a@example.org"
                )
            self.session.commit()
            with client.session_transaction() as cookie:
                cookie["_user_id"] = begun.secret
        return client

    def _here(self, owner: PCeen) -> Device:
        """The device of the residence is theirs."""
        return DeviceFactory(pceen=owner, mac_address=self.neighbours[INSIDE])

    def _a_visitor_outside(self) -> None:
        return None

    def _a_visitor_in_the_residence(self) -> None:
        return None

    def _a_member_outside(self) -> PCeen:
        return PCeenFactory(locale="en", promo=None)

    def _a_member_in_the_residence(self) -> PCeen:
        return PCeenFactory()

    def _a_rezident_without_room(self) -> PCeen:
        return PCeenFactory(slugs=["rezident"])

    def _a_rezident_without_device(self) -> PCeen:
        return RentalFactory().pceen

    def _a_settled_rezident(self) -> PCeen:
        pceen = RentalFactory().pceen
        self._here(pceen)
        return pceen

    def _a_settled_rezident_outside(self) -> PCeen:
        pceen = RentalFactory().pceen
        DeviceFactory(pceen=pceen)
        return pceen

    def _a_rezident_with_the_device_of_another(self) -> PCeen:
        self._here(PCeenFactory())
        return RentalFactory().pceen

    def _a_banned_rezident(self) -> PCeen:
        pceen = self._a_settled_rezident()
        key = f"{pceen.id}:disciplinary"
        self.session.add(
            Ban(pceen=pceen, kind=BanKind.disciplinary, reason="Partage", open_key=key)
        )
        return pceen

    def _a_helper_outside(self) -> PCeen:
        return PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role)])

    def _a_gri_outside(self) -> PCeen:
        return PCeenFactory(slugs=["gri", "admin"])

    def _a_settled_gri(self) -> PCeen:
        pceen = PCeenFactory(slugs=["gri", "rezident"])
        RentalFactory(pceen=pceen)
        self._here(pceen)
        return pceen

    def _a_disabled_person(self) -> PCeen:
        return PCeenFactory(disabled_at=clock.now(), slugs=["gri"])
