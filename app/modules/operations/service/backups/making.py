"""Making a backup of the site while it is used.

The files are copied, then the database, then again the files that came since. So every file that
the copy of the database speaks of is kept: what went meanwhile is in the first copy. A last
snapshot holds the copy of the database and the manifest, and names those of the files: without it
there is no backup, only files that the next pruning lets go of.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

from app.core import clock
from app.core.files import write_atomically
from app.core.tasks import Progress
from app.core.version import VERSION
from app.integrations.backup.repository import Copied, Source
from app.modules.operations.errors import ManifestWrong
from app.modules.operations.rules.backups import Held, Manifest, check_not_emptied, held
from app.modules.operations.service.backups.site import (
    BACKUP,
    FILES,
    MANIFEST,
    Site,
    Step,
    digest,
    workbench,
)

#: What the last backup of this machine said of itself.
_LAST = "last.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was made."""

    #: What names it, shortened.
    id: str
    manifest: Manifest
    #: What the repository grew by, in bytes.
    added: int


def create(site: Site, *, progress: Progress, allow_empty: bool = False) -> Made:
    """Back the site up; *allow_empty* lets a place be empty that had files.

    Raises:
        BackupRefused: If something does not do its part.
        BackupRuns: If one is being made here.
        PlaceEmptied: If the disk of a place seems not to be there.
        TaskCancelled: If someone asked to stop: nothing of it counts.
    """
    with workbench(site.staging) as work:
        earlier = _copy_files(site, Step(progress, 0, 60, _("Fichiers")))
        began_at = clock.now()
        dump = work / site.database.file_name
        step = Step(progress, 60, 75, _("Base de données"))
        step.heard(0, 1)
        dumped = site.database.dump(dump, step.tick)
        files = _copy_files(site, Step(progress, 75, 90, _("Fichiers venus depuis")))
        kept = _kept(site, earlier, files)
        places = held(site.places, kept.items.items())
        if not allow_empty:
            check_not_emptied(_last_places(site), places)
        manifest = Manifest(
            version=VERSION,
            revisions=dumped.revisions,
            dialect=dumped.dialect,
            server=dumped.server,
            began_at=began_at,
            ended_at=clock.now(),
            dump=dump.name,
            dump_bytes=dump.stat().st_size,
            dump_sha256=digest(dump),
            rows=dumped.rows,
            files=files.id if files else None,
            places=places,
            earlier=earlier.id if earlier and kept.gone else None,
            gone=kept.gone,
        )
        Step(progress, 90, 100, _("Manifeste")).heard(0, 1)
        last = _commit(site, work, manifest)
    write_atomically(site.staging / _LAST, manifest.to_json(), mode=0o600, keep_previous=False)
    added = sum(one.added for one in (earlier, files, last) if one)
    return Made(id=last.id, manifest=manifest, added=added)


@dataclass(frozen=True, slots=True)
class _Kept:
    #: The size of each file, in bytes.
    items: Mapping[str, int]
    #: Those that went meanwhile.
    gone: tuple[str, ...]


def _copy_files(site: Site, step: Step) -> Copied | None:
    there = [one for one in site.places if one.path.exists()]
    step.heard(0, 1)
    if not there:
        return None
    excluded = [str(one.path / name) for one in there for name in one.skipped]
    repository = site.repository.settings.repository or ""
    excluded += [str(site.staging), *([repository] if repository.startswith("/") else [])]
    paths = [str(one.path) for one in there]
    source = Source(paths=paths, tags=(FILES,), excluded=excluded)
    return site.repository.copy(source, heard=step.heard)


def _kept(site: Site, earlier: Copied | None, files: Copied | None) -> _Kept:
    """All that there is of either copy."""
    last = dict(site.repository.files(files.id)) if files else {}
    first = dict(site.repository.files(earlier.id)) if earlier else {}
    gone = tuple(sorted(first.keys() - last.keys()))
    return _Kept(last | {path: first[path] for path in gone}, gone)


def _last_places(site: Site) -> Mapping[str, Held]:
    with suppress(OSError, ManifestWrong):
        return Manifest.from_json((site.staging / _LAST).read_text()).places
    return {}


def _commit(site: Site, work: Path, manifest: Manifest) -> Copied:
    """Keep the copy of the database and the manifest: from then on, there is a backup."""
    (work / MANIFEST).write_text(manifest.to_json())
    tags = [
        BACKUP,
        f"version={manifest.version}",
        f"dialect={manifest.dialect}",
        f"dump={manifest.dump_bytes}",
        f"count={manifest.file_count}",
        f"bytes={manifest.file_bytes}",
    ]
    if manifest.files:
        tags.append(f"files={manifest.files}")
    if manifest.earlier:
        tags.append(f"earlier={manifest.earlier}")
    source = Source(paths=[manifest.dump, MANIFEST], tags=tags, folder=work)
    return site.repository.copy(source)
