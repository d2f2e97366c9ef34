"""A GRI who acts for someone (network-a 5.5, network-b B6.4)."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.models import DOAS_MINUTES, LoginSession, PCeen, audit
from app.modules.gris.errors import DoasRefused


def start(session: Session, *, login: LoginSession, target: PCeen, reason: str) -> None:
    """Have who logged in act for *target*, for as long as the settings say.

    Raises:
        DoasRefused: For oneself, another GRI, a disabled account.
    """
    lock(session, login)
    lock(session, target)
    if target.id == login.pceen_id or target.is_disabled or target.is_gri:
        raise DoasRefused
    login.doas_id, login.doas_reason, login.doas_since = target.id, reason, clock.now()
    until = clock.now() + timedelta(minutes=DOAS_MINUTES.get(session))
    audit(
        session,
        "gris.doas.start",
        target,
        after={"gri": login.pceen.full_name, "until": until.isoformat(timespec="seconds")},
        reason=reason,
    )


def stop(session: Session, *, login: LoginSession) -> PCeen | None:
    """Have them act for themselves again; whom they acted for, if they did."""
    lock(session, login)
    target = login.doas
    login.doas_id = login.doas_reason = login.doas_since = None
    if target is not None:
        audit(session, "gris.doas.stop", target)
    return target
