"""Asking for one's archive, making it, and throwing it away (network-a 3.11)."""

import logging
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.transaction import lock, transaction
from app.models import DataExport, PCeen, audit, defer
from app.modules.account.errors import NoAddress
from app.modules.lives import queries
from app.modules.lives.effects import BuildExport
from app.modules.lives.errors import ExportRunning, ExportsEnough, NobodyToRead
from app.modules.lives.mails import ExportFailed, ExportReady
from app.modules.lives.service import archive

logger = logging.getLogger(__name__)

#: How long an archive may be taken.
LASTS = timedelta(days=7)
#: How often one may be asked for.
TIMES, WITHIN = 3, timedelta(days=1)
#: For how long it is known that one was asked for.
KNOWN = timedelta(days=90)
#: After so long, a file that no row names is one that nobody will finish.
STALE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """By whom an archive or an erasure is asked for, and why if it is not the person."""

    by: PCeen | None = None
    reason: str | None = None


def ask(session: Session, *, pceen: PCeen, asked: Asked) -> DataExport:
    """Have the archive of someone made; they get a link by mail.

    Raises:
        ExportRunning: If one is being made.
        ExportsEnough: If several were, lately.
        NobodyToRead, NoAddress: If they could not take it.
    """
    lock(session, pceen)
    if pceen.is_disabled:
        raise NobodyToRead(pceen=pceen.full_name)
    if pceen.email is None:
        raise NoAddress(pceen=pceen.full_name)
    if queries.running_export(session, pceen) is not None:
        raise ExportRunning
    if queries.exports_since(session, pceen, within=WITHIN) >= TIMES:
        raise ExportsEnough(count=TIMES, seconds=int(WITHIN.total_seconds()))
    wanted = DataExport(
        pceen_id=pceen.id,
        requested_by_id=asked.by.id if asked.by is not None else None,
        reason=asked.reason,
    )
    session.add(wanted)
    audit(session, "account.export.ask", pceen, reason=asked.reason)
    defer(session, BuildExport(export=wanted.id))
    return wanted


def build(session: Session, *, key: int, directory: Path) -> None:
    """Make an archive that was asked for; if it cannot be, its person is told.

    What is read is what there is now: a worker that was killed makes it again.
    """
    wanted = session.get(DataExport, key)
    if wanted is None or wanted.built_at is not None or wanted.failed_at is not None:
        return
    path = directory / f"{secrets.token_hex(16)}.zip"
    try:
        write(session, pceen=wanted.pceen, path=path)
    except Exception:
        logger.exception("the archive %s could not be made", key)
        session.rollback()
        path.unlink(missing_ok=True)
        with transaction(session):
            _fail(session, key)
        return
    session.rollback()
    kept = False
    try:
        with transaction(session):
            kept = _finish(session, key, path)
    finally:
        if not kept:
            path.unlink(missing_ok=True)


def write(session: Session, *, pceen: PCeen, path: Path) -> None:
    """Write the archive of someone in a file that is nobody else's.

    Raises:
        OSError: If it cannot be: the file is there already, the disk is full.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        archive.write(session, pceen=pceen, file=file)
        file.flush()
        os.fsync(descriptor)


def _wanted(session: Session, key: int) -> DataExport | None:
    """An archive that is still wanted, with its person locked."""
    wanted = session.get(DataExport, key)
    if wanted is None:
        return None
    pceen = wanted.pceen
    try:
        lock(session, pceen)
        lock(session, wanted)
    except sa.exc.InvalidRequestError:
        return None  # their account went meanwhile
    is_over = wanted.built_at is not None or wanted.failed_at is not None
    return None if is_over or pceen.is_disabled or pceen.email is None else wanted


def _finish(session: Session, key: int, path: Path) -> bool:
    """Write that an archive is ready, and tell its person; say whether it is still wanted."""
    wanted = _wanted(session, key)
    if wanted is None:
        _fail(session, key, tells=False)
        return False
    secret, now = tokens.new_secret(), clock.now()
    wanted.built_at, wanted.expires_at = now, now + LASTS
    wanted.file, wanted.size = path.name, path.stat().st_size
    wanted.secret_hash = tokens.digest(secret)
    pceen = wanted.pceen
    if pceen.email is not None:
        locale = pceen.locale or "fr"
        mail = ExportReady(to=pceen.email, locale=locale, prenom=pceen.prenom, secret=secret)
        defer(session, mail)
    return True


def _fail(session: Session, key: int, *, tells: bool = True) -> None:
    wanted = session.get(DataExport, key)
    if wanted is None or wanted.built_at is not None:
        return
    wanted.failed_at = clock.now()
    pceen = wanted.pceen
    if tells and pceen.email is not None:
        locale = pceen.locale or "fr"
        defer(session, ExportFailed(to=pceen.email, locale=locale, prenom=pceen.prenom))


def tidy(session: Session, *, directory: Path) -> int:
    """Throw away the archives that are too old, and the files that nobody finished.

    The rows first: a file without a row is found again, a row without a file is a dead link.
    """
    now = clock.now()
    with transaction(session):
        over = sa.update(DataExport).where(DataExport.expires_at <= now)
        session.execute(over.values(file=None, secret_hash=None))
        old = DataExport.requested_at <= now - KNOWN
        session.execute(sa.delete(DataExport).where(old, DataExport.file.is_(None)))
    named = queries.files(session)
    session.rollback()
    return _sweep(directory, named)


def _sweep(directory: Path, named: set[str]) -> int:
    """Remove the archives that no row names, unless they are being written."""
    removed = 0
    for path in sorted(directory.glob("*.zip")):
        with suppress(FileNotFoundError):
            age = clock.now().timestamp() - path.stat().st_mtime
            if path.name not in named and age > STALE.total_seconds():
                path.unlink()
                removed += 1
    return removed
