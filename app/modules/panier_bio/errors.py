"""Why something is not done at the Panier Bio."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import LazyString, get_locale, lazy_gettext as _l, ngettext

from app.core.errors import Conflict, DomainError, NotFound, TooMany


class PanierBioError(DomainError):
    """What was asked of the Panier Bio is refused."""


# What is not there


class NoSuchOrder(PanierBioError, NotFound):
    sentence = _l("Cette commande n'existe pas.")


class NoSuchPeriod(PanierBioError, NotFound):
    sentence = _l("Cette période n'existe pas.")


class NoSuchDate(PanierBioError, NotFound):
    sentence = _l("Il n'y a pas de distribution ce jour-là.")


class NoSuchLink(PanierBioError, NotFound):
    sentence = _l("Ce lien ne mène à aucune commande.")


# Ordering


class OrdersClosed(PanierBioError, Conflict):
    sentence = _l("Les commandes sont fermées pour l'instant.")


class NoDateChosen(PanierBioError):
    field = "dates"
    sentence = _l("Choisissez au moins une date.")


class DatesRefused(PanierBioError):
    """``dates`` says why, in a sentence, for each date that may not be had: none is ordered."""

    field = "dates"
    sentence = _l("Rien n'est commandé encore : regardez les dates.")

    def __init__(self, dates: Mapping[date, LazyString | str]) -> None:
        super().__init__(dates=dict(dates))

    @property
    def dates(self) -> Mapping[date, LazyString | str]:
        found: Mapping[date, LazyString | str] = self.details["dates"]
        return found


class ServiceNeeded(PanierBioError):
    field = "service"
    sentence = _l("Dites de quel service ou laboratoire vous êtes.")


class PhoneNeeded(PanierBioError):
    field = "phone"
    sentence = _l("Laissez un numéro de téléphone.")


class TooManyPending(PanierBioError, TooMany):
    sentence = _l(
        "Quatre paniers au plus peuvent attendre votre confirmation : ouvrez le lien du mail que"
        " vous avez reçu, puis revenez."
    )


class JustOrdered(PanierBioError, Conflict):
    """The database says so: another request was quicker."""

    field = "dates"
    sentence = _l("Une de ces dates vient d'être commandée : regardez vos commandes.")


# Cancelling, confirming


class TooLateToCancel(PanierBioError, Conflict):
    sentence = _l("Les commandes de cette date sont closes : elle ne s'annule plus.")


class CancelledAlready(PanierBioError, Conflict):
    sentence = _l("Cette commande est déjà annulée.")


class NothingToConfirm(PanierBioError, Conflict):
    sentence = _l(
        "Il est trop tard pour confirmer : ces commandes ont été annulées. Vous pouvez commander de"
        " nouveau."
    )


# What the team does


class StalePanierBio(PanierBioError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de changer cela : vérifiez, puis recommencez.")


class OutsidePeriods(PanierBioError):
    field = "date"
    sentence = _l("Cette date n'est dans aucune période.")


class NoSuchCustomer(PanierBioError):
    field = "pceen"
    sentence = _l("Personne n'a cet identifiant ni cette adresse.")


class DateIsFull(PanierBioError, Conflict):
    """Unless one insists."""

    field = "force"
    sentence = _l("Cette date est complète : confirmez qu'il y aura un panier de plus.")


class OrderedAlready(PanierBioError, Conflict):
    field = "date"
    sentence = _l("Cette personne a déjà une commande pour cette date.")


class NotWaiting(PanierBioError, Conflict):
    sentence = _l("Cette commande n'est pas en liste d'attente.")


class NoBasketYet(PanierBioError, Conflict):
    sentence = _l("Cette commande n'a pas de panier : elle n'est pas confirmée.")


# Periods


class _Days(PanierBioError):
    """``days`` are those that are in the way, in order."""

    def __init__(self, days: Collection[date]) -> None:
        super().__init__(days=sorted(days))

    @property
    def days(self) -> list[date]:
        found: list[date] = self.details["days"]
        return found

    @property
    def message(self) -> str:
        return str(self.sentence) % {"days": _listed(self.days)}


def _listed(days: Collection[date]) -> str:
    """Some days, as people read them."""
    return ", ".join(format_date(day, "short", locale=get_locale() or "fr") for day in days)


class EndsTooEarly(PanierBioError):
    field = "end_date"
    sentence = _l("La fin vient avant le début.")


class PeriodTooLong(PanierBioError):
    field = "end_date"
    sentence = _l("Une période dure cinq ans au plus.")


class DisabledOutside(_Days):
    field = "disabled"
    sentence = _l("Ces jours ne sont pas dans la période : %(days)s")


class PeriodsOverlap(PanierBioError, Conflict):
    """``other`` is the period that it overlaps."""

    field = "start_date"
    sentence = _l("Une autre période, du %(start)s au %(end)s, a de ces jours.")

    def __init__(self, other: Any) -> None:
        super().__init__(other=other, start=other.start_date, end=other.end_date)

    @property
    def message(self) -> str:
        start, end = (_listed([self.details[name]]) for name in ("start", "end"))
        return str(self.sentence) % {"start": start, "end": end}


class OrdersOutside(_Days, Conflict):
    field = "end_date"
    sentence = _l(
        "Des paniers sont commandés pour des jours qui ne seraient plus dans la période : %(days)s"
    )


class PeriodHasOrders(PanierBioError, Conflict):
    """``count`` is how many; they are kept, even those that are cancelled."""

    @property
    def message(self) -> str:
        said = ngettext(
            "Cette période a %(num)s commande : elle ne se supprime pas. Fermez-la.",
            "Cette période a %(num)s commandes : elle ne se supprime pas. Fermez-la.",
            self.details["count"],
        )
        return str(said)
