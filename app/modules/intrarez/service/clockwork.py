"""What time alone does to the network, every minute (network-b B3.6)."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.core.transaction import transaction
from app.enums import DhcpResult
from app.integrations.gateway import HelperStatus
from app.modules.intrarez import queries
from app.modules.intrarez.service import bans, dhcp, rooms

#: How long to wait before what could not be written is tried again.
RETRY_AFTER = timedelta(minutes=10)


def tick(
    session: Session,
    *,
    plan: AddressPlan,
    target: dhcp.Target | None,
    status: HelperStatus | None,
) -> None:
    """Close what time closes; write the rules if they are not what is served.

    Args:
        session: It owns its transactions, one for each thing it does.
        plan: Of the addresses.
        target: Where the rules go, if anywhere.
        status: What the gateway says of them, if anything.
    """
    with transaction(session):
        rooms.close_over(session)
    with transaction(session):
        bans.settle(session, plan=plan)
    with transaction(session):
        dhcp.note_reload(session, status)
    if target is not None and _is_due(session, target):
        dhcp.publish(session, target=target)


def _is_due(session: Session, place: dhcp.Target) -> bool:
    """Whether the served files are not the wanted ones, and it is time to write them."""
    now = dhcp.wanted(session, target=place)
    last = queries.last_run(session)
    session.rollback()
    if dhcp.is_served(now, target=place):
        return False
    if last is None or last.result in (DhcpResult.written, DhcpResult.unchanged):
        return True
    # A run that could not even read the database says nothing of what it wanted.
    is_same = last.sha256 in (None, now.sha256)
    return not is_same or clock.now() - last.finished_at >= RETRY_AFTER
