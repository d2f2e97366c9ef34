"""Why what runs the site says no."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class NoSuchTask(NotFound):
    sentence = _l("Cette tâche n'existe pas.")


class NoSuchRun(NotFound):
    sentence = _l("Cette exécution n'existe pas.")


class NoSuchJob(NotFound):
    sentence = _l("Ce travail n'existe pas.")


class NoSuchEntry(NotFound):
    sentence = _l("Cet envoi n'existe pas.")


class TaskRefused(DomainError):
    """What was asked of a task is refused."""


class TaskAlreadyRuns(TaskRefused, Conflict):
    sentence = _l("Cette tâche est déjà en cours : attendez qu'elle finisse, ou annulez-la.")


class TaskOver(TaskRefused, Conflict):
    sentence = _l("C'est déjà fini : il n'y a plus rien à annuler.")


class NotConfirmed(TaskRefused):
    field = "confirm"
    sentence = _l("Recopiez exactement le nom de la tâche : %(name)s.")


class DryRunFirst(TaskRefused):
    sentence = _l("Simulez-la d'abord avec ces valeurs, et lisez ce qu'elle ferait.")


class NoDryRun(TaskRefused):
    sentence = _l("Cette tâche ne sait pas dire d'avance ce qu'elle ferait.")


class NoSuchMail(NotFound):
    sentence = _l("Ce mail n'existe pas.")


class NoAddress(DomainError):
    sentence = _l("Votre compte n'a pas d'adresse mail : ajoutez-en une à votre profil.")


class EntryRefused(DomainError):
    """What was asked of an effect is refused."""


class EntryDone(EntryRefused, Conflict):
    sentence = _l("C'est déjà parti.")


class EntryCancelled(EntryRefused, Conflict):
    sentence = _l("Cet envoi a été annulé : il ne partira pas.")


class EntryLeaves(EntryRefused, Conflict):
    sentence = _l("Cet envoi est en train de partir : attendez de voir comment cela finit.")


class ChosenMeanwhile(Conflict):
    sentence = _l("Quelqu'un l'a changé entre-temps. Valeur actuelle : %(now)s.")


class NoBackups(DomainError):
    sentence = _l("Rien n'est sauvegardé : BACKUP_REPOSITORY est vide. Voyez docs/backup.md.")


class NoSuchBackup(NotFound):
    sentence = _l("Cette sauvegarde n'existe pas : %(name)s.")


class NoBackupYet(NotFound):
    sentence = _l("Il n'y a encore aucune sauvegarde de %(host)s dans ce dépôt.")


class BackupRuns(Conflict):
    sentence = _l("Une sauvegarde est déjà en cours sur cette machine : attendez qu'elle finisse.")


class StagingUnusable(DomainError):
    sentence = _l("BACKUP_STAGING_DIR : %(path)s ne s'écrit pas (%(why)s).")


class ManifestWrong(DomainError):
    sentence = _l("Le manifeste de cette sauvegarde ne se lit pas (%(why)s).")


class DumpChanged(DomainError):
    sentence = _l("La copie de la base n'est pas celle que dit le manifeste : elle a été changée.")


class PlaceEmptied(Conflict):
    sentence = _l(
        "%(path)s est vide, et la sauvegarde précédente y avait %(count)s fichiers : son disque "
        "est-il monté ? S'il doit être vide : « flask backup create --allow-empty »."
    )


class BackupOfOtherDatabase(Conflict):
    sentence = _l("Cette sauvegarde est celle d'une base %(theirs)s, et celle-ci est %(ours)s.")


class BackupOfNewerCode(Conflict):
    sentence = _l(
        "Cette sauvegarde est d'une version que ce code ne connaît pas (%(version)s, migration "
        "%(revision)s) : installez celle-là d'abord."
    )


class DatabaseTaken(Conflict):
    sentence = _l(
        "Cette base n'est pas vide : elle a %(count)s tables, dont « %(table)s ». On ne restaure "
        "que dans une base neuve."
    )


class PlaceTaken(Conflict):
    sentence = _l("%(path)s n'est pas vide : on ne restaure que dans des dossiers vides.")


class RowsDiffer(DomainError):
    sentence = _l(
        "La table « %(table)s » n'a pas les lignes copiées : %(found)s au lieu de %(expected)s."
    )


class FilesDiffer(DomainError):
    sentence = _l(
        "%(path)s n'a pas les fichiers gardés : %(found)s au lieu de %(expected)s (%(bytes)s "
        "octets d'écart)."
    )
