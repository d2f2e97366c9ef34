"""What there is to see in the demonstration, and where."""

from typing import NamedTuple


class Venue(NamedTuple):
    """A venue of Paris."""

    nom: str
    adresse: str
    latitude: float
    longitude: float


VENUES = (
    Venue("Opéra Garnier", "Place de l'Opéra, 75009 Paris", 48.8720, 2.3316),
    Venue("Opéra Bastille", "Place de la Bastille, 75012 Paris", 48.8525, 2.3700),
    Venue("Comédie-Française", "1 place Colette, 75001 Paris", 48.8636, 2.3363),
    Venue("Philharmonie de Paris", "221 avenue Jean-Jaurès, 75019 Paris", 48.8917, 2.3940),
    Venue("Théâtre du Châtelet", "1 place du Châtelet, 75001 Paris", 48.8574, 2.3464),
    Venue("Odéon-Théâtre de l'Europe", "Place de l'Odéon, 75006 Paris", 48.8495, 2.3388),
    Venue("Théâtre des Champs-Élysées", "15 avenue Montaigne, 75008 Paris", 48.8659, 2.3031),
    Venue("Théâtre national de Chaillot", "1 place du Trocadéro, 75116 Paris", 48.8626, 2.2885),
    Venue("Opéra-Comique", "1 place Boieldieu, 75002 Paris", 48.8710, 2.3385),
    Venue("Théâtre de la Colline", "15 rue Malte-Brun, 75020 Paris", 48.8647, 2.3997),
    Venue("Théâtre Mogador", "25 rue de Mogador, 75009 Paris", 48.8758, 2.3322),
    Venue("La Cigale", "120 boulevard de Rochechouart, 75018 Paris", 48.8823, 2.3401),
)


class Play(NamedTuple):
    """A show: its name, its kind, the rank of its venue, its minutes, its price in euros."""

    nom: str
    categorie: str
    venue: int
    duration: int
    euros: int


PLAYS = (
    Play("Giselle", "Ballet", 0, 120, 15),
    Play("Le Lac des cygnes", "Ballet", 1, 165, 18),
    Play("La Bayadère", "Ballet", 1, 170, 18),
    Play("Roméo et Juliette", "Ballet", 1, 175, 15),
    Play("Don Quichotte", "Ballet", 0, 160, 15),
    Play("Carmen", "Opéra", 1, 190, 20),
    Play("La Traviata", "Opéra", 1, 175, 20),
    Play("La Flûte enchantée", "Opéra", 1, 185, 20),
    Play("Don Giovanni", "Opéra", 0, 200, 20),
    Play("Tosca", "Opéra", 1, 165, 20),
    Play("Les Contes d'Hoffmann", "Opéra", 1, 210, 18),
    Play("Rigoletto", "Opéra", 1, 155, 20),
    Play("Le Barbier de Séville", "Opéra", 1, 180, 18),
    Play("Platée", "Opéra", 0, 165, 15),
    Play("L'Avare", "Théâtre", 2, 135, 8),
    Play("Le Malade imaginaire", "Théâtre", 2, 130, 8),
    Play("Cyrano de Bergerac", "Théâtre", 2, 170, 10),
    Play("Bérénice", "Théâtre", 2, 110, 8),
    Play("La Cerisaie", "Théâtre", 5, 140, 10),
    Play("Oncle Vania", "Théâtre", 5, 150, 10),
    Play("Hamlet", "Théâtre", 5, 195, 10),
    Play("Le Roi Lear", "Théâtre", 2, 180, 10),
    Play("En attendant Godot", "Théâtre", 9, 125, 8),
    Play("Le Soulier de satin", "Théâtre", 2, 480, 12),
    Play("Les Bonnes", "Théâtre", 9, 95, 8),
    Play("Antigone", "Théâtre", 9, 100, 8),
    Play("Symphonie fantastique", "Concert", 3, 100, 10),
    Play("Neuvième symphonie de Beethoven", "Concert", 3, 105, 12),
    Play("Requiem de Mozart", "Concert", 3, 95, 12),
    Play("Le Sacre du printemps", "Concert", 6, 90, 12),
    Play("Les Quatre Saisons", "Concert", 6, 80, 10),
    Play("Concertos brandebourgeois", "Concert", 3, 120, 10),
    Play("Nocturnes de Chopin", "Récital", 6, 90, 10),
    Play("Suites pour violoncelle", "Récital", 3, 130, 10),
    Play("Pelléas et Mélisande", "Opéra", 8, 185, 15),
    Play("Orphée aux Enfers", "Opéra", 8, 150, 15),
    Play("Le Bourgeois gentilhomme", "Théâtre", 8, 180, 12),
    Play("Boléro", "Danse", 7, 75, 10),
    Play("Le Jeune Homme et la Mort", "Danse", 7, 70, 10),
    Play("Café Müller", "Danse", 7, 60, 12),
    Play("West Side Story", "Comédie musicale", 4, 165, 18),
    Play("Cabaret", "Comédie musicale", 10, 150, 18),
    Play("Les Misérables", "Comédie musicale", 4, 180, 20),
    Play("Le Fantôme de l'Opéra", "Comédie musicale", 10, 160, 20),
    Play("Improvisations du lundi", "Humour", 11, 90, 8),
    Play("Nuit du jazz", "Concert", 11, 150, 10),
)
