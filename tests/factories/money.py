"""Money, and what it buys."""

import factory

from app.enums import PaymentMethod, PaymentStatus
from app.models import Offer, Payment
from tests.factories.base import Factory
from tests.factories.people import PCeenFactory


class OfferFactory(Factory):
    """An offer that anybody may buy."""

    class Meta:
        model = Offer

    slug = factory.Sequence(lambda n: f"offer{n}")
    name_fr = "Printemps"
    name_en = "Spring"
    price_cents = 400
    months = 2


class PaymentFactory(Factory):
    """A payment that Lydia waits for."""

    class Meta:
        model = Payment

    pceen = factory.SubFactory(PCeenFactory, slugs=["rezident"])
    offer_slug = "3months"
    amount_cents = 400
    method = PaymentMethod.lydia
    status = PaymentStatus.waiting
