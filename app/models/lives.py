"""What is kept of accounts that were merged, and the archives that people ask for."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.core import clock
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, reference


class MergedAccount(Base):
    """An account that became part of another: whose past is now whose."""

    __tablename__ = "merged_account"

    id: Mapped[Id]
    kept_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    #: The number that the other account had: what was done keeps it.
    absorbed_id: Mapped[int] = mapped_column(unique=True)
    merged_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    merged_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    #: Both accounts as they were, for 30 days: to repair a mistake by hand.
    copy: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))

    kept: Mapped[PCeen] = relationship(foreign_keys="MergedAccount.kept_id")
    merged_by: Mapped[PCeen | None] = relationship(foreign_keys="MergedAccount.merged_by_id")


def whose(column: Any) -> Any:
    """Whose account has this number now: that of an absorbed account is of who it became."""
    number = foreign(column)
    became = sa.select(MergedAccount.kept_id).where(MergedAccount.absorbed_id == number)
    return sa.func.coalesce(became.correlate_except(MergedAccount).scalar_subquery(), number)


def numbers_of(pceen_id: int) -> sa.CompoundSelect[int]:
    """The number of an account, and those of the accounts that it absorbed."""
    absorbed = sa.select(MergedAccount.absorbed_id).where(MergedAccount.kept_id == pceen_id)
    return sa.union_all(sa.select(sa.literal(pceen_id)), absorbed)


class DataExport(Base):
    """The archive of what the site knows of someone, that they or a GRI asked for."""

    __tablename__ = "data_export"

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    #: Who asked; why, when it is not the person.
    requested_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    reason: Mapped[str | None] = mapped_column(sa.String(255))
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When it was ready, or could not be made.
    built_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    #: The name of its file, and its size in bytes.
    file: Mapped[str | None] = mapped_column(sa.String(64))
    size: Mapped[int | None]
    #: The digest of the secret of its link, and until when it is good.
    secret_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)

    pceen: Mapped[PCeen] = relationship(foreign_keys="DataExport.pceen_id")
    requested_by: Mapped[PCeen | None] = relationship(foreign_keys="DataExport.requested_by_id")
