"""Why something is not done at the bar."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound
from app.integrations.photo_store import Trouble


class BarError(DomainError):
    """What was asked of the bar is refused."""


# Who and what


class NoSuchCustomer(BarError, NotFound):
    sentence = _l("Le bar n'a pas ce client.")


class NoSuchItem(BarError, NotFound):
    sentence = _l("Cet article n'existe pas, ou n'est plus vendu.")


class NoSuchTransaction(BarError, NotFound):
    sentence = _l("Cette opération n'existe pas.")


class NoSuchTopUp(BarError, NotFound):
    sentence = _l("Ce rechargement n'existe pas.")


class StaleBar(BarError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier cela : vérifiez, puis recommencez.")


# Requests of scripts


class KeyMissing(BarError):
    status = 400
    code = "idempotency_key"
    sentence = _l("Il manque l'en-tête Idempotency-Key : 8 à 64 lettres, chiffres, « - » ou « _ ».")


class KeyReused(BarError, Conflict):
    code = "idempotency_key"
    sentence = _l("Cette clé a déjà servi à autre chose.")


class UnreadableAmount(BarError):
    status = 400
    code = "amount"
    field = "amount"
    sentence = _l("Écrivez un montant en euros. Exemple : 12,50.")


class MalformedBarRequest(BarError):
    status = 400
    sentence = _l("Cette demande n'est pas compréhensible.")


# Sales, in the order of community 3.2


class SaleRefused(BarError):
    """Something is not sold to someone."""


class BarClosed(SaleRefused):
    code = "closed"
    sentence = _l("Le bar est fermé.")


class NoDeposit(SaleRefused):
    code = "deposit"
    sentence = _l("La caution n'est pas payée.")


class OutOfStock(SaleRefused):
    code = "stock"
    sentence = _l("Il n'y en a plus.")


class NotEnoughMoney(SaleRefused):
    code = "funds"
    sentence = _l("Le solde est insuffisant.")


class TooYoung(SaleRefused):
    code = "age"
    sentence = _l("Pas d'alcool avant l'âge légal.")


class TooMuchAlcohol(SaleRefused):
    code = "alcohol"
    sentence = _l("La limite d'alcool du jour serait dépassée.")


class PriceChanged(BarError, Conflict):
    """The price is no longer what was seen: ``price_cents`` is the new one."""

    sentence = _l("Le prix a changé : c'est maintenant %(price)s. Rien n'a été vendu.")

    @property
    def detail(self) -> Any:
        return {"price_cents": self.details["price_cents"]}


# Money


class ForOneself(BarError):
    code = "own_account"
    sentence = _l("Personne ne fait cela sur son propre compte : demandez à quelqu'un d'autre.")


class DepositThere(BarError):
    code = "deposit_there"
    sentence = _l("La caution est déjà payée.")


class DepositNotThere(BarError):
    code = "no_deposit"
    sentence = _l("Il n'y a pas de caution à rendre.")


class DepositChanged(BarError, Conflict):
    """A caution is no longer what was seen: ``amount_cents`` is what it is now."""

    sentence = _l(
        "Le montant de la caution a changé : c'est maintenant %(amount)s. Rien n'est noté."
    )

    @property
    def detail(self) -> Any:
        return {"amount_cents": self.details["amount_cents"]}


class AmountOutOfBounds(BarError):
    code = "amount"
    field = "amount"
    sentence = _l("Écrivez un montant entre %(low)s et %(high)s.")


class BalanceTooLow(BarError):
    code = "balance"
    field = "amount"
    sentence = _l("Le solde deviendrait négatif : l'argent est déjà dépensé.")


class BalanceTooHigh(BarError):
    code = "balance"
    field = "amount"
    sentence = _l("Le solde dépasserait ce qu'un compte peut contenir (%(high)s).")


class ReasonMissing(BarError):
    code = "reason"
    field = "reason"
    sentence = _l("Dites pourquoi.")


class NoMoneyMoved(BarError):
    code = "amount"
    field = "amount"
    sentence = _l("Écrivez un montant qui n'est pas nul.")


class OnlineSilent(BarError):
    sentence = _l("Lydia ne répond pas ; rien n'a été débité. Réessayez, ou passez au comptoir.")


# Reversals


class ReversedAlready(BarError):
    code = "reversed"
    sentence = _l("Cette opération est déjà annulée.")


class NotReversible(BarError):
    code = "not_reversible"
    sentence = _l("Ce genre d'opération ne s'annule pas.")


class TooLateToReverse(BarError):
    status = 403
    code = "too_late"
    sentence = _l("Le délai d'annulation est passé : demandez à un responsable du bar.")


class OnlineTopUp(BarError):
    status = 403
    code = "online"
    sentence = _l("Seul un responsable du bar annule un rechargement en ligne.")


# Items


class ItemNameTaken(BarError, Conflict):
    field = "name"
    sentence = _l("Un article porte déjà ce nom.")


class StockTooLow(BarError):
    field = "change"
    sentence = _l("Il n'en resterait pas assez : il y en a %(quantity)s.")


class CountTooLow(StockTooLow):
    field = "quantity"


class SoldWhileCounting(BarError, Conflict):
    sentence = _l(
        "Pendant que vous comptiez, « %(item)s » s'est vendu : il n'en reste que %(quantity)s."
        " Recomptez cet article."
    )


class TooMuchStock(BarError):
    sentence = _l("Un article est compté jusqu'à %(high)s.")


class NothingChanges(BarError):
    field = "change"
    sentence = _l("Écrivez un nombre qui n'est pas nul.")


class NotCounted(BarError):
    field = "change"
    sentence = _l("Cet article n'est pas compté.")


# Accounts


class BirthDateGiven(BarError, Conflict):
    field = "birth_date"
    sentence = _l("Votre date de naissance est déjà donnée : un barman peut la corriger.")


class ImageRefused(BarError):
    field = "image"
    sentence = _l("Cette image ne se lit pas : envoyez un JPEG, un PNG, un WebP ou un GIF fixe.")


class ImageTooLarge(BarError):
    status = 413
    field = "image"
    sentence = _l("Cette image est trop grosse : 10 Mo et 100 mégapixels au plus.")


class ImagesBusy(BarError):
    status = 503
    field = "image"
    sentence = _l("Le site lit déjà d'autres images. Réessayez dans un instant.")


class FolderSuspicious(BarError):
    """Nothing may be concluded from what is not in the directory of the pictures."""

    sentence = _l("%(why)s. Rien n'est fait : vérifiez BAR_AVATARS_BASE_PATH, puis recommencez.")


TROUBLES = {
    Trouble.missing: _l("Le dossier des images du bar n'est pas là"),
    Trouble.empty: _l("Le dossier des images du bar est vide, comme un disque qui n'est pas monté"),
    Trouble.unwritable: _l("Le site ne peut pas écrire dans le dossier des images du bar"),
}


class TooManyPictures(FolderSuspicious):
    sentence = _l(
        "%(count)s images du bar n'iraient à personne : la base de données n'est sans doute pas"
        " celle de ce dossier. Rien n'est fait."
    )


# The cash box


class ClosedMeanwhile(BarError, Conflict):
    sentence = _l("Quelqu'un vient de compter la caisse : vérifiez, puis recommencez.")


class MoreThanCounted(BarError):
    field = "taken"
    sentence = _l("On ne retire pas plus que ce qui est compté.")


class DifferenceUnexplained(BarError):
    field = "note"
    sentence = _l("L'écart est de %(amount)s : dites pourquoi, ou que vous l'ignorez.")
