"""What people type, made clean, and made comparable."""

import re
import unicodedata

from anyascii import anyascii

#: What may turn the text around it: the bidirectional overrides and isolates.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_BEFORE_CAPITAL = frozenset(" -'\u2019")
#: What the columns of keys and usernames hold: a letter may be written with many.
_LONGEST_KEY = 190
_LONGEST_USERNAME = 56


def clean(text: str) -> str:
    """*text* in Unicode NFC, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


def has_forbidden(text: str, *, lines: bool = False) -> bool:
    """Whether *text* holds control characters or direction overrides.

    With *lines*, ends of lines and tabulations are welcome.
    """
    return any(_is_forbidden(c, lines=lines) for c in text)


def without_forbidden(text: str, *, lines: bool = False) -> str:
    """*text* without what `has_forbidden` finds."""
    return "".join(c for c in text if not _is_forbidden(c, lines=lines))


def _is_forbidden(letter: str, *, lines: bool) -> bool:
    if lines and letter in "\r\n\t":
        return False
    return letter in _BIDI or unicodedata.category(letter) in ("Cc", "Cs")


def titled(name: str) -> str:
    """A name as it is kept: a capital after a blank, a hyphen, an apostrophe."""
    letters, before = [], " "
    for letter in name:
        other = letter.upper() if before in _BEFORE_CAPITAL else letter.lower()
        letters.append(other if len(other) == 1 else letter)  # a name grows no longer
        before = letter
    return clean("".join(letters))


def has_letter(text: str) -> bool:
    """Whether *text* holds a letter, of any script."""
    return any(c.isalpha() for c in text)


def comparison_key(name: str) -> str:
    """What two spellings of one name share: ``"d'Artagnan"`` gives ``"d artagnan"``."""
    key = re.sub(r"[^a-z0-9]+", " ", anyascii(name).lower()).strip()
    return key[:_LONGEST_KEY].rstrip()


def username_base(prenom: str, nom: str) -> str:
    """The username of someone, before a number if it is taken: ``edartag``."""
    start = prenom.strip()[:1] + nom.strip()[:7]
    return re.sub(r"[^a-z0-9]", "", anyascii(start).lower())[:_LONGEST_USERNAME] or "pceen"
