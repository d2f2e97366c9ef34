"""``flask outbox``: what waits for the worker, from a terminal."""

import click
from flask.cli import AppGroup

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.modules.operations.queries import outbox as queries
from app.modules.operations.queries.outbox import Wanted
from app.modules.operations.rules.outbox import (
    OutboxState,
    shown_values,
    state_of,
    without_secrets,
)
from app.modules.operations.service import outbox as service
from app.web.module import all_effects

outbox = AppGroup("outbox", help="Mails, messages and other effects that the worker does.")


@outbox.command(name="list")
@click.option("--state", type=click.Choice([one.value for one in OutboxState]), help="Only those.")
@click.option("--kind", help="Only those of this kind.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_(state: str | None, kind: str | None, limit: int) -> None:
    """The effects, the last one first."""
    wanted = Wanted(kind=kind, state=OutboxState(state) if state else None)
    found = queries.entries_page(db.session(), wanted, size=limit)
    for entry in found.items:
        stands = state_of(entry, now=clock.now())
        error = without_secrets(entry.last_error or "")
        click.echo(
            f"{entry.id:8} {entry.created_at:%Y-%m-%d %H:%M} {stands:10} {entry.attempts:3}"
            f"  {entry.kind:32} {error}".rstrip()
        )
    click.echo(f"{found.total} in all.", err=True)


@outbox.command()
@click.argument("key", metavar="ID", type=int, required=False)
@click.option("--parked", is_flag=True, help="All those that were given up.")
@click.option("--kind", help="Of those, only this kind.")
def retry(key: int | None, parked: bool, kind: str | None) -> None:  # a flag
    """Try the effect ID again, or all those that were given up."""
    if (key is None) is not parked:
        raise click.UsageError("give an ID, or --parked")
    try:
        with transaction(db.session()) as session:
            if key is None:
                count = service.retry_parked(session, kind=kind)
            else:
                service.retry(session, entry=queries.entry(session, key))
                count = 1
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{count} will be tried again.")


@outbox.command()
@click.argument("key", metavar="ID", type=int)
def show(key: int) -> None:
    """Say where the effect ID stands, and what it is."""
    try:
        entry = queries.entry(db.session(), key)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{entry.kind}, {state_of(entry, now=clock.now())}, {entry.attempts} attempt(s)")
    click.echo(f"written {entry.created_at:%Y-%m-%d %H:%M:%S} UTC, due {entry.due_at:%H:%M:%S}")
    if entry.last_error:
        click.echo(f"last error: {without_secrets(entry.last_error)}")
    effect, _handler = all_effects().get(entry.kind, (None, None))
    if effect is None or getattr(effect, "confidential", False):
        return
    for name, value in shown_values(entry.payload):
        click.echo(f"  {name}: {value}")
