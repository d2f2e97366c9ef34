"""The backups that there are: listed, verified, pruned."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask_babel import gettext as _

from app.core import clock
from app.core.tasks import Progress
from app.integrations.backup.databases import checker
from app.integrations.backup.repository import Repository, Snapshot
from app.modules.operations.errors import DumpChanged, NoBackupYet, NoSuchBackup
from app.modules.operations.rules.backups import (
    Manifest,
    Place,
    check_files,
    held,
    kept,
    part_of_the_week,
)
from app.modules.operations.service.backups.site import (
    BACKUP,
    FILES,
    MANIFEST,
    Site,
    Step,
    digest,
    workbench,
)

#: What names the last one.
LATEST = "latest"
#: How old files that no backup names have to be, to be let go of: one may be being made.
_UNNAMED = timedelta(days=2)
_BACKUPS = f"{Repository.MARK},{BACKUP}"
_FILES = f"{Repository.MARK},{FILES}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup, as it is listed."""

    snapshot: Snapshot
    #: What it is kept for; nothing if the next pruning lets it go.
    reasons: tuple[str, ...]

    def size(self, name: str) -> int:
        """A figure of it: ``dump`` and ``bytes`` in bytes, ``count`` of files."""
        return int(self.snapshot.tag(name) or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was verified."""

    id: str
    manifest: Manifest
    #: Which part of the repository was read byte by byte; ``None`` for all of it.
    part: str | None


def backups(site: Site) -> list[Backup]:
    """The backups of this site, the last one first.

    Raises:
        BackupRefused: If the repository cannot be read.
    """
    found = site.repository.snapshots(tag=_BACKUPS, host=site.repository.host)
    instants = {one.id: one.at.astimezone(clock.PARIS) for one in found}
    reasons = kept(instants, site.retention)
    return [
        Backup(snapshot=one, reasons=reasons.get(one.id, ()))
        for one in sorted(found, key=lambda one: one.at, reverse=True)
    ]


def find(site: Site, name: str) -> Snapshot:
    """The backup called so: ``latest`` of this site, or the beginning of its identifier.

    Raises:
        NoBackupYet: If there is none at all.
        NoSuchBackup: If none is called so, or several are.
    """
    if name == LATEST:
        found = site.repository.snapshots(tag=_BACKUPS, host=site.repository.host)
        if not found:
            raise NoBackupYet(host=site.repository.host)
        return found[-1]
    found = [one for one in site.repository.snapshots(tag=_BACKUPS) if one.id.startswith(name)]
    if not name or len(found) != 1:
        raise NoSuchBackup(name=name)
    return found[0]


def manifest_of(site: Site, snapshot: Snapshot) -> Manifest:
    """What a backup says of itself.

    Raises:
        ManifestWrong: If it cannot be read.
    """
    with tempfile.TemporaryFile() as file:
        site.repository.read(snapshot.id, f"/{MANIFEST}", file)
        file.seek(0)
        return Manifest.from_json(file.read())


def take_dump(site: Site, snapshot: Snapshot, manifest: Manifest, work: Path) -> Path:
    """Write the copy of the database of a backup into *work*, whole and unchanged.

    Raises:
        DumpChanged: If it is not what the manifest says.
        DumpDamaged: If it cannot be read to its end.
    """
    path = work / Path(manifest.dump).name
    path.touch(mode=0o600)
    with path.open("wb") as target:
        site.repository.read(snapshot.id, f"/{manifest.dump}", target)
    if (path.stat().st_size, digest(path)) != (manifest.dump_bytes, manifest.dump_sha256):
        raise DumpChanged
    checker(manifest.dialect).check(path)
    return path


def verify(site: Site, *, name: str = LATEST, whole: bool = False, progress: Progress) -> Verified:
    """Read the repository, a part of it byte by byte or the *whole*, and one backup to its end.

    Raises:
        RepositoryDamaged: If it is not what was written.
        DumpChanged: If the copy of the database is not.
        FilesDiffer: If files are missing.
    """
    part = None if whole else part_of_the_week(clock.today())
    with workbench(site.staging) as work:
        step = Step(progress, 0, 60, _("Dépôt"))
        step.heard(0, 1)
        site.repository.check(part or "1/1", tick=step.tick)
        Step(progress, 60, 80, _("Copie de la base")).heard(0, 1)
        snapshot = find(site, name)
        manifest = manifest_of(site, snapshot)
        take_dump(site, snapshot, manifest, work)
    Step(progress, 80, 100, _("Fichiers")).heard(0, 1)
    _check_files(site, manifest)
    return Verified(id=snapshot.id[:8], manifest=manifest, part=part)


def _check_files(site: Site, manifest: Manifest) -> None:
    """Whether the files that the manifest counts are those of its snapshots."""
    there = dict(site.repository.files(manifest.files)) if manifest.files else {}
    if manifest.earlier:
        gone = set(manifest.gone)
        earlier = site.repository.files(manifest.earlier)
        there |= {path: size for path, size in earlier if path in gone}
    places = [Place(name=name, path=Path(one.path)) for name, one in manifest.places.items()]
    found = held(places, there.items())
    for name, expected in manifest.places.items():
        check_files(expected, files=found[name].files, size=found[name].bytes)


def prune(site: Site, *, progress: Progress) -> int:
    """Let go of the backups that are not to be kept; return how many.

    Raises:
        BackupRefused: If the repository cannot be written.
    """
    with workbench(site.staging):
        Step(progress, 0, 20, _("Ce qui est gardé")).heard(0, 1)
        found = backups(site)
        leaving = [one.snapshot.id for one in found if not one.reasons]
        named = _named([one.snapshot for one in found if one.reasons])
        files = site.repository.snapshots(tag=_FILES, host=site.repository.host)
        before = clock.now() - _UNNAMED
        unnamed = [
            one.id
            for one in files
            if not any(one.id.startswith(name) for name in named) and one.at < before
        ]
        site.repository.forget([*leaving, *unnamed])
        step = Step(progress, 20, 100, _("Place rendue"))
        step.heard(0, 1)
        site.repository.prune(tick=step.tick)
    return len(leaving)


def _named(backups: Sequence[Snapshot]) -> set[str]:
    """The snapshots of files that these backups are made of."""
    tags = (one.tag(kind) for one in backups for kind in ("files", "earlier"))
    return {tag for tag in tags if tag}
