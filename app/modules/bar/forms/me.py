"""What clients say of themselves to the bar."""

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import ValidationError

from app.core import clock
from app.core.dates import age_on
from app.models import BALANCE_MAX
from app.web.forms import DateField, EurosField, Form

#: The oldest that anybody says to be, in years.
_OLDEST = 120


class BirthDateForm(Form):
    """When one was born."""

    birth_date = DateField(
        _l("Date de naissance"),
        description=_l("Elle se donne une seule fois : relisez-la bien."),
        render_kw={"autocomplete": "bday"},
    )

    def validate_birth_date(self, field: DateField) -> None:
        """Refuse who is not born yet, and who would be too old to be here."""
        if field.data is not None and not 0 <= age_on(clock.today(), field.day) <= _OLDEST:
            raise ValidationError(_("Écrivez votre date de naissance. Exemple : 2004-05-17."))


class AlertForm(Form):
    """Under what balance one wants a mail."""

    alert = EurosField(
        _l("M'écrire quand il reste moins de"),
        required=False,
        minimum=1,
        maximum=BALANCE_MAX,
        description=_l("Laissez vide pour ne recevoir aucun mail."),
    )
