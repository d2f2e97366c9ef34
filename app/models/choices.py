"""What the GRIs may change while the site runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.models.base import Base

T = TypeVar("T", int, str, bool)


class StoredChoice(Base):
    """The value given to a choice; without a row, its default holds."""

    __tablename__ = "global_setting"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(sa.JSON)


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Something to choose, declared by the module that it concerns."""

    key: str
    default: T
    accepts: Callable[[T], bool] = field(default=lambda _: True, repr=False)

    def get(self, session: Session) -> T:
        """The value chosen, or the default."""
        row = session.get(StoredChoice, self.key)
        return self.default if row is None else cast(T, row.value)

    def set(self, session: Session, value: T) -> None:
        """Choose *value*."""
        if not self.accepts(value):
            raise ValueError(f"{self.key} does not accept {value!r}")
        session.merge(StoredChoice(key=self.key, value=value))
