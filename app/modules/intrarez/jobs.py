"""What the network does by date, and after a change."""

import hashlib
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.core.transaction import transaction
from app.enums import DhcpResult
from app.modules.intrarez import queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.service import addresses, dhcp, rooms
from app.web import installation

#: How long to wait before what could not be written is tried again.
RETRY_AFTER = timedelta(minutes=10)


def target() -> dhcp.Target | None:
    """Where this installation writes its rules; ``None`` if it does not."""
    settings = installation.settings()
    if settings.network.dhcp_hosts_file is None:
        return None
    return dhcp.Target(
        path=settings.network.dhcp_hosts_file.absolute(),
        format=settings.network.dhcp_format,
        plan=installation.plan(),
        admins=settings.admins[:1],
    )


def refresh(session: Session, _effect: RefreshNetwork, _number: int) -> None:
    """Write the rules: how the worker does this effect."""
    place = target()
    if place is not None:
        dhcp.publish(session, target=place)


def _tick(session: Session) -> None:
    """Close what time closes; write the rules if they are not what is served."""
    with transaction(session):
        rooms.close_over(session)
    place = target()
    if place is not None and _is_due(session, place):
        dhcp.publish(session, target=place)


def _is_due(session: Session, place: dhcp.Target) -> bool:
    """Whether the served file is not the wanted one, and it is time to write it."""
    _hosts, text = dhcp.wanted(session, target=place)
    last = queries.last_run(session)
    session.rollback()
    if dhcp.served(place.path) == text:
        return False
    if last is None or last.result in (DhcpResult.written, DhcpResult.unchanged):
        return True
    # A run that could not even read the database says nothing of what it wanted.
    is_same = last.sha256 in (None, hashlib.sha256(text.encode()).hexdigest())
    return not is_same or clock.now() - last.finished_at >= RETRY_AFTER


def _purge(session: Session) -> None:
    with transaction(session):
        addresses.purge(session)


TICK = Job(
    name="network.tick",
    label=_l("Fermer les locations échues et tenir les règles DHCP à jour"),
    run=_tick,
    cron="* * * * *",
)
PURGE = Job(
    name="devices.purge-addresses",
    label=_l("Libérer les adresses des appareils partis depuis longtemps"),
    run=_purge,
    cron="30 0 * * *",
)
