"""The smallest valid objects; a test says what else matters to it."""

from tests.factories.intrarez import DeviceFactory, RentalFactory
from tests.factories.people import PCeenFactory, RoleFactory, permission, role_with, system_role

__all__ = [
    "DeviceFactory",
    "PCeenFactory",
    "RentalFactory",
    "RoleFactory",
    "permission",
    "role_with",
    "system_role",
]
