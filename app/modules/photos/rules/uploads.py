"""What is accepted of the files that people send (community 1.5)."""

import unicodedata
from pathlib import PurePosixPath

from app.core.text import has_forbidden
from app.models import Photo
from app.modules.photos.errors import TooLarge, TooSmall

#: How many bytes a photo may have, both included.
SMALLEST, LARGEST = 10_000, 100_000_000
#: The longest suffix that a name keeps when it is cut.
_LONGEST_SUFFIX = 10


def check_size(size: int, *, file: str) -> None:
    """Refuse a file that is no photo by its size.

    Raises:
        TooSmall, TooLarge: Likewise.
    """
    if size < SMALLEST:
        raise TooSmall(file=file)
    if size > LARGEST:
        raise TooLarge(file=file)


def cleaned_name(given: str) -> str:
    """What a file is called, to be shown: no directory, nothing that drives a terminal or a page.

    One that is too long loses its end, and keeps its suffix.
    """
    last = given.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in unicodedata.normalize("NFC", last) if not has_forbidden(c)).strip()
    if name.strip(".") == "":
        return "photo"
    suffix = PurePosixPath(name).suffix
    if len(name) > Photo.NAME and len(suffix) <= _LONGEST_SUFFIX:
        return name[: Photo.NAME - len(suffix)] + suffix
    return name[: Photo.NAME]


def cleaned_words(said: str | None, *, longest: int) -> str | None:
    """What a picture says of itself, as a column holds it; ``None`` for nothing."""
    kept = "".join(c if not has_forbidden(c) else " " for c in said or "")
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    return line[:longest].rstrip() or None
