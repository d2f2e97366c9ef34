"""The smallest valid objects; a test says what else matters to it."""

from tests.factories.intrarez import DeviceFactory, RentalFactory
from tests.factories.money import OfferFactory, PaymentFactory
from tests.factories.people import PCeenFactory, RoleFactory, permission, role_with, system_role
from tests.factories.photos import AlbumFactory, CollectionFactory, PhotoFactory

__all__ = [
    "AlbumFactory",
    "CollectionFactory",
    "DeviceFactory",
    "OfferFactory",
    "PCeenFactory",
    "PaymentFactory",
    "PhotoFactory",
    "RentalFactory",
    "RoleFactory",
    "permission",
    "role_with",
    "system_role",
]
