"""An application with pages that fail in every way there is."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask, abort, current_app, render_template_string, request
from flask.typing import ResponseReturnValue

from app import context, create_app
from app.core.errors import Conflict, DomainError, NotFound, TooMany
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import Base, PCeen
from tests.client import Client
from tests.conftest import furnish, settings_of
from tests.factories import base as factories

#: Part of what fails: it must never be shown.
SECRET = "hunter2-in-a-traceback"


class Refused(DomainError):
    sentence = "The bar is closed."


class Gone(NotFound):
    sentence = "No such beer."


class Changed(Conflict):
    sentence = "The price is another."


class Busy(TooMany):
    sentence = "Wait %(seconds)s s."


def fail(status: str) -> ResponseReturnValue:
    """Fail in the way asked."""
    if status == "422":
        raise Refused
    if status == "429":
        raise Busy(seconds=90)
    if status == "500":
        raise ZeroDivisionError(SECRET)
    if status == "503":
        raise sa.exc.OperationalError(SECRET, {"secret": SECRET}, ConnectionError(SECRET))
    if status in ("404d", "409d"):
        raise Gone if status == "404d" else Changed
    if status == "template":
        return render_template_string("{{ nothing.at.all }}")
    if status == "frame":
        return render_template_string("{% extends 'base.html' %}{% block title %}{% endblock %}")
    if status == "read":
        return {"read": len(request.form)}
    if status == "row":
        db.session.add(PCeen(prenom=SECRET, nom="x", username=None))
        db.session.flush()
    if status == "log":
        current_app.logger.warning("a line\nand\r\nanother\u2028\u0085\x1b[0m\x9b")
    if status == "200":
        return {"fine": True}
    return abort(int(status)) if status.isdigit() else "fine"


def _pages(name: str, prefix: str) -> Blueprint:
    """Pages, or their like for programs."""
    bp = Blueprint(name, __name__, url_prefix=prefix)

    @bp.route("/fail/<status>", methods=["GET", "POST"])
    @context.public
    def failing(status: str) -> ResponseReturnValue:
        return fail(status)

    @bp.get("/mine")
    @context.logged_in_only
    def mine() -> ResponseReturnValue:
        return "mine"

    @bp.get("/staff")
    @context.permission_only(PermissionType.all, PermissionScope.gris)
    def staff() -> ResponseReturnValue:
        return "staff"

    @bp.get("/inside")
    @context.internal_only
    def inside() -> ResponseReturnValue:
        return "inside"

    return bp


def faulty_app(url: str = "sqlite://", **values: object) -> Flask:
    """The application, with those pages, as it answers in production."""
    app = create_app(settings_of(url, **values), PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = Client
    app.register_blueprint(_pages("faulty", "/faulty"))
    app.register_blueprint(_pages("faulty_api", "/api/faulty"))
    return app


@pytest.fixture
def faulty() -> Iterator[Flask]:
    """The application, its database furnished."""
    app = faulty_app()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
        factories.use(db.session())
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def browser(faulty: Flask) -> Client:
    client = faulty.test_client()
    assert isinstance(client, Client)
    return client
