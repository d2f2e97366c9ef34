"""What the home page says of the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.context import Context
from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.modules.calendar.queries.items import Item, ItemKind, Viewer, coming
from app.modules.calendar.routes import shown

#: How many events and shows of one's own it tells of.
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Line:
    """Something that comes."""

    item: Item

    @property
    def when(self) -> Markup:
        return shown.when(self.item)

    @property
    def url(self) -> str:
        return shown.url_of(self.item)


@dataclass(frozen=True, slots=True)
class Card:
    """What comes next."""

    lines: Sequence[Line]
    #: The next performance of the theatre club.
    performance: Line | None


def card(session: Session, visitor: Context) -> Card | None:
    """The next events and shows that one has places for; then the next performance."""
    if not visitor.has_permission(T.read, S.calendar):
        return None
    viewer = Viewer(pceen_id=visitor.me.id, sees_shows=visitor.has_permission(T.read, S.club_q))
    found = coming(session, viewer, now=clock.now(), limit=SHOWN)
    played = [one for one in found if one.kind is ItemKind.performance]
    others = [one for one in found if one.kind is not ItemKind.performance]
    return Card(list(map(Line, others[:SHOWN])), next(map(Line, played), None))
