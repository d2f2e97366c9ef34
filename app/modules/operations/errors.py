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
