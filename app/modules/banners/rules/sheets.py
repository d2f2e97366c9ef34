"""The style sheets of banners: all that one says is in its address. Pure.

Pages carry no style of their own, and the colours of a banner are anybody's choice: its class names
them, and a sheet says what the classes of a page mean: ``21-9_152f4e-ffffff-70_ffcc00-000000-40``.
"""

import re
from collections.abc import Iterable

from app.modules.banners.rules.looks import Look
from app.modules.banners.rules.options import Options

#: The looks of a sheet: its address is one that every server takes.
_MOST = 60
_NAME = re.compile(r"[0-9]{1,3}-[0-9]{1,3}(?:_[0-9a-f]{6}-[0-9a-f]{6}-[0-9]{1,3})*")


def names(options: Options, looks: Iterable[Look]) -> list[str]:
    """What the sheets are called that a page with these looks needs: seldom more than one."""
    keys = sorted({look.key for look in looks})
    parts = [keys[at : at + _MOST] for at in range(0, len(keys), _MOST)] or [[]]
    return ["_".join((options.shape, *part)) for part in parts]


def sheet(name: str) -> str | None:
    """What the sheet of this name says; ``None`` if it has no such name."""
    if not _NAME.fullmatch(name):
        return None
    shape, *keys = name.split("_")
    width, height = map(int, shape.split("-"))
    if not (width and height) or len(keys) > _MOST:
        return None
    return f".shape-{shape}{{--shape:{width}/{height}}}" + "".join(map(_rule, keys))


def _rule(key: str) -> str:
    background, text, opacity = key.split("-")
    share = min(int(opacity), 100) / 100
    return f".look-{key}{{--back:#{background};--ink:#{text};--veil:{share:g}}}"
