"""Telephone numbers, as people write them. Pure."""

import re

_DIGITS = re.compile(r"\+?[0-9]+")
#: ``01 23 45 67 89``, or ``+33 1 23 45 67 89``, sometimes written ``+33 (0)1 23 45 67 89``.
_FRENCH = re.compile(r"(?:0|(?:\+|00)330?)[1-9][0-9]{8}")
_INTERNATIONAL = re.compile(r"(?:\+|00)(?!33)[1-9][0-9]{6,14}")
_BETWEEN = re.compile(r"[ .\-()/]")
_BLANKS = re.compile(r"\s+")


def read_phone(text: str) -> str | None:
    """A French or an international number, as it was typed but for its blanks; ``None`` for what
    is none.
    """
    typed = _BLANKS.sub(" ", text).strip()
    digits = _BETWEEN.sub("", typed)
    if not _DIGITS.fullmatch(digits):
        return None
    return typed if _FRENCH.fullmatch(digits) or _INTERNATIONAL.fullmatch(digits) else None
