"""What the tests of whole accounts start from."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import LoginMethod
from app.models import LoginSession, PCeen
from app.models.personal import Keeper
from app.modules.lives import around
from app.modules.lives.service.parts import Parts
from tests.client import Client
from tests.factories import PCeenFactory

Proved = Callable[[PCeen], Client]


@pytest.fixture
def parts(app: Flask) -> Parts:
    """What the modules of the site bring: each works in the application, as it does on the site."""

    def inside(work: Callable[..., Any]) -> Callable[..., Any]:
        def worked(*given: Any) -> Any:
            with app.app_context():
                done = work(*given)
                return list(done) if isinstance(done, Iterator) else done

        return worked

    with app.app_context():
        found = around.parts()
    names = [one.name for one in fields(Keeper)]
    return replace(
        found,
        keepers=tuple(
            Keeper(**{name: inside(getattr(keeper, name)) for name in names})
            for keeper in found.keepers
        ),
    )


@pytest.fixture
def gri(session: Session) -> PCeen:
    """A GRI, who is not the only one."""
    PCeenFactory(prenom="Zoé", nom="Zola", slugs=["gri"])
    return PCeenFactory(prenom="Grace", nom="Hopper", slugs=["gri"])


@pytest.fixture
def proved(app: Flask, session: Session) -> Proved:
    """A browser, other for each person, of who has just proved who they are."""

    def _proved(pceen: PCeen) -> Client:
        begun = LoginSession(pceen=pceen, method=LoginMethod.password, proved_at=clock.now())
        session.add(begun)
        session.commit()
        client = app.test_client()
        assert isinstance(client, Client)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
        with client.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret
        return client

    return _proved


@pytest.fixture
def exports_dir(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the archives are, for this test."""
    directory = tmp_path / "exports"
    settings = app.extensions["settings"].model_copy(update={"exports_dir": directory})
    monkeypatch.setitem(app.extensions, "settings", settings)
    return directory
