"""What the files of an album are called once someone has taken it away (community 2.5)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from app.core import sheets

_ENDING = re.compile(r"[A-Za-z0-9]{1,5}")
#: The endings that say the same of a file.
_ALIKE = {".jpg": frozenset((".jpg", ".jpeg", ".jpe", ".jfif"))}


class Named(NamedTuple):
    """A photo, and how it is called."""

    id: int
    #: The name of its file on the site, and the one that it had.
    file_name: str
    original_name: str


def names(photos: Iterable[Named]) -> Iterator[str]:
    """The names of photos in an archive: those that they had, told apart where they are alike."""
    taken: set[str] = set()
    for photo in photos:
        stem, ending = _parts(photo)
        name, tried = sheets.file_name(stem, ending), 0
        while _folded(name) in taken:
            mark = f"-{photo.id}" if not tried else f"-{photo.id}-{tried}"
            name = sheets.file_name(f"{stem[: 90 - len(mark)]}{mark}", ending)
            tried += 1
        taken.add(_folded(name))
        yield name


def _parts(photo: Named) -> tuple[str, str]:
    """What it is called and how that ends: as what it is now, which may be no longer HEIC."""
    is_now = PurePosixPath(photo.file_name).suffix
    stem, _dot, said = photo.original_name.rpartition(".")
    if not _ENDING.fullmatch(said) or not stem:
        stem, said = photo.original_name, ""
    ending = said if f".{said.lower()}" in _ALIKE.get(is_now, {is_now}) else is_now[1:]
    return stem.strip(" .") or "photo", ending


def _folded(name: str) -> str:
    """What two names have in common that some systems take for one."""
    return unicodedata.normalize("NFKC", name).casefold()
