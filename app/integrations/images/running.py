"""Asking the process apart, and bearing whatever becomes of it."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.clock import PARIS
from app.integrations.apart import Program, ask
from app.integrations.images import metadata
from app.integrations.images.contract import (
    MAKING_SECONDS,
    SECONDS,
    Busy,
    Facts,
    ImageRefused,
    Outputs,
    Prepared,
    Undecodable,
)

_CHILD = Path(__file__).with_name("child.py")
#: All that it knows of its surroundings: no secret of the site.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    # one core for one picture: several are made side by side
    "VIPS_CONCURRENCY": "1",
    "VIPS_BLOCK_UNTRUSTED": "1",
    # never a file of its own, whatever the size
    "VIPS_DISC_THRESHOLD": "100g",
    # the memory that it may take counts what each thread puts aside
    "MALLOC_ARENA_MAX": "2",
}
#: How many are looked at at once for one process, and how long others wait, in seconds: the rest of
#: its threads, and the memory of the machine, are for pages.
_AT_ONCE, _PATIENCE = 2, 2.0
_turns = threading.BoundedSemaphore(_AT_ONCE)
_REFUSALS = {kind.__name__: kind for kind in ImageRefused.__subclasses__()}


def inspect(path: Path) -> Facts:
    """What the picture of a file is: it is decoded to its end.

    Raises:
        ImageRefused: One of its kinds.
        Busy: If others are being looked at, for a process that serves pages.
        OSError: If the file cannot be read.
    """
    with _turn():
        found = _ask(SECONDS, do="inspect", source=path)
    said = metadata.said(base64.b64decode(found["tags"]))
    return Facts(
        format=found["format"],
        width=found["width"],
        height=found["height"],
        author=said.author,
        caption=said.caption,
        timestamp=said.timestamp,
        lat=said.lat,
        lng=said.lng,
    )


def prepare(
    source: Path,
    outputs: Outputs,
    *,
    author: str | None = None,
    timestamp: datetime | None = None,
    rotate: int = 0,
) -> Prepared:
    """Write what is published of a picture, and its previews.

    What is published keeps no word of the source but its copyright, with *author* and *timestamp*.
    The picture is upright, then turned by *rotate* (90, 180, 270) degrees clockwise.

    Raises:
        ImageRefused: One of its kinds.
        OSError: If the files cannot be read or written.
    """
    made = _ask(
        MAKING_SECONDS,
        do="prepare",
        source=source,
        original=outputs.original,
        large=outputs.large,
        thumb=outputs.thumb,
        author=author,
        timestamp=timestamp.astimezone(PARIS).isoformat() if timestamp else None,
        rotate=rotate,
    )
    return Prepared(**made)


def make_previews(source: Path, large: Path, thumb: Path) -> str:
    """Write the previews of a picture that is published; return its miniature.

    Raises:
        ImageRefused, OSError: Likewise.
    """
    made = _ask(MAKING_SECONDS, do="previews", source=source, large=large, thumb=thumb)
    return str(made["placeholder"])


def make_cover(source: Path, target: Path) -> None:
    """Write the cover of a picture: WebP, 480 pixels wide.

    Raises:
        ImageRefused, OSError: Likewise.
    """
    _ask(MAKING_SECONDS, do="cover", source=source, target=target)


def make_avatar(source: Path, target: Path) -> None:
    """Write the picture of someone: WebP, its middle, 320 by 400 pixels; while they wait.

    Raises:
        ImageRefused, Busy, OSError: Likewise.
    """
    with _turn():
        _ask(SECONDS, do="avatar", source=source, target=target)


def make_background(source: Path, target: Path) -> None:
    """Write a picture that stands behind pages: WebP, 1920 pixels at most; while one waits.

    Raises:
        ImageRefused, Busy, OSError: Likewise.
    """
    with _turn():
        _ask(SECONDS, do="background", source=source, target=target)


def make_poster(
    source: Path, target: Path, *, side: int, first_frame: bool = False
) -> tuple[int, int]:
    """Write a picture that everybody sees: WebP, *side* pixels at most; while one waits.

    With *first_frame*, a GIF that moves is taken, and stands still. Returns its width and its
    height.

    Raises:
        ImageRefused, Busy, OSError: Likewise.
    """
    with _turn():
        made = _ask(
            SECONDS,
            do="poster",
            source=source,
            target=target,
            side=side,
            first_frame=first_frame,
        )
    return made["width"], made["height"]


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until few others are looked at.

    Raises:
        Busy: If that takes too long.
    """
    if not _turns.acquire(timeout=_PATIENCE):
        raise Busy
    try:
        yield
    finally:
        _turns.release()


def _ask(seconds: float, **request: Any) -> dict[str, Any]:
    """What the process apart answers within so many seconds."""
    program = Program(
        path=_CHILD, environment=_ENVIRONMENT, refusals=_REFUSALS, crashed=Undecodable
    )
    return ask(program, seconds, **request)
