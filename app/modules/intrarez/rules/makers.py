"""Who made a device, from the start of its hardware address."""

from functools import lru_cache

from app.core.addresses import is_randomised

#: What the registry says of a block that it does not want to name, or that it shares out.
_NOBODY = ("PRIVATE", "IEEE REGISTRATION AUTHORITY")


@lru_cache(maxsize=4096)
def maker(mac: str) -> str | None:
    """The organisation that an address was given to, in the registry that netaddr brings.

    ``None`` for one that a system made up, and for one that nobody registered.
    """
    if is_randomised(mac):
        return None
    # its registry is long to load, and few pages need it
    from netaddr import EUI, NotRegisteredError  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        name = str(EUI(mac).oui.registration().org)
    except NotRegisteredError:
        return None
    return None if name.upper() in _NOBODY else name
