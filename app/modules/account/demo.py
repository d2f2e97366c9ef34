"""The people of the demonstration."""

import itertools

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, passwords
from app.core.text import username_base
from app.models import PCeen, Role
from app.web.module import Demo

#: Of everyone in the demonstration.
PASSWORD = "demo-magique"  # noqa: S105  # printed by flask demo load
#: How many accounts a school of full size has.
WEIGHT = ACCOUNTS = 1000

_CLUBS = ("bekk", "panier_bio", "theatre", "calendar")
#: Who to log in as: their names, their roles, and what there is to see.
CAST = (
    ("Marie", "Curie", 141, ("gri", "rezident"), "une GRI"),
    ("Pierre", "Langevin", 144, ("eleve", "rezident"), "un résident : chambre et appareils"),
    ("Irène", "Joliot-Curie", 145, ("eleve", "rezident"), "une résidente sans chambre"),
    ("Georges", "Charpak", 143, ("eleve", "barman"), "un barman"),
    ("Frédéric", "Joliot", 120, ("alumni",), "un alumni"),
    ("Henri", "Becquerel", 144, ("eleve", "rezident"), "un résident suspendu"),
    ("André", "Debierne", 143, ("eleve", "bar_manager"), "le responsable du bar"),
    ("Paul", "Schützenberger", 119, ("alumni", "bar_observer"), "un observateur du bar"),
    ("Hélène", "Langevin", 143, ("eleve", "club_q"), "une responsable du Club Q"),
    ("Marguerite", "Perey", 144, ("eleve", *_CLUBS), "qui tient les pages des clubs"),
)

#: What promo someone ordinary is of: students are a little fewer than alumni.
_PROMOS = (128, 130, 132, 134, 136, 137, 138, 139, 140, 141, *(142, 143, 144, 145) * 2)

_PRENOMS = """
Adèle Agathe Aïcha Alexandre Alice Amélie Anaïs André Antoine Arthur Astrid Aurélien Axel Baptiste
Benoît Camille Capucine Cécile Célestin Chloé Clémence Clément Côme Corentin Cyprien Damien Daphné
Éléa Élodie Éloïse Émile Emma Esteban Étienne Eugénie Fabien Faustine Félix Florence Gaël Gaspard
Gauthier Géraldine Grégoire Guillaume Héloïse Hugo Inès Irène Jade Jérémie Joël Joséphine Jules
Juliette Karim Léa Léonie Loïc Louise Lucie Maëlle Malo Manon Margaux Maxence Mélanie Mohamed Naël
Naïm Nathan Noé Noémie Océane Ophélie Oscar Paul Pénélope Quentin Raphaël Rémi Romane Salomé
Samuel Sébastien Simon Solène Sofia Soraya Théo Théodore Timothée Titouan Ulysse Valentine Victor
Violette Xavier Yaël Yann Yasmine Zélie Zoé
""".split()
_NOMS = """
Abélard Adam Aubert Audoin Bailly Barbier Baudelaire Beaumont Benali Bernard Berthelot Besson
Blanc Bonnet Boucher Bourgeois Boyer Brégançon Caron Cauchy Chevalier Clément Colin Cousin
Coëffeteau D'Alembert De_La_Tour Delaunay Delorme Denis Deschamps Desprès Dubois Dufour Dumas
Dupont-Martin Durand Fabre Faure Ferrand Fontaine Fournier François Gaillard Garnier Gauthier
Germain Gérard Giraud Goléa Guérin Guillot Haddad Hébert Henry Huët Jacquet Joly Lacroix Lafaÿe
Lagrange Lambert Laurent Lebègue Leclère Lefèvre Legrand Lemaître Leroy L'Hospital Lévêque Loiseau
Maillard Marchand Mathieu Mercier Meunier Michaud Moreau Morin Muller Nguyễn Noël Olivier
Ouëdraogo Paquet Pélissier Périer Petit Picard Poincaré Prévost Quéré Raÿmond Régnier Renard
Richard Rivière Robert Roche Rousseau Roÿer Saïdi Sanchez Séguin Simon Tessier Thévenin Vasseur
Vérité Vidal Vincent Wagner Zémor
""".split()


def load(session: Session, demo: Demo) -> None:
    """The people to log in as, then as many others as the size asks for."""
    roles = {role.slug: role for role in session.scalars(sa.select(Role))}
    password_hash = passwords.hashed(PASSWORD)
    taken: set[str] = set()
    for prenom, nom, promo, slugs, _what in CAST:
        pceen = _person(taken, prenom=prenom, nom=nom, promo=promo, password_hash=password_hash)
        pceen.roles = [roles[slug] for slug in slugs]
        session.add(pceen)
    identities = [(prenom, nom.replace("_", " ")) for prenom in _PRENOMS for nom in _NOMS]
    demo.chance.shuffle(identities)
    others = demo.count(ACCOUNTS) - len(CAST)
    for prenom, nom in itertools.islice(itertools.cycle(identities), others):
        promo = demo.chance.choice(_PROMOS)
        pceen = _person(taken, prenom=prenom, nom=nom, promo=promo, password_hash=password_hash)
        pceen.activated = demo.chance.random() < 0.9
        pceen.locale = demo.chance.choice(("fr", "fr", "fr", "fr", "en", None))
        pceen.roles = [roles[slug] for slug in _slugs(demo, promo)]
        session.add(pceen)
        demo.tick()
    session.flush()


def _slugs(demo: Demo, promo: int) -> list[str]:
    """The roles of someone ordinary: a student or an alumnus, perhaps a Rezident, or more."""
    slugs = ["eleve" if promo > 141 else "alumni"]
    if demo.chance.random() < (0.75 if promo > 138 else 0.25):
        slugs.append("rezident")
    if promo > 141 and demo.chance.random() < 0.15:
        slugs.append(demo.chance.choice(("barman", "bar_manager", "club_q", "bekk", "theatre")))
    return slugs


def _person(taken: set[str], *, prenom: str, nom: str, promo: int, password_hash: str) -> PCeen:
    base = username_base(prenom, nom)
    number = next(n for n in range(1000) if f"{base}{n or ''}" not in taken)
    username = f"{base}{number or ''}"
    taken.add(username)
    return PCeen(
        username=username,
        prenom=prenom,
        nom=nom,
        promo=promo,
        email=f"{username}@example.org",
        email_confirmed_at=clock.now(),
        password_hash=password_hash,
        activated=True,
        locale="fr",
    )
