"""Where a notification may lead."""

from urllib.parse import urlsplit

from app.core.links import is_own_path, is_web_link


def is_local(address: str) -> bool:
    """Whether it is a page of this site."""
    return is_own_path(address)


def leads_somewhere(address: str) -> bool:
    """Whether a notification may lead there: on this site, or ``https``."""
    return is_own_path(address) or (address.startswith("https://") and is_web_link(address))


def host_of(address: str) -> str:
    """The name of the other site that an address is of; nothing for ours."""
    return "" if is_own_path(address) else urlsplit(address).hostname or ""
