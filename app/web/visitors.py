"""Where a visitor is, as limits count them."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

from app.context import current


def counted_address() -> str:
    """The address of who asks; of an IPv6 one, the /64 network, which is one home's."""
    return _network(current.remote_ip or request.remote_addr or "")


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return address
