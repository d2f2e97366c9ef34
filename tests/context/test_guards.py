"""The door."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask, g, request

from app import context
from app.context import guards
from app.enums import PermissionScope, PermissionType
from app.models import PCeen, Permission, Role

READ, ALBUM = PermissionType.read, PermissionScope.album


@dataclass
class Collection:
    id: int


@dataclass
class Album:
    id: int
    collection: Collection


@pytest.fixture
def small_app() -> Flask:
    """Visitors may read the collection 3, and ``?internal=1`` says where they are."""
    app = Flask(__name__)
    app.testing = True

    @app.before_request
    def identify() -> None:
        held = Permission(type=READ, scope=PermissionScope.collection, ref_id=3)
        reader = PCeen(prenom="Ada", nom="Lovelace", roles=[Role(name="r", permissions=[held])])
        inside = "02:00:00:00:00:01" if "internal" in request.args else None
        g.context = context.Context(pceen=reader, mac=inside)

    @app.get("/album/<int:number>")
    @context.per_element
    def album(number: int) -> str:
        context.check_permission(READ, ALBUM, Album(7, Collection(number)))
        return "album"

    @app.get("/forgets")
    @context.per_element
    def forgets() -> str:
        return "album"

    @app.get("/inside")
    @context.internal_only
    @context.any_permission_only((READ, PermissionScope.bar), (READ, PermissionScope.bekk))
    def inside() -> str:
        return "inside"

    @app.get("/inside-for-all")
    @context.internal_only
    @context.logged_in_only
    def inside_for_all() -> str:
        return "inside"

    return app


def test_an_element_is_opened_to_who_may_see_it(small_app: Flask) -> None:
    guards.init_app(small_app, setup_gate=lambda: None)
    browser = small_app.test_client()

    assert browser.get("/album/3").text == "album"
    assert browser.get("/album/4").status_code == 403


def test_a_view_that_forgets_to_ask_is_an_error(small_app: Flask) -> None:
    guards.init_app(small_app, setup_gate=lambda: None)

    with pytest.raises(RuntimeError, match="forgets answered without checking"):
        small_app.test_client().get("/forgets")


def test_stacked_decorators_must_all_hold(small_app: Flask) -> None:
    guards.init_app(small_app, setup_gate=lambda: None)
    browser = small_app.test_client()

    assert browser.get("/inside").status_code == 403
    assert browser.get("/inside?internal=1").status_code == 403
    assert browser.get("/inside-for-all").status_code == 403
    assert browser.get("/inside-for-all?internal=1").text == "inside"


def test_an_app_with_a_bare_view_does_not_start(small_app: Flask) -> None:
    small_app.add_url_rule("/bare", "bare", lambda: "open to all")

    with pytest.raises(RuntimeError, match="do not say who may open them: bare"):
        guards.init_app(small_app, setup_gate=lambda: None)


def test_a_right_on_an_element_cannot_guard_a_whole_view() -> None:
    with pytest.raises(ValueError, match="needs an element"):
        context.permission_only(READ, ALBUM)


@pytest.mark.parametrize(
    ("check", "collection", "status"),
    [
        (context.check_any_permission, 3, 200),
        (context.check_any_permission, 4, 403),
        (context.check_all_permissions, 3, 403),
    ],
)
def test_one_right_of_several_or_all_of_them(
    small_app: Flask, check: Callable[..., None], collection: int, status: int
) -> None:
    @small_app.get("/asks")
    @context.per_element
    def asks() -> str:
        shelf = Collection(collection)
        check((READ, PermissionScope.collection, shelf), (READ, PermissionScope.bar))
        return "allowed"

    guards.init_app(small_app, setup_gate=lambda: None)

    assert small_app.test_client().get("/asks").status_code == status


@pytest.mark.parametrize("check", [context.check_any_permission, context.check_all_permissions])
def test_to_ask_for_no_right_at_all_is_an_error(check: Callable[..., None]) -> None:
    with pytest.raises(ValueError, match="one right at least"):
        check()
