"""Issues of the Bekk: those that there are, and the pages of one."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.pagination import Page, paginate
from app.models import Bekk, BekkPage
from app.modules.bekk.errors import NoSuchBekk
from app.modules.bekk.rules.promos import chosen

#: How many issues a page shows.
SIZE = 60
#: The latest first; of two of one day, the one that came last.
NEWEST = (Bekk.date.desc(), Bekk.id.desc())


def issue(session: Session, key: int) -> Bekk:
    """An issue, by its number.

    Raises:
        NoSuchBekk: There is none.
    """
    found = session.get(Bekk, key) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchBekk
    return found


def of_promo(session: Session, promo: int | None, *, number: int = 1) -> Page[Bekk]:
    """The issues of a promo, or of all of them, the latest first."""
    stmt = sa.select(Bekk).order_by(*NEWEST)
    if promo is not None:
        stmt = stmt.filter_by(promo=promo)
    return paginate(session, stmt, number=number, size=SIZE)


def promos(session: Session) -> Sequence[int]:
    """The promos that have issues, the latest first."""
    return session.scalars(sa.select(Bekk.promo).distinct().order_by(Bekk.promo.desc())).all()


def chosen_promo(session: Session, asked: str | None, *, first_year: int) -> int | None:
    """The promo that a page is about, as its address asks for it; ``None`` for all of them.

    A page that shows the *promos* too does better to ask ``rules.promos.chosen``.
    """
    return chosen(asked, promos(session), first_year=first_year)


def latest(session: Session) -> tuple[Bekk | None, int]:
    """The latest issue by its date, and how many there are, in one statement."""
    stmt = sa.select(Bekk, sa.func.count().over()).order_by(*NEWEST).limit(1)
    found = session.execute(stmt).first()
    return (found[0], found[1]) if found else (None, 0)


def cover_sizes(session: Session, issues: Sequence[Bekk]) -> dict[int, tuple[int, int]]:
    """The width and height of the first page of each that can be read, by its number."""
    keys = [one.id for one in issues if one.shown_revision is not None]
    stmt = (
        sa.select(BekkPage.bekk_id, BekkPage.width, BekkPage.height)
        .join(Bekk, Bekk.id == BekkPage.bekk_id)
        .where(
            BekkPage.bekk_id.in_(keys),
            BekkPage.number == 1,
            BekkPage.revision == Bekk.shown_revision,
        )
    )
    return {key: (width, height) for key, width, height in session.execute(stmt)} if keys else {}


def pages(session: Session, issue: Bekk) -> Sequence[BekkPage]:
    """The pages that can be read of an issue, in order; none before the first are drawn."""
    if issue.shown_revision is None:
        return ()
    stmt = (
        sa.select(BekkPage)
        .filter_by(bekk_id=issue.id, revision=issue.shown_revision)
        .order_by(BekkPage.number)
    )
    return session.scalars(stmt).all()
