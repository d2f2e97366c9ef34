"""What the pages say, in French and in English."""

from collections.abc import Callable

FRENCH = "fr"
LANGUAGES = (FRENCH, "en")

#: The English of each sentence.
ENGLISH = {
    "Bac à sable de l'école": "School sandbox",
    "Bac à sable : ces gens n'existent pas.": "Sandbox: these people do not exist.",
    "Qui êtes-vous ?": "Who are you?",
    "Adresses : %s": "Addresses: %s",
    "Services : %s": "Services: %s",
    "Entrer": "Log in",
    "Abandonner": "Give up",
    "Retour au site": "Back to the site",
    "Continuer": "Continue",
    "Qui l'on peut être": "Whom one may be",
    "Commencez sur le site, par le bouton « Compte ESPCI ».": (
        "Begin on the site, with the button “ESPCI account”."
    ),
    "Impossible": "Impossible",
    "Le bac à sable ne comprend pas ce que le site demande.": (
        "The sandbox does not understand what the site asks."
    ),
    "Élève : son compte est créé.": "A student: an account is made.",
    "Élève, au nom en majuscules.": "A student whose name is in capitals.",
    "Élève, au nom en chinois.": "A student whose name is in Chinese.",
    "Élève à deux adresses : celle de l'université est gardée.": (
        "A student with two addresses: the university's is kept."
    ),
    "Élève de la promo qui part cet été.": "A student of the class that leaves this summer.",
    "A déjà un compte, à son adresse confirmée : il est lié.": (
        "Has an account already, with a confirmed address: it is linked."
    ),
    "A déjà un compte à son nom : à prouver.": "Has an account of this name: to be proved.",
    "Élève, au nom d'un compte de la démonstration : à prouver, ou un autre compte.": (
        "A student with the name of an account of the demonstration: to be proved, or a new one."
    ),
    "D'une promo partie : refusé.": "Of a class that left: refused.",
    "De l'école, sans promo : refusée.": "Of the school, without a class: refused.",
    "Aux promos mal écrites : refusé.": "With classes that are not spelt so: refused.",
}


def translator(language: str) -> Callable[[str], str]:
    """What says a sentence in *language*."""
    return str if language == FRENCH else ENGLISH.__getitem__
