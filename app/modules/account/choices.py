"""What the GRIs may change of accounts while the site runs."""

from app.models import Choice

#: Whether someone seen in the residence may take the role Rezident alone.
REZIDENT_SELF_GRANT = Choice("REZIDENT_SELF_GRANT", default=True)
