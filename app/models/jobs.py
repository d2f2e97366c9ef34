"""The runs of the jobs, and whether the worker is alive."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base
from app.models.types import Id


class JobRun(Base):
    """One run of a job. Who writes its row is who runs it."""

    __tablename__ = "job_run"
    __table_args__ = (sa.UniqueConstraint("job", "due_at"),)

    id: Mapped[Id]
    job: Mapped[str] = mapped_column(sa.String(64))
    due_at: Mapped[datetime]
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: ``None`` while it runs, and for ever if its worker was killed.
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)
