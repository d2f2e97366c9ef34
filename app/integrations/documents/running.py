"""Asking the process apart: to check a PDF while somebody waits, to draw its pages afterwards."""

import secrets
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.text import has_forbidden
from app.integrations.apart import Program, ask
from app.integrations.documents import names
from app.integrations.documents.contract import (
    AT_ONCE,
    CHECK_SECONDS,
    DRAWING_SECONDS,
    Busy,
    Cleaned,
    DocumentRefused,
    Page,
    Undecodable,
)
from app.integrations.photo_store import publish

_PROGRAM = Program(
    path=Path(__file__).with_name("child.py"),
    environment={
        "LANG": "C.UTF-8",
        "VIPS_CONCURRENCY": "1",
        "VIPS_BLOCK_UNTRUSTED": "1",
        "VIPS_DISC_THRESHOLD": "100g",
        "MALLOC_ARENA_MAX": "2",
    },
    refusals={kind.__name__: kind for kind in DocumentRefused.__subclasses__()},
    crashed=Undecodable,
)
#: How long others wait, in seconds: one PDF is looked at at once for one process.
_PATIENCE = 5.0
_turn = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the files of one document are, and where they are made, on one disk."""

    folder: Path
    workshop: Path
    revision: int


def clean(source: Path, target: Path) -> Cleaned:
    """Check a PDF that came, and write it without what acts, asks or carries something else.

    Raises:
        DocumentRefused: One of its kinds.
        Busy: If others are being looked at, for a process that serves pages.
        OSError: If the files cannot be read or written.
    """
    if not _turn.acquire(timeout=_PATIENCE):
        raise Busy
    try:
        return Cleaned(**ask(_PROGRAM, CHECK_SECONDS, do="clean", source=source, target=target))
    finally:
        _turn.release()


def draw(source: Path, place: Place, *, pages: int) -> list[Page]:
    """Draw the cover and so many pages of a PDF, under the names of its revision.

    Done twice, it writes the same.

    Raises:
        DocumentRefused: If one cannot be drawn; its numbers are told.
        OSError: If the files cannot be read or written.
    """
    made: list[Page] = []
    for first in range(1, pages + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, pages + 1))
        with _bench(place, numbers) as drawn:
            found = _draw_some(source, drawn)
            for one in drawn:
                _publish(one, place)
        made += found
    return made


def _draw_some(source: Path, drawn: Sequence[dict[str, Any]]) -> list[Page]:
    """Draw some pages; they are told when one cannot be."""
    try:
        found = ask(_PROGRAM, DRAWING_SECONDS, do="draw", source=source, pages=drawn)
    except DocumentRefused as refusal:
        refusal.pages = f"{drawn[0]['number']}-{drawn[-1]['number']}"
        raise
    return [Page(**one | {"text": _words(one["text"])}) for one in found["pages"]]


@contextmanager
def _bench(place: Place, numbers: Sequence[int]) -> Iterator[list[dict[str, Any]]]:
    """Files of our own to draw in; what is left of them goes."""
    place.workshop.mkdir(parents=True, exist_ok=True)
    stem = secrets.token_hex(8)
    drawn: list[dict[str, Any]] = []
    for number in numbers:
        kinds = ("large", "small", *(("cover",) if number == 1 else ()))
        files = {kind: place.workshop / f"{stem}-{number}-{kind}" for kind in kinds}
        drawn.append({"number": number, **files})
    try:
        yield drawn
    finally:
        for one in drawn:
            for kind in one.keys() - {"number"}:
                one[kind].unlink(missing_ok=True)


def _publish(drawn: dict[str, Any], place: Place) -> None:
    """Give what was drawn of a page the names that are served."""
    number, revision = drawn["number"], place.revision
    publish(drawn["large"], place.folder / names.page(revision, number))
    publish(drawn["small"], place.folder / names.small(revision, number))
    if "cover" in drawn:
        publish(drawn["cover"], place.folder / names.cover(revision))


def _words(text: str) -> str:
    """What a page says, line by line, as a column may hold it."""
    kept = "".join(c for c in text.replace("\r\n", "\n") if not has_forbidden(c, lines=True))
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", kept).splitlines())
    return "\n".join(line for line in lines if line)
