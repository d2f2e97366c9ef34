"""The guides that there are, and who they are for."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask_babel import LazyString, lazy_gettext as _l

from app.modules.help.errors import NoSuchGuide
from app.modules.help.rules import Guide, parse

_GUIDES = Path(__file__).with_name("guides")
#: The GRIs' is also a document of the project: it is read when there is no site.
_OF_THE_PROJECT = {("gris", "fr"): Path(__file__).parents[3] / "docs" / "guide-gri.md"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A guide of the list."""

    slug: str
    label: LazyString
    #: What one learns there.
    purpose: LazyString
    icon: str


ENTRIES = (
    Entry(
        slug="residents",
        label=_l("Pour tout le monde"),
        purpose=_l(
            "Avoir Internet, le payer, ajouter un appareil ; le bar, les photos, les places de "
            "théâtre, les paniers."
        ),
        icon="house-door-fill",
    ),
    Entry(
        slug="barmen",
        label=_l("Pour les barmans"),
        purpose=_l("Encaisser, recharger, se tromper et corriger, fermer la soirée."),
        icon="cup-straw",
    ),
    Entry(
        slug="managers",
        label=_l("Pour les responsables de club"),
        purpose=_l("Publier un Bekk, un spectacle, un événement, des photos ; tenir le stock."),
        icon="people-fill",
    ),
    Entry(
        slug="treasurers",
        label=_l("Pour les trésoriers"),
        purpose=_l("Suivre l'argent : Lydia, virements, espèces, relevés, comptes du bar."),
        icon="cash-coin",
    ),
    Entry(
        slug="gris",
        label=_l("Pour les GRI"),
        purpose=_l("Reprendre le site, l'année, les incidents, l'argent et les données."),
        icon="tools",
    ),
)


@lru_cache(maxsize=32)  # they come with the code, and change with it
def guide(slug: str, language: str) -> Guide:
    """The guide called *slug*, in a language of the site.

    Raises:
        NoSuchGuide: If there is none of that name.
    """
    if slug not in {entry.slug for entry in ENTRIES}:
        raise NoSuchGuide
    path = _OF_THE_PROJECT.get((slug, language), _GUIDES / language / f"{slug}.md")
    return parse(path.read_text(encoding="utf-8"))
