"""``flask bans``, ``flask devices``, ``flask network``, ``flask retention``."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.core import clock
from app.core.clock import PARIS
from app.core.dates import Span
from app.core.errors import DomainError
from app.core.text import clean, has_forbidden
from app.core.transaction import transaction
from app.enums import BanKind
from app.extensions import db
from app.integrations.gateway import DHCP_STATUS
from app.models import audit
from app.modules.account import queries as accounts
from app.modules.intrarez import around, queries
from app.modules.intrarez.errors import MacError
from app.modules.intrarez.rules import bans as rules
from app.modules.intrarez.rules.macs import parse_mac
from app.modules.intrarez.service import (
    addresses,
    bans as service,
    clockwork,
    retention as retention_service,
)
from app.modules.intrarez.service.bans import Terms
from app.web import installation

bans = AppGroup("bans", help="Who has no Internet, and until when.")
devices = AppGroup("devices", help="The devices of the residents.")
network = AppGroup("network", help="What time does, and who had which address.")
retention = AppGroup("retention", help="What is not kept for ever.")
KINDS = click.Choice([kind.value for kind in BanKind])


@bans.command(name="list")
@click.option("--kind", type=KINDS, help="Only those.")
def list_(kind: str | None) -> None:
    """The bans that are not ended."""
    for ban in queries.open_bans(db.session(), BanKind(kind) if kind else None):
        until = ban.ends_at.isoformat(timespec="minutes") if ban.ends_at else "further notice"
        who = f"{ban.pceen.username:12} {ban.kind:12}"
        click.echo(f"{ban.id:5}  {who}  until {until}: {ban.reason}")


@bans.command()
@click.argument("username")
@click.option("--kind", type=KINDS, default=BanKind.disciplinary.value, show_default=True)
@click.option("--reason", required=True, help="32 characters at most: people read it.")
@click.option("--days", type=click.IntRange(1, 366), help="How many days.")
@click.option("--months", type=click.IntRange(1, 120), help="How many months.")
@click.option("--unlimited", is_flag=True, help="Until further notice.")
@click.option("--no-mail", is_flag=True, help="Do not tell the person.")
def add(
    username: str,
    kind: str,
    reason: str,
    days: int | None,
    months: int | None,
    unlimited: bool,  # a flag
    no_mail: bool,  # a flag
) -> None:
    """Keep USERNAME from the Internet, from now on."""
    if not unlimited and not days and not months and kind != BanKind.unpaid.value:
        raise click.UsageError("say --days, --months or --unlimited")
    reason = clean(reason)
    if not 1 <= len(reason) <= 32 or has_forbidden(reason):
        raise click.UsageError("--reason has from 1 to 32 characters that people can read")
    span = Span(months or 0, days or 0)
    terms = Terms(
        reason=reason,
        ends_at=rules.end_after(clock.now(), span) if any(span) and not unlimited else None,
        notify=not no_mail,
    )
    try:
        with transaction(db.session()) as session:
            pceen = accounts.called_or_refused(session, username)
            plan = installation.plan()
            ban = service.start(session, pceen=pceen, kind=BanKind(kind), terms=terms, plan=plan)
        click.echo(f"{ban.id}")
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None


@bans.command()
@click.argument("key", metavar="ID", type=int)
@click.option("--grace", type=click.IntRange(1, 31), help="Days before an unpaid one is back.")
@click.option("--note", default="", help="Why.")
def end(key: int, grace: int | None, note: str) -> None:
    """End the ban ID now."""
    try:
        with transaction(db.session()) as session:
            ban = queries.ban(session, key)
            ended = service.end(session, ban=ban, note=note, grace_days=grace)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo("Ended." if ended else "It was ended already.")


@devices.command()
@click.argument("what", metavar="MAC|ADDRESS|NAME")
def find(what: str) -> None:
    """The devices that have this hardware address, address or name."""
    for device in queries.found_devices(db.session(), _as_kept(what), installation.plan()):
        owner = f"{device.pceen.username} ({device.pceen.full_name})"
        click.echo(f"{device.id:5}  {device.mac_address}  {device.name or '-':24}  {owner}")


def _as_kept(what: str) -> str:
    """A hardware address, however it is written, as we keep it; anything else as it is."""
    try:
        return parse_mac(what)
    except MacError:
        return what


@devices.command(name="purge-addresses")
def purge_addresses() -> None:
    """Free the addresses of the devices that left long ago."""
    with transaction(db.session()) as session:
        addresses.purge(session)
    click.echo("Done.")


@network.command()
def tick() -> None:
    """Do now what is done every minute."""
    clockwork.tick(
        db.session(),
        plan=installation.plan(),
        target=around.target(),
        status=installation.gateway().status(DHCP_STATUS),
    )
    click.echo("Done.")


@network.command()
@click.argument("address")
@click.argument("instant", metavar="INSTANT")
@click.option("--reason", required=True, help="Why it is asked: it is written down.")
def who(address: str, instant: str, reason: str) -> None:
    """Who had ADDRESS at INSTANT, as 2027-03-28T03:00, of the clock in Paris."""
    at, reason = _instant(instant), clean(reason)
    if not reason:
        raise click.UsageError("say why, after --reason")
    with transaction(db.session()) as session:
        found = queries.who_had(session, address, at)
        after = {"address": address, "at": at.isoformat(), "found": len(found)}
        audit(session, "intrarez.network.who", after=after, reason=reason[:255])
        lines = [
            f"{one.mac_address}  room {one.room_num or '-'}  {one.pceen_id} {one.pceen.full_name}"
            for one in found
        ]
    if not lines:
        raise click.ClickException("nobody had it then")
    for line in lines:
        click.echo(line)


def _instant(text: str) -> datetime:
    """Read an instant: aware as it says, else of the clock in Paris.

    Raises:
        click.UsageError: If it is none, or if clocks jumped over it.
    """
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("write the instant as 2027-03-28T03:00") from None
    if typed.tzinfo is not None:
        return typed.astimezone(UTC)
    instant = typed.replace(tzinfo=PARIS).astimezone(UTC)
    if instant.astimezone(PARIS).replace(tzinfo=None) != typed:
        raise click.UsageError(f"{text} did not exist: clocks jumped over it that night")
    return instant


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only count.")
def purge(dry_run: bool) -> None:  # a flag
    """Delete what was kept long enough."""
    with transaction(db.session()) as session:
        found = retention_service.purge(session, dry_run=dry_run)
    verb = "to delete" if dry_run else "deleted"
    click.echo(
        f"{found.history} address(es) of the past, {found.audit} event(s),"
        f" {found.said} word(s) of Lydia {verb}."
    )
