"""What a GRI may have done of the bar."""

from collections.abc import Sequence

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.core.transaction import transaction
from app.modules.bar.queries.verify import WrongDay
from app.modules.bar.service import verify as service
from app.modules.payments.around import till


def _print(line: str) -> None:
    print(line)  # noqa: T201  # the output of the task


def _verify(session: Session, values: Values, progress: Progress) -> object:
    found = service.faults(session, tick=progress.progress)
    if found and values["alert"]:
        with transaction(session):
            service.alert(session, found, admins=till().admins)
    for fault in found:
        _print(fault)
    if found:
        raise TaskFailed(_("Les comptes du bar ne tombent pas juste : voyez ce qui est affiché."))
    return _("Les comptes du bar tombent juste.")


def _rebuild(session: Session, _values: Values, _progress: Progress) -> object:
    with transaction(session):
        changed = service.rebuild_days(session)
    _tell(changed)
    return ngettext("%(num)s jour recalculé.", "%(num)s jours recalculés.", len(changed))


def _would_rebuild(session: Session, _values: Values, _progress: Progress) -> object:
    wrong = service.wrong_days(session)
    _tell(wrong)
    return ngettext(
        "%(num)s jour serait recalculé.", "%(num)s jours seraient recalculés.", len(wrong)
    )


def _tell(days: Sequence[WrongDay]) -> None:
    for line in service.days_in_words(days):
        _print(line)


TASKS = (
    Task(
        name="bar.verify",
        label=_l("Vérifier les comptes du bar"),
        purpose=_l(
            "Compare soldes, cautions, stock, jours et paiements avec le journal du bar :"
            " chaque matin aussi, avec un mail s'il y a un écart."
        ),
        params=(
            Parameter(
                name="alert",
                label=_l("Prévenir aussi les GRI par mail"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_verify,
        danger=Danger.safe,
    ),
    Task(
        name="bar.rebuild-daily",
        label=_l("Recalculer les jours du bar"),
        purpose=_l("Ce que chacun a bu et dépensé par jour est refait d'après le journal du bar."),
        run=_rebuild,
        dry_run=_would_rebuild,
    ),
)
