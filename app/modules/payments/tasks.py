"""What a GRI may have done of money."""

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.money import euros
from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.core.transaction import transaction
from app.modules.payments import around, queries
from app.modules.payments.service import books, reconcile
from app.modules.payments.service.reconcile import Asked


def _reconcile(session: Session, values: Values, progress: Progress) -> object:
    till = around.till()
    if till.lydia is None:
        raise TaskFailed(_("Personne ne prend d'argent en ligne ici."))
    everything = bool(values["everything"])
    total, done = len(list(queries.due_polls(session, everything=everything))), 0

    def tell(asked: Asked) -> None:
        nonlocal done
        done += 1
        _print(f"{asked.payment_id}: {asked.status} {asked.trouble or ''}".rstrip())
        progress.progress(done, total)

    found = reconcile.run(session, till=till, everything=everything, tell=tell)
    return ngettext("%(num)s paiement vérifié.", "%(num)s paiements vérifiés.", len(found))


def _would_reconcile(session: Session, values: Values, _progress: Progress) -> object:
    due = list(queries.due_polls(session, everything=bool(values["everything"])))
    for key in due:
        _print(str(key))
    return ngettext(
        "%(num)s paiement serait vérifié.", "%(num)s paiements seraient vérifiés.", len(due)
    )


def _audit(session: Session, values: Values, _progress: Progress) -> object:
    if values["alert"]:
        with transaction(session):
            found = books.check(session, admins=around.till().admins)
    else:
        found = list(books.faults(session))
    for account, cents in sorted(queries.account_balances(session).items()):
        _print(f"{account:>10} {euros(cents):>12.2f}")
    for fault in found:
        _print(str(fault))
    if found:
        raise TaskFailed(_("Les comptes ne tombent pas juste : voyez ce qui est affiché."))
    return _("Les comptes tombent juste.")


def _print(line: str) -> None:
    print(line)  # noqa: T201  # the output of the task


TASKS = (
    Task(
        name="payments.reconcile",
        label=_l("Demander à Lydia où en sont les paiements"),
        purpose=_l("Ce qui attend est vérifié auprès de Lydia : c'est aussi fait chaque minute."),
        params=(
            Parameter(
                name="everything",
                label=_l("Tous ceux qui attendent, pas seulement ceux dont c'est l'heure"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_reconcile,
        dry_run=_would_reconcile,
    ),
    Task(
        name="payments.audit",
        label=_l("Vérifier les comptes"),
        purpose=_l(
            "Recalcule tout le journal : chaque nuit aussi, avec un mail s'il y a un écart."
        ),
        params=(
            Parameter(
                name="alert",
                label=_l("Prévenir aussi les GRI par mail"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_audit,
        danger=Danger.safe,
    ),
)
