"""The pages of the network."""

from app.modules.intrarez.routes import (
    claims,
    connection,
    devices,
    network,
    people,
    portal,
    rooms,
)
from app.modules.intrarez.routes.blueprint import bp

__all__ = [
    "bp",
    "claims",
    "connection",
    "devices",
    "network",
    "people",
    "portal",
    "rooms",
]
