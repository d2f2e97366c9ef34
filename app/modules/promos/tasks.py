"""What a GRI may have done of promos."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.modules.promos import around
from app.modules.promos.service import years
from app.modules.promos.service.years import Switched, YearEnd


def _planned(session: Session, values: Values) -> YearEnd:
    return years.planned(session, values["year"], calendar=around.calendar())


def _print(*lines: str) -> None:
    for line in lines:
        print(line)  # noqa: T201  # the output of the task


def _update(session: Session, values: Values, progress: Progress) -> object:
    planned, done = _planned(session, values), 0
    _print(*around.heading(planned))

    def tell(one: Switched) -> None:
        nonlocal done
        done += 1
        _print(around.switched(one))
        progress.progress(done, len(planned.people))

    found = years.update(session, planned, store=around.store(), tell=tell)
    _print(*around.left_behind(found))
    if found.failed:
        raise TaskFailed(
            ngettext(
                "%(num)s personne n'a pas pu être traitée : voyez ce qui est affiché.",
                "%(num)s personnes n'ont pas pu être traitées : voyez ce qui est affiché.",
                found.failed,
            )
        )
    return ngettext(
        "%(num)s personne est Alumni.", "%(num)s personnes sont Alumni.", len(found.people)
    )


def _would_update(session: Session, values: Values, _progress: Progress) -> object:
    found = _planned(session, values)
    _print(*around.told(found))
    return ngettext(
        "%(num)s personne deviendrait Alumni.",
        "%(num)s personnes deviendraient Alumni.",
        len(found.people),
    )


TASKS = (
    Task(
        name="annual-update",
        label=_l("Changer d'année scolaire"),
        purpose=_l(
            "À la fin de l'été : la promo qui part devient Alumni et reçoit un mail, le rôle de "
            "celle qui arrive est créé, et la collection de photos de l'année. Relancée, la tâche "
            "ne fait rien de plus."
        ),
        params=(
            Parameter(
                name="year",
                label=_l("Année"),
                kind=Kind.integer,
                minimum=2000,
                maximum=2999,
                help=_l("2026 : la promo 141 part, la promo 145 arrive."),
            ),
        ),
        run=_update,
        dry_run=_would_update,
        danger=Danger.dangerous,
        limit=timedelta(hours=1),
    ),
)
