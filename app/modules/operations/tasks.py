"""What a GRI may have the site do to itself."""

from datetime import timedelta

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.core.transaction import transaction
from app.modules.operations import around
from app.modules.operations.rules.backups import in_bytes
from app.modules.operations.service import audit, outbox, tidying
from app.modules.operations.service.backups import keeping, making
from app.modules.operations.service.backups.site import heeding


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


def _back_up(session: Session, values: Values, progress: Progress) -> object:
    site = around.site()
    session.rollback()  # let go of what was only read: it takes long
    with heeding(progress):
        made = making.create(site, progress=progress, allow_empty=values["allow_empty"])
    return _(
        "Sauvegarde %(id)s : base %(dump)s, %(count)s fichiers (%(size)s), %(added)s de plus.",
        id=made.id,
        dump=in_bytes(made.manifest.dump_bytes),
        count=made.manifest.file_count,
        size=in_bytes(made.manifest.file_bytes),
        added=in_bytes(made.added),
    )


def _verify_backup(session: Session, values: Values, progress: Progress) -> object:
    site = around.site()
    session.rollback()
    whole, name = values["whole"], values["name"] or keeping.LATEST
    with heeding(progress):
        found = keeping.verify(site, name=name, whole=whole, progress=progress)
    read = _("tout le dépôt") if found.part is None else _("%(part)s du dépôt", part=found.part)
    return _(
        "Sauvegarde %(id)s relue, ainsi que %(read)s : base et %(count)s fichiers sont là.",
        id=found.id,
        read=read,
        count=found.manifest.file_count,
    )


def _prune_backups(session: Session, _values: Values, progress: Progress) -> object:
    site = around.site()
    session.rollback()
    with heeding(progress):
        count = keeping.prune(site, progress=progress)
    return ngettext(
        "%(num)s sauvegarde ancienne oubliée.", "%(num)s sauvegardes anciennes oubliées.", count
    )


#: One of them at a time, whatever the machine.
_BACKUPS = "backup"
_NIGHT = timedelta(hours=12)

TASKS = (
    Task(
        name="backup.create",
        label=_l("Sauvegarder le site"),
        purpose=_l(
            "Copie la base et les fichiers là où dit BACKUP_REPOSITORY, pendant qu'il sert."
        ),
        params=(
            Parameter(
                name="allow_empty",
                label=_l("Même si un dossier qui avait des fichiers est vide"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_back_up,
        danger=Danger.safe,
        limit=_NIGHT,
        key=_BACKUPS,
    ),
    Task(
        name="backup.verify",
        label=_l("Vérifier les sauvegardes"),
        purpose=_l("Relit le dépôt, une part octet par octet, et une sauvegarde jusqu'au bout."),
        params=(
            Parameter(
                name="name",
                label=_l("Sauvegarde"),
                kind=Kind.text,
                help=_l("Le début de son numéro ; vide pour la dernière."),
                optional=True,
                maximum=64,
            ),
            Parameter(
                name="whole",
                label=_l("Relire tout le dépôt octet par octet"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_verify_backup,
        danger=Danger.safe,
        limit=_NIGHT,
        key=_BACKUPS,
    ),
    Task(
        name="backup.prune",
        label=_l("Oublier les sauvegardes anciennes"),
        purpose=_l("Ne garde que celles des derniers jours, semaines et mois, et rend la place."),
        run=_prune_backups,
        limit=_NIGHT,
        key=_BACKUPS,
    ),
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
