"""What a GRI may have done of whole accounts."""

from datetime import timedelta

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.core.transaction import transaction
from app.modules.lives import around, queries
from app.modules.lives.rules import MERGE
from app.modules.lives.service import erase, exports, merge
from app.modules.lives.service.erase import Done
from app.modules.lives.service.exports import Asked
from app.modules.lives.service.merge import Pair


def _print(line: str) -> None:
    print(line)  # noqa: T201  # the output of the task


def _pair(session: Session, values: Values) -> Pair:
    kept, absorbed = (queries.one(session, values[name]) for name in ("kept", "absorbed"))
    return Pair(kept=kept, absorbed=absorbed)


def _merge(session: Session, values: Values, _progress: Progress) -> object:
    try:
        with transaction(session):
            pair = _pair(session, values)
            names = {"absorbed": pair.absorbed.username, "kept": pair.kept.username}
            merge.merge(session, pair=pair, parts=around.parts(), actor=None)
    except DomainError as refusal:
        raise TaskFailed(refusal.message) from refusal
    return _("%(absorbed)s est réuni à %(kept)s.", **names)


def _would_merge(session: Session, values: Values, _progress: Progress) -> object:
    try:
        pair = _pair(session, values)
        merge.check_may_merge(session, pair=pair, actor=None)
    except DomainError as refusal:
        raise TaskFailed(refusal.message) from refusal
    for line in merge.outline(session, pair=pair, parts=around.parts()):
        _print(line)
    return _("Voyez ce qui est affiché.")


def _export(session: Session, values: Values, _progress: Progress) -> object:
    try:
        with transaction(session):
            pceen = queries.one(session, values["person"])
            exports.ask(session, pceen=pceen, asked=Asked(reason=values["why"]))
            name = pceen.full_name
    except DomainError as refusal:
        raise TaskFailed(refusal.message) from refusal
    return _("L'archive de %(name)s se prépare : un lien part dans un mail.", name=name)


def _erase_due(session: Session, _values: Values, progress: Progress) -> object:
    total, done = len(erase.due(session)), 0

    def tell(one: Done) -> None:
        nonlocal done
        done += 1
        _print(f"{one.pceen_id}: {one.error or 'ok'}")
        progress.progress(done, total)

    found = erase.erase_due(session, parts=around.parts(), tell=tell)
    failed = sum(1 for one in found if one.error)
    if failed:
        raise TaskFailed(
            ngettext(
                "%(num)s personne n'a pas pu être effacée : voyez ce qui est affiché.",
                "%(num)s personnes n'ont pas pu être effacées : voyez ce qui est affiché.",
                failed,
            )
        )
    return _erased(len(found))


def _would_erase(session: Session, _values: Values, _progress: Progress) -> object:
    keys = erase.due(session)
    for key in keys:
        _print(str(key))
    return _erased(len(keys))


def _erased(count: int) -> str:
    return str(ngettext("%(num)s personne à effacer.", "%(num)s personnes à effacer.", count))


TASKS = (
    Task(
        name=MERGE,
        label=_l("Réunir deux comptes d'une même personne"),
        purpose=_l("Tout passe à celui qui est gardé, l'autre disparaît : rien n'en revient."),
        params=(
            Parameter(name="kept", label=_l("Compte gardé"), kind=Kind.person),
            Parameter(name="absorbed", label=_l("Compte qui disparaît"), kind=Kind.person),
        ),
        run=_merge,
        dry_run=_would_merge,
        danger=Danger.dangerous,
    ),
    Task(
        name="accounts.export",
        label=_l("Préparer l'archive de quelqu'un"),
        purpose=_l("Tout ce que le site sait de cette personne ; elle seule reçoit le lien."),
        params=(
            Parameter(name="person", label=_l("Personne"), kind=Kind.person),
            Parameter(
                name="why",
                label=_l("Pourquoi"),
                kind=Kind.text,
                help=_l("C'est écrit dans le journal."),
                maximum=255,
            ),
        ),
        run=_export,
    ),
    Task(
        name="accounts.erase_due",
        label=_l("Effacer ceux qui l'ont demandé il y a deux semaines"),
        purpose=_l("C'est aussi fait chaque nuit : rien n'en revient."),
        run=_erase_due,
        dry_run=_would_erase,
        danger=Danger.dangerous,
        limit=timedelta(hours=1),
    ),
)
