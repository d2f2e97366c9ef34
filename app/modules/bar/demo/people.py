"""Who comes to the bar of the demonstration, and who serves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.dates import age_on
from app.core.money import Cents
from app.core.text import comparison_key, username_base
from app.models import BarAccount, PCeen, Role, pceen_role
from app.modules.account.demo import CAST

#: How they are called at the bar, some of them.
_NICKNAMES = (
    *("Bubulle", "Tonton", "La Tornade", "Le Doc", "Pinpin", "Zaza", "Kiki", "Le Chimiste"),
    *("Moustache", "Capitaine", "Mamie", "Titi", "Patate", "Radis", "Le Baron", "Ficelle"),
    *("Cactus", "Bibou", "Marmotte", "Spoutnik", "Colibri", "Grenouille", "Le Marquis", "Choupi"),
)
#: Whose name no script may trip over.
_JEAN = ("Jean", '"O\'Neil"', "joneil")
_STUDENT, _OUTSIDE, _SERVES, _RUNS = "eleve", "bar_client", "barman", "bar_manager"
#: How many years one studies.
_YEARS = 4


@dataclass(slots=True)
class Client:
    """Someone who buys, as the simulation follows them."""

    id: int
    since: date
    until: date = date.max
    #: How often they come, against others.
    thirst: float = 1.0
    is_sober: bool = False
    #: One may log in as them: they come from the first evening on.
    is_cast: bool = False
    #: They put money on their account before there is less.
    careful: Cents = 0
    #: Nothing more is put on their account from then on.
    broke: date = date.max
    birth_date: date | None = None
    nickname: str | None = None
    alert_cents: Cents | None = None
    #: The rank of what they like best.
    likes: int = 0
    balance: Cents = 0
    deposit: Cents | None = None
    #: The day of the bar of their grams, in tenths.
    day: date = date.min
    tenths: int = 0

    def drank(self, day: date) -> int:
        """The tenths of a gram of pure alcohol that they bought on a day, the latest."""
        if self.day != day:
            self.day, self.tenths = day, 0
        return self.tenths

    def may_drink(self, day: date, age: int) -> bool:
        return self.birth_date is None or age_on(day, self.birth_date) >= age


@dataclass(slots=True)
class Crew:
    """Who serves, who runs the bar, and who comes."""

    clients: Sequence[Client]
    #: Since when each may serve.
    barmen: dict[int, date] = field(default_factory=dict)
    managers: Sequence[int] = ()

    def on_duty(self, chance: Random, day: date) -> list[int]:
        """Some of those who serve on an evening."""
        able = [key for key, since in self.barmen.items() if since <= day] or list(self.barmen)
        return chance.sample(able, min(len(able), chance.randint(2, 4)))

    def manager(self, chance: Random, client: Client | None = None) -> int | None:
        """One who runs the bar, and whose account it is not."""
        able = [key for key in self.managers if client is None or key != client.id]
        return chance.choice(able) if able else None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read of someone."""

    id: int
    username: str
    promo: int
    slugs: frozenset[str]


def crew(session: Session, chance: Random, today: date, past: date) -> Crew:
    """Those who come to the bar, some of them from outside, over the years."""
    known = _read(session)
    jean = _jean(session)
    newest = max((one.promo for one in known if _STUDENT in one.slugs), default=0)
    entered = today.year - (today.month < 9)
    cast = {username_base(*one[:2]) for one in CAST}
    clients, outside = [], [jean]
    for one in known:
        since = date(entered - (newest - one.promo), 9, 1)
        client = Client(one.id, max(since, past), is_cast=one.username in cast)
        if _STUDENT not in one.slugs:
            years = newest - one.promo
            stays, left = chance.random() < 0.25, chance.random() < 0.75
            if client.is_cast or years > 2 * _YEARS or not (stays or left):
                continue
            client.until = date(since.year + _YEARS, 7, 10)
            if stays:
                outside.append(one.id)
                client.until = date.max
            elif client.until < past:
                continue
        elif not client.is_cast and chance.random() > 0.93:
            continue
        _draw(chance, client, since)
        clients.append(client)
    clients.append(Client(jean, past + timedelta(days=40), thirst=1.5, is_cast=True))
    _invite(session, outside)
    _special(clients, today)
    barmen = {
        one.id: date(entered - (newest - one.promo), 9, 1)
        for one in known
        if one.slugs & {_SERVES, _RUNS}
    }
    return Crew(clients, barmen, [one.id for one in known if _RUNS in one.slugs])


