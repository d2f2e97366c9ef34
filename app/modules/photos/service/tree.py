"""What there is in a folder of photos: collections, albums, files (community 2.7)."""

import enum
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import LazyString, lazy_gettext as _l

from app.modules.photos.rules import tree as rules


class Fault(enum.Enum):
    """Why something in a folder is left as it is."""

    link = enum.auto()
    #: A file that is in no album.
    outside = enum.auto()
    deeper = enum.auto()
    #: Two directories that would have one address.
    twice = enum.auto()
    #: Neither a file nor a directory.
    odd = enum.auto()
    unreadable = enum.auto()

    @property
    def label(self) -> LazyString:
        return _FAULTS[self]


_FAULTS = {
    Fault.link: _l("lien : il n'est pas suivi"),
    Fault.outside: _l("fichier hors d'un album"),
    Fault.deeper: _l("dossier dans un album"),
    Fault.twice: _l("un autre dossier a déjà cette adresse"),
    Fault.odd: _l("ni un fichier, ni un dossier"),
    Fault.unreadable: _l("ne se lit pas"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is left as it is, and why."""

    path: Path
    fault: Fault


@dataclass(frozen=True, slots=True)
class FoundAlbum:
    """The directory of an album."""

    path: Path
    dir_name: str
    title: str
    #: The names of its files, those of the site included.
    files: frozenset[str]

    @property
    def is_misnamed(self) -> bool:
        return self.path.name != self.dir_name


@dataclass(frozen=True, slots=True)
class FoundCollection:
    """The directory of a collection."""

    path: Path
    dir_name: str
    title: str
    albums: list[FoundAlbum]

    @property
    def is_misnamed(self) -> bool:
        return self.path.name != self.dir_name


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder of photos."""

    collections: list[FoundCollection] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def albums(self) -> Iterator[tuple[FoundCollection, FoundAlbum]]:
        """Its albums, each with its collection."""
        for collection in self.collections:
            for album in collection.albums:
                yield collection, album


def read(base: Path) -> Tree:
    """What there is in the directory *base*; links are never followed.

    Raises:
        OSError: If it cannot be read.
    """
    found = Tree()
    for path, dir_name in _directories(base, found.troubles, otherwise="collection"):
        albums = [
            FoundAlbum(
                path=inner,
                dir_name=inner_name,
                title=rules.title_of(inner.name, otherwise="album"),
                files=frozenset(_files(inner, found.troubles)),
            )
            for inner, inner_name in _within(path, found.troubles)
        ]
        title = rules.title_of(path.name, otherwise="collection")
        found.collections.append(FoundCollection(path, dir_name, title, albums))
    return found


def _within(path: Path, troubles: list[Trouble]) -> list[tuple[Path, str]]:
    try:
        return _directories(path, troubles, otherwise="album")
    except OSError:
        troubles.append(Trouble(path, Fault.unreadable))
        return []


def _directories(base: Path, troubles: list[Trouble], *, otherwise: str) -> list[tuple[Path, str]]:
    """The directories of *base* and their addresses; those that have them already come first."""
    found: dict[str, Path] = {}
    named: list[tuple[Path, str]] = []
    for entry in _entries(base):
        path = Path(entry.path)
        if entry.is_symlink():
            troubles.append(Trouble(path, Fault.link))
        elif entry.is_dir(follow_symlinks=False):
            named.append((path, rules.address_of(entry.name, otherwise=otherwise)))
        else:
            is_file = entry.is_file(follow_symlinks=False)
            troubles.append(Trouble(path, Fault.outside if is_file else Fault.odd))
    for path, dir_name in sorted(named, key=lambda one: (one[0].name != one[1], one[0])):
        if dir_name in found:
            troubles.append(Trouble(path, Fault.twice))
        else:
            found[dir_name] = path
    return [(path, dir_name) for dir_name, path in sorted(found.items())]


def _files(directory: Path, troubles: list[Trouble]) -> list[str]:
    """The names of the files of an album."""
    try:
        entries = _entries(directory)
    except OSError:
        troubles.append(Trouble(directory, Fault.unreadable))
        return []
    names = []
    for entry in entries:
        path = Path(entry.path)
        if entry.is_symlink():
            troubles.append(Trouble(path, Fault.link))
        elif entry.is_dir(follow_symlinks=False):
            troubles.append(Trouble(path, Fault.deeper))
        elif entry.is_file(follow_symlinks=False):
            names.append(entry.name)
        else:
            troubles.append(Trouble(path, Fault.odd))
    return names


def _entries(directory: Path) -> list["os.DirEntry[str]"]:
    """What is in a directory, by name, but what is none of ours."""
    with os.scandir(directory) as found:
        ours = [entry for entry in found if not rules.is_skipped(entry.name)]
    return sorted(ours, key=lambda entry: entry.name)
