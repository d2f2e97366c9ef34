"""What a terminal does of an account: it may do anything, but leave the site without a GRI."""

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import PCeen, defer
from app.modules.account.service import lives
from app.modules.gris.service.gris_left import check_gri_left
from app.modules.intrarez.effects import RefreshNetwork


def disable(session: Session, *, pceen: PCeen, reason: str) -> None:
    """Close an account to its person, and the network to their devices.

    Raises:
        LastGri: If there would be no GRI left.
        AccountDisabledAlready: If it is closed already.
    """
    lock(session, pceen)
    if pceen.is_gri:
        check_gri_left(session, without=pceen)
    lives.disable(session, pceen=pceen, reason=reason)
    defer(session, RefreshNetwork())


def enable(session: Session, *, pceen: PCeen) -> None:
    """Give an account back to its person, and the network to their devices.

    Raises:
        AccountError: If it is open already, or its person is forgotten.
    """
    lives.enable(session, pceen=pceen)
    defer(session, RefreshNetwork())
