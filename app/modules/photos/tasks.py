"""What a GRI may have done of the photos."""

from datetime import timedelta

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.modules.photos import around
from app.modules.photos.queries import rebuild as to_rebuild
from app.modules.photos.service import rebuild as rebuilding, sync, verify as verifying
from app.modules.photos.service.rebuild import Wanted
from app.modules.photos.service.sync import MOST_GONE, Plan


def _print(line: str) -> None:
    print(line)  # noqa: T201  # the output of the task


def _planned(session: Session, values: Values) -> Plan:
    """What would be done, said line by line."""
    store = around.store()
    made = sync.plan(session, store=store, max_delete=values["max_delete"])
    for line in sync.outline(made, base=store.base):
        _print(line)
    return made


def _sync(session: Session, values: Values, progress: Progress) -> object:
    try:
        made = _planned(session, values)
        done = sync.apply(session, made, store=around.store(), tell=progress.progress)
    except DomainError as refusal:
        raise TaskFailed(refusal.message) from refusal
    for line in sync.refusals(done):
        _print(line)
    return _(
        "Photos prises : %(added)s ; déjà là : %(known)s ; supprimées : %(deleted)s ;"
        " laissées : %(refused)s.",
        added=done.added,
        known=done.known,
        deleted=done.deleted,
        refused=len(done.refused),
    )


def _would_sync(session: Session, values: Values, _progress: Progress) -> object:
    try:
        made = _planned(session, values)
    except DomainError as refusal:
        raise TaskFailed(refusal.message) from refusal
    return _(
        "Fichiers à prendre : %(count)s ; photos sans fichier : %(lost)s.",
        count=made.count,
        lost=made.lost,
    )


def _verify(session: Session, values: Values, progress: Progress) -> object:
    store, left = around.store(), 0
    try:
        found = verifying.verify(session, store=store, fixes=values["fix"], tick=progress.progress)
        for finding in found:
            _print(str(finding))
            left += not finding.is_fixed
    except DomainError as refusal:
        raise TaskFailed(refusal.message) from refusal
    if left:
        raise TaskFailed(
            ngettext(
                "%(num)s chose ne va pas : voyez ce qui est affiché.",
                "%(num)s choses ne vont pas : voyez ce qui est affiché.",
                left,
            )
        )
    return _("Photos, fichiers et comptes disent la même chose.")


def _rebuild(session: Session, values: Values, progress: Progress) -> object:
    try:
        album = to_rebuild.album_at(session, values["album"]) if values["album"] else None
    except DomainError as refusal:
        raise TaskFailed(refusal.message) from refusal
    wanted = Wanted(album=album, missing=bool(values["missing"]))
    made = rebuilding.rebuild(session, store=around.store(), wanted=wanted, tick=progress.progress)
    for failure in made.failures:
        _print(failure)
    if made.failures:
        raise TaskFailed(
            ngettext(
                "%(num)s photo n'a pas pu être refaite : voyez ce qui est affiché.",
                "%(num)s photos n'ont pas pu être refaites : voyez ce qui est affiché.",
                len(made.failures),
            )
        )
    return _("%(made)s photos refaites, %(kept)s laissées.", made=made.made, kept=made.kept)


TASKS = (
    Task(
        name="photos.sync",
        label=_l("Prendre les photos posées dans le dossier"),
        purpose=_l(
            "Les dossiers deviennent des collections et des albums masqués ;"
            " les photos dont le fichier a disparu sont supprimées."
        ),
        params=(
            Parameter(
                name="max_delete",
                label=_l("Suppressions permises, en %"),
                kind=Kind.integer,
                default=MOST_GONE,
                maximum=100,
                help=_l("Au-delà, rien n'est fait : le disque n'est peut-être pas monté."),
            ),
        ),
        run=_sync,
        dry_run=_would_sync,
        danger=Danger.dangerous,
        limit=timedelta(hours=12),
    ),
    Task(
        name="photos.verify",
        label=_l("Comparer les photos et leurs fichiers"),
        purpose=_l("Nomme ce qui manque, ce qui est en trop, et les albums mal comptés."),
        params=(
            Parameter(
                name="fix",
                label=_l("Réparer les comptes et les couvertures"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_verify,
        limit=timedelta(hours=2),
    ),
    Task(
        name="photos.rebuild",
        label=_l("Refaire les aperçus des photos"),
        purpose=_l("Aperçus, miniatures et couvertures ; coupée, elle reprend où elle en était."),
        params=(
            Parameter(
                name="album",
                label=_l("Album"),
                kind=Kind.text,
                optional=True,
                maximum=241,
                help=_l("Son adresse : 2026/gala. Sans elle, tous."),
            ),
            Parameter(
                name="missing",
                label=_l("Seulement ce qui manque"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_rebuild,
        danger=Danger.safe,
        limit=timedelta(hours=12),
    ),
)
