"""The end of a school year: students become alumni, and a promo enters (network-b B9.4).

The photos of the year that begins have their collection, too (community 2.7).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.promos import Calendar
from app.core.transaction import lock, transaction
from app.integrations.photo_store import PhotoStore
from app.models import PCeen, Role, defer
from app.modules.account import queries as accounts
from app.modules.account.service import classes
from app.modules.gris.rules.covering import Terminal
from app.modules.gris.service import roles as roles_service
from app.modules.photos.service import annual
from app.modules.promos import queries
from app.modules.promos.mails import RoleSwitch
from app.modules.promos.queries import ALUMNI, STUDENT
from app.modules.promos.rules.years import SchoolYear, is_of_the_school

logger = logging.getLogger(__name__)

#: Between two mails: servers of mail dislike that a whole promo be written to at once.
_BETWEEN = timedelta(seconds=2)
#: How many promos before the one that enters see the photos of the year.
_OTHERS = 3


@dataclass(frozen=True, slots=True)
class Switched:
    """Someone who becomes an alumni, or would."""

    key: int
    #: Whether they are written to.
    is_told: bool = False
    #: Why they could not, if they could not.
    error: str | None = None


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Someone who is still a student, though their promo has left, or is unknown."""

    key: int
    promo: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEnd:
    """What is done of a year, or would be."""

    school: SchoolYear
    people: Sequence[Switched]
    #: Whether the role of the promo that enters is missing.
    makes_role: bool
    #: Whether the collection of the year is missing, and which promos are to read it.
    makes_collection: bool
    readers: Sequence[int]
    #: Who is still a student, of an earlier promo or of none: nothing is done of them.
    left_behind: Sequence[LeftBehind]

    @property
    def failed(self) -> int:
        return sum(1 for one in self.people if one.error)


def planned(session: Session, year: int, *, calendar: Calendar) -> YearEnd:
    """What is to be done at the end of *year*; nothing is changed.

    Raises:
        YearTooFar: If it is more than one year from now.
    """
    school = SchoolYear.of(year, calendar=calendar, today_year=clock.today().year)
    students = queries.students_until(session, school.leaving)
    leaving = [one for one in students if one.promo == school.leaving]
    return YearEnd(
        school=school,
        people=[Switched(one.id, _is_told(one)) for one in leaving],
        makes_role=queries.role(session, classes.promo_slug(school.entering)) is None,
        makes_collection=annual.year_of(session, school.entering) is None,
        readers=[one for one in _photographed(school) if not _reads(session, one, school)],
        left_behind=[
            LeftBehind(one.id, one.promo) for one in students if one.promo != school.leaving
        ],
    )


def _photographed(school: SchoolYear) -> range:
    """The promos that see the photos of the year that begins."""
    return range(school.entering - _OTHERS, school.entering + 1)


def _reads(session: Session, promo: int, school: SchoolYear) -> bool:
    """Whether the role of a promo reads the collection of the year already."""
    role = queries.role(session, classes.promo_slug(promo))
    return role is not None and annual.reads(
        session, role, annual.year_of(session, school.entering)
    )


def update(
    session: Session,
    plan: YearEnd,
    *,
    store: PhotoStore,
    tell: Callable[[Switched], object] = lambda _: None,
) -> YearEnd:
    """Do what was planned, each person in their own transaction: one failure stops nobody else.

    *tell* is told after each person, for a bar to move; *store* is where the photos are.
    """
    school = plan.school
    with transaction(session):
        roles = [classes.promo_role(session, promo) for promo in _photographed(school)]
        annual.open_year(
            session, promo=school.entering, year=school.year, readers=roles, store=store
        )
    due, people = clock.now(), []
    for one in plan.people:
        done = _switch(session, one.key, school.leaving, due)
        due += _BETWEEN if done.is_told else timedelta(0)
        people.append(done)
        tell(done)
    return replace(plan, people=people)


def _switch(session: Session, key: int, promo: int, due: datetime) -> Switched:
    """Make an alumni of someone, or say why they cannot be."""
    try:
        with transaction(session):
            return _make_alumni(session, key, promo, due)
    except DomainError as refusal:
        return Switched(key, error=refusal.message)
    except Exception as error:  # noqa: BLE001  # whatever it is, the others have their turn
        logger.error(  # noqa: TRY400  # the class is enough: what it holds may be about someone
            "person %s could not become an alumni: %s", key, type(error).__name__
        )
        return Switched(key, error=type(error).__name__)


def _make_alumni(session: Session, key: int, promo: int, due: datetime) -> Switched:
    """Look again at someone who is locked, and switch their roles if it is still to be done."""
    pceen = session.get_one(PCeen, key)
    lock(session, pceen)
    student, alumni = accounts.role(session, STUDENT), accounts.role(session, ALUMNI)
    if pceen.is_erased or pceen.promo != promo or student not in pceen.roles:
        return Switched(key)
    _exchange(session, pceen, student, alumni)
    if not _is_told(pceen):
        return Switched(key)
    address = str(pceen.email or pceen.espci_email)
    mail = RoleSwitch(
        to=address,
        locale=pceen.locale or "fr",
        prenom=pceen.prenom,
        username=pceen.username,
        promo=promo,
        is_of_the_school=is_of_the_school(address),
    )
    defer(session, mail, due_at=due)
    return Switched(key, is_told=True)


def _exchange(session: Session, pceen: PCeen, student: Role, alumni: Role) -> None:
    everybody = Terminal()  # the site decides, whoever started it
    roles_service.take(session, pceen=pceen, role=student, actor=everybody)
    if alumni not in pceen.roles:
        roles_service.give(session, pceen=pceen, role=alumni, actor=everybody)


def _is_told(pceen: PCeen) -> bool:
    """Whether there is someone to write to."""
    return not pceen.is_disabled and (pceen.email or pceen.espci_email) is not None
