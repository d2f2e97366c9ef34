"""What the tags of a picture mean (community 2.4): who took it, when, where."""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from app.core import text
from app.core.clock import PARIS
from app.integrations.images import exif
from app.integrations.images.exif import Tag, Tags, Value

#: What the database keeps of each.
AUTHOR, CAPTION = 64, 280
#: The first photo; and no camera is that far ahead.
_YEARS = range(1826, 2200)
_INSTANT = re.compile(rb"(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(rb"([+-])(\d\d):?(\d\d)")
#: What begins a comment: how its letters are written.
_CHARSET = 8
_UNICODE = b"UNICODE\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a picture says of itself; what makes no sense is ``None``."""

    author: str | None
    caption: str | None
    #: In UTC.
    timestamp: datetime | None
    lat: float | None
    lng: float | None


def said(data: bytes) -> Said:
    """What the Exif bytes of a picture say."""
    tags = exif.read(data)
    lat, lng = _place(tags)
    return Said(
        author=_first(_authors(tags), AUTHOR),
        caption=_first(_captions(tags), CAPTION),
        timestamp=next(_instants(tags), None),
        lat=lat,
        lng=lng,
    )


def _first(candidates: Iterator[str], longest: int) -> str | None:
    """The first that says something, clean, and no longer than *longest*."""
    for candidate in candidates:
        if cleaned := _cleaned(candidate)[:longest].strip():
            return cleaned
    return None


def _cleaned(candidate: str) -> str:
    """*candidate* on one line, without what cannot be seen."""
    kept = "".join(" " if letter.isspace() else letter for letter in candidate)
    visible = "".join(
        letter
        for letter in kept
        if not text.has_forbidden(letter) and unicodedata.category(letter) not in ("Cn", "Co")
    )
    return text.clean(re.sub(" +", " ", visible))


def _authors(tags: Tags) -> Iterator[str]:
    yield _text(tags.image.get(Tag.artist))
    yield _windows(tags.image.get(Tag.xp_author))


def _captions(tags: Tags) -> Iterator[str]:
    yield _text(tags.image.get(Tag.description))
    yield _windows(tags.image.get(Tag.xp_title))
    yield _comment(tags)
    yield _windows(tags.image.get(Tag.xp_comment))


def _text(value: Value | None) -> str:
    """A text that should be ASCII, and is what its author's machine writes."""
    if not isinstance(value, bytes):
        return ""
    value = value.partition(b"\0")[0]
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "ignore")


def _windows(value: Value | None) -> str:
    """What Windows writes: UTF-16, whatever the order of the other bytes."""
    if not isinstance(value, bytes):
        return ""
    return value.decode("utf-16-le", "ignore").partition("\0")[0]


def _comment(tags: Tags) -> str:
    value = tags.shot.get(Tag.comment)
    if not isinstance(value, bytes):
        return ""
    charset, words = value[:_CHARSET], value[_CHARSET:]
    if charset == _UNICODE:
        return words.decode(_order(words, tags), "ignore").partition("\0")[0]
    # none given: old software writes its text from the first byte on
    known = charset.rstrip(b"\0") in (b"ASCII", b"")
    return _text(words if known else value)


def _order(words: bytes, tags: Tags) -> str:
    """In which order the bytes of a text in UTF-16 are: software does not agree.

    Latin letters have their null before in one, after in the other.
    """
    before, after = words[::2].count(0), words[1::2].count(0)
    is_big_endian = tags.is_big_endian if before == after else before > after
    return "utf-16-be" if is_big_endian else "utf-16-le"


def _instants(tags: Tags) -> Iterator[datetime]:
    """When it was taken, from what is believed most to what is believed least."""
    pairs = (
        (tags.image.get(Tag.changed_at), tags.shot.get(Tag.changed_offset)),
        (tags.shot.get(Tag.taken_at), tags.shot.get(Tag.taken_offset)),
        (tags.shot.get(Tag.digitized_at), tags.shot.get(Tag.digitized_offset)),
    )
    for at, offset in pairs:
        found = _instant(at, offset)
        if found is not None:
            yield found


def _instant(value: Value | None, offset: Value | None) -> datetime | None:
    match = _INSTANT.match(value) if isinstance(value, bytes) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    if year not in _YEARS:
        return None
    zone = _zone(offset) or PARIS
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _zone(value: Value | None) -> timezone | None:
    match = _OFFSET.match(value) if isinstance(value, bytes) else None
    if match is None:
        return None
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if ahead > timedelta(hours=14):
        return None
    return timezone(-ahead if match[1] == b"-" else ahead)


def _place(tags: Tags) -> tuple[float, float] | tuple[None, None]:
    lat = _degrees(tags.place.get(Tag.lat), tags.place.get(Tag.lat_ref), b"NS", 90)
    lng = _degrees(tags.place.get(Tag.lng), tags.place.get(Tag.lng_ref), b"EW", 180)
    return (None, None) if lat is None or lng is None else (lat, lng)


def _degrees(value: Value | None, ref: Value | None, refs: bytes, most: int) -> float | None:
    """Degrees, minutes and seconds as one signed number."""
    if not isinstance(value, tuple) or len(value) != 3 or not isinstance(ref, bytes):
        return None
    letter = ref[:1].upper()
    if not letter or letter not in refs:
        return None
    total = 0.0
    for part, unit in zip(value, (1, 60, 3600), strict=True):
        if part is None or part < 0:
            return None
        total += part / unit
    if not math.isfinite(total) or total > most:
        return None
    return round(-total if letter == refs[1:] else total, 7)
