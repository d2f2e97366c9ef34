"""Whom the load is made of, and what they do it with: run in the site's own environment.

    python -m tools.chaos.seed

It prints, in JSON, the numbers that clients need.
"""

import json
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock, passwords
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import (
    BarItem,
    ClubQSeason,
    ClubQSpectacle,
    Device,
    OrderPanierBio,
    PanierBioDate,
    PCeen,
    PeriodPanierBio,
    Rental,
    Role,
    Room,
)
from app.modules.bar.choices import ALCOHOL_CAP, DEPOSIT
from app.modules.bar.service import items
from app.modules.bar.service.items import Draft as ItemDraft, Entry
from app.modules.club_q.choices import ACCESS as CLUB_Q_OPEN, SEASON
from app.modules.gris.service import roles as roles_service
from app.modules.intrarez import queries as network
from app.modules.intrarez.service import devices, rooms
from app.modules.panier_bio.choices import ACCESS as BASKETS_OPEN, CAPACITY
from app.modules.panier_bio.rules import days
from app.modules.photos import around as photos
from app.modules.photos.service import albums, collections
from app.modules.photos.service.collections import Draft
from app.web import installation

PASSWORD = "chaos-magique-2026"  # noqa: S105  # nobody's
#: How many of each: who serves, who buys, who lives there, who is about to, who forgets.
PEOPLE = {"barman": 5, "client": 14, "rezident": 12, "newcomer": 8, "editor": 4, "forgetful": 60}
GRIS = 2
#: How many baskets a date has: few, so that the last ones are fought for.
BASKETS = 4
_ROLES = {
    "barman": ("eleve", "barman"),
    "client": ("eleve",),
    "rezident": ("eleve", "rezident"),
    "newcomer": ("eleve", "rezident"),
    "editor": ("eleve",),
    "forgetful": ("alumni",),
    "gri": ("gri", "eleve"),
}


def seed(session: Session) -> dict[str, Any]:
    """Make people, things to buy, and an album; return what clients must know of them."""
    people = _people(session)
    DEPOSIT.set(session, 1000)
    ALCOHOL_CAP.set(session, "999.0")
    found: dict[str, Any] = {"password": PASSWORD}
    found["items"] = _items(session, people["gri"][0])
    found["album"] = _album(session)
    found["shows"], found["season"] = _season(session)
    found["days"] = _baskets(session)
    found["offers"] = [one.slug for one in network.offers_for_sale(session)]
    found["rooms"] = _rooms(session, people)
    found["today"] = clock.today().isoformat()
    found["people"] = {
        kind: [[one.id, one.username, one.email] for one in some] for kind, some in people.items()
    }
    return found


def _people(session: Session) -> dict[str, list[PCeen]]:
    digest = passwords.hashed(PASSWORD)
    known = {role.slug: role for role in session.scalars(sa.select(Role))}
    reader = Role(name="Chaos", index=2000)
    reader.permissions = [
        roles_service.permission(session, T.read, scope) for scope in (S.bar, S.club_q, S.photos)
    ]
    editor = Role(name="Chaos photos", index=2001)
    editor.permissions = [roles_service.permission(session, T.write, S.collection)]
    manager = Role(name="Chaos bar", index=2002)
    manager.permissions = [roles_service.permission(session, T.all, S.bar)]
    session.add_all([reader, editor, manager])
    more = {"editor": [reader, editor], "barman": [reader, manager], "forgetful": []}
    people: dict[str, list[PCeen]] = {}
    for kind, count in (PEOPLE | {"gri": GRIS}).items():
        people[kind] = []
        for rank in range(count):
            name = f"{kind}{rank}"
            pceen = PCeen(
                username=f"chaos.{name}",
                prenom=kind.title(),
                nom=f"Chaos {'abcdefghijklmnopqrstuvwxyz'[rank % 26]}{rank}",
                promo=143,
                email=f"{name}@chaos.example.org",
                email_confirmed_at=clock.now(),
                password_hash=digest,
                activated=True,
                locale="fr",
            )
            pceen.roles = [known[slug] for slug in _ROLES[kind]] + more.get(kind, [reader])
            session.add(pceen)
            people[kind].append(pceen)
    session.flush()
    return people


