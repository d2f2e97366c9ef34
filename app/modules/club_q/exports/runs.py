"""What the tables of a run say, for spreadsheets."""

from flask_babel import gettext as _

from app.core.sheets import Column, Kind


def grant_columns() -> list[Column]:
    """What the table of the grants says."""
    return [
        Column(_("Personne")),
        Column(_("Promo"), Kind.number),
        Column(_("Spectacle")),
        Column(_("Rang"), Kind.number),
        Column(_("Demandé"), Kind.number, total=True),
        Column(_("Minimum"), Kind.number),
        Column(_("Attribué"), Kind.number, total=True),
        Column(_("Pourquoi")),
        Column(_("Mécontentement avant"), Kind.number),
        Column(_("Bonus"), Kind.number),
        Column(_("Mécontentement après"), Kind.number),
    ]


def figure_columns() -> list[Column]:
    """What the table of the figures says."""
    return [Column(_("Quoi")), Column(_("Chiffre")), Column(_("Valeur"), Kind.number)]
