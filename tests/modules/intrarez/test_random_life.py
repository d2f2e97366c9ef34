"""Two thousand things that happen to devices, in any order: what must hold holds after each."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import BanKind, RentalEnd
from app.models import Allocation, BanAddress, Device, NetworkHistory, PCeen, Room
from app.modules.intrarez import queries
from app.modules.intrarez.rules import dhcp as rules, nft
from app.modules.intrarez.service import addresses, bans, devices, rooms
from app.modules.intrarez.service.bans import Terms
from tests.factories import PCeenFactory
from tests.modules.intrarez.conftest import PLAN

pytestmark = pytest.mark.once

STEPS, SEED = 2000, 20261124
NUMBERS = (101, 102, 305, 716)
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Life:
    """A few people, a few rooms, a few devices, and chance."""

    def __init__(self, session: Session) -> None:
        self.session, self.chance = session, random.Random(SEED)
        self.people = [PCeenFactory(slugs=["rezident"]) for _ in range(6)]
        self.macs = [f"3c:22:fb:00:00:{n:02x}" for n in range(12)]
        #: What each (device, room) was given, and when it last had it.
        self.given: dict[tuple[str, int], tuple[str, datetime]] = {}
        self.done: dict[str, int] = {}

    def step(self) -> None:
        name = self.chance.choice(["add", "remove", "transfer", "move", "leave", "ban", "lift"])
        try:
            with transaction(self.session):
                getattr(self, name)()
            self.done[name] = self.done.get(name, 0) + 1
        except DomainError:
            pass

    def someone(self) -> PCeen:
        return self.chance.choice(self.people)

    def some_device(self) -> Device | None:
        every = self.session.scalars(sa.select(Device).order_by(Device.id)).all()
        return self.chance.choice(every) if every else None

    def add(self) -> None:
        mac = self.chance.choice(self.macs)
        devices.register(
            self.session, pceen=self.someone(), mac=mac, name=None, type=None, plan=PLAN
        )

    def remove(self) -> None:
        if (device := self.some_device()) is not None:
            devices.remove(self.session, device=device, by_gri=self.chance.random() < 0.5)

    def transfer(self) -> None:
        if (device := self.some_device()) is not None:
            devices.transfer(self.session, device=device, to=self.someone(), plan=PLAN)

    def move(self) -> None:
        room = self.session.get_one(Room, self.chance.choice(NUMBERS))
        stay = rooms.Stay(starts_on=clock.today(), reason="chance")
        rooms.assign(self.session, pceen=self.someone(), room=room, stay=stay, plan=PLAN)

    def leave(self) -> None:
        rental = queries.current_rental(self.session, self.someone().id)
        if rental is not None:
            rooms.leave(self.session, rental=rental, ends_on=clock.today(), kind=RentalEnd.owner)

    def ban(self) -> None:
        hours = self.chance.choice([None, 5, 50])
        ends_at = None if hours is None else clock.now() + timedelta(hours=hours)
        kind = self.chance.choice(list(BanKind))
        terms = Terms(reason="chance", ends_at=ends_at, notify=False)
        bans.start(self.session, pceen=self.someone(), kind=kind, terms=terms, plan=PLAN)

    def lift(self) -> None:
        open_bans = queries.open_bans(self.session, None)
        if open_bans:
            bans.end(self.session, ban=self.chance.choice(open_bans), notify=False)

    def pass_time(self, traveller: time_machine.Traveller) -> None:
        traveller.shift(timedelta(hours=self.chance.choice([1, 3, 20, 200])))
        with transaction(self.session):
            rooms.close_over(self.session)
            bans.settle(self.session, plan=PLAN)
            addresses.purge(self.session)

    def check(self) -> None:
        self.session.expire_all()
        hosts = queries.hosts(self.session, PLAN)
        rules.check(hosts, PLAN)
        nft.check(nft.admitted(hosts), PLAN)
        slots = self.session.scalars(sa.select(BanAddress.slot)).all()
        assert all(PLAN.ban_address(slot).rpartition(".")[2] not in ("0", "255") for slot in slots)
        self._check_stable()
        self._check_history()

    def _check_stable(self) -> None:
        """The same address for the same device in the same room, given to no other for 30 days."""
        now = clock.now()
        held = self.session.scalars(sa.select(Allocation)).all()
        assert len({one.ip for one in held}) == len(held)
        for one in held:
            address, last = self.given.get((one.mac_address, one.room_num), (one.ip, now))
            assert address == one.ip or now - last >= timedelta(days=30)
            if one.ended_at is None:
                self.given[(one.mac_address, one.room_num)] = (one.ip, now)
            for (mac, room), (ip, seen) in self.given.items():
                is_other = ip == one.ip and (mac, room) != (one.mac_address, one.room_num)
                assert not is_other or now - seen >= timedelta(days=30)

    def _check_history(self) -> None:
        """A device has one address at a time, and it is the one that the rules give."""
        live = sa.select(NetworkHistory).where(NetworkHistory.ended_at.is_(None))
        now_had = {one.mac_address: one.ip for one in self.session.scalars(live)}
        assert len(now_had) == len(self.session.scalars(live).all())
        for host in queries.hosts(self.session, PLAN):
            assert now_had.get(host.mac) == host.address


def test_addresses_are_unique_in_plan_stable_and_kept_whatever_happens(session: Session) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        life = Life(session)
        for number in range(STEPS):
            life.step()
            if number % 10 == 9:
                life.pass_time(traveller)
            if number % 5 == 4:
                life.check()

    assert set(life.done) == {"add", "remove", "transfer", "move", "leave", "ban", "lift"}
    assert min(life.done.values()) >= 20
