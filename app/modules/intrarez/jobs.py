"""What the network does by date, and after a change."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.integrations.gateway import DHCP_STATUS
from app.modules.intrarez import around
from app.modules.intrarez.effects import ForceNetwork, RefreshNetwork
from app.modules.intrarez.service import (
    addresses,
    clockwork,
    dhcp,
    monitoring,
    retention,
    subscriptions,
)
from app.modules.intrarez.service.subscriptions import Day
from app.web import installation


def refresh(session: Session, _effect: RefreshNetwork, _number: int) -> None:
    """Write the rules: how the worker does this effect."""
    place = around.target()
    if place is not None:
        dhcp.publish(session, target=place)


def force(session: Session, _effect: ForceNetwork, _number: int) -> None:
    """Write the rules, few as they may be: how the worker does this effect."""
    place = around.target()
    if place is not None:
        dhcp.publish(session, target=place, force=True)


def _tick(session: Session) -> None:
    clockwork.tick(
        session,
        plan=installation.plan(),
        target=around.target(),
        status=installation.gateway().status(DHCP_STATUS),
    )


def _purge_addresses(session: Session) -> None:
    with transaction(session):
        addresses.purge(session)


def _sample(session: Session) -> None:
    sight = monitoring.look(
        session,
        plan=installation.plan(),
        neighbours=installation.neighbours(),
        leases=around.leases(),
    )
    with transaction(session):
        monitoring.sample(session, sight)


def _purge(session: Session) -> None:
    with transaction(session):
        retention.purge(session)


def _update_subscriptions(session: Session) -> None:
    day = Day(plan=installation.plan(), admins=installation.settings().admins[:1])
    subscriptions.update(session, day)


SUBSCRIPTIONS = Job(
    name="subscriptions.update",
    label=_l("Rappeler de payer, couper et rendre Internet"),
    run=_update_subscriptions,
    cron="5 0 * * *",
)
TICK = Job(
    name="network.tick",
    label=_l("Fermer les locations et les suspensions échues, et tenir les règles à jour"),
    run=_tick,
    cron="* * * * *",
)
SAMPLE = Job(
    name="monitoring.sample",
    label=_l("Compter les appareils en ligne"),
    run=_sample,
    cron="*/10 * * * *",
)
PURGE_ADDRESSES = Job(
    name="devices.purge-addresses",
    label=_l("Libérer les adresses des appareils partis depuis longtemps"),
    run=_purge_addresses,
    cron="30 0 * * *",
)
PURGE = Job(
    name="retention.purge",
    label=_l("Oublier qui avait quelle adresse il y a plus d'un an, et qui a changé quoi"),
    run=_purge,
    cron="30 3 * * *",
)
