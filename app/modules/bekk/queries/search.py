"""What is found in the names and in the pages of the issues."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.pagination import Page, paginate
from app.models import Bekk, BekkPage
from app.modules.bekk.queries.issues import NEWEST
from app.modules.bekk.rules.search import asked_key, excerpt

#: How many issues a page shows, and how many pages of each.
SIZE, HITS = 20, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A page where it is found, and what stands around it."""

    page: int
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An issue where it is found: in its name, if it is in no page."""

    issue: Bekk
    #: The first pages that have it.
    hits: Sequence[Hit] = ()
    #: How many pages have it.
    count: int = 0

    @property
    def others(self) -> int:
        """How many pages have it that are not among the hits."""
        return self.count - len(self.hits)


def search(session: Session, words: str, *, promo: int | None = None, page: int = 1) -> Page[Found]:
    """The issues that have *words*, in their names or in their pages, the latest first.

    Nothing is found of what is too short, or too long (``rules.search.asked_key``).
    """
    key = asked_key(words)
    if key is None:
        return Page((), 1, SIZE, 0)
    has_it = sa.and_(
        BekkPage.revision == Bekk.shown_revision, BekkPage.text_key.contains(key, autoescape=True)
    )
    in_pages = sa.exists().where(BekkPage.bekk_id == Bekk.id, has_it)
    stmt = sa.select(Bekk).where(sa.or_(Bekk.name_key.contains(key, autoescape=True), in_pages))
    if promo is not None:
        stmt = stmt.where(Bekk.promo == promo)
    found = paginate(session, stmt.order_by(*NEWEST), number=page, size=SIZE)
    hits = _hits(session, found.items, has_it, key)
    items = [hits.get(one.id, Found(issue=one)) for one in found.items]
    return Page(items, found.number, found.size, found.total)


def _hits(
    session: Session, issues: Sequence[Bekk], has_it: sa.ColumnElement[bool], key: str
) -> dict[int, Found]:
    """What is found in the pages of some issues, by their numbers."""
    by_key = {one.id: one for one in issues}
    if not by_key:
        return {}
    ranked = (
        sa.select(
            BekkPage.bekk_id.label("issue"),
            BekkPage.number.label("number"),
            BekkPage.text.label("text"),
            sa.func.row_number()
            .over(partition_by=BekkPage.bekk_id, order_by=BekkPage.number)
            .label("rank"),
            sa.func.count().over(partition_by=BekkPage.bekk_id).label("pages"),
        )
        .join(Bekk, Bekk.id == BekkPage.bekk_id)
        .where(BekkPage.bekk_id.in_(by_key), has_it)
        .subquery()
    )
    stmt = sa.select(ranked).where(ranked.c.rank <= HITS).order_by(ranked.c.issue, ranked.c.rank)
    found: dict[int, Found] = {}
    for row in session.execute(stmt):
        so_far = found.get(row.issue, Found(issue=by_key[row.issue], count=row.pages))
        around = excerpt(row.text, key)
        hit = Hit(page=row.number, before=around.before, match=around.match, after=around.after)
        found[row.issue] = replace(so_far, hits=(*so_far.hits, hit))
    return found
