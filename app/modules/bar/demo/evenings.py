"""The evenings of the demonstration, one after the other, as the rules would have let them be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from app.core.money import Cents
from app.enums import BarKind, BarMethod
from app.modules.bar.demo.calendar import Evening
from app.modules.bar.demo.ledger import Ledger, Moment
from app.modules.bar.demo.menu import Product
from app.modules.bar.demo.people import Client, Crew
from app.modules.bar.rules.house import House

#: How many things someone has, on the average, and lines for each that they want.
_EACH, _LINES = 4.5, 1.04
#: How many people come at least, and at most, to a bar of full size.
_FEWEST, _MOST = 40, 200
#: One sale in so many is undone at once; one in so many, later, by who runs the bar.
_UNDONE, _UNDONE_LATER = 90, 700
#: One line in so many puts a balance right; one payment made online in so many is given up.
_PUT_RIGHT, _GIVEN_UP = 900, 25
#: What people put on their account, and how.
_AMOUNTS = (1000, 1000, 2000, 2000, 2000, 3000, 5000, 500, 1250)
_METHODS = {BarMethod.cash: 40, BarMethod.card: 38, BarMethod.lydia: 20, BarMethod.cheque: 2}
_ONLINE = 0.3
_LATE_REASONS = (
    *("Servi à la mauvaise personne", "Fût vide, jamais servi", "Compté deux fois"),
    "Verre renversé par le barman",
)
_RIGHT_REASONS = (
    *("Gagnant du blind test", "Écart retrouvé dans le carnet", "Erreur de rendu de monnaie"),
    "Écocups rapportés",
)
#: How many cents are missing from the box, some evenings.
_MISSING = (0, 0, 0, 0, 0, 0, 10, -10, 50, -50, 100, -100, 200, -150, 750)
#: How many times someone looks at the menu for something that they may have.
_LOOKS = 8

#: What is left to who is short of money, in cents.
_NEXT_TO_NOTHING = 40
_WHY_MISSING = (
    "Recompté deux fois.",
    "Sans doute un rendu de monnaie.",
    "Rouleau de pièces entamé.",
)


@dataclass
class Bar:
    """The bar, with who is there and what it sells."""

    chance: Random
    ledger: Ledger
    house: House
    crew: Crew
    menu: Sequence[Product]
    #: When prices were raised.
    raised_on: date
    #: The size of the school, against the real one.
    scale: float = 1
    #: The sales that who runs the bar will undo tomorrow.
    _late: list[tuple[Client, Product, dict[str, Any]]] = field(default_factory=list)

    def open(self, evening: Evening, until: int) -> None:
        """Let people come until there are so many lines, or nearly."""
        wanted = max(0, until - self.ledger.written) / _LINES
        staff = self.crew.on_duty(self.chance, evening.day)
        guests = self._guests(evening, wanted)
        if not guests or not staff:
            return
        menu = [one for one in self.menu if one.since <= evening.day < one.until]
        night = _Night(self, evening, staff, menu)
        for seconds, client in self._orders(guests, round(wanted), evening.seconds):
            if self.ledger.written >= until:
                break
            night.go_to(seconds)
            night.serve(client)
        self.ledger.flush_if_long()

    def prepare(self, evening: Evening) -> None:
        """What is done before the doors open: sales undone, money from the site, deliveries."""
        by = self.crew.manager(self.chance)
        for client, product, line in self._late:
            who = self.crew.manager(self.chance, client)
            if who is not None and product.until > evening.day:
                moment = Moment.of(evening.at(12, 30), evening.day)
                why = {"barman_id": who, "reason": self.chance.choice(_LATE_REASONS)}
                self.ledger.undo(moment, client, product, line, **why)
        self._late.clear()
        self._pay_at_home(evening)
        for product in self.menu:
            if product.pack and product.since <= evening.day < product.until:
                self._deliver(evening, product, by)

    def finish(self, evening: Evening) -> None:
        """Count the box."""
        moment = Moment.of(evening.begins + timedelta(hours=8, minutes=20), evening.day)
        by = self.crew.manager(self.chance)
        missing, why = self.chance.choice(_MISSING), self.chance.choice(_WHY_MISSING)
        self.ledger.close(moment, by, missing=missing, why=why)

    def give_back(self, evening: Evening) -> None:
        """Leave next to nothing to who wanted their money back."""
        moment = Moment.of(evening.begins + timedelta(hours=8, minutes=10), evening.day)
        for client in self.crew.clients:
            by = self.crew.manager(self.chance, client)
            if client.broke <= evening.day and client.balance > _NEXT_TO_NOTHING and by is not None:
                self.ledger.write(
                    moment,
                    BarKind.refund,
                    client,
                    barman_id=by,
                    balance_change_cents=_NEXT_TO_NOTHING - client.balance,
                    method=BarMethod.cash,
                    reason="Part en échange",
                )

    def say_goodbye(self, evening: Evening, leaving: Sequence[Client]) -> None:
        """Give their money back, and their caution, to those who go."""
        moment = Moment.of(evening.begins + timedelta(hours=8, minutes=10), evening.day)
        for client in leaving:
            by = self.crew.manager(self.chance, client)
            if by is None or client.deposit is None:
                continue
            how = {"barman_id": by, "method": BarMethod.transfer}
            if client.balance:
                change = {"balance_change_cents": -client.balance, "reason": "Fin de scolarité"}
                self.ledger.write(moment, BarKind.refund, client, **how, **change)
            back, client.deposit = client.deposit, None
            self.ledger.write(
                moment, BarKind.deposit_refund, client, **how, deposit_change_cents=-back
            )

    def _guests(self, evening: Evening, wanted: float) -> list[Client]:
        """Those who come: who is thirsty more often; the cast has come once."""
        there = [one for one in self.crew.clients if one.since <= evening.day < one.until]
        low, high = (max(3, round(many * self.scale)) for many in (_FEWEST, _MOST))
        many = min(max(round(wanted / _EACH), low), high, len(there))
        drawn = [
            (one.is_cast and one.deposit is None, self.chance.random() ** (1 / one.thirst), rank)
            for rank, one in enumerate(there)
        ]
        return [there[rank] for _is_new, _drawn, rank in sorted(drawn, reverse=True)[:many]]

    def _orders(
        self, guests: Sequence[Client], many: int, seconds: int
    ) -> Iterator[tuple[int, Client]]:
        """Who wants something, and when: each comes, and stays for a while."""
        comes = {one.id: self.chance.triangular(0, 0.75, 0.4) for one in guests}
        asked = []
        for number in range(many):
            client = guests[number] if number < len(guests) else self.chance.choice(guests)
            stay = self.chance.random() * min(0.3, 1 - comes[client.id])
            asked.append((int((comes[client.id] + stay) * seconds), number, client))
        asked.sort(key=lambda one: one[:2])
        return ((at, client) for at, _number, client in asked)

    def _pay_at_home(self, evening: Evening) -> None:
        """Some who are short of money pay from the site, in the afternoon."""
        poor = [
            one
            for one in self.crew.clients
            if one.deposit is not None
            and one.balance < 300
            and one.since <= evening.day < min(one.until, one.broke)
        ]
        minutes = sorted(self.chance.randrange(13 * 60, 17 * 60) for one in poor)
        for minute, client in zip(minutes, poor, strict=True):
            if self.chance.random() > _ONLINE / 4:
                continue
            moment = Moment.of(evening.at(*divmod(minute, 60)), evening.day)
            cents = self.chance.choice(_AMOUNTS)
            if self.chance.randrange(_GIVEN_UP) == 0:
                self.ledger.give_up(moment, client, cents)
            else:
                self.ledger.pay_online(moment, client, cents, BarMethod.card)

    def _deliver(self, evening: Evening, product: Product, by: int | None) -> None:
        """Count something that begins, runs low, or was not looked at for long."""
        moment = Moment.of(evening.at(17, 15), evening.day)
        is_new = product.counted_from is None
        left = product.quantity or 0
        low = max(3, round(product.pack * min(1, product.weight / 2)))
        if product.forgotten <= evening.day:
            if left > 0:
                self.ledger.stock(moment, product, -left, by, "Inventaire : le frigo est vide")
        elif is_new or left < low:
            packs = 1 + round(product.weight)
            self.ledger.stock(moment, product, packs * product.pack, by, "Livraison")
        elif self.chance.randrange(40) == 0:
            lost = -self.chance.randint(1, min(3, left))
            self.ledger.stock(moment, product, lost, by, "Inventaire")

    def undo_later(self, client: Client, product: Product, line: dict[str, Any]) -> None:
        """Have a sale undone tomorrow."""
        self._late.append((client, product, line))


class _Night:
    """An evening that goes on."""

    def __init__(
        self, bar: Bar, evening: Evening, staff: Sequence[int], menu: Sequence[Product]
    ) -> None:
        self.bar, self.chance, self.ledger = bar, bar.chance, bar.ledger
        self.evening, self.staff, self.menu = evening, staff, menu
        self.weights = list(accumulate(one.weight for one in menu))
        self.seconds = 0
        self.moment = Moment.of(evening.begins, evening.day)

    def go_to(self, seconds: int) -> None:
        """Let time pass, which never goes back."""
        self.seconds = max(self.seconds, min(seconds, self.evening.seconds))
        at = self.evening.begins + timedelta(seconds=self.seconds)
        self.moment = Moment.of(at, self.evening.day)

    def serve(self, client: Client) -> None:
        """Someone wants something: they pay for it, once they have money there."""
        if client.deposit is None:
            self._welcome(client)
        product = self._choose(client)
        if product is None:
            return
        price = product.price(self.evening.day, self.bar.raised_on)
        if client.balance < max(price, client.careful):
            self._top_up(client)
        if client.balance < price:
            return
        line = self.ledger.sell(self.moment, client, product, price, self._barman())
        self._regret(client, product, line)

    def _choose(self, client: Client) -> Product | None:
        """Something that may be sold to someone; nothing, if they may have none of it."""
        day, house = self.evening.day, self.bar.house
        left = int(house.alcohol_cap * 10) - client.drank(day)
        may_drink = not client.is_sober and client.may_drink(day, house.minimum_age)
        is_poor = client.broke <= day
        for look in range(_LOOKS):
            if look == 0 and self.chance.random() < 0.3 and client.likes < len(self.menu):
                product = self.menu[client.likes]
            else:
                (product,) = self.chance.choices(self.menu, cum_weights=self.weights)
            if product.tenths and not (may_drink and product.tenths <= left):
                continue
            if product.quantity is not None and product.quantity <= 0:
                continue
            if is_poor and product.price(day, self.bar.raised_on) > client.balance:
                continue
            return product
        return None

    def _welcome(self, client: Client) -> None:
        """Take a caution, which comes with money most often."""
        by, deposit = self._barman(other_than=client), self.bar.house.deposit_cents
        if by is None:
            return
        method = self.chance.choice((BarMethod.cash, BarMethod.cheque, BarMethod.card))
        client.deposit = deposit
        self.ledger.write(
            self.moment,
            BarKind.deposit,
            client,
            barman_id=by,
            deposit_change_cents=deposit,
            method=method,
        )

    def _top_up(self, client: Client) -> None:
        """Put money on an account: at the counter, or from a phone."""
        if client.deposit is None or client.broke <= self.evening.day:
            return
        cents: Cents = self.chance.choice(_AMOUNTS)
        if self.chance.random() < _ONLINE:
            method = self.chance.choice((BarMethod.lydia, BarMethod.card))
            self.ledger.pay_online(self.moment, client, cents, method)
            return
        by = self._barman(other_than=client)
        (method,) = self.chance.choices(list(_METHODS), list(_METHODS.values()))
        if by is not None:
            self.ledger.write(
                self.moment,
                BarKind.top_up,
                client,
                barman_id=by,
                balance_change_cents=cents,
                method=method,
            )

    def _regret(self, client: Client, product: Product, line: dict[str, Any]) -> None:
        """Undo a sale, at once or later; put a balance right, from time to time."""
        drawn = self.chance.random()
        if drawn < 1 / _UNDONE:
            by = self._barman(other_than=client)
            self.go_to(self.seconds + self.chance.randint(4, 150))
            if by is not None:
                self.ledger.undo(self.moment, client, product, line, barman_id=by)
        elif drawn < 1 / _UNDONE + 1 / _UNDONE_LATER:
            self.bar.undo_later(client, product, line)
        elif drawn > 1 - 1 / _PUT_RIGHT:
            self._put_right(client)

    def _put_right(self, client: Client) -> None:
        by = self.bar.crew.manager(self.chance, client)
        cents = 50 * self.chance.choice((1, 2, 4, 6, -1, -2))
        if by is not None and client.balance + cents >= 0:
            self.ledger.write(
                self.moment,
                BarKind.adjustment,
                client,
                barman_id=by,
                balance_change_cents=cents,
                reason=self.chance.choice(_RIGHT_REASONS),
            )

    def _barman(self, *, other_than: Client | None = None) -> Any:
        """Who serves; nobody does so for themselves, when it is about money."""
        able = [one for one in self.staff if other_than is None or one != other_than.id]
        if able:
            return self.chance.choice(able)
        return self.bar.crew.manager(self.chance, other_than)
