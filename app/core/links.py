"""The addresses that people type for others to follow."""

import re
from urllib.parse import urlsplit

#: Blanks, quotes, controls: what no address holds, and what would end one where it is written.
_UNWELCOME = re.compile(r"[\s<>\"'`\\\x00-\x20\x7f-\x9f]")


def is_web_link(text: str) -> bool:
    """Whether *text* is the whole address of a page of the web: ``https://example.org/page``."""
    if _UNWELCOME.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    is_plain = parts.username is None and parts.password is None
    return parts.scheme in ("http", "https") and bool(host) and is_plain


def is_own_path(text: str) -> bool:
    """Whether *text* is the path of a page of this site: ``/bekk``, not ``//elsewhere``."""
    if _UNWELCOME.search(text) or not text.startswith("/") or text[1:2] == "/":
        return False
    return not urlsplit(text).netloc
