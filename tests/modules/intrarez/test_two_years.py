"""Two years of a residence, day by day, by chance: who pays has Internet, and the books add up."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.clock import PARIS
from app.core.errors import DomainError
from app.core.transaction import lock, transaction
from app.enums import Account, BanKind, PaymentMethod, PaymentStatus, RentalEnd, SubState
from app.models import (
    Ban,
    Device,
    Offer,
    OutboxEntry,
    Payment,
    PCeen,
    Rental,
    Room,
    Subscription,
    pceen_role,
)
from app.modules.intrarez import jobs, mails, queries
from app.modules.intrarez.rules import subscriptions as rules
from app.modules.intrarez.rules.subscriptions import Period
from app.modules.intrarez.service import bans, devices, rooms, subscriptions
from app.modules.intrarez.service.bans import Terms
from app.modules.intrarez.service.subscriptions import Money
from app.modules.payments.queries import account_balances
from app.modules.payments.service import books, collect
from tests.factories import PCeenFactory, system_role
from tests.modules.intrarez.conftest import PLAN
from tests.modules.intrarez.test_subscriptions import TILL

FIRST, DAYS, DAY = date(2026, 9, 1), 730, timedelta(days=1)
#: The offers, the more wanted the more often.
SLUGS = ("3months", "3months", "6months", "12months")
PAID, TRIAL, OUTLAW = SubState.subscribed, SubState.trial, SubState.outlaw
#: Where the money of each method is.
PLACES = {
    PaymentMethod.lydia: Account.lydia,
    PaymentMethod.card: Account.lydia,
    PaymentMethod.transfer: Account.bank,
    PaymentMethod.cash: Account.cash,
}
#: How often each thing happens.
LIFE = {
    "buy_early": 10,
    "buy_late": 22,
    "buy_several": 2,
    "give": 3,
    "receive": 6,
    "revoke": 8,
    "put_off": 7,
    "move_in": 10,
    "move_out": 6,
    "add_device": 5,
    "lose_devices": 3,
    "misbehave": 2,
    "graduate": 2,
}


@pytest.fixture(autouse=True)
def inside_the_application(app: Flask) -> Iterator[None]:
    """Jobs run in the application."""
    with app.app_context():
        yield


class Residence:
    """Many people, a few rooms, and chance."""

    def __init__(self, session: Session, *, seed: int, people: int, rate: float) -> None:
        self.session, self.chance = session, random.Random(seed)
        self.gri = PCeenFactory().id
        self.people = self._make(people)
        #: Who comes on which day: some on the first one.
        self.arrivals = defaultdict(list)
        for key in self.people:
            late = 0 if self.chance.random() < 0.15 else self.chance.randrange(DAYS - 60)
            self.arrivals[FIRST + late * DAY].append(key)
        self.here: list[int] = []
        self.rate = rate
        self.macs = 0
        self.done: Counter[str] = Counter()
        #: The days that people spent in each state.
        self.seen: Counter[SubState | None] = Counter()

    def _make(self, count: int) -> list[int]:
        self.rezident = system_role("rezident").id
        made = [
            PCeen(
                username=f"someone{number}",
                prenom="Ada",
                nom="Lovelace",
                email=f"someone{number}@example.org" if number % 20 else None,
                locale="fr" if number % 5 else "en",
            )
            for number in range(count)
        ]
        self.session.add_all(made)
        self.session.flush()
        keys = [person.id for person in made]
        rights = [{"pceen_id": key, "role_id": self.rezident} for key in keys]
        self.session.execute(sa.insert(pceen_role), rights)
        self.session.commit()
        return keys

    # What people do

    def live(self, day: date) -> None:
        """What happens during a day."""
        for key in self.arrivals[day]:
            self.here.append(key)
            self._try("arrive", key)
        number = int(self.rate) + (self.chance.random() < self.rate % 1)
        for name in self.chance.choices(list(LIFE), list(LIFE.values()), k=number):
            self._try(name, self.chance.choice(self.here))

    def _try(self, name: str, key: int) -> None:
        try:
            with transaction(self.session):
                getattr(self, name)(self.session.get_one(PCeen, key))
            self.done[name] += 1
        except DomainError:
            pass

    def arrive(self, pceen: PCeen) -> None:
        """With a room and a device of today, or with a device of before all this."""
        if self.chance.random() < 0.5 and self._take_a_room(pceen):
            self.add_device(pceen)
        else:
            self.session.add(Device(pceen=pceen, mac_address=self._new_mac()))

    def buy_early(self, pceen: PCeen) -> None:
        self._buy(pceen, self.chance.choice(SLUGS))

    def buy_several(self, pceen: PCeen) -> None:
        for _ in range(self.chance.randint(2, 3)):
            self._buy(pceen, self.chance.choice(SLUGS))

    def buy_late(self, _someone: PCeen) -> None:
        """Someone who is cut, or about to be."""
        late = sa.select(PCeen.id).where(PCeen.sub_state.in_([TRIAL, OUTLAW])).order_by(PCeen.id)
        if keys := self.session.scalars(late).all():
            self.buy_early(self.session.get_one(PCeen, self.chance.choice(keys)))

    def _buy(self, pceen: PCeen, slug: str) -> None:
        payment = Payment(
            pceen=pceen,
            offer_slug=slug,
            amount_cents=self.session.get_one(Offer, slug).price_cents,
            method=self.chance.choice([PaymentMethod.lydia, PaymentMethod.card]),
            status=PaymentStatus.waiting,
        )
        self.session.add(payment)
        self.session.flush()
        lock(self.session, payment)
        for _ in range(self.chance.choice([1, 1, 2])):
            collect.accept(self.session, payment, till=TILL)

    def give(self, pceen: PCeen) -> None:
        self._record(pceen, PaymentMethod.gift)

    def receive(self, pceen: PCeen) -> None:
        self._record(pceen, self.chance.choice([PaymentMethod.cash, PaymentMethod.transfer]))

    def _record(self, pceen: PCeen, method: PaymentMethod) -> None:
        money = Money(
            offer=self.session.get_one(Offer, self.chance.choice(SLUGS)),
            method=method,
            day=clock.today() - self.chance.randrange(366) * DAY,
            reason="par chance",
        )
        by = self.session.get_one(PCeen, self.gri)
        subscriptions.record(self.session, pceen=pceen, money=money, by=by, till=TILL)

    def revoke(self, pceen: PCeen) -> None:
        """The payment of their latest subscription; one time in four, of any other."""
        mine = sa.select(Subscription.payment_id).where(
            Subscription.pceen_id == pceen.id, Subscription.payment_id.is_not(None)
        )
        keys = self.session.scalars(mine.order_by(Subscription.start)).all()
        if not keys:
            return
        key = keys[-1] if self.chance.random() < 0.75 else self.chance.choice(keys)
        payment = self.session.get_one(Payment, key)
        by = self.session.get_one(PCeen, self.gri)
        collect.revoke(
            self.session, payment=payment, by=by, why="x", version=payment.version, till=TILL
        )

    def put_off(self, _someone: PCeen) -> None:
        unpaid = queries.open_bans(self.session, BanKind.unpaid)
        if unpaid:
            days = self.chance.choice([1, 7, 31])
            bans.end(self.session, ban=self.chance.choice(unpaid), grace_days=days)

    def move_in(self, pceen: PCeen) -> None:
        self._take_a_room(pceen)

    def _take_a_room(self, pceen: PCeen) -> bool:
        """A free room, if there is one left."""
        taken = set(self.session.scalars(sa.select(Rental.open_room)))
        free = [num for num in PLAN.rooms() if num not in taken]
        if not free:
            return False
        room, stay = (
            self.session.get_one(Room, self.chance.choice(free)),
            rooms.Stay(starts_on=clock.today()),
        )
        rooms.take(self.session, pceen=pceen, room=room, stay=stay, plan=PLAN)
        return True

    def move_out(self, pceen: PCeen) -> None:
        rental = queries.own_rental(self.session, pceen.id)
        rooms.leave(self.session, rental=rental, ends_on=clock.today(), kind=RentalEnd.owner)

    def add_device(self, pceen: PCeen) -> None:
        mac = self._new_mac()
        devices.register(self.session, pceen=pceen, mac=mac, name=None, type=None, plan=PLAN)

    def _new_mac(self) -> str:
        self.macs += 1
        return f"3c:22:fb:{self.macs >> 16:02x}:{self.macs >> 8 & 255:02x}:{self.macs & 255:02x}"

    def lose_devices(self, pceen: PCeen) -> None:
        for device in queries.own_devices(self.session, pceen.id):
            devices.remove(self.session, device=device, by_gri=True)

    def misbehave(self, pceen: PCeen) -> None:
        terms = Terms(reason="par chance", ends_at=clock.now() + 90 * DAY, notify=False)
        kind = BanKind.disciplinary
        bans.start(self.session, pceen=pceen, kind=kind, terms=terms, plan=PLAN)

    def graduate(self, pceen: PCeen) -> None:
        """They lose the right to Internet, or get it back."""
        mine = sa.and_(pceen_role.c.pceen_id == pceen.id, pceen_role.c.role_id == self.rezident)
        if not self.session.execute(sa.delete(pceen_role).where(mine)).rowcount:
            right = {"pceen_id": pceen.id, "role_id": self.rezident}
            self.session.execute(sa.insert(pceen_role).values(right))

    # What time does

    def work(self) -> bool:
        """Do the day's work: once, more often, or not at all; whether it was done."""
        times = self.chance.choices([0, 1, 2, 3], [6, 84, 7, 3])[0]
        for _ in range(times):
            jobs.SUBSCRIPTIONS.run(self.session)
        with transaction(self.session):
            bans.settle(self.session, plan=PLAN)
        return times > 0

    # What must be true

    def check(self, *, is_done: bool, thoroughly: bool) -> None:
        """Look at all that the database says; once the work is done, at all that follows."""
        self.session.expire_all()
        today, stored = clock.today(), self._stored()
        had = self._periods()
        computed = {key: rules.state(rules.latest(had.get(key, ())), today) for key in self.people}
        self.seen.update(computed[key] for key in self.here)
        unpaid = self._banned(BanKind.unpaid)
        paid = {key for key, state in computed.items() if state in (PAID, TRIAL)}
        assert not {key for key in paid if stored[key] in (PAID, TRIAL)} & unpaid
        if is_done:
            assert not paid & unpaid, "who has paid is cut"
            concerned = self._concerned()
            wrong = {key for key in concerned if stored[key] is not computed[key]}
            assert not wrong, "what is written is not what is computed"
            outlaws = {key for key in concerned if computed[key] is OUTLAW}
            assert outlaws == unpaid & concerned, "who has not paid, and who is cut"
            assert not {key for key in concerned if computed[key] is None}
        self._check_money()
        if thoroughly:
            self._check_periods(had)
            self._check_mails()
            assert list(books.faults(self.session)) == []
            if is_done:
                self._check_network(paid)

    def _stored(self) -> dict[int, SubState | None]:
        return dict(self.session.execute(sa.select(PCeen.id, PCeen.sub_state)).all())

    def _periods(self) -> dict[int, list[Period]]:
        columns = (Subscription.pceen_id, Subscription.start, Subscription.end)
        stmt = sa.select(*columns).where(Subscription.revoked_at.is_(None))
        found = defaultdict(list)
        for key, start, end in self.session.execute(stmt):
            found[key].append(Period(start, end))
        return found

    def _banned(self, kind: BanKind) -> set[int]:
        stmt = sa.select(Ban.pceen_id).where(Ban.kind == kind, Ban.open_key.is_not(None))
        return set(self.session.scalars(stmt))

    def _concerned(self) -> set[int]:
        """Who has a device, and the right to Internet."""
        stmt = (
            sa.select(Device.pceen_id)
            .join(pceen_role, pceen_role.c.pceen_id == Device.pceen_id)
            .where(pceen_role.c.role_id == self.rezident)
        )
        return set(self.session.scalars(stmt))

    def _check_money(self) -> None:
        """The books say what the payments say, and each payment gave one subscription."""
        paid = Payment.status.in_([PaymentStatus.accepted, PaymentStatus.manual])
        sums = (
            sa.select(Payment.method, sa.func.sum(Payment.amount_cents), sa.func.count())
            .where(paid)
            .group_by(Payment.method)
        )
        expected: Counter[Account] = Counter()
        count = 0
        for method, cents, number in self.session.execute(sums):
            count += number
            if method is not PaymentMethod.gift:
                expected[PLACES[method]] += int(cents)
                expected[Account.internet] -= int(cents)
        balances = account_balances(self.session)
        assert sum(balances.values()) == 0
        assert {k: v for k, v in balances.items() if v} == {k: v for k, v in expected.items() if v}
        given = sa.select(sa.func.count(Subscription.payment_id)).where(
            Subscription.revoked_at.is_(None)
        )
        assert self.session.scalar(given) == count, "a payment gave nothing, or twice"

    def _check_periods(self, had: dict[int, list[Period]]) -> None:
        """What one has follows what one had, and what was revoked was the last then."""
        for periods in had.values():
            assert all(before.cut_day <= after.start for before, after in pairwise(sorted(periods)))
        gone, later = aliased(Subscription), aliased(Subscription)
        stmt = sa.select(gone.id).where(
            gone.revoked_at.is_not(None),
            later.pceen_id == gone.pceen_id,
            later.start > gone.start,
            later.created_at < gone.revoked_at,
            sa.or_(later.revoked_at.is_(None), later.revoked_at > gone.revoked_at),
        )
        assert self.session.scalars(stmt).all() == [], "revoked before the one that follows"

    def _check_mails(self) -> None:
        """Each reminder is of a subscription of its own; each cut is of a change."""
        told: Counter[tuple[str, str]] = Counter()
        stmt = sa.select(OutboxEntry.kind, OutboxEntry.payload).where(
            OutboxEntry.kind.in_([mails.RenewReminder.kind, mails.DayNotDone.kind])
        )
        for kind, payload in self.session.execute(stmt):
            told[kind, payload["to"]] += 1
        reminded = (
            sa.select(PCeen.email, sa.func.count())
            .join(Subscription, Subscription.pceen_id == PCeen.id)
            .where(Subscription.reminded_at.is_not(None), PCeen.email.is_not(None))
            .group_by(PCeen.email)
        )
        expected = {
            (mails.RenewReminder.kind, email): count
            for email, count in self.session.execute(reminded)
        }
        assert told == expected

    def _check_network(self, paid: set[int]) -> None:
        """Who has paid, a room, and done nothing wrong is not among the banned."""
        owners = dict(self.session.execute(sa.select(Device.mac_address, Device.pceen_id)).all())
        conduct = self._banned(BanKind.disciplinary)
        for host in queries.hosts(self.session, PLAN):
            owner = owners[host.mac]
            if owner in paid and owner not in conduct:
                assert not host.banned


