"""The icons that a banner may have."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString, lazy_gettext as _l


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An icon of the sprite, and what it shows."""

    icon: str
    label: LazyString


_DRAWN = (
    Drawn(icon="megaphone-fill", label=_l("Mégaphone")),
    Drawn(icon="info-circle-fill", label=_l("Information")),
    Drawn(icon="exclamation-triangle-fill", label=_l("Attention")),
    Drawn(icon="question-circle-fill", label=_l("Question")),
    Drawn(icon="calendar-event-fill", label=_l("Calendrier")),
    Drawn(icon="newspaper", label=_l("Journal")),
    Drawn(icon="envelope-fill", label=_l("Enveloppe")),
    Drawn(icon="flag-fill", label=_l("Drapeau")),
    Drawn(icon="star-fill", label=_l("Étoile")),
    Drawn(icon="heart-fill", label=_l("Cœur")),
    Drawn(icon="trophy-fill", label=_l("Coupe")),
    Drawn(icon="award-fill", label=_l("Médaille")),
    Drawn(icon="gift-fill", label=_l("Cadeau")),
    Drawn(icon="balloon-fill", label=_l("Ballon de fête")),
    Drawn(icon="music-note-beamed", label=_l("Musique")),
    Drawn(icon="camera-fill", label=_l("Appareil photo")),
    Drawn(icon="images", label=_l("Photos")),
    Drawn(icon="emoji-laughing-fill", label=_l("Rire")),
    Drawn(icon="ticket-perforated-fill", label=_l("Billet")),
    Drawn(icon="cup-straw", label=_l("Verre")),
    Drawn(icon="basket2-fill", label=_l("Panier")),
    Drawn(icon="book-half", label=_l("Livre")),
    Drawn(icon="lightbulb", label=_l("Ampoule")),
    Drawn(icon="graph-up", label=_l("Courbe")),
    Drawn(icon="tools", label=_l("Outils")),
    Drawn(icon="wifi", label=_l("Wi-Fi")),
    Drawn(icon="globe", label=_l("Globe")),
    Drawn(icon="geo-alt-fill", label=_l("Lieu")),
    Drawn(icon="house-heart-fill", label=_l("Maison")),
    Drawn(icon="people-fill", label=_l("Gens")),
    Drawn(icon="heart-pulse-fill", label=_l("Santé")),
    Drawn(icon="sun-fill", label=_l("Soleil")),
    Drawn(icon="moon-stars-fill", label=_l("Nuit")),
)
#: What each shows, by name, in the order in which they are offered.
ICONS: Mapping[str, LazyString] = {one.icon: one.label for one in _DRAWN}
