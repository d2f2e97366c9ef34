"""Writing the rules of the network: from the database to the files that the gateway reads."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.core import clock, files
from app.core.addresses import AddressPlan
from app.core.transaction import transaction
from app.enums import DhcpResult
from app.integrations import dhcp_server, nft as firewall
from app.integrations.gateway import HelperStatus
from app.models import DhcpRun, audit, defer
from app.modules.intrarez import queries
from app.modules.intrarez.choices import DHCP_MAX_DROP_PERCENT
from app.modules.intrarez.effects import ForceNetwork, RefreshNetwork
from app.modules.intrarez.mails import RulesNotWritten
from app.modules.intrarez.rules import dhcp, nft

#: How long a run waits for the one before it, in seconds.
PATIENCE = 30


class Refused(Exception):
    """The rules are not fit to be written; the text says why."""


#: How the reason of a refusal begins, when the rules shrink too much.
_DROP = "too many hosts disappear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the rules go, and whom to tell when they do not."""

    path: Path
    format: str
    plan: AddressPlan
    admins: tuple[str, ...] = ()
    #: Where the set of the firewall goes, if anywhere.
    nft_path: Path | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the database wants now: both files are made of one reading of it."""

    hosts: list[dhcp.Host]
    #: The DHCP rules.
    text: str
    #: The set of the firewall.
    admitted: str

    @property
    def sha256(self) -> str:
        """Of the DHCP rules: what the gateway's helper says it has in force."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def wanted(session: Session, *, target: Target) -> Wanted:
    """The rules as the database wants them now."""
    hosts = queries.hosts(session, target.plan)
    admitted = nft.render(nft.admitted(hosts))
    return Wanted(hosts, dhcp.render(hosts, target.format), admitted)


def is_served(found: Wanted, *, target: Target) -> bool:
    """Whether the files hold what is wanted.

    Raises:
        OSError: If one cannot be read.
    """
    if served(target.path) != found.text:
        return False
    return target.nft_path is None or served(target.nft_path) == found.admitted


def served(path: Path) -> str | None:
    """What a file of rules holds, its line ends as they are; ``None`` without one.

    Bytes that are no text read as characters that no rule has.

    Raises:
        OSError: If it cannot be read.
    """
    return path.read_bytes().decode(errors="replace") if path.exists() else None


def ask(session: Session, *, force: bool) -> None:
    """Have the worker write the rules; with *force*, even if many devices disappear."""
    if force:
        audit(session, "intrarez.dhcp.ask_force")
    defer(session, ForceNetwork() if force else RefreshNetwork())


def publish(
    session: Session, *, target: Target, force: bool = False, check: bool = True
) -> DhcpRun:
    """Write the rules, once, if they changed; record how it went.

    It owns its transactions, unlike other services: the file is locked before
    the database is read, so that the last to write has the newest state.
    """
    run = DhcpRun(started_at=clock.now(), format=target.format)
    try:
        with files.exclusive(target.path, PATIENCE):
            _write(session, run, target=target, force=force, check=check)
    except Refused as refusal:
        run.result, run.error = DhcpResult.refused, str(refusal)[:500]
    except (OSError, TimeoutError) as failure:
        run.result, run.error = DhcpResult.failed, str(failure)[:500]
    run.finished_at = clock.now()
    with transaction(session):
        _record(session, run, target=target, force=force)
    return run


def _write(session: Session, run: DhcpRun, *, target: Target, force: bool, check: bool) -> None:
    """Read, check, then write.

    Raises:
        Refused: If the rules are not fit to be written.
        OSError: If the file cannot be.
    """
    session.rollback()
    now = wanted(session, target=target)
    percent = DHCP_MAX_DROP_PERCENT.get(session)
    session.rollback()  # let go of what was only read
    run.hosts, run.sha256 = len(now.hosts), now.sha256
    run.admitted = sum(not host.banned for host in now.hosts)
    _check(now, target=target, with_server=check)
    if is_served(now, target=target):
        run.result = DhcpResult.unchanged
        return
    found = served(target.path)
    before = _parsed(found or "", target.format)
    after = dhcp.parse(now.text, target.format)
    if not force and dhcp.drop_is_suspicious(len(before), len(after), percent):
        raise Refused(f"{_DROP}: {len(before)} → {len(after)}")
    run.added, run.removed, run.changed = dhcp.differences(before, after)
    if target.nft_path is not None and served(target.nft_path) != now.admitted:
        files.write_atomically(target.nft_path, now.admitted)
    if found != now.text:
        files.write_atomically(target.path, now.text)
    run.result = DhcpResult.written


def _check(now: Wanted, *, target: Target, with_server: bool) -> None:
    pairs = nft.admitted(now.hosts)
    try:
        dhcp.check(now.hosts, target.plan)
        nft.check(pairs, target.plan)
        is_same = dhcp.parse(now.text, target.format) == dhcp.parsed_hosts(now.hosts)
        if not is_same or nft.parse(now.admitted) != frozenset(pairs):
            raise Refused("the rules do not read back as they were meant")
    except dhcp.InvalidRules as fault:
        raise Refused(str(fault)) from None
    if with_server:
        _ask_servers(now, target)


def _ask_servers(now: Wanted, target: Target) -> None:
    """Have the rules read by the programs that they are for, where they are installed."""
    reason = dhcp_server.check_with_server(target.format, now.text, target.plan)
    if reason is None and target.nft_path is not None:
        reason = firewall.check_with_nft(now.admitted)
    if reason is not None:
        raise Refused(reason)


def _parsed(text: str, dhcp_format: str) -> list[dhcp.ParsedHost]:
    """The hosts of a served file; none, if it was edited into something else."""
    try:
        return dhcp.parse(text, dhcp_format) if text else []
    except dhcp.InvalidRules:
        return []


def _record(session: Session, run: DhcpRun, *, target: Target, force: bool) -> None:
    """Keep the run; tell the GRIs of a fault, once for each cause."""
    is_known = run.error is not None and queries.is_fault_known(session, run.error)
    session.add(run)
    if force:
        audit(session, "intrarez.dhcp.force", run, after={"hosts": run.hosts})
    if run.error is None or is_known:
        return
    audit(session, "intrarez.dhcp.refuse", run, reason=run.error[:255])
    for address in target.admins:
        defer(session, RulesNotWritten(to=address, locale="fr", cause=run.error))


def note_reload(session: Session, status: HelperStatus | None) -> None:
    """Write down, on the run that it is about, that the gateway put the rules in force."""
    last = queries.last_run(session)
    if last is None or last.reloaded_at is not None or status is None:
        return
    if status.is_right and status.sha256 == last.sha256:
        last.reloaded_at = status.at


def is_drop(run: DhcpRun) -> bool:
    """Whether a run was refused because the rules shrink too much."""
    return (run.error or "").startswith(_DROP)


def check_file(target: Target) -> int:
    """Check the rules that a file holds; return how many there are.

    Raises:
        Malformed, Refused: If they are not fit to be served.
        OSError: If the file cannot be read.
    """
    text = target.path.read_bytes().decode(errors="replace")
    hosts = dhcp.parse(text, target.format)
    dhcp.check_parsed(hosts, target.plan)
    reason = dhcp_server.check_with_server(target.format, text, target.plan)
    if reason is not None:
        raise Refused(reason)
    return len(hosts)
