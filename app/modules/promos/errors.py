"""Why a list of people, or a year, is refused."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError


class PromoError(DomainError):
    """The parent of what this module refuses."""


class ListError(PromoError):
    """A file that is no list of people."""

    field = "file"


class ListTooBig(ListError):
    sentence = _l("Ce fichier est trop gros : une liste fait 2 Mo au plus.")
    status = 413


class TooManyPeople(ListError):
    sentence = _l("Ce fichier a %(count)s lignes : %(most)s au plus.")


class NotAList(ListError):
    sentence = _l(
        "Ce fichier n'est pas un CSV. Depuis un tableur : « Enregistrer sous », puis « CSV UTF-8 »."
    )


class NobodyInTheList(ListError):
    sentence = _l("Ce fichier ne contient personne.")


class ColumnMissing(ListError):
    sentence = _l("La première ligne donne des titres, mais aucune colonne « %(column)s ».")


class ColumnTwice(ListError):
    sentence = _l("Deux colonnes s'appellent « %(column)s » : laquelle lire ?")


class TooFewColumns(ListError):
    sentence = _l(
        "Sans titres, le nom, le prénom et l'e-mail sont lus dans les deuxième, troisième et "
        "quatrième colonnes : ce fichier en a moins. Ajoutez une première ligne « nom ; prenom ; "
        "email »."
    )


class ListLost(PromoError):
    """What the preview holds came back as nonsense."""

    sentence = _l("L'aperçu est illisible : choisissez à nouveau le fichier.")


class WrongLinesLeft(PromoError):
    field = "without_wrong"
    sentence = _l(
        "Des lignes sont à corriger : corrigez le fichier, ou cochez cette case pour importer "
        "les autres."
    )


class ListChanged(PromoError, Conflict):
    sentence = _l("Des comptes ont changé depuis l'aperçu : le voici à jour.")


class YearTooFar(PromoError):
    field = "year"
    sentence = _l("Une année se prépare de %(first)s à %(last)s.")
