"""The smallest valid objects; a test says what else matters to it."""

from tests.factories.intrarez import DeviceFactory, RentalFactory
from tests.factories.money import OfferFactory, PaymentFactory
from tests.factories.people import PCeenFactory, RoleFactory, permission, role_with, system_role

__all__ = [
    "DeviceFactory",
    "OfferFactory",
    "PCeenFactory",
    "PaymentFactory",
    "RentalFactory",
    "RoleFactory",
    "permission",
    "role_with",
    "system_role",
]
