"""What the pages say, in French and in English."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

FRENCH = "fr"
LANGUAGES = (FRENCH, "en")
PARIS = ZoneInfo("Europe/Paris")

#: The English of each sentence.
ENGLISH = {
    "Bac à sable Lydia": "Lydia sandbox",
    "Bac à sable : aucun argent ne circule.": "Sandbox: no money moves.",
    "Paiement : %s": "Payment: %s",
    "Commande": "Order",
    "Objet": "What for",
    "Moyen de paiement": "Way to pay",
    "Compte Lydia": "Lydia account",
    "Carte bancaire": "Bank card",
    "Au choix": "Any",
    "Comment se termine ce paiement ?": "How does this payment end?",
    "Payer %s": "Pay %s",
    "Refuser": "Refuse",
    "Annuler": "Cancel",
    "Laisser expirer": "Let it expire",
    "Payer, mais…": "Pay, but…",
    "Ce que le site doit supporter.": "What the site must bear.",
    "Payer sans rappel": "Pay without a callback",
    "Payer, rappel envoyé deux fois": "Pay, callback sent twice",
    "Payer, rappel 60 s en retard": "Pay, callback 60 s late",
    "Payer, rappel avec mauvaise signature": "Pay, callback with a wrong signature",
    "Payer, rappel avec un autre montant": "Pay, callback with another amount",
    "En attente": "Waiting",
    "Payé": "Paid",
    "Refusé": "Refused",
    "Annulé ou expiré": "Cancelled or expired",
    "Ce paiement est terminé : il ne change plus.": "This payment has ended: it changes no more.",
    "Revenir au site": "Back to the site",
    "Toutes les demandes": "All requests",
    "Prochaine demande": "Next request",
    "Comment répondre à la prochaine demande de paiement, une seule fois ?": (
        "How is the next payment request answered, just once?"
    ),
    "Normalement": "Normally",
    "Par une erreur": "With an error",
    "Après 10 secondes": "After 10 seconds",
    "Par une page HTML": "With an HTML page",
    "Appliquer": "Apply",
    "Dernières demandes": "Latest requests",
    "Aucune demande pour l'instant : choisissez de payer avec Lydia ou par carte sur le site.": (
        "No request yet: choose to pay with Lydia or by card on the site."
    ),
    "Demandé": "Asked",
    "Rappels": "Callbacks",
    "Aucun": "None",
    "Confirmation": "Confirmation",
    "Annulation": "Cancellation",
    "Expiration": "Expiry",
    "pas encore envoyé": "not sent yet",
    "réponse %s": "answer %s",
    "sans réponse": "no answer",
    "nouvel essai prévu": "to be tried again",
    "Ouvrir la page de paiement": "Open the payment page",
    "Renvoyer les rappels": "Send the callbacks again",
    "Introuvable": "Not found",
    "Cette demande n'existe pas, ou plus.": "This request does not exist, or no longer.",
    "Impossible": "Impossible",
    "Le bac à sable ne comprend pas cette demande.": "The sandbox does not understand this.",
}


def translator(language: str) -> Callable[[str], str]:
    """What says a sentence in *language*."""
    return str if language == FRENCH else ENGLISH.__getitem__


def euros(language: str) -> Callable[[str], str]:
    """What writes an amount in *language*."""
    return _french_euros if language == FRENCH else "€{}".format


def instant(language: str) -> Callable[[float], str]:
    """What writes an instant in *language*, by the clock of Paris."""
    form = "%d/%m/%Y à %H:%M:%S" if language == FRENCH else "%d %b %Y, %H:%M:%S"
    return lambda at: datetime.fromtimestamp(at, PARIS).strftime(form)


def _french_euros(amount: str) -> str:
    return f"{amount.replace('.', ',')}\N{NO-BREAK SPACE}€"
