"""``flask rooms`` and ``flask dhcp``: the network, from a terminal."""

import difflib
from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.transaction import transaction
from app.enums import DhcpResult
from app.extensions import db
from app.modules.intrarez import queries
from app.modules.intrarez.errors import NoSuchRoom
from app.modules.intrarez.rules import dhcp as rules
from app.modules.intrarez.service import addresses, dhcp as service, rooms as rooms_service
from app.web import installation

rooms = AppGroup("rooms", help="The rooms of the residence.")
dhcp = AppGroup("dhcp", help="The DHCP rules that the gateway reads.")
FORMATS = click.Choice(["dhcpd", "kea", "dnsmasq"])


@rooms.command()
def sync() -> None:
    """Make the rooms of the building plan that are missing; remove those it has no more."""
    plan = installation.plan()
    with transaction(db.session()) as session:
        made = rooms_service.seed(session, plan=plan)
        removed, kept = rooms_service.prune(session, plan=plan)
    click.echo(f"{len(made)} room(s) made, {len(removed)} removed.")
    if kept:
        names = ", ".join(map(str, kept))
        raise click.ClickException(f"absent from the plan, but with a rental: {names}")


@rooms.command(name="list")
@click.option("--free", is_flag=True, help="Only those where nobody lives.")
def list_(free: bool) -> None:  # a flag
    """The rooms, and who lives there."""
    tenants = queries.tenants(db.session())
    for room in queries.rooms(db.session()):
        tenant = tenants.get(room.num)
        if tenant is None or not free:
            click.echo(f"{room.num}  {tenant.full_name if tenant else '-'}")


@rooms.command(name="release-addresses")
@click.argument("num", type=int)
def release_addresses(num: int) -> None:
    """Free at once the addresses kept in the room NUM for devices that left it."""
    try:
        with transaction(db.session()) as session:
            room = queries.room(session, num)
            released = addresses.release_room(session, room=room)
    except NoSuchRoom as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{released} address(es) freed.")


def _target(format_: str | None, output: str | None) -> service.Target:
    """Where the rules go: what is asked, else what the settings say."""
    settings = installation.settings()
    path = Path(output) if output else settings.network.dhcp_hosts_file
    if path is None:
        raise click.ClickException("DHCP_HOSTS_FILE is not set: give --output FILE, or - to print")
    return service.Target(
        path=path.absolute(),
        format=format_ or settings.network.dhcp_format,
        plan=installation.plan(),
        admins=settings.admins[:1],
    )


@dhcp.command()
@click.option("--format", "format_", type=FORMATS, help="Instead of DHCP_FORMAT.")
@click.option("--output", help="Instead of DHCP_HOSTS_FILE; - prints without writing.")
@click.option("--force", is_flag=True, help="Write even if many hosts disappear.")
@click.option("--no-check", is_flag=True, help="Do not ask the server's own checker.")
@click.pass_context
def generate(
    ctx: click.Context,
    format_: str | None,
    output: str | None,
    force: bool,  # a flag
    no_check: bool,  # a flag
) -> None:
    """Write the rules once. Exits with 2 if they are invalid, 3 if too few, 4 if unwritable."""
    target = _target(format_, output)
    if output == "-":
        click.echo(service.wanted(db.session(), target=target)[1], nl=False)
        return
    run = service.publish(db.session(), target=target, force=force, check=not no_check)
    click.echo(f"{run.result}: {run.hosts} host(s). {run.error or ''}".strip(), err=True)
    if run.result is DhcpResult.refused:
        ctx.exit(3 if service.is_drop(run) else 2)
    if run.result is DhcpResult.failed:
        ctx.exit(4)


@dhcp.command()
@click.argument("file", required=False)
@click.option("--format", "format_", type=FORMATS, help="Instead of DHCP_FORMAT.")
def check(file: str | None, format_: str | None) -> None:
    """Check a file of rules, by default the one that is served."""
    target = _target(format_, file)
    try:
        hosts = service.check_file(target)
    except (rules.Malformed, rules.InvalidRules, service.Refused, OSError) as fault:
        raise click.ClickException(str(fault)) from None
    click.echo(f"{hosts} host(s), all right.", err=True)


@dhcp.command()
@click.option("--format", "format_", type=FORMATS, help="Instead of DHCP_FORMAT.")
@click.pass_context
def diff(ctx: click.Context, format_: str | None) -> None:
    """What the next generation would change. Exits with 1 if it would."""
    target = _target(format_, None)
    served = service.served(target.path) or ""
    _hosts, text = service.wanted(db.session(), target=target)
    lines = difflib.unified_diff(
        served.splitlines(keepends=True), text.splitlines(keepends=True), "served", "wanted"
    )
    click.echo("".join(lines), nl=False)
    if served != text:
        ctx.exit(1)
