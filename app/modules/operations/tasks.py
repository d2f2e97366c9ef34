"""What a GRI may have the site do to itself."""

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.core.transaction import transaction
from app.modules.operations.service import audit, outbox, tidying


def _retry(session: Session, values: Values, _progress: Progress) -> object:
    with transaction(session):
        count = outbox.retry_parked(session, kind=values["kind"] or None)
    return ngettext("%(num)s envoi repart.", "%(num)s envois repartent.", count)


def _verify(session: Session, _values: Values, _progress: Progress) -> object:
    found = audit.verify(session)
    for fault in found.faults:
        print(fault)  # noqa: T201  # the output of the task
    if found.faults:
        raise TaskFailed(
            ngettext(
                "%(num)s événement n'est pas tel qu'il a été écrit : voyez ce qui est affiché.",
                "%(num)s événements ne sont pas tels qu'ils ont été écrits : "
                "voyez ce qui est affiché.",
                len(found.faults),
            )
        )
    return _("%(count)s événements, tous tels qu'ils ont été écrits.", count=found.seals)


def _tidy(session: Session, _values: Values, _progress: Progress) -> None:
    with transaction(session):
        tidying.tidy(session)


TASKS = (
    Task(
        name="outbox.retry",
        label=_l("Relancer les envois abandonnés"),
        purpose=_l("Tout ce que le site avait renoncé à envoyer est essayé de nouveau."),
        params=(
            Parameter(
                name="kind",
                label=_l("Sorte d'envoi"),
                kind=Kind.text,
                help=_l("Comme sur la page des envois ; vide pour tous."),
                optional=True,
                maximum=64,
            ),
        ),
        run=_retry,
    ),
    Task(
        name="audit.verify",
        label=_l("Vérifier le registre de ce qui a été fait"),
        purpose=_l("Relit toute la chaîne, et nomme ce qui a été changé ou retiré."),
        run=_verify,
        danger=Danger.safe,
    ),
    Task(
        name="janitor",
        label=_l("Ranger"),
        purpose=_l("Oublie ce qui ne sert plus : c'est aussi fait chaque heure."),
        run=_tidy,
        danger=Danger.safe,
    ),
)
