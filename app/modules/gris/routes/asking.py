"""Who may change rights, how they prove it, and of what: asked by pages and by scripts alike."""

from collections.abc import Iterable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import Role
from app.modules.account.errors import NoSuchRole
from app.modules.account.service import profile
from app.modules.gris.errors import LastGri, NotAllowed, NotWhileActing, ProofNeeded
from app.modules.gris.queries import roles as queries
from app.modules.gris.rules.covering import Held, touches_gris
from app.web.errors import answer
from app.web.urls import this_page

_GRI = (PermissionType.all, PermissionScope.gris)


def role_to(type: PermissionType, key: int) -> Role:
    """The role numbered *key*, for who has that right on it.

    Raises:
        NoSuchRole: If there is none.
        HTTPException: If the visitor may not, or is not logged in.
    """
    role = queries.role(db.session(), key)
    if role is None:
        context.check_any_permission((type, PermissionScope.role), _GRI)
        raise NoSuchRole
    context.check_any_permission((type, PermissionScope.role, role), _GRI)
    return role


def check_may_change(rights: Iterable[Held] = ()) -> None:
    """Rights change in one's own name; those of GRIs, by who has just proved to be who they are.

    Raises:
        NotWhileActing: If the visitor acts as someone else.
        ProofNeeded: If they are to prove who they are.
    """
    current = context.current
    if current.user is not current.pceen:
        raise NotWhileActing
    if touches_gris(rights) and context.current.is_gri and not is_proved():
        raise ProofNeeded


def check_may_give(role: Role) -> None:
    """Likewise, for all that a role allows."""
    check_may_change(queries.rights_of(db.session(), role))


def is_proved() -> bool:
    """Whether the visitor has just proved who they are."""
    login = context.current.login
    return login is not None and profile.is_proved(login)


def to_proof(refusal: ProofNeeded) -> ResponseReturnValue:
    """Have a person prove who they are, then come back to the page."""
    flash(refusal.message, "info")
    return redirect(url_for("account.reauth", next=this_page()), 303)


def refuse(refusal: NotAllowed | LastGri) -> ResponseReturnValue:
    """Say no as plainly to a person as to a script: it is not a matter of trying again."""
    return answer(refusal.status, refusal.message)


def proof_address() -> str:
    """Where a script sends the person to prove who they are, to come back to its page."""
    return url_for("account.reauth", next=this_page() if request.referrer else None)
