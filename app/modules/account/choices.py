"""What the GRIs may change of accounts while the site runs."""

from flask_babel import lazy_gettext as _l

from app.models import SECOND_FACTOR_GRIS, Choice

__all__ = ["REZIDENT_SELF_GRANT", "SECOND_FACTOR_GRIS"]

REZIDENT_SELF_GRANT = Choice(
    key="REZIDENT_SELF_GRANT",
    default=True,
    label=_l("Devenir Rezident sans GRI"),
    purpose=_l("Une personne connectée depuis la résidence prend le rôle d'un bouton."),
)
