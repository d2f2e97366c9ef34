"""The reference school: what the figures of ``make bench`` are about.

It is the demonstration, whole, then what each file here adds up to the counts in ``COUNTS``: by
thousands of rows, as the services would have left them. ``--scale N`` multiplies the counts, but
for the rooms, which are those of the address plan.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from app.cli.reference import club_q, clubs, network, photos, records, subscriptions
from app.web.module import Demo

#: The counts at scale 1. The demonstration itself makes the accounts and the bar so many.
COUNTS: Mapping[str, int] = {
    "accounts": 1000,
    "residents": network.RESIDENTS,
    "devices with an address": network.DEVICES,
    "subscriptions": subscriptions.SUBSCRIPTIONS,
    "roles": records.ROLES,
    "collections": photos.COLLECTIONS,
    "bar items": 200,
    "bar movements": 100_000,
    "shows": club_q.SHOWS,
    "students": club_q.STUDENTS,
    "bekks": clubs.BEKKS,
    "basket periods": clubs.PERIODS,
    "audit rows": records.AUDIT,
    "outbox rows": records.OUTBOX,
}

#: Modules whose demonstration is written by thousands already: it is as large as one asks.
AT_SCALE = frozenset({"account", "bar", "theatre"})

#: What is added after the demonstration of a module.
MORE: Mapping[str, tuple[Callable[[Session, Demo], None], ...]] = {
    "intrarez": (network.load, subscriptions.load),
    "photos": (photos.load,),
    "club_q": (club_q.load,),
    "bekk": (clubs.load_bekks,),
    "panier_bio": (clubs.load_periods,),
}
#: How many steps of the bar of progress that is.
WEIGHT = network.DEVICES // 2 + 700 + photos.COLLECTIONS * photos.ALBUMS + records.AUDIT

load_last = records.load
