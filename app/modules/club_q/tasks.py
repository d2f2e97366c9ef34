"""What the team, or a GRI, has done of Club Q."""

from datetime import timedelta

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.modules.club_q.errors import NoSuchRun
from app.modules.club_q.queries import runs as queries
from app.modules.club_q.service import replay as replaying, runs


def _replay(session: Session, values: Values, progress: Progress) -> object:
    """Compute a run again from what is stored of it, and compare."""
    try:
        run = queries.run(session, values["run"])
    except NoSuchRun as refusal:
        raise TaskFailed(refusal.message) from None
    differences = replaying.replay(session, run, told=progress.progress)
    for one in differences:
        print(one)  # noqa: T201  # the output of the task
    if differences:
        raise TaskFailed(_("Refaite, elle ne donne pas la même chose : voyez ce qui est affiché."))
    return _("Refaite, elle donne la même chose.")


REPLAY = Task(
    name="club_q.replay",
    label=_l("Refaire une attribution du Club Q"),
    purpose=_l("Calcule de nouveau une attribution, à partir de ce qui en est gardé, et compare."),
    run=_replay,
    params=(
        Parameter(name="run", label=_l("Numéro de l'attribution"), kind=Kind.integer, minimum=1),
    ),
    danger=Danger.safe,
    limit=timedelta(minutes=45),
)

TASKS: tuple[Task, ...] = (runs.TASK, REPLAY)
