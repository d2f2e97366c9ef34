"""``flask dhcp`` and ``flask portal``: the rules of the gateway."""

import difflib
import signal
import threading
from pathlib import Path

import click
from flask.cli import AppGroup

from app.core import files
from app.enums import DhcpResult
from app.extensions import db
from app.integrations import nft as firewall
from app.integrations.file_watch import Pace, Watched, watch as watch_files
from app.models import Device
from app.modules.intrarez import around, queries
from app.modules.intrarez.rules import dhcp as rules, nft, portal as portal_rules
from app.modules.intrarez.service import dhcp as service
from app.web import installation

dhcp = AppGroup("dhcp", help="The DHCP rules that the gateway reads.")
portal = AppGroup("portal", help="What the firewall and the clients are told.")
FORMATS = click.Choice(["dhcpd", "kea", "dnsmasq"])


def _target(format_: str | None, output: str | None) -> service.Target:
    """Where the rules go: what is asked, else what the settings say."""
    settings, usual = installation.settings(), around.target()
    path = Path(output).absolute() if output else usual.path if usual else None
    if path is None:
        raise click.ClickException("DHCP_HOSTS_FILE is not set: give --output FILE, or - to print")
    return service.Target(
        path=path,
        format=format_ or settings.network.dhcp_format,
        plan=installation.plan(),
        admins=settings.admins[:1],
        nft_path=usual.nft_path if usual and not output else None,
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
        click.echo(service.wanted(db.session(), target=target).text, nl=False)
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
    text = service.wanted(db.session(), target=target).text
    lines = difflib.unified_diff(
        served.splitlines(keepends=True), text.splitlines(keepends=True), "served", "wanted"
    )
    click.echo("".join(lines), nl=False)
    if served != text:
        ctx.exit(1)


@dhcp.command()
@click.option("--once", is_flag=True, help="Have each file read once, then stop.")
@click.option("--quiet-ms", type=click.IntRange(1), default=1000, help="How long a file rests.")
def watch(once: bool, quiet_ms: int) -> None:  # a flag
    """Have the gateway read the rules, the set of the firewall, whenever they are new."""
    network = installation.settings().network
    pairs = (
        (network.dhcp_hosts_file, network.dhcp_reload_command),
        (network.nft_set_file, network.nft_reload_command),
    )
    targets = [Watched(path.absolute(), command) for path, command in pairs if path and command]
    if not targets:
        raise click.ClickException(
            "nothing to watch: set DHCP_HOSTS_FILE and DHCP_RELOAD_COMMAND, "
            "or NFT_SET_FILE and NFT_RELOAD_COMMAND"
        )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    watch_files(targets, pace=Pace(quiet=quiet_ms / 1000), once=once, stop=stop)


@dhcp.command()
@click.argument("what", metavar="ADDRESS|MAC")
def show(what: str) -> None:
    """Whose an address is, or a device: room, owner, ban, history."""
    plan, session = installation.plan(), db.session()
    device = queries.device_at(session, what.strip().lower(), plan)
    if device is None:
        raise click.ClickException("no registered device has it")
    _show(device)
    for one in queries.history_of(session, device.mac_address):
        until = one.ended_at.isoformat(timespec="seconds") if one.ended_at else "now"
        click.echo(f"  {one.started_at.isoformat(timespec='seconds')} - {until}  {one.ip}")


def _show(device: Device) -> None:
    """What is known of a device, in a few lines."""
    session = db.session()
    rental = queries.current_rental(session, device.pceen_id)
    ban = queries.active_ban(session, device.pceen_id)
    address = queries.address_of(session, device, installation.plan())
    click.echo(f"device  {device.id}  {device.mac_address}  {device.name or '-'}")
    click.echo(f"owner   {device.pceen_id}  {device.pceen.full_name}")
    click.echo(f"room    {rental.room_num if rental else '-'}")
    click.echo(f"address {address or '-'}")
    click.echo(f"ban     {ban.reason if ban else '-'}")


@portal.command(name="nft")
@click.option("--output", help="Instead of NFT_SET_FILE; - prints without writing.")
@click.option("--apply", "apply_", is_flag=True, help="Have the firewall load it: root only.")
def nft_(output: str | None, apply_: bool) -> None:  # a flag
    """Write the set of the devices that the firewall lets through."""
    plan = installation.plan()
    pairs = nft.admitted(queries.hosts(db.session(), plan))
    text = nft.render(pairs)
    usual = installation.settings().network.nft_set_file
    path = None if output == "-" else Path(output) if output else usual
    try:
        nft.check(pairs, plan)
        reason = firewall.check_with_nft(text)
        if reason is None and path is not None:
            files.write_atomically(path.absolute(), text)
        if reason is None and apply_:
            reason = firewall.load(text)
    except (rules.InvalidRules, OSError) as fault:
        reason = str(fault)
    if reason is not None:
        raise click.ClickException(reason)
    if path is None:
        click.echo(text, nl=False)
    click.echo(f"{len(pairs)} device(s) admitted.", err=True)


@portal.command()
@click.option("--format", "format_", type=FORMATS, help="Instead of DHCP_FORMAT.")
def options(format_: str | None) -> None:
    """The lines that have the DHCP server tell clients of the portal (RFC 8910)."""
    settings = installation.settings()
    uri = f"{settings.origin}/api/captive-portal"
    try:
        lines = portal_rules.options(uri, format_ or settings.network.dhcp_format)
    except ValueError as fault:
        click.echo(f"no option: {fault}", err=True)
        return
    for line in lines:
        click.echo(line)
