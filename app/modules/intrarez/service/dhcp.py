"""Writing the DHCP rules: from the database to the file that the gateway reads."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.core import clock, files
from app.core.addresses import AddressPlan
from app.core.transaction import transaction
from app.enums import DhcpResult
from app.integrations import dhcp_server
from app.models import DhcpRun, audit, defer
from app.modules.intrarez import queries
from app.modules.intrarez.choices import DHCP_MAX_DROP_PERCENT
from app.modules.intrarez.mails import RulesNotWritten
from app.modules.intrarez.rules import dhcp

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


def wanted(session: Session, *, target: Target) -> tuple[list[dhcp.Host], str]:
    """The rules as the database wants them now."""
    hosts = queries.hosts(session, target.plan)
    return hosts, dhcp.render(hosts, target.format)


def served(path: Path) -> str | None:
    """What a file of rules holds, its line ends as they are; ``None`` without one.

    Bytes that are no text read as characters that no rule has.

    Raises:
        OSError: If it cannot be read.
    """
    return path.read_bytes().decode(errors="replace") if path.exists() else None


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
    hosts, text = wanted(session, target=target)
    percent = DHCP_MAX_DROP_PERCENT.get(session)
    session.rollback()  # let go of what was only read
    run.hosts, run.sha256 = len(hosts), hashlib.sha256(text.encode()).hexdigest()
    _check(hosts, text, target=target, with_server=check)
    found = served(target.path)
    if found == text:
        run.result = DhcpResult.unchanged
        return
    before = _parsed(found or "", target.format)
    after = dhcp.parse(text, target.format)
    if not force and dhcp.drop_is_suspicious(len(before), len(after), percent):
        raise Refused(f"{_DROP}: {len(before)} → {len(after)}")
    run.added, run.removed, run.changed = dhcp.differences(before, after)
    files.write_atomically(target.path, text)
    run.result = DhcpResult.written


def _check(hosts: list[dhcp.Host], text: str, *, target: Target, with_server: bool) -> None:
    try:
        dhcp.check(hosts, target.plan)
        if dhcp.parse(text, target.format) != dhcp.parsed_hosts(hosts):
            raise Refused("the rules do not read back as they were meant")
    except dhcp.InvalidRules as fault:
        raise Refused(str(fault)) from None
    if with_server:
        reason = dhcp_server.check_with_server(target.format, text, target.plan)
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
