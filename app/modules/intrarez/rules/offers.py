"""The offers that an installation begins with (network-b B5.1)."""

import re
from dataclasses import dataclass

from app.core.money import Cents

#: The offer of the first month: neither bought nor given.
WELCOME = "_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededOffer:
    """An offer, as it is made the first time."""

    slug: str
    name_fr: str
    name_en: str
    description_fr: str | None = None
    description_en: str | None = None
    price_cents: Cents
    months: int = 0
    days: int = 0
    visible: bool = True
    active: bool = True

    @property
    def is_well_made(self) -> bool:
        """Whether the database can hold it (network-b B5.1)."""
        texts = (self.description_fr, self.description_en)
        return (
            re.fullmatch("[a-z0-9_]{1,32}", self.slug) is not None
            and all(0 < len(name) <= 64 for name in (self.name_fr, self.name_en))
            and all(len(text or "") <= 2000 for text in texts)
            and 0 <= self.price_cents <= 999_999
            and 0 <= self.months <= 60
            and 0 <= self.days <= 366
        )

    @property
    def terms(self) -> tuple[Cents, int, int]:
        """What may not change once someone has bought it."""
        return self.price_cents, self.months, self.days


def _lasting(slug: str, name: int, *, price_cents: Cents) -> SeededOffer:
    """An offer whose last month is the free one."""
    months = name - 1
    return SeededOffer(
        slug=slug,
        name_fr=f"{name} mois",
        name_en=f"{name} months",
        description_fr=f"{months} mois, puis 1 mois offert pour renouveler.",
        description_en=f"{months} months, then 1 free month to renew.",
        price_cents=price_cents,
        months=months,
    )


SEEDED = (
    SeededOffer(
        slug=WELCOME,
        name_fr="Offre de bienvenue",
        name_en="Welcoming offer",
        description_fr="Un mois offert à la première connexion.",
        description_en="One free month at first connection.",
        price_cents=0,
        visible=False,
    ),
    _lasting("3months", 3, price_cents=400),
    _lasting("6months", 6, price_cents=800),
    _lasting("12months", 12, price_cents=1500),
)
