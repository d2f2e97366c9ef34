"""Why a copy is not made, or not read."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class BackupRefused(DomainError):
    """Something is wrong with a backup, or with what it needs: the text says what, to people."""


class ProgramMissing(BackupRefused):
    """A program is not installed."""

    sentence = _l("« %(program)s » n'est pas sur cette machine : installez le paquet %(package)s.")


class ProgramFailed(BackupRefused):
    """A program did not do its part."""

    sentence = _l("« %(program)s » a échoué : %(why)s")


class DiskFull(BackupRefused):
    """No room was left."""

    sentence = _l(
        "Plus de place pour « %(program)s » : regardez le disque de BACKUP_STAGING_DIR, et celui "
        "du dépôt."
    )


class RepositoryAway(BackupRefused):
    """The place of the backups cannot be reached."""

    sentence = _l("Le dépôt des sauvegardes ne répond pas : %(why)s")


class RepositoryMissing(BackupRefused, NotFound):
    """It can be, and there is none."""

    sentence = _l(
        "Il n'y a pas de dépôt de sauvegardes à cet endroit : son disque est-il monté ? "
        "« flask backup init » en crée un."
    )


class RepositoryThere(BackupRefused, Conflict):
    """One is made where there is one."""

    sentence = _l("Il y a déjà un dépôt de sauvegardes à cet endroit : il reste tel qu'il est.")


class RepositoryLocked(BackupRefused, Conflict):
    """Someone else is at it."""

    sentence = _l("Le dépôt est pris par un autre travail : attendez qu'il finisse.")


class RepositoryDamaged(BackupRefused):
    """What is kept is not what was written."""

    sentence = _l("Le dépôt des sauvegardes est abîmé : %(why)s")


class WrongPassword(BackupRefused):
    """Another password is needed."""

    sentence = _l("Le mot de passe du dépôt n'est pas le bon : voyez BACKUP_PASSWORD_FILE.")


class Unreadable(BackupRefused):
    """A file is there, and closed to us."""

    sentence = _l("Ce fichier ne se lit pas, et ne peut donc être sauvegardé : %(path)s")


class DumpDamaged(BackupRefused):
    """A copy of a database is not whole."""

    sentence = _l("La copie de la base est abîmée : %(why)s")


class NotCopied(BackupRefused):
    """The database is no file."""

    sentence = _l("Une base en mémoire ne se sauvegarde pas.")
