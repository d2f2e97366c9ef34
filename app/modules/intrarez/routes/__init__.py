"""The pages of the network."""

from app.modules.intrarez.routes import connection, devices, rooms
from app.modules.intrarez.routes.blueprint import bp

__all__ = ["bp", "connection", "devices", "rooms"]
