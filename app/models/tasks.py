"""The runs of the tasks that GRIs start."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.enums import TaskState
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, reference

#: More than the 64 kB of a text on MariaDB.
_LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


class TaskRun(Base):
    """One run of a task, from the button to its end."""

    __tablename__ = "task_run"
    __table_args__ = (sa.CheckConstraint("progress BETWEEN 0 AND 100", "progress_in_percent"),)

    id: Mapped[Id]
    task: Mapped[str] = mapped_column(sa.String(64), index=True)
    params: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[TaskState] = mapped_column(default=TaskState.queued, index=True)
    #: ``None`` for a terminal.
    requested_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    reason: Mapped[str | None] = mapped_column(sa.String(255))
    #: What runs once at a time; ``None`` once it is over.
    active_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    queued_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: When its worker last said that it runs.
    beat_at: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(sa.String(64))
    #: When someone asked to stop it.
    cancel_asked_at: Mapped[datetime | None]
    progress: Mapped[int] = mapped_column(default=0)
    message: Mapped[str | None] = mapped_column(sa.String(255))
    #: What it printed, at most 1 MiB: the middle of a longer one is dropped.
    output: Mapped[str] = mapped_column(_LONG, default="")
    error: Mapped[str | None] = mapped_column(sa.String(500))
    #: What names the failure in the log.
    incident: Mapped[str | None] = mapped_column(sa.String(32))

    requested_by: Mapped[PCeen | None] = relationship()
