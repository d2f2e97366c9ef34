"""The names of directories (community 2.2)."""

import re

from anyascii import anyascii

#: Parts of addresses that are no collection and no album.
RESERVED = frozenset(
    ("new", "admin", "reports", "tags", "bar_avatars", "edit", "albums", "delete", "move")
) | frozenset(("recent", "search", "reorder", "report", "keep_gps", "upload", "photos"))
LONGEST = 100


def directory_name(name: str, *, otherwise: str) -> str:
    """What the directory of *name* is called: ``"Été à la plage !"`` gives ``ete_a_la_plage``.

    *otherwise* (``album``, ``collection``) is for a name without a letter.
    """
    cleaned = re.sub(r"[^a-z0-9_]+", "_", anyascii(name).lower()).strip("_")
    cleaned = cleaned[:LONGEST].strip("_") or otherwise
    return f"{cleaned}_2" if cleaned in RESERVED else cleaned
