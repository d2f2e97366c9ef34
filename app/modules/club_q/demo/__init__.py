"""Club Q of the demonstration: two seasons shared out, and one whose form is open."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import Strategy
from app.models import ClubQSalle, ModuleText, PCeen, Role
from app.modules.club_q.choices import ACCESS, PROMO_1A, SEASON
from app.modules.club_q.demo import past, seasons
from app.modules.club_q.demo.playbill import VENUES
from app.modules.club_q.demo.seasons import Programme
from app.web.module import Demo

#: In a school of full size.
STUDENTS, SHOWS, FORMER_SHOWS = 400, 40, 30
#: How many steps of the bar of progress that is.
WEIGHT = 3
_INTRODUCTION = """\
Chaque saison, le Club Q achète des places de théâtre, d'opéra et de concert, et les partage.

- **Classez** les spectacles qui vous font envie, et dites combien de places vous voulez.
- Les places sont partagées **entre tous** : chacun d'abord, les mieux classés ensuite.
- Ce que vous obtenez est **dû** : ne demandez que ce que vous irez voir.
"""


def load(session: Session, demo: Demo) -> None:
    """Write venues, seasons and wishes, and share the seasons that are over out."""
    # drawn apart: what comes after does not depend on how many wishes there are
    chance = Random(demo.chance.getrandbits(64))  # noqa: S311  # the same everywhere
    venues = [ClubQSalle(**venue._asdict()) for venue in VENUES]
    session.add_all(venues)
    session.add(ModuleText(slug="club_q", content=_INTRODUCTION))
    session.flush()
    today = clock.today()
    PROMO_1A.set(session, 145)
    people = _students(session)[:STUDENTS]
    for programme in _former(today, demo):
        season = seasons.make(session, chance, programme, venues)
        some = sorted(chance.sample(people, max(1, len(people) * 3 // 4)), key=lambda one: one.id)
        seasons.wish(session, chance, season, some)
        past.share_out(session, season)
        demo.tick()
    current = seasons.make(session, chance, _current(today, demo), venues)
    seasons.wish(session, chance, current, people[: demo.count(STUDENTS)])
    SEASON.set(session, current.id)
    ACCESS.set(session, True)  # noqa: FBT003  # the signature is that of every choice
    demo.tick()


def _students(session: Session) -> Sequence[PCeen]:
    """Those who study, in the order of their numbers; one keeps their wishes for later."""
    stmt = sa.select(PCeen).join(PCeen.roles).where(Role.slug == "eleve", PCeen.activated)
    return session.scalars(stmt.where(PCeen.username != "ijoliot").order_by(PCeen.id)).all()


def _former(today: date, demo: Demo) -> list[Programme]:
    """The two seasons that are over, or whose last shows come now."""
    return [
        Programme(
            nom=nom,
            strategy=strategy,
            first_day=today - timedelta(days=ago),
            weeks=12,
            shows=max(6, demo.count(FORMER_SHOWS)),
            form_opens=today - timedelta(days=ago + 30),
            form_closes=today - timedelta(days=ago + 16),
        )
        for nom, ago, strategy in (
            ("Printemps 2026", 240, Strategy.classic),
            ("Automne 2026", 75, Strategy.fair),
        )
    ]


def _current(today: date, demo: Demo) -> Programme:
    """The season that one wishes for now."""
    return Programme(
        nom="Hiver 2027",
        first_day=today + timedelta(days=24),
        weeks=12,
        shows=max(8, demo.count(SHOWS)),
        form_opens=today - timedelta(days=5),
        form_closes=today + timedelta(days=9),
    )
