"""Who makes a request, and how much it costs to know."""

import pytest
from sqlalchemy.orm import Session

from app.context import current
from app.enums import PermissionScope as S, PermissionType as T
from app.models import Permission, public_role
from app.web.module import NavEntry
from app.web.navigation import menu
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory


def test_a_static_file_asks_nothing_of_the_database(
    session: Session, login: Login, queries: list[str]
) -> None:
    browser = login(PCeenFactory())
    queries.clear()

    for _ in range(100):
        answer = browser.get("/static/img/logo.svg")
        assert answer.status_code == 200
        answer.close()

    assert queries == []


def test_a_page_that_asks_two_hundred_times_reads_roles_in_two_statements(
    session: Session, login: Login, queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def curious() -> list[NavEntry]:
        assert not any(current.has_permission(T.write, S.club_q) for _ in range(200))
        return menu()

    browser = login(PCeenFactory(slugs=["eleve", "rezident", "barman"]))
    monkeypatch.setitem(browser.application.jinja_env.globals, "menu", curious)
    queries.clear()

    browser.open_page("/legal")

    assert len([s for s in queries if " role" in s or "permission" in s]) <= 2


def test_a_role_given_elsewhere_counts_at_the_next_request(
    session: Session, login: Login, client: Client
) -> None:
    browser = login(PCeenFactory())
    browser.open_page("/gris/roles", status=403)

    public_role(session).permissions.append(Permission(type=T.write, scope=S.role))
    session.commit()

    browser.open_page("/gris/roles")
