"""Restoring a backup: into an empty database and empty directories, and nowhere else."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from flask_babel import gettext as _

from app.core.tasks import Progress
from app.modules.operations.errors import PlaceTaken
from app.modules.operations.rules.backups import (
    Held,
    Manifest,
    Place,
    at,
    check_files,
    check_free,
    check_restorable,
    check_rows,
)
from app.modules.operations.service.backups.keeping import find, manifest_of, take_dump
from app.modules.operations.service.backups.site import MANIFEST, Site, Step, workbench

#: Where files come in, in the place that they are for: on its disk, and seen by nobody.
_ARRIVING = ".restoring"
#: How many paths restic is asked for at once.
_AT_ONCE = 200


def restore(
    site: Site, *, name: str, migrate: Callable[[], object], progress: Progress
) -> tuple[Manifest, list[Path]]:
    """Put a backup where the site is, and nothing yet; *migrate* brings older tables up to date.

    Returns what it was, and the files that were there already and were left.

    Raises:
        BackupOfOtherDatabase, BackupOfNewerCode: If it does not suit this installation.
        DatabaseTaken, PlaceTaken: If there is something: nothing is changed.
        RowsDiffer, FilesDiffer: If what was put is not what was kept.
    """
    with workbench(site.staging) as work:
        Step(progress, 0, 5, _("Manifeste")).heard(0, 1)
        snapshot = find(site, name)
        manifest = manifest_of(site, snapshot)
        places = [one for one in site.places if _has(manifest, one)]
        check_restorable(
            manifest,
            dialect=site.database.dialect,
            known=site.known,
            tables=site.database.tables(),
        )
        _clear(places)
        check_free(places, _is_taken)
        step = Step(progress, 5, 40, _("Base de données"))
        step.heard(0, 1)
        dump = take_dump(site, snapshot, manifest, work)
        site.database.fill(dump, step.tick)
        check_rows(manifest.rows, site.database.rows())
        if set(manifest.revisions) != site.heads:
            migrate()
        site.database.complete()
    return manifest, _put_all(site, manifest, places, Step(progress, 40, 100, _("Fichiers")))


def extract(site: Site, *, name: str, target: Path, progress: Progress) -> Manifest:
    """Put a backup in a directory that is empty: its database stays a file.

    Raises:
        PlaceTaken: If something is there.
    """
    if _is_taken(target):
        raise PlaceTaken(path=target)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    Step(progress, 0, 5, _("Manifeste")).heard(0, 1)
    snapshot = find(site, name)
    manifest = manifest_of(site, snapshot)
    (target / MANIFEST).write_text(manifest.to_json())
    Step(progress, 5, 40, _("Base de données")).heard(0, 1)
    take_dump(site, snapshot, manifest, target)
    known = [Place(name=one, path=target) for one, held in manifest.places.items() if held.files]
    _put_all(site, manifest, at(known, target), Step(progress, 40, 100, _("Fichiers")))
    return manifest


def _has(manifest: Manifest, place: Place) -> bool:
    return place.is_ours and place.name in manifest.places and manifest.places[place.name].files > 0


def _clear(places: Sequence[Place]) -> None:
    """Forget what a restoration that was killed had begun to bring."""
    for place in places:
        shutil.rmtree(_arriving(place), ignore_errors=True)


def _arriving(place: Place) -> Path:
    return (place.path.parent if place.is_file else place.path) / f"{_ARRIVING}-{place.name}"


def _is_taken(path: Path) -> bool:
    """Whether there is a file there, or anywhere in it."""
    return path.is_file() or next(_sizes(path), None) is not None


def _sizes(path: Path) -> Iterator[int]:
    """The sizes of the files under a directory, in bytes."""
    for folder, _names, files in os.walk(path):
        for name in files:
            yield (Path(folder) / name).lstat().st_size


def _put_all(site: Site, manifest: Manifest, places: Sequence[Place], step: Step) -> list[Path]:
    """Put the files of each place; return those that were there already."""
    left = []
    for rank, place in enumerate(places):
        step.heard(rank, len(places))
        if place.is_file and place.path.exists():
            left.append(place.path)
            continue
        held = manifest.places[place.name]
        _put(site, manifest, held, place)
        sizes = [place.path.stat().st_size] if place.path.is_file() else list(_sizes(place.path))
        check_files(held, files=len(sizes), size=sum(sizes))
    step.heard(1, 1)
    return left


def _put(site: Site, manifest: Manifest, held: Held, place: Place) -> None:
    """Bring the files of a place: those of the last copy, then those that had gone by then."""
    arriving = _arriving(place)
    arriving.mkdir(mode=0o700, parents=True)
    try:
        if manifest.files:
            site.repository.restore(manifest.files, arriving, only=[held.path])
        gone = [one for one in manifest.gone if Path(one).is_relative_to(held.path)]
        for begin in range(0, len(gone) if manifest.earlier else 0, _AT_ONCE):
            chunk = gone[begin : begin + _AT_ONCE]
            site.repository.restore(str(manifest.earlier), arriving, only=chunk)
        source = arriving / Path(held.path).relative_to("/")
        _bring(source, place.path if place.is_file else _final(source, place))
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def _final(source: Path, place: Place) -> Path:
    """Where a place goes: a file that is put in a directory keeps its name."""
    return place.path if source.is_dir() else place.path / source.name


def _bring(source: Path, target: Path) -> None:
    """Have what is in *source* be in *target*, on the same disk."""
    if source.is_dir() and not source.is_symlink() and target.is_dir():
        for child in list(source.iterdir()):
            _bring(child, target / child.name)
    elif source.exists() or source.is_symlink():
        source.rename(target)
