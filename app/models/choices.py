"""What the GRIs may change while the site runs."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa
from flask_babel import LazyString, lazy_gettext as _l
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.models.base import Base

T = TypeVar("T", int, str, bool)


class StoredChoice(Base):
    """The value given to a choice; without a row, its default holds."""

    __tablename__ = "global_setting"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(sa.JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Generic[T]):
    """Something to choose, declared by the module that it concerns."""

    key: str
    default: T
    #: What the settings page calls it, and what it explains.
    label: LazyString | str
    purpose: LazyString | str = ""
    #: The bounds of a number, included; ``high`` alone: how long a text may be.
    low: int | None = None
    high: int | None = None
    #: Whether a page of its own changes it, not the list of the settings.
    apart: bool = False

    def accepts(self, value: object) -> bool:
        """Whether *value* may be chosen: of the type of the default, within the bounds."""
        if type(value) is not type(self.default):
            return False
        size = len(value) if isinstance(value, str) else value
        if isinstance(size, bool) or not isinstance(size, int):
            return True
        return (self.low is None or size >= self.low) and (self.high is None or size <= self.high)

    def get(self, session: Session) -> T:
        """The value chosen, or the default."""
        row = session.get(StoredChoice, self.key)
        return self.default if row is None else cast(T, row.value)

    def set(self, session: Session, value: T) -> None:
        """Choose *value*."""
        if not self.accepts(value):
            raise ValueError(f"{self.key} does not accept {value!r}")
        session.merge(StoredChoice(key=self.key, value=value))


#: Whether the site is closed for work, what its page says, and until when (ISO 8601).
MAINTENANCE = Choice(key="MAINTENANCE", default=False, label=_l("Maintenance en cours"), apart=True)
MAINTENANCE_MESSAGE = Choice(
    key="MAINTENANCE_MESSAGE",
    default="",
    label=_l("Ce que dit la page de maintenance"),
    high=255,
    apart=True,
)
MAINTENANCE_UNTIL = Choice(
    key="MAINTENANCE_UNTIL", default="", label=_l("Fin prévue de la maintenance"), apart=True
)
#: How long a GRI may act for someone, in minutes.
DOAS_MINUTES = Choice(
    key="DOAS_MINUTES",
    default=30,
    label=_l("Durée d'une action à la place de quelqu'un, en minutes"),
    low=5,
    high=120,
)
#: Whether whoever may do anything on this site must have a second factor.
SECOND_FACTOR_GRIS = Choice(
    key="SECOND_FACTOR_GRIS",
    default=False,
    label=_l("Second facteur obligatoire pour les GRI"),
    purpose=_l("Un GRI qui n'en a pas n'ouvre plus que la page où l'on en ajoute un."),
)
