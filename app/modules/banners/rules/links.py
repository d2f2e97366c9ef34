"""Where a banner may lead. Pure."""

import re

_SITE = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?", re.IGNORECASE)
#: One slash alone: with two, or with one of Windows, browsers read the name of another site.
_PAGE = re.compile(r"/(?![/\\])[^\s\\]*")


def is_link(text: str) -> bool:
    """Whether that is the address of a page of another site, or the path of one of ours."""
    return any(wanted.fullmatch(text) for wanted in (_SITE, _PAGE))
