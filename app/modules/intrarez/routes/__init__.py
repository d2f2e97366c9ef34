"""The pages of the network."""

from app.modules.intrarez.routes import (
    claims,
    connection,
    devices,
    network,
    offers,
    paying,
    people,
    portal,
    rooms,
    statement_file,
    statements,
)
from app.modules.intrarez.routes.blueprint import bp

__all__ = [
    "bp",
    "claims",
    "connection",
    "devices",
    "network",
    "offers",
    "paying",
    "people",
    "portal",
    "rooms",
    "statement_file",
    "statements",
]
