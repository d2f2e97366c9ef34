"""What the home page says of the Bekk."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.context import Context
from app.enums import PermissionScope as S, PermissionType as T
from app.models import Bekk
from app.modules.bekk.queries import issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The latest issue, if there is one, and how many there are."""

    latest: Bekk | None
    count: int


def card(session: Session, visitor: Context) -> Card | None:
    """The card of the Bekk; nothing to who may not read it."""
    if not visitor.has_permission(T.read, S.bekk):
        return None
    latest, count = issues.latest(session)
    return Card(latest=latest, count=count)
