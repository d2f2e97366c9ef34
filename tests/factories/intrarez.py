"""The network."""

import factory

from app.core import clock
from app.models import Device, Rental
from tests.factories.base import Factory
from tests.factories.people import PCeenFactory


class RentalFactory(Factory):
    """Someone has a room."""

    class Meta:
        model = Rental

    pceen = factory.SubFactory(PCeenFactory, slugs=["rezident"])
    room_num = factory.Sequence(lambda n: 201 + n % 26)
    starts_on = factory.LazyFunction(clock.today)
    open_room = factory.LazyAttribute(lambda o: o.room_num)
    open_pceen = factory.LazyAttribute(lambda o: o.pceen.id)


class DeviceFactory(Factory):
    """Someone's device, without any address yet."""

    class Meta:
        model = Device

    pceen = factory.SubFactory(PCeenFactory, slugs=["rezident"])
    mac_address = factory.Sequence(lambda n: f"3c:22:fb:10:{n >> 8 & 255:02x}:{n & 255:02x}")
    name = "Mon portable"
    type = "Mac"
