"""What a file is, by its first bytes: its name does not count."""

import struct
from pathlib import Path
from typing import BinaryIO

from app.integrations.images.contract import Animated, Format, UnknownType

#: Of ``ftyp``: the brands of still pictures in HEVC, of several of them, and of films.
_STILL = frozenset((b"heic", b"heix", b"heim", b"heis"))
_MOVING = frozenset((b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"))
_OTHERS = frozenset((b"avif", b"avis"))
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 1000


def format_of(path: Path) -> Format:
    """What a file is.

    Raises:
        UnknownType: If it is none of what is accepted.
        Animated: If it is one that moves, as far as its first bytes say.
    """
    with path.open("rb") as file:
        head = file.read(64)
        if head.startswith(b"\xff\xd8\xff"):
            return "jpeg"
        if head.startswith(_PNG):
            _check_png(file)
            return "png"
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            _check_webp(head)
            return "webp"
        if head[:6] in (b"GIF87a", b"GIF89a"):
            return "gif"
        if head[4:8] == b"ftyp":
            _check_heic(head)
            return "heic"
    raise UnknownType


def _check_png(file: BinaryIO) -> None:
    """Look for what says that a PNG moves: it is before the pixels."""
    file.seek(len(_PNG))
    for _chunk in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IDAT":
            return
        if head[4:] == b"acTL":
            raise Animated
        file.seek(int.from_bytes(head[:4], "big") + 4, 1)


def _check_webp(head: bytes) -> None:
    if head[12:16] == b"VP8X" and head[20] & 0x02:
        raise Animated


def _check_heic(head: bytes) -> None:
    size = min(struct.unpack(">I", head[:4])[0], len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
    if brands & _OTHERS:
        raise UnknownType
    if head[8:12] in _MOVING:
        raise Animated
    if not brands & _STILL:
        raise UnknownType


def is_lossless_webp(path: Path) -> bool:
    """Whether a WebP keeps every pixel as it was."""
    with path.open("rb") as file:
        file.seek(12)
        for _chunk in range(_MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[:4] == b"VP8 ":
                return False
            if head[:4] == b"VP8L":
                return True
            size = struct.unpack("<I", head[4:])[0]
            file.seek(size + size % 2, 1)
    return False
