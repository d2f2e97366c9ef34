"""A ledger that was written as the site writes it: what is checked, merged and erased."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import BarKind, BarMethod, PaymentMethod, PaymentStatus, PaymentType
from app.models import BarAccount, BarItem, BarTransaction, Payment, PCeen
from app.modules.bar.queries import ledger as reading
from app.modules.bar.service import ledger, money, online, requests, reversals, sales
from app.modules.bar.service.money import Money
from app.modules.bar.service.requests import Asked
from app.modules.bar.service.reversals import Undoing
from app.modules.bar.service.sales import Order
from app.modules.payments.service import collect
from app.modules.payments.service.till import Till
from tests.factories import BarItemFactory, barman, customer, manager

TILL = Till(deliveries={PaymentType.bar: online.DELIVERY})
_KEYS = count()


def asks(by: PCeen) -> Asked:
    """Another request of someone."""
    number = next(_KEYS)
    return requests.asked(by, f"a-key-{number:08}", "test", number=number)


@dataclass(frozen=True)
class Bar:
    """Someone who serves, someone who runs it, and two things that are sold."""

    session: Session
    barman: PCeen
    manager: PCeen
    beer: BarItem
    juice: BarItem

    def open(self, who: PCeen, cents: int) -> PCeen:
        """Have someone pay the caution, and put so much on their account."""
        with transaction(self.session) as session:
            money.take_deposit(session, Money(client_id=who.id), request=asks(self.barman))
            if cents:
                self._top_up(session, who, cents)
        return who

    def _top_up(self, session: Session, who: PCeen, cents: int) -> BarTransaction:
        wanted = Money(client_id=who.id, amount_cents=cents, method=BarMethod.cash)
        return money.top_up(session, wanted, request=asks(self.barman)).line

    def top_up(self, who: PCeen, cents: int) -> BarTransaction:
        """Put so much on an account."""
        with transaction(self.session) as session:
            return self._top_up(session, who, cents)

    def sell(self, who: PCeen, item: BarItem, times: int = 1) -> BarTransaction:
        """Sell something to someone, some times."""
        with transaction(self.session) as session:
            for _ in range(times):
                order = Order(who.id, item.id)
                line = sales.sell(session, order, request=asks(self.barman)).line
        return line

    def undo(self, line: BarTransaction) -> BarTransaction:
        """Undo a line, as who runs the bar."""
        undoing = Undoing(number=line.id, reason="Erreur", by_manager=True)
        with transaction(self.session) as session:
            return reversals.reverse(session, undoing, request=asks(self.manager), till=TILL).line

    def pay(self, who: PCeen, cents: int) -> Payment:
        """Have someone pay so much online."""
        with transaction(self.session) as session:
            payment = Payment(
                pceen_id=who.id,
                type=PaymentType.bar,
                amount_cents=cents,
                method=PaymentMethod.card,
                status=PaymentStatus.waiting,
            )
            session.add(payment)
            session.flush()
            collect.accept(session, payment, till=TILL)
        return payment

    def account(self, who: PCeen) -> BarAccount:
        """The account of someone, as it is now."""
        self.session.expire_all()
        return self.session.get_one(BarAccount, who.id)


def open_bar(session: Session) -> Bar:
    """A bar where everything came through the ledger."""
    who = barman()
    beer = BarItemFactory(name="Pinte", price_cents=350, alcohol_mass=Decimal("14.4"), quantity=0)
    made = Bar(session, who, manager(), beer, BarItemFactory(name="Jus", price_cents=120))
    with transaction(session):
        delivered = BarTransaction(
            type=BarKind.stock,
            barman_id=who.id,
            item_id=beer.id,
            item_name=beer.name,
            stock_change=50,
            bar_day=ledger.today(reading.open_account(session, who.id, anyone=True).house),
            bar_hour=18,
        )
        session.add(delivered)
        session.flush()
        beer.quantity, beer.counted_from_id = 50, delivered.id
    return made


def drinker(**columns: object) -> PCeen:
    """Someone who may buy once they have paid the caution."""
    return customer(deposit=False, **columns)
