"""What the bar of the demonstration sells."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.money import Cents
from app.models import BarItem
from app.modules.bar.choices import QUICK_ITEM

#: How many items there are, in a school of full size; how many at least.
ITEMS, FEWEST = 200, 13
#: Of the bottles, one in so many is no longer sold.
_GONE = 4


@dataclass(slots=True)
class Product:
    """Something that is sold, and how it is through the years."""

    name: str
    price_cents: Cents
    #: Tenths of a gram of pure alcohol.
    tenths: int = 0
    #: How much of it is drunk.
    weight: float = 1.0
    favorite: int = 0
    #: How many come at once; 0 when they are not counted.
    pack: int = 0
    #: What it cost before.
    former_cents: Cents | None = None
    since: date = date.min
    until: date = date.max
    #: Not delivered since; it runs out.
    forgotten: date = date.max
    id: int = 0
    quantity: int | None = None
    #: The line with which its count begins.
    counted_from: int | None = None

    @property
    def mass(self) -> Decimal:
        """Grams of pure alcohol."""
        return Decimal(self.tenths).scaleb(-1)

    def price(self, day: date, raised_on: date) -> Cents:
        """What it costs on a day, prices being *raised_on* another."""
        return self.former_cents if self.former_cents and day < raised_on else self.price_cents


def _drink(cl: float, percent: float) -> int:
    """The tenths of a gram of pure alcohol of a drink."""
    return round(cl * percent * 0.8)


def _counter() -> list[Product]:
    """What there always is; the first ones are enough to show each situation."""
    return [
        Product("Pression blonde 25 cl", 150, _drink(25, 5), 26, 100, former_cents=140),
        Product("Pression blonde 50 cl", 280, _drink(50, 5), 10, 90, former_cents=260),
        Product("Pression du moment 25 cl", 200, _drink(25, 6.5), 9, 80, former_cents=190),
        Product("Coca 33 cl", 80, 0, 7, 60, 24),
        Product("Chips", 80, 0, 6, 50, 30, former_cents=70),
        Product("Sirop à l'eau", 30, 0, 4, 40),
        Product("Croque-monsieur", 200, 0, 6, 45),
        Product("Cidre brut 27,5 cl", 180, _drink(27.5, 4.5), 3, 0, 24),
        Product("Verre de vin rouge 12 cl", 180, _drink(12, 12.5), 3),
        Product("Maté glacé 50 cl", 180, 0, 3, 30, 20),
        Product("Thé glacé pêche 33 cl", 80, 0, 4, 0, 24),
        Product("Verre de vin blanc 12 cl", 180, _drink(12, 12), 2),
        Product("Café", 40, 0, 3),
        Product("Jus d'orange 20 cl", 100, 0, 2, 0, 24),
        Product("Limonade artisanale 33 cl", 150, 0, 2, 0, 24),
        Product("Eau pétillante 33 cl", 60, 0, 2, 0, 24),
        Product("Diabolo menthe", 60, 0, 2),
        Product("Thé", 40, 0, 1.5),
        Product("Chocolat chaud", 80, 0, 1.5),
        Product("Cacahuètes", 60, 0, 3, 0, 40),
        Product("Barre chocolatée", 80, 0, 3, 0, 48),
        Product("Olives", 120, 0, 1, 0, 12),
        Product("Saucisson", 350, 0, 1.2, 0, 10, former_cents=300),
        Product("Planche à partager", 650, 0, 1.5),
        Product("Pizza", 400, 0, 3, former_cents=350),
        Product("Panini trois fromages", 280, 0, 2),
        Product("Nouilles instantanées", 120, 0, 1.5, 0, 24),
        Product("Kir", 200, _drink(13, 12.5), 1.5),
        Product("Panaché 25 cl", 130, _drink(25, 2.5), 2),
        Product("Monaco 25 cl", 150, _drink(25, 2.5), 2),
        Product("Picon bière 25 cl", 230, _drink(25, 6.4), 1.5),
        Product("Bière sans alcool 33 cl", 160, 0, 1, 0, 24),
        Product("Vin chaud 15 cl", 150, _drink(15, 9), 1),
        Product("Hydromel 10 cl", 220, _drink(10, 13), 0.6),
        Product("Gobelet consigné", 100, 0, 1),
        Product("Écocup de la promo", 300, 0, 0.3, 0, 50),
        Product("T-shirt du bar", 1200, 0, 0.1, 0, 30),
        Product("Verre d'eau", 0, 0, 0.6),
    ]


_BREWERS = (
    *("La Bièvre", "Mouffetard", "Le Panthéon", "Lhomond", "La Contrescarpe", "Les Arènes"),
    *("Vauquelin", "L'Estrapade", "Le Pot de Fer", "Gay-Lussac", "Saint-Médard", "Le Val"),
    *("La Clef", "Monge", "Les Gobelins", "Le Jardin", "Censier", "L'Arbalète"),
)
_STYLES = (
    *(("blonde", 240, 5.5), ("ambrée", 260, 6.2), ("blanche", 240, 4.8), ("IPA", 290, 6.1)),
    *(("triple", 320, 8.5), ("brune", 280, 6.8), ("stout", 300, 7.2), ("sour", 310, 4.2)),
    *(("de Noël", 330, 8.0), ("session", 250, 3.6)),
)


def _bottles(chance: Random, today: date, past: int, vintage: str = "") -> Iterator[Product]:
    """Beers of here and there: they come, and some go."""
    names = [(brewer, style) for style in _STYLES for brewer in _BREWERS]
    chance.shuffle(names)
    for number, (brewer, (style, cents, percent)) in enumerate(names):
        came = today - timedelta(days=chance.randint(10, past))
        stays = timedelta(days=chance.randint(60, 250))
        yield Product(
            f"{brewer} {style} 33 cl{vintage}",
            cents + 10 * chance.randint(-2, 4),
            _drink(33, percent),
            weight=0.5 * chance.random() + 0.1,
            pack=24,
            since=came if number % 2 else date.min,
            until=min(came + stays, today - timedelta(days=3)) if number % _GONE == 0 else date.max,
        )


def products(chance: Random, many: int, today: date, past: int) -> Sequence[Product]:
    """So many things: what there always is, then bottles."""
    made = [*_counter(), *_bottles(chance, today, past)]
    for number in itertools.count(2):
        if len(made) >= many:
            break
        made += _bottles(chance, today, past, f", cuvée {number}")
    found = made[: max(FEWEST, many)]
    found[9].forgotten = today - timedelta(days=30)
    found[7].until = today - timedelta(days=40)
    return found


def put_on_sale(session: Session, found: Sequence[Product], *, today: date) -> None:
    """Write the items, of which nothing came yet; the first is sold in one tap."""
    items = [
        BarItem(
            name=one.name,
            price_cents=one.price_cents,
            alcohol_mass=one.mass,
            quantity=0 if one.pack else None,
            favorite_index=one.favorite,
            archived=one.until < today,
        )
        for one in found
    ]
    session.add_all(items)
    session.flush()
    for item, one in zip(items, found, strict=True):
        one.id, one.quantity = item.id, item.quantity
    QUICK_ITEM.set(session, found[0].id)


def count(session: Session, found: Sequence[Product]) -> None:
    """Write how many are left, once all was sold."""
    table = cast(sa.Table, BarItem.__table__)
    session.execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("key", type_=sa.Integer))
        .values(
            quantity=sa.bindparam("left", type_=sa.Integer),
            counted_from_id=sa.bindparam("begins", type_=sa.Integer),
        ),
        [
            {"key": one.id, "left": one.quantity, "begins": one.counted_from}
            for one in found
            if one.pack
        ],
    )
    session.expire_all()
