"""Where a banner may lead. Pure."""

from app.core.links import is_own_path, is_web_link


def is_link(text: str) -> bool:
    """Whether that is the address of a page of another site, or the path of one of ours."""
    return is_web_link(text) or is_own_path(text)
