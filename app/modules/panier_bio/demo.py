"""The Panier Bio of the demonstration: a period, weeks behind and weeks to come."""

from datetime import date, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BasketPayment, BasketStatus
from app.models import ModuleText, OrderPanierBio, PanierBioDate, PCeen, PeriodPanierBio, Role
from app.modules.panier_bio.choices import ACCESS, CAPACITY, DAY, DEADLINE, PRICE
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.rules.days import deadline, distribution_days, holiday_name
from app.web.module import Demo

#: In a school of full size: baskets of a week, and people of the laboratories who order.
BASKETS, VISITORS = 30, 12
#: Behind, and to come, in weeks.
_PAST, _COMING = 8, 9
WEIGHT = _PAST + 3
_LABS = ("SIMM", "LPEM", "Gulliver", "PMMH", "CBI", "Scolarité", "Bibliothèque")
_INTRODUCTION = """\
Chaque mardi, un panier de légumes **bio et de saison**, d'une ferme à quarante kilomètres d'ici.

- Commandez jusqu'à la veille, 14 h.
- Retirez-le **de 12 h à 14 h**, dans le hall, avec votre sac.
"""


def load(session: Session, demo: Demo) -> None:
    """Write the settings, a period, and who orders each week."""
    # drawn apart: what comes after does not depend on how many baskets there are
    chance = Random(demo.chance.getrandbits(64))  # noqa: S311  # the same everywhere
    session.add(ModuleText(slug="panier_bio", content=_INTRODUCTION))
    for choice, value in ((DAY, 2), (PRICE, 1150), (CAPACITY, BASKETS)):
        choice.set(session, value)
    DEADLINE.set(session, "14:00")
    ACCESS.set(session, True)  # noqa: FBT003  # the signature is that of every choice
    today = clock.today()
    start, end = today - timedelta(weeks=_PAST), today + timedelta(weeks=_COMING)
    period = PeriodPanierBio(start_date=start, end_date=end, active=True)
    session.add(period)
    session.flush()
    people = _people(session)
    days = [day for day in distribution_days(start, end, 2) if holiday_name(day) is None]
    for day in [one for one in days if one < today]:
        _order(session, chance, period, day, people, demo)
        demo.tick()
    coming = [one for one in days if one >= today][:3]
    for rank, day in enumerate(coming):
        ordered = _order(session, chance, period, day, people, demo)
        if rank == 1:  # full: some wait
            session.add(PanierBioDate(date=day, capacity=ordered))
        demo.tick()
    if len(coming) > 2:
        session.add(
            PanierBioDate(date=coming[-1], note="Courges, poireaux et les dernières pommes.")
        )


def _people(session: Session) -> list[PCeen]:
    """Those who study, in the order of their numbers; a few of the cast order for themselves."""
    stmt = sa.select(PCeen).join(PCeen.roles).where(Role.slug == "eleve", PCeen.activated)
    rows = session.scalars(stmt.order_by(PCeen.id)).all()
    return [one for one in rows if one.username not in ("ijoliot", "plangevi")]


def _order(
    session: Session,
    chance: Random,
    period: PeriodPanierBio,
    day: date,
    people: list[PCeen],
    demo: Demo,
) -> int:
    """Have some people order for a day, and count them; nearly all took theirs in the past."""
    wanted = round(demo.count(BASKETS) * chance.uniform(0.6, 0.9))
    visitors = min(wanted // 4, VISITORS)
    closes = deadline(day, read_options(session).deadline)
    is_over = day < clock.today()
    members = chance.sample(people, min(wanted - visitors, len(people)))
    for rank, who in enumerate([*members, *[None] * visitors]):
        is_taken = is_over and chance.random() < 0.96
        is_paid = is_taken or chance.random() < 0.2
        email = None if who else f"labo{rank}@example.org"
        at = min(closes, clock.now()) - timedelta(hours=chance.randint(2, 90))
        session.add(
            OrderPanierBio(
                date=day,
                period_id=period.id,
                pceen_id=who.id if who else None,
                live_pceen=who.id if who else None,
                name=who.full_name if who else f"Visiteur {chance.choice(_LABS)} {rank}",
                service=str(who.promo) if who and who.promo else chance.choice(_LABS),
                phone_number="" if who else "01 40 79 44 00",
                email=email,
                live_email=email,
                payment_method=chance.choice((BasketPayment.cash, BasketPayment.transfer)),
                price=1150,
                status=BasketStatus.confirmed,
                payment_made=is_paid,
                treasurer_validate=is_paid and is_over and chance.random() < 0.7,
                taken=is_taken,
                taken_at=closes + timedelta(hours=22) if is_taken else None,
                created_at=at,
                confirmed_at=at,
            )
        )
    session.flush()
    return len(members) + visitors