def _items(session: Session, by: PCeen) -> list[list[int]]:
    """Something that nobody counts, and something of which there are not so many."""
    made: list[BarItem] = []
    for name, quantity in (("Sirop du chaos", None), ("Dernières chips", 400)):
        draft = ItemDraft(name=name, price_cents=130, alcohol_mass=Decimal(0))
        made.append(items.create(session, draft, quantity=quantity, entry=Entry(by_id=by.id)))
    session.flush()
    return [[one.id, one.price_cents] for one in made]


def _album(session: Session) -> list[str]:
    collection = collections.create(session, wanted=Draft(name="Chaos"), store=photos.store())
    album = albums.create(session, collection, name="Sous charge", store=photos.store())
    collection.visible = album.visible = True
    session.flush()
    return [collection.dir_name, album.dir_name]


def _season(session: Session) -> tuple[list[int], int]:
    today = clock.today()
    season = ClubQSeason(
        nom="Saison du chaos", promo_orga=145, rules={}, seed=bytes(32), seed_commitment="0" * 64
    )
    season.debut_inscription = today - timedelta(days=3)
    season.fin_inscription = today + timedelta(days=60)
    session.add(season)
    session.flush()
    season.draw_seed()
    shows = [
        ClubQSpectacle(
            nom=f"Spectacle du chaos {rank}",
            date=clock.now() + timedelta(days=90 + rank),
            nb_tickets=20,
            unit_price=1500,
            season_id=season.id,
        )
        for rank in range(8)
    ]
    session.add_all(shows)
    session.flush()
    SEASON.set(session, season.id)
    CLUB_Q_OPEN.set(session, True)  # noqa: FBT003  # the signature is that of every choice
    return [one.id for one in shows], season.id


def _baskets(session: Session) -> list[str]:
    session.execute(sa.update(PeriodPanierBio).values(active=False))
    session.execute(sa.delete(OrderPanierBio))
    session.execute(sa.delete(PanierBioDate))
    today = clock.today()
    period = PeriodPanierBio(start_date=today, end_date=today + timedelta(days=360), active=True)
    session.add(period)
    BASKETS_OPEN.set(session, True)  # noqa: FBT003  # likewise
    CAPACITY.set(session, BASKETS)
    first = today + timedelta(days=2)
    held = days.distribution_days(first, period.end_date, 2)
    return [one.isoformat() for one in held]


def _rooms(session: Session, people: dict[str, list[PCeen]]) -> list[int]:
    """Give those who live there a room and a device; return the rooms that are free."""
    plan = installation.plan()
    taken = set(session.scalars(sa.select(Rental.room_num).where(Rental.open_room.is_not(None))))
    building = session.scalars(sa.select(Room).order_by(Room.num))
    free = [room for room in building if room.num not in taken]
    stay = rooms.Stay(starts_on=clock.today() - timedelta(days=30), ends_on=None)
    for rank, pceen in enumerate(people["rezident"]):
        rooms.take(session, pceen=pceen, room=free.pop(), stay=stay, plan=plan)
        devices.register(
            session,
            pceen=pceen,
            mac=f"3c:22:fb:c0:00:{rank:02x}",
            name="Chaos",
            type="Ordinateur",
            plan=plan,
        )
    for rank, pceen in enumerate(people["newcomer"]):
        session.add(Device(pceen=pceen, mac_address=f"3c:22:fb:c1:00:{rank:02x}", name="Chaos"))
    return [room.num for room in free]


def main() -> None:
    """Seed the database of the environment."""
    app = create_app()
    with app.app_context(), transaction(db.session()) as session:
        found = seed(session)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
