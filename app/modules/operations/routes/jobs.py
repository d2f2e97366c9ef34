"""What is done by date: when, how it went, what is late."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext as _

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.modules.operations.errors import NoSuchJob
from app.modules.operations.queries import jobs as queries
from app.modules.operations.queries.jobs import JobLine
from app.modules.operations.routes.blueprint import bp
from app.modules.operations.rules.outbox import without_secrets
from app.modules.operations.rules.schedule import in_words
from app.modules.operations.service import jobs as service
from app.web.module import all_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsPage:
    """All that the page of the jobs shows."""

    lines: Sequence[JobLine]
    has_worker: bool

    schedule = staticmethod(in_words)
    reason = staticmethod(without_secrets)

    def duration(self, line: JobLine) -> str:
        """How long its last run took, in words."""
        if line.seconds is None:
            return "\u2013"
        return str(_("%(count)s s", count=format_decimal(line.seconds, "0.0")))

    @property
    def late(self) -> int:
        return sum(1 for line in self.lines if line.is_late)


@bp.get("/gris/jobs")
@context.gris_only
def jobs() -> ResponseReturnValue:
    """The jobs: when each runs, how it went, whether it is late."""
    session = db.session()
    lines = queries.job_lines(session, all_jobs().values())
    page = JobsPage(lines=lines, has_worker=bool(queries.live_workers(session)))
    return render_template("operations/jobs.html", page=page)


@bp.post("/gris/jobs/<name>/run")
@context.gris_only
def run_job(name: str) -> ResponseReturnValue:
    """Have the worker run a job now."""
    job = all_jobs().get(name)
    if job is None:
        raise NoSuchJob
    with transaction(db.session()) as session:
        service.ask(session, job=job)
    flash(_("« %(label)s » va être fait.", label=job.label), "success")
    return redirect(url_for("operations.jobs"), 303)
