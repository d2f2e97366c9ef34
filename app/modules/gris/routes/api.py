"""The roles, for scripts: JSON under ``/api/gris`` (network-a 7.5)."""

from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.modules.account.routes.people import looked_after
from app.modules.gris.errors import Malformed, NoSuchScope, ProofNeeded
from app.modules.gris.routes.asking import check_may_change, proof_address, role_to
from app.modules.gris.routes.roles import (
    as_badge,
    elements_to_choose,
    given_by_form,
    permission_to_remove,
)
from app.modules.gris.rules.covering import Held, element_label, writes_some_role
from app.modules.gris.service import roles as service
from app.web.asked import asked_page, asked_text
from app.web.errors import answer

bp = Blueprint("gris_api", __name__, url_prefix="/api/gris")

_LARGEST = 2**31 - 1


@bp.errorhandler(ProofNeeded)
def _proof_needed(refusal: ProofNeeded) -> ResponseReturnValue:
    """Say where one proves who one is."""
    body: Any = answer(refusal.status, refusal.message)
    return {**body[0], "reauth": proof_address()}, refusal.status


def _body() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Malformed
    return sent


def _number(sent: object) -> int:
    if not isinstance(sent, int) or isinstance(sent, bool) or not 0 <= sent <= _LARGEST:
        raise Malformed
    return sent


@bp.post("/pceens/<int:key>/roles")
@context.per_element
def give_role(key: int) -> ResponseReturnValue:
    """Give a role to someone."""
    pceen, sent = looked_after(key), _body()
    role = given_by_form(_number(sent.get("role", sent.get("role_id"))))
    with transaction(db.session()) as session:
        service.give(session, pceen=pceen, role=role, actor=context.current.me)
    return as_badge(role), 201


@bp.delete("/pceens/<int:key>/roles/<int:role>")
@context.per_element
def take_role(key: int, role: int) -> ResponseReturnValue:
    """Take a role from someone."""
    pceen = looked_after(key)
    taken = given_by_form(role)
    with transaction(db.session()) as session:
        service.take(session, pceen=pceen, role=taken, actor=context.current.me)
    return "", 204


@bp.post("/roles/<int:key>/permissions")
@context.per_element
def add_permission(key: int) -> ResponseReturnValue:
    """Let the holders of a role do one thing more."""
    role = role_to(PermissionType.write, key)
    right = _right(_body())
    check_may_change([right])
    with transaction(db.session()) as session:
        added = service.add_permission(session, role=role, right=right, actor=context.current.me)
    return {"id": added.id, "label": added.label}, 201


def _right(sent: dict[str, Any]) -> Held:
    type_, scope, ref_id = (sent.get(name) for name in ("type", "scope", "ref_id"))
    if not isinstance(type_, str) or type_ not in PermissionType.__members__:
        raise Malformed
    if not isinstance(scope, str) or scope not in PermissionScope.__members__:
        raise Malformed
    return Held(
        PermissionType[type_], PermissionScope[scope], None if ref_id is None else _number(ref_id)
    )


@bp.delete("/roles/<int:key>/permissions/<int:permission>")
@context.per_element
def remove_permission(key: int, permission: int) -> ResponseReturnValue:
    """Let the holders of a role do one thing less."""
    role = role_to(PermissionType.write, key)
    removed = permission_to_remove(permission)
    with transaction(db.session()) as session:
        service.remove_permission(session, role=role, permission=removed, actor=context.current.me)
    return "", 204


@bp.get("/scopes/<scope>/elements")
@context.per_element
def scope_elements(scope: str) -> ResponseReturnValue:
    """The elements of a scope that one may read, 50 a page, for who may write some role."""
    context.check_logged_in()
    if not writes_some_role(context.current.me):
        abort(403)
    if scope not in PermissionScope.__members__:
        raise NoSuchScope
    asked = PermissionScope[scope]
    page = elements_to_choose(asked, text=asked_text(), number=asked_page())
    if page is None:
        abort(403)
    return {
        "allow_elem": asked.allow_elem,
        "need_elem": asked.need_elem,
        "items": [{"id": one.id, "label": element_label(one)} for one in page.items],
        "more": page.has_next,
    }
