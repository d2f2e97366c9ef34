"""Why money is refused."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound, TooMany


class PaymentError(DomainError):
    """The parent of what this module refuses."""


class NoSuchPayment(NotFound):
    sentence = _l("Ce paiement n'existe pas.")


class NoSuchEvent(NotFound):
    sentence = _l("Cet événement n'existe pas, ou n'attend rien.")


class AskedTooOften(TooMany):
    sentence = _l("On vient de demander à Lydia. Réessayez dans %(seconds)s s.")


class NotPaid(Conflict):
    sentence = _l("Ce paiement n'est pas payé : il n'y a rien à annuler.")


class RevokedAlready(Conflict):
    sentence = _l("Ce paiement est déjà annulé.")


class StalePayment(Conflict):
    sentence = _l("Ce paiement a changé pendant que vous le regardiez.")


class ForOneself(PaymentError):
    sentence = _l("Personne n'enregistre un paiement pour soi : demandez à quelqu'un d'autre.")


class OwnPayment(PaymentError):
    sentence = _l("Personne n'annule son propre paiement : demandez à quelqu'un d'autre.")


class SettledAlready(Conflict):
    sentence = _l("Quelqu'un s'en est déjà occupé.")


class SameAccount(PaymentError):
    sentence = _l("Choisissez deux comptes différents.")
    field = "credit"


class LydiaSilent(PaymentError):
    sentence = _l(
        "Lydia ne répond pas ; rien n'a été débité. Réessayez, ou choisissez un autre moyen."
    )


class NoEmail(PaymentError):
    sentence = _l("Votre compte n'a pas d'adresse e-mail : ajoutez-la, ou payez autrement.")


class PaidTooOften(TooMany):
    sentence = _l("Trop de paiements commencés en peu de temps. Réessayez dans %(minutes)s min.")


class BankLineDone(Conflict):
    sentence = _l("Cette ligne du relevé est déjà traitée.")


class NoSuchBankLine(NotFound):
    sentence = _l("Cette ligne de relevé n'existe pas.")


class StatementError(PaymentError):
    """A file that is no statement of a bank account."""


class StatementTooLong(StatementError):
    sentence = _l("Ce fichier est trop gros : un relevé fait 5 Mo au plus.")
    status = 413


class NotAStatement(StatementError):
    sentence = _l("Ce fichier n'est pas un relevé. Demandez à la banque un export CSV.")


class LayoutUnknown(StatementError):
    sentence = _l(
        "Les colonnes de ce relevé ne se devinent pas : dites où sont la date, le libellé et le "
        "montant."
    )


class MalformedStatement(StatementError):
    """A line is not one of a statement; nothing of the file is kept."""

    sentence = _l("Ligne %(line)s : ce n'est pas une ligne de relevé.")


class UnreadableDate(MalformedStatement):
    sentence = _l(
        "Ligne %(line)s : « %(text)s » n'est pas une date comme 24/11/2026 ou 2026-11-24."
    )


class UnreadableAmount(MalformedStatement):
    sentence = _l("Ligne %(line)s : « %(text)s » n'est pas un montant comme 15,00 ou 1 234,56.")


class BothWays(MalformedStatement):
    sentence = _l("Ligne %(line)s : il y a à la fois un crédit et un débit.")


class TooManyFields(MalformedStatement):
    sentence = _l("Ligne %(line)s : il y a plus de colonnes que dans l'en-tête.")
