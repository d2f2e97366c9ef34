"""``flask maintenance`` and ``flask audit``: closing the site, and what was done on it."""

import json
import sys
from datetime import datetime

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from app.core.clock import PARIS
from app.core.transaction import transaction
from app.extensions import db
from app.models import MAINTENANCE, MAINTENANCE_MESSAGE, MAINTENANCE_UNTIL, AuditEvent
from app.modules.operations.service import audit as service, settings

maintenance = AppGroup("maintenance", help="Close the site for work.")
audit = AppGroup("audit", help="What was done.")
_INSTANT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"])


@maintenance.command()
@click.option("--message", default="", help="What people read, 255 characters at most.")
@click.option("--until", type=_INSTANT, help="When it should end, as clocks in Paris show it.")
def on(message: str, until: datetime | None) -> None:
    """Close the site to all but the GRIs."""
    if len(message) > 255:
        raise click.BadParameter("255 characters at most.", param_hint="--message")
    end = until.replace(tzinfo=PARIS) if until else None
    with transaction(db.session()) as session:
        settings.close(session, message=message, until=end)
    click.echo("The site is closed to all but the GRIs.", err=True)


@maintenance.command()
def off() -> None:
    """Open the site again."""
    with transaction(db.session()) as session:
        settings.reopen(session)
    click.echo("The site is open.", err=True)


@maintenance.command()
def status() -> None:
    """Whether the site is closed."""
    session = db.session()
    if not MAINTENANCE.get(session):
        click.echo("open")
        return
    click.echo(
        f"closed {MAINTENANCE_UNTIL.get(session)} {MAINTENANCE_MESSAGE.get(session)}".strip()
    )


@audit.command()
def verify() -> None:
    """Read the whole chain of seals; fail, with the events at fault, if one is broken."""
    found = service.verify(db.session())
    for fault in found.faults:
        click.echo(fault, err=True)
    click.echo(f"{found.seals} events read, {len(found.faults)} at fault.", err=True)
    if found.faults:
        sys.exit(1)


@audit.command()
@click.option("--from", "since", type=_INSTANT, help="The first day.")
@click.option("--to", "until", type=_INSTANT, help="The day after the last one.")
def export(since: datetime | None, until: datetime | None) -> None:
    """What was done, one line of JSON each, the oldest first."""
    table = sa.inspect(AuditEvent).local_table
    stmt = sa.select(table).order_by(table.c.id)
    if since is not None:
        stmt = stmt.where(table.c.at >= since.replace(tzinfo=PARIS))
    if until is not None:
        stmt = stmt.where(table.c.at < until.replace(tzinfo=PARIS))
    for row in db.session().execute(stmt.execution_options(yield_per=1000)).mappings():
        click.echo(json.dumps({**row, "at": row["at"].isoformat()}, ensure_ascii=False))
