"""The smallest valid objects; a test says what else matters to it."""

from tests.factories.bar import BarItemFactory, barman, customer, manager
from tests.factories.intrarez import DeviceFactory, RentalFactory
from tests.factories.money import OfferFactory, PaymentFactory
from tests.factories.people import PCeenFactory, RoleFactory, permission, role_with, system_role
from tests.factories.photos import AlbumFactory, CollectionFactory, PhotoFactory

__all__ = [
    "AlbumFactory",
    "BarItemFactory",
    "CollectionFactory",
    "DeviceFactory",
    "OfferFactory",
    "PCeenFactory",
    "PaymentFactory",
    "PhotoFactory",
    "RentalFactory",
    "RoleFactory",
    "barman",
    "customer",
    "manager",
    "permission",
    "role_with",
    "system_role",
]
