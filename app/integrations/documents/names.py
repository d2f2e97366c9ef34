"""What the files of a document are called: each revision has names of its own."""

import re
import secrets

_MADE = re.compile(r"r(?P<revision>[1-9][0-9]*)-(?:cover|(?:page|small)-[1-9][0-9]*)\.webp")
_PDF = re.compile(r"issue-[0-9a-f]{16,}\.pdf")


def new_pdf() -> str:
    """A name for a PDF that comes: nobody guesses it."""
    return f"issue-{secrets.token_hex(16)}.pdf"


def cover(revision: int) -> str:
    """The cover, 480 pixels wide."""
    return f"r{revision}-cover.webp"


def page(revision: int, number: int) -> str:
    """A page, 1600 pixels wide."""
    return f"r{revision}-page-{number}.webp"


def small(revision: int, number: int) -> str:
    """A page, 480 pixels wide."""
    return f"r{revision}-small-{number}.webp"


def revision_of(name: str) -> int | None:
    """The revision that a picture is of; ``None`` for what is none of ours."""
    found = _MADE.fullmatch(name)
    return int(found["revision"]) if found else None


def is_pdf(name: str) -> bool:
    """Whether that is a PDF of ours."""
    return _PDF.fullmatch(name) is not None