def spend(session: Session, *, seed: int, people: int, rate: float) -> Residence:
    """Two years, with so many things done each day; what fails says on which."""
    with time_machine.travel(datetime.combine(FIRST, time(9), PARIS), tick=False) as now:
        residence = Residence(session, seed=seed, people=people, rate=rate)
        for late in range(DAYS):
            day = FIRST + late * DAY
            try:
                now.move_to(datetime.combine(day, time(0, 5), PARIS))
                is_done = residence.work()
                residence.check(is_done=is_done, thoroughly=late % 30 == 29)
                now.move_to(datetime.combine(day, time(12), PARIS))
                residence.live(day)
            except Exception as error:
                error.add_note(f"seed {seed}, {people} people, day {late}: {day}")
                raise
        now.move_to(datetime.combine(FIRST + DAYS * DAY, time(0, 5), PARIS))
        jobs.SUBSCRIPTIONS.run(session)
        residence.check(is_done=True, thoroughly=True)
    return residence


def check_life(residence: Residence) -> None:
    """Chance did everything, and brought everybody everywhere: the two years prove something."""
    assert set(residence.done) == {"arrive", *LIFE}
    assert min(residence.done.values()) >= 2
    shares = {state: count / residence.seen.total() for state, count in residence.seen.items()}
    assert min(shares[PAID], shares[TRIAL], shares[OUTLAW]) > 0.05


@pytest.mark.once
def test_two_years_of_four_hundred_residents(session: Session) -> None:
    check_life(spend(session, seed=20260901, people=400, rate=1.4))


def test_two_years_of_sixty_residents(session: Session) -> None:
    check_life(spend(session, seed=20280831, people=60, rate=0.4))