def _read(session: Session) -> list[_Known]:
    """Everybody whose account is open, with their roles."""
    stmt = (
        sa.select(PCeen.id, PCeen.username, PCeen.promo, Role.slug)
        .join(pceen_role, pceen_role.c.pceen_id == PCeen.id)
        .join(Role, Role.id == pceen_role.c.role_id)
        .where(PCeen.activated, PCeen.promo.is_not(None), Role.slug.is_not(None))
        .order_by(PCeen.id, Role.slug)
    )
    people: dict[int, tuple[str, int, set[str]]] = {}
    for key, username, promo, slug in session.execute(stmt):
        people.setdefault(key, (username, promo or 0, set()))[2].add(slug or "")
    return [
        _Known(key, name, promo, frozenset(slugs)) for key, (name, promo, slugs) in people.items()
    ]


def _jean(session: Session) -> int:
    """Someone from outside the school."""
    prenom, nom, username = _JEAN
    like = session.scalars(sa.select(PCeen.password_hash).order_by(PCeen.id).limit(1)).first()
    jean = PCeen(
        username=username,
        prenom=prenom,
        nom=nom,
        email=f"{username}@example.org",
        email_confirmed_at=clock.now(),
        password_hash=like,
        activated=True,
        locale="fr",
    )
    session.add(jean)
    session.flush()
    return jean.id


def _invite(session: Session, people: Sequence[int]) -> None:
    """Give the role of a client to those who are no student."""
    role = session.scalars(sa.select(Role.id).where(Role.slug == _OUTSIDE)).one()
    session.execute(sa.insert(pceen_role), [{"pceen_id": one, "role_id": role} for one in people])
    session.expire_all()


def _draw(chance: Random, client: Client, entered: date) -> None:
    """What someone is like."""
    client.thirst = chance.choice((0.3, 0.6, 1, 1, 1.6, 2.5)) if not client.is_cast else 2.5
    client.is_sober = chance.random() < 0.12 and not client.is_cast
    client.careful = 1000 if client.is_cast else 0
    client.likes = chance.randrange(12)
    if chance.random() < 0.85 or client.is_cast:
        born = date(entered.year - chance.choice((19, 20)), 1, 1)
        client.birth_date = born + timedelta(days=chance.randrange(365))
    if chance.random() < 0.35:
        client.nickname = chance.choice(_NICKNAMES)
    if chance.random() < 0.15:
        client.alert_cents = chance.choice((200, 500, 500, 1000))


def _special(clients: Sequence[Client], today: date) -> None:
    """Someone who is too young for alcohol, and someone whose money is gone."""
    plain = [one for one in clients if not one.is_cast and one.until == date.max]
    plain.sort(key=lambda one: (one.since, one.id), reverse=True)
    if plain:
        young = plain[0]
        young.birth_date = today - timedelta(days=17 * 365 + 100)
        young.since = max(young.since, today - timedelta(days=85))
    if len(plain) > 1:
        plain[-1].broke, plain[-1].thirst = today - timedelta(days=60), 4


def settle(session: Session, clients: Sequence[Client]) -> None:
    """Write the accounts as they are in the end."""
    table = cast(sa.Table, BarAccount.__table__)
    names = (
        "balance_cents",
        "deposit_cents",
        "birth_date",
        "nickname",
        "nickname_key",
        "alert_cents",
    )
    session.execute(
        sa.update(table)
        .where(table.c.pceen_id == sa.bindparam("key"))
        .values({name: sa.bindparam(f"new_{name}") for name in names}),
        [
            {
                "key": one.id,
                "new_balance_cents": one.balance,
                "new_deposit_cents": one.deposit,
                "new_birth_date": one.birth_date,
                "new_nickname": one.nickname,
                "new_nickname_key": comparison_key(one.nickname or ""),
                "new_alert_cents": one.alert_cents,
            }
            for one in clients
        ],
    )
    session.expire_all()
