"""Pictures that people send: read, turned upright and made smaller in a process apart.

Whoever sends them may mean harm: nothing of theirs is decoded in the process that serves pages.
"""

from app.integrations.images.contract import (
    MAX_PIXELS,
    MAX_SIDE,
    MEMORY_BYTES,
    SECONDS,
    SUFFIXES,
    Animated,
    Busy,
    Facts,
    Format,
    ImageRefused,
    Outputs,
    Prepared,
    TooManyPixels,
    TooSlow,
    Undecodable,
    UnknownType,
)
from app.integrations.images.running import (
    inspect,
    make_avatar,
    make_background,
    make_cover,
    make_poster,
    make_previews,
    prepare,
)

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "MEMORY_BYTES",
    "SECONDS",
    "SUFFIXES",
    "Animated",
    "Busy",
    "Facts",
    "Format",
    "ImageRefused",
    "Outputs",
    "Prepared",
    "TooManyPixels",
    "TooSlow",
    "Undecodable",
    "UnknownType",
    "inspect",
    "make_avatar",
    "make_background",
    "make_cover",
    "make_poster",
    "make_previews",
    "prepare",
]
