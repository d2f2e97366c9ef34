"""The door: each view says who may open it, one hook checks it."""

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from app.context.current import current
from app.context.refusals import (
    AccountNeeded,
    FromInsideOnly,
    InPersonOnly,
    LoggedInAlready,
    LogInFirst,
)
from app.context.rules import AnyOf, Door, Right, Rule, Verdict, verdict
from app.enums import PermissionScope, PermissionType

V = TypeVar("V", bound=Callable[..., Any])

_rules: WeakKeyDictionary[Callable[..., Any], tuple[Rule, ...]] = WeakKeyDictionary()


def _require(rule: Rule) -> Callable[[V], V]:
    """Add *rule* to those of a view, which is left as it is: stacked, all must hold."""

    def mark(view: V) -> V:
        _rules[view] = (rule, *_rules.get(view, ()))
        return view

    return mark


def permission_only(
    type: PermissionType, scope: PermissionScope, elem: Any = None
) -> Callable[[V], V]:
    """Open a view to those who may do that."""
    scope.check(elem)
    return _require(AnyOf(((type, scope),)))


def any_permission_only(*rights: Right) -> Callable[[V], V]:
    """Open a view to those who hold one of these *rights*."""
    return _require(AnyOf(rights))


def gris_or(type: PermissionType, scope: PermissionScope) -> Callable[[V], V]:
    """Open a view to those who may do that, and to the GRIs, who look after it all."""
    return any_permission_only((type, scope), (PermissionType.all, PermissionScope.gris))


#: Open a view to everyone.
public = _require(Door.public)
#: Open a view to whoever is logged in.
logged_in_only = _require(Door.logged_in)
#: Open a view to who is not logged in.
anonymous_only = _require(Door.anonymous)
#: Open a view to the devices that the network of the residence knows of.
internal_only = _require(Door.internal)
#: Open a view to who has a room and a device, and lead the others to what they lack.
setup_only = _require(Door.setup)
#: Refuse a view to a GRI who acts for someone else.
in_person_only = _require(Door.in_person)
#: Open a view to this machine, and hide it from the others.
local_only = _require(Door.local)
#: Let the view itself ask, with ``check_permission``, for the element it loads.
per_element = _require(Door.per_element)
#: Open a view to the GRIs.
gris_only = permission_only(PermissionType.all, PermissionScope.gris)


def unguarded(app: Flask) -> list[str]:
    """The endpoints that forgot to say who may open them."""
    return sorted(name for name, view in app.view_functions.items() if view not in _rules)


def rules_of(app: Flask, endpoint: str) -> tuple[Rule, ...]:
    """Who may open a page, as its decorators say; the GRIs' pages are opened in person."""
    rules = _rules[app.view_functions[endpoint]]
    return (Door.in_person, *rules) if endpoint in app.extensions["gris_pages"] else rules


def _gris_pages(app: Flask) -> frozenset[str]:
    """The endpoints that a GRI never opens as someone else, whatever that person may do."""
    places = ("/gris", "/api/gris")
    return frozenset(r.endpoint for r in app.url_map.iter_rules() if r.rule.startswith(places))


def may_open(endpoint: str) -> bool:
    """Whether the visitor may open this page."""
    return verdict(rules_of(current_app, endpoint), current) is Verdict.allowed


def init_app(app: Flask, *, setup_gate: Callable[[], ResponseReturnValue | None]) -> None:
    """Guard every view of *app*, now complete. Refuse to start if one is bare.

    *setup_gate* is asked before the views for who has completed the set-up.
    """
    public(app.view_functions["static"])
    if bare := unguarded(app):
        raise RuntimeError(f"views that do not say who may open them: {', '.join(bare)}")
    app.extensions["gris_pages"] = _gris_pages(app)
    app.before_request(_check_door)
    app.before_request(lambda: setup_gate() if Door.setup in _asked_for() else None)
    app.after_request(_check_asked)


def _asked_for() -> tuple[Rule, ...]:
    """The rules of the requested view; none when there is no such page."""
    if request.endpoint is None:
        return ()
    return rules_of(current_app, request.endpoint)


def _check_door() -> None:
    answer = verdict(_asked_for(), current)
    if answer is Verdict.account_needed:
        raise AccountNeeded
    if answer is Verdict.log_in_first:
        raise LogInFirst
    if answer is Verdict.from_inside_only:
        raise FromInsideOnly
    if answer is Verdict.logged_in_already:
        raise LoggedInAlready
    if answer is Verdict.in_person_only:
        raise InPersonOnly
    if answer is not Verdict.allowed:
        abort(404 if answer is Verdict.hidden else 403)


def _check_asked(response: Response) -> Response:
    must_ask = Door.per_element in _asked_for() and request.method != "OPTIONS"
    if must_ask and response.status_code < 400 and not current.asked:
        raise RuntimeError(f"{request.endpoint} answered without checking a permission")
    return response
