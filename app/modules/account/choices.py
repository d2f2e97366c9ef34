"""What the GRIs may change of accounts while the site runs."""

from flask_babel import lazy_gettext as _l

from app.models import Choice

REZIDENT_SELF_GRANT = Choice(
    key="REZIDENT_SELF_GRANT",
    default=True,
    label=_l("Devenir Rezident sans GRI"),
    purpose=_l("Une personne connectée depuis la résidence prend le rôle d'un bouton."),
)
