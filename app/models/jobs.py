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


class WorkerBeat(Base):
    """A worker that lives: it says so every few seconds."""

    __tablename__ = "worker_beat"

    #: Its machine and its process.
    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    beat_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class SiteSample(Base):
    """How the site was, every ten minutes: what its charts draw."""

    __tablename__ = "site_sample"

    at: Mapped[datetime] = mapped_column(primary_key=True)
    #: Requests answered, and answered by an error of ours, by the machine that writes it, since its
    #: sample before.
    requests: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    #: Effects that wait, and how old the oldest that is due was, in seconds.
    waiting: Mapped[int] = mapped_column(default=0)
    oldest_seconds: Mapped[int] = mapped_column(default=0)
