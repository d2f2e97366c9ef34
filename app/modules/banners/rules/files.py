"""The files of banners: how they are called, and as what they are given. Pure."""

import re

from app.core.text import clean, has_forbidden
from app.models import BANNER_FILE_MAX

#: An attachment that is called nothing that can be written.
_NAMELESS = "fichier"
#: The longest extension that is kept whole, with its dot.
_LONGEST_EXTENSION = 16
_PICTURE = re.compile(r"(?:banner|preset)_[0-9a-f]{32}\.webp")
_ATTACHMENT = re.compile(r"file_[0-9a-f]{32}")
#: What a file is, by its first bytes; anything else is but bytes.
_TYPES = (
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
)
BYTES = "application/octet-stream"
#: How many bytes tell.
HEAD = 16


def is_picture(name: str) -> bool:
    """Whether a file is a picture of a banner or of a preset, by its name."""
    return _PICTURE.fullmatch(name) is not None


def is_ours(name: str) -> bool:
    """Whether the site made a file, by its name."""
    return is_picture(name) or _ATTACHMENT.fullmatch(name) is not None


def media_type(head: bytes) -> str:
    """As what a file that begins so is given: PDF, a picture, or bytes, whatever its name."""
    return next((said for begins, said in _TYPES if begins.match(head)), BYTES)


def kept_name(name: str) -> str:
    """How an attachment was called, without a path; shortened, with its extension."""
    last = re.split(r"[/\\]", name)[-1]
    flat = clean("".join(c for c in " ".join(last.split()) if not has_forbidden(c)))
    if len(flat) <= BANNER_FILE_MAX:
        return flat or _NAMELESS
    stem, dot, extension = flat.rpartition(".")
    if not stem or len(dot + extension) > _LONGEST_EXTENSION:
        return flat[:BANNER_FILE_MAX].rstrip()
    return stem[: BANNER_FILE_MAX - len(dot + extension)].rstrip() + dot + extension


def parts(name: str) -> tuple[str, str]:
    """A name, and its extension; none if it has none."""
    stem, _dot, extension = name.rpartition(".")
    return (stem, extension) if stem else (name, "")
