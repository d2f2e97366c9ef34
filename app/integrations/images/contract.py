"""What pictures may be, what is said of them, and why one is refused."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

Format: TypeAlias = Literal["jpeg", "png", "webp", "heic", "gif"]

#: What a picture may have, and how long one may take to be read (community 1.5).
MAX_PIXELS = 100_000_000
MAX_SIDE = 20_000
SECONDS = 10.0
MEMORY_BYTES = 1 << 30
#: How long all that is made of one may take: it was read in time already, and nobody waits.
MAKING_SECONDS = 60.0
#: What is published is no larger than that, in bytes.
LARGEST_FILE = 1 << 29
#: What previews and covers fit in, in pixels.
LARGE_SIDE = 2048
THUMB_HEIGHT, THUMB_WIDTH = 272, 816
COVER_WIDTH, COVER_HEIGHT = 480, 640
#: The picture of someone is shown half as large; what stands behind pages fits in a square.
AVATAR_WIDTH, AVATAR_HEIGHT = 320, 400
BACKGROUND_SIDE = 1920
#: How long the address of a miniature may be.
PLACEHOLDER_LENGTH = 600
#: The suffix of what is published of each: HEIC and GIF become JPEG.
SUFFIXES: dict[Format, str] = {
    "jpeg": ".jpg",
    "png": ".png",
    "webp": ".webp",
    "heic": ".jpg",
    "gif": ".jpg",
}


class ImageRefused(Exception):
    """A picture that cannot be taken."""


class UnknownType(ImageRefused):
    """It is none of the types that are accepted, whatever it is called."""


class Undecodable(ImageRefused):
    """It is damaged, or not whole."""


class TooManyPixels(ImageRefused):
    """It is larger than what is accepted."""


class Animated(ImageRefused):
    """It moves."""


class TooSlow(ImageRefused):
    """It took too long, or too much memory."""


class Busy(Exception):
    """Others are being looked at: it is to be tried again in a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a picture is, and what it says of itself; what makes no sense is ``None``."""

    format: Format
    #: In pixels, once upright.
    width: int
    height: int
    author: str | None = None
    caption: str | None = None
    timestamp: datetime | None = None
    lat: float | None = None
    lng: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was made of a picture."""

    #: In bytes, of what is published.
    size: int
    width: int
    height: int
    #: A blurred miniature as a ``data:`` address, 600 letters at most.
    placeholder: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what is made of a picture: files that are not there yet."""

    #: It is of the format that its source has in ``SUFFIXES``, whatever it is called.
    original: Path
    large: Path
    thumb: Path
