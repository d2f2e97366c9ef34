"""Who made a device, from the start of its hardware address."""

import asyncio
from functools import lru_cache

from app.core.addresses import is_randomised

#: What the registry says of a block that it does not want to name, or that it shares out.
_NOBODY = ("PRIVATE", "IEEE REGISTRATION AUTHORITY")


@lru_cache(maxsize=4096)
def maker(mac: str) -> str | None:
    """The organisation that an address was given to, in the registry that aiooui brings.

    ``None`` for one that a system made up, and for one that nobody registered.
    """
    if is_randomised(mac):
        return None
    # its registry is not for those who show no device
    import aiooui  # noqa: PLC0415

    if not aiooui.is_loaded():
        asyncio.run(aiooui.async_load())
    name = aiooui.get_vendor(mac)
    return None if name is None or name.upper() in _NOBODY else name
