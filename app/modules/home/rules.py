"""What the home page shows first; and what changed for people, version by version."""

from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString, lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Release:
    """A version, and what is new in it for those who use the site."""

    version: str
    on: date
    notes: tuple[LazyString, ...]


#: The modules whose cards the home page shows, the most urgent first.
CARDS = (
    "intrarez",
    "bar",
    "club_q",
    "panier_bio",
    "calendar",
    "theatre",
    "bekk",
    "photos",
    "banners",
)


#: The modules whose news stand first, under the title: what one is asked.
FIRST = ("notifications",)


def rank_of(module: str) -> int:
    """Where the card of a module stands: last, for one that nobody thought of."""
    return CARDS.index(module) if module in CARDS else len(CARDS)


RELEASES = (
    Release(
        "0.11.0",
        date(2026, 12, 1),
        (
            _l("L'aide est là : un guide pour chacun, en français et en anglais."),
            _l("Le site se met à jour sans vous interrompre, et il est sauvegardé chaque nuit."),
            _l("Les pages arrivent plus vite."),
        ),
    ),
    Release(
        "0.10.0",
        date(2026, 12, 1),
        (
            _l("Le calendrier est là : ce que font les clubs, vos spectacles et vos paniers."),
            _l("Suivez-le dans votre propre agenda, par une adresse rien qu'à vous."),
            _l("Une cloche dit ce qui vous concerne ; choisissez quoi, où, à quelles heures."),
            _l("Installez le site sur votre téléphone : le QR code du bar y reste, sans réseau."),
        ),
    ),
    Release(
        "0.9.0",
        date(2026, 11, 30),
        (
            _l("Le Bekk est là : tous les numéros, à lire d'ici, et un mot retrouvé dans tous."),
            _l("Le Panier Bio se commande ici, avec ou sans compte ; complet, on attend son tour."),
            _l("Le club théâtre a sa page : affiches, séances, billets, et l'agenda à emporter."),
        ),
    ),
    Release(
        "0.8.0",
        date(2026, 11, 30),
        (
            _l("Le Club Q est là : classez les spectacles qui vous font envie, et dites combien."),
            _l("Les places sont partagées entre tous, et chacun lit pourquoi il a ce qu'il a."),
            _l("Le tirage est scellé avant l'ouverture, et montré après : vérifiez-le vous-même."),
            _l("Un empêchement ? Rendez vos places : elles vont à qui les attend."),
        ),
    ),
    Release(
        "0.7.0",
        date(2026, 11, 29),
        (
            _l("Le bar est là : votre solde, vos achats, et votre QR code à montrer."),
            _l("Rechargez votre compte du bar d'ici, par Lydia ou par carte bancaire."),
            _l("Un mail vous prévient, si vous le voulez, quand il ne reste plus grand-chose."),
            _l("Qui sert vend d'un doigt, et a dix secondes pour se reprendre."),
        ),
    ),
    Release(
        "0.6.0",
        date(2026, 11, 29),
        (
            _l("Les photos sont là : albums, visionneuse, recherche, archive à télécharger."),
            _l("Vous êtes sur une photo ? Dites-le, ou faites-la retirer d'un clic."),
            _l("Qui tient un album y dépose des centaines de photos d'un coup."),
            _l("Aucune photo publiée ne dit où elle a été prise."),
        ),
    ),
    Release(
        "0.5.0",
        date(2026, 11, 29),
        (
            _l("Entrez avec le compte de l'école, et reliez-lui celui que vous aviez déjà."),
            _l("Recevez d'un clic tout ce que le site sait de vous."),
            _l("Faites effacer votre compte : quatorze jours pour changer d'avis."),
            _l("Qui s'occupe des comptes des autres peut protéger le sien par un second facteur."),
        ),
    ),
    Release(
        "0.4.0",
        date(2026, 11, 29),
        (
            _l("Écrivez aux GRI depuis la page de contact, et voyez qui ils sont."),
            _l("Un GRI agit à votre place ? Votre profil dit qui, quand et pourquoi."),
            _l("Un mail vous prévient quand un GRI change vos informations ou ferme votre compte."),
            _l("Le site fermé pour travaux dit pourquoi, et quand il rouvre."),
        ),
    ),
    Release(
        "0.3.0",
        date(2026, 11, 29),
        (
            _l("Payez Internet d'ici : Lydia, carte bancaire, virement ou espèces."),
            _l("Payer en avance ne fait rien perdre : un mois offert suit chaque abonnement."),
            _l("Un mail vous prévient avant la coupure ; un paiement rend Internet aussitôt."),
            _l("Chaque paiement a sa page, et son reçu."),
        ),
    ),
    Release(
        "0.2.0",
        date(2026, 11, 24),
        (
            _l("Pas d'Internet ? Une page dit pourquoi, et donne le bouton qui répare."),
            _l("Votre chambre est au nom de quelqu'un d'autre ? Reprenez-la, ou contestez."),
            _l("Mettez à votre nom un appareil que l'on vous a donné, depuis cet appareil."),
            _l("À la résidence, un appareil inconnu est mené au site, quel que soit son système."),
        ),
    ),
    Release(
        "0.1.0",
        date(2026, 11, 24),
        (
            _l("Créez votre compte depuis la résidence, prenez votre chambre, et Internet suit."),
            _l("Enregistrez vos appareils, nommez-les, retirez ceux que vous n'avez plus."),
            _l("Voyez où votre compte est ouvert, et terminez ces connexions à distance."),
            _l("Le site parle français et anglais, de jour comme de nuit."),
        ),
    ),
)
