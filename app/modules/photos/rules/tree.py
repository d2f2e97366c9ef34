"""What is made of the folder of the photos: the names that are found there (community 2.7)."""

import unicodedata

from app.core.file_tokens import DIRECTORY_NAME
from app.core.text import has_forbidden
from app.modules.photos.rules.names import LONGEST, RESERVED, directory_name

_NAME = 120
_HEXADECIMAL = frozenset("0123456789abcdef")
#: What systems leave in folders and on disks.
_LITTER = frozenset(("thumbs.db", "desktop.ini", "lost+found"))


def is_skipped(name: str) -> bool:
    """Whether a file or a directory is none of ours: the site's own, or what a system left."""
    return name.startswith(("_", ".")) or name.endswith(".gz") or name.casefold() in _LITTER


def is_own_file(name: str) -> bool:
    """Whether the site gave a file its name: without a row, it is on its way out."""
    stem = name.partition(".")[0]
    return len(stem) >= 16 and set(stem) <= _HEXADECIMAL


def address_of(name: str, *, otherwise: str) -> str:
    """What the directory *name* is to be called: as it is, where that is an address."""
    is_fine = DIRECTORY_NAME.fullmatch(name) and len(name) <= LONGEST
    if is_fine and name not in RESERVED:
        return name
    return directory_name(printable(name), otherwise=otherwise)


def title_of(name: str, *, otherwise: str) -> str:
    """What a collection or an album found under *name* is called, for people."""
    words = name.replace("_", " ") if DIRECTORY_NAME.fullmatch(name) else name
    shown = "".join(c for c in unicodedata.normalize("NFC", words) if not has_forbidden(c))
    return " ".join(shown.split())[:_NAME].rstrip() or otherwise


def printable(name: str) -> str:
    """A name as a terminal may show it: what drives one, or is no letter, is replaced."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if has_forbidden(c) else c
        for c in unicodedata.normalize("NFC", name)
    )


def is_too_much(gone: int, total: int, *, percent: int) -> bool:
    """Whether more than *percent* of *total* rows would go."""
    return gone * 100 > total * percent
