"""What a picture says of itself (Exif), as the bytes that hold it: read, and written anew.

It is TIFF: a list of tags, some of which lead to another list. Whatever the bytes are, what
cannot be read is left out.
"""

import enum
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

#: Texts and bytes as they are; numbers; fractions, ``None`` where they divide by zero.
Value: TypeAlias = bytes | tuple[float | None, ...]

#: More is not what cameras write.
LONGEST = 1 << 20
_MOST_TAGS = 500
_LONGEST_VALUE = 1 << 16


class Tag(enum.IntEnum):
    """The tags that are read or written."""

    description = 0x010E
    orientation = 0x0112
    changed_at = 0x0132
    artist = 0x013B
    copyright = 0x8298
    xp_title = 0x9C9B
    xp_comment = 0x9C9C
    xp_author = 0x9C9D
    #: Where the tags of the shot are, and those of the place.
    shot = 0x8769
    place = 0x8825
    # of the shot
    taken_at = 0x9003
    digitized_at = 0x9004
    changed_offset = 0x9010
    taken_offset = 0x9011
    digitized_offset = 0x9012
    comment = 0x9286
    # of the place
    lat_ref = 0x0001
    lat = 0x0002
    lng_ref = 0x0003
    lng = 0x0004


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """The tags of a picture, by the list that they are in."""

    #: Of texts in UTF-16 that do not say in which order their bytes are.
    is_big_endian: bool = False
    image: Mapping[int, Value] = field(default_factory=dict)
    shot: Mapping[int, Value] = field(default_factory=dict)
    place: Mapping[int, Value] = field(default_factory=dict)

    @property
    def orientation(self) -> int:
        """How the picture is turned, from 1 (upright) to 8."""
        value = self.image.get(Tag.orientation)
        found = value[0] if isinstance(value, tuple) and value else None
        return int(found) if found is not None and 1 <= found <= 8 else 1


def read(data: bytes) -> Tags:
    """The tags of *data*."""
    data = data.removeprefix(b"Exif\0\0")[:LONGEST]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None or len(data) < 8:
        return Tags()
    reader = _Reader(data, order)
    image = reader.tags(reader.number("I", 4))
    return Tags(
        is_big_endian=order == ">",
        image=image,
        shot=reader.pointed(image, Tag.shot),
        place=reader.pointed(image, Tag.place),
    )


#: How each type of value is written: as what numbers, and how many of them.
_TYPES = {
    **dict.fromkeys((1, 2, 7), ("c", 1)),  # bytes and texts
    3: ("H", 1),
    4: ("I", 1),
    6: ("b", 1),
    8: ("h", 1),
    9: ("i", 1),
    11: ("f", 1),
    12: ("d", 1),
    5: ("I", 2),
    10: ("i", 2),  # fractions
}


@dataclass(frozen=True, slots=True)
class _Reader:
    data: bytes
    order: str

    def number(self, code: str, at: int) -> int:
        """The number that is there; 0 past the end."""
        size = struct.calcsize(code)
        piece = self.data[at : at + size]
        return int(struct.unpack(self.order + code, piece)[0]) if len(piece) == size else 0

    def pointed(self, image: Mapping[int, Value], tag: Tag) -> dict[int, Value]:
        """The tags of the list that a tag leads to."""
        value = image.get(tag)
        where = value[0] if isinstance(value, tuple) and len(value) == 1 else None
        return self.tags(int(where)) if where else {}

    def tags(self, at: int) -> dict[int, Value]:
        """The tags of the list that is there."""
        found: dict[int, Value] = {}
        count = min(self.number("H", at), _MOST_TAGS) if at else 0
        for start in range(at + 2, at + 2 + 12 * count, 12):
            value = self._value(start)
            if value is not None:
                found.setdefault(self.number("H", start), value)
        return found

    def _value(self, start: int) -> Value | None:
        """What the tag of the row that begins there says."""
        kind, count = self.number("H", start + 2), self.number("I", start + 4)
        code, each = _TYPES.get(kind, ("", 0))
        size = count * each * struct.calcsize(code)
        if not code or size > _LONGEST_VALUE:
            return None
        where = start + 8 if size <= 4 else self.number("I", start + 8)
        piece = self.data[where : where + size]
        if len(piece) < size:
            return None
        if code == "c":
            return piece
        numbers = struct.unpack(f"{self.order}{count * each}{code}", piece)
        if each == 1:
            return tuple(float(number) for number in numbers)
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return tuple(above / below if below else None for above, below in pairs)


def write(*, author: bytes, rights: bytes, taken: datetime | None) -> bytes:
    """Tags that say these and nothing else; *taken* is by the clock of its time zone."""
    image, shot = {Tag.artist: author, Tag.copyright: rights}, {}
    if taken is not None:
        at, offset = (
            taken.isoformat(timespec="seconds").encode()[i:j] for i, j in ((0, 19), (19, 25))
        )
        at = at.replace(b"-", b":").replace(b"T", b" ")
        image[Tag.changed_at] = at
        shot = {Tag.taken_at: at, Tag.changed_offset: offset, Tag.taken_offset: offset}
    head = b"II*\0" + struct.pack("<I", 8)
    if not shot:
        return b"Exif\0\0" + head + _list(image, at=8)
    where = 8 + len(_list(image, at=8, shot_at=8))
    return b"Exif\0\0" + head + _list(image, at=8, shot_at=where) + _list(shot, at=where)


def _list(texts: Mapping[Tag, bytes], *, at: int, shot_at: int | None = None) -> bytes:
    """A list of tags that begins *at*, in the order of their numbers, and what they say."""
    values = {tag: (2, text + b"\0") for tag, text in texts.items() if text}
    if shot_at is not None:
        values[Tag.shot] = (4, struct.pack("<I", shot_at))
    after = at + 2 + 12 * len(values) + 4
    rows, words = b"", b""
    for tag, (kind, value) in sorted(values.items()):
        place = value.ljust(4, b"\0")
        if len(value) > 4:
            place = struct.pack("<I", after + len(words))
            words += value + b"\0" * (len(value) % 2)
        rows += struct.pack("<HHI", tag, kind, len(value) if kind == 2 else 1) + place
    return struct.pack("<H", len(values)) + rows + bytes(4) + words
