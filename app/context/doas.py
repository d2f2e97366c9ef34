"""A GRI who acts for someone: whether it still holds (network-a 5.5, network-b B6.4)."""

from datetime import datetime, timedelta

from flask import flash, request, session as cookie
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.context.refusals import DoasOver
from app.core import clock
from app.enums import PermissionScope, PermissionType
from app.models import DOAS_MINUTES, LoginSession, Role, roles_of

#: What says, in the cookie, that the browser shows pages made for someone else.
_MARK = "doas"
_SAFE = ("GET", "HEAD", "OPTIONS")


def begin() -> None:
    """Have the browser know that its next pages are someone else's: forms shown so far are void."""
    cookie[_MARK] = True
    cookie.pop("csrf_token", None)


def finish() -> None:
    """Have the browser know that its next pages are the GRI's own."""
    cookie.pop(_MARK, None)
    cookie.pop("csrf_token", None)


def ends_at(session: Session, login: LoginSession) -> datetime | None:
    """Until when this GRI acts for someone, if they do and still may; the time may be past."""
    gri, target, since = login.pceen, login.doas, login.doas_since
    if target is None or since is None:
        return None
    set_committed_value(
        target, "roles", [r for r in roles_of(session, target.id) if r.id != Role.PUBLIC]
    )
    right = (PermissionType.all, PermissionScope.gris)
    if not gri.has_permission(*right) or target.is_disabled or target.has_permission(*right):
        return None
    return since + timedelta(minutes=DOAS_MINUTES.get(session))


def running(session: Session, login: LoginSession) -> datetime | None:
    """Until when the GRI acts for someone, if they do now.

    Raises:
        DoasOver: If they no longer do, and this is a form that was filled in for someone else.
    """
    until = ends_at(session, login)
    if until is not None and clock.now() < until:
        if _MARK not in cookie:  # the cookie of another browser has no place here
            begin()
        return until
    if cookie.get(_MARK):
        finish()
        if request.method not in _SAFE:
            raise DoasOver
        flash(_("Vous n'agissez plus à la place de quelqu'un."), "info")
    return None
