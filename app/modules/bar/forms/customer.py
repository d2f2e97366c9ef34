"""What the staff of the bar changes of a customer."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, HiddenField, ValidationError

from app.core import clock
from app.core.dates import age_on
from app.models import BarAccount
from app.web.forms import DateField, EditForm, PictureField, TextField

#: The oldest that anybody is said to be, in years.
_OLDEST = 120


class CustomerForm(EditForm):
    """How someone is known at the bar, and whether they serve."""

    nickname = TextField(
        _l("Surnom"),
        maximum=128,
        required=False,
        description=_l("L'équipe du bar et son propriétaire le voient."),
        render_kw={"autocomplete": "off"},
    )
    image = PictureField(
        _l("Photo"),
        description=_l("Recadrée en portrait. JPEG, PNG, WebP ou GIF fixe, 10 Mo au plus."),
    )
    remove_image = BooleanField(_l("Retirer la photo"))
    is_barman = BooleanField(_l("Barman"), description=_l("Il vend, recharge et tient le stock."))
    #: Whether the page had that switch: one that is off sends nothing.
    asks_barman = HiddenField(default="yes")

    def __init__(self, *args: Any, account: BarAccount, manages: bool, **kwargs: Any) -> None:
        super().__init__(*args, obj=account, **kwargs)
        if account.avatar is None:
            del self.remove_image
        if not manages:
            del self.is_barman, self.asks_barman

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right."""
        is_valid = bool(super().validate(extra_validators))
        if self.image.is_too_large:
            self.status = 413
        return is_valid

    @property
    def removes_image(self) -> bool:
        """Whether the picture is to go."""
        field = self._fields.get("remove_image")
        return field is not None and bool(field.data)

    @property
    def barman(self) -> bool | None:
        """Whether they are to serve; ``None`` if the page did not ask."""
        if "is_barman" not in self._fields or not self.asks_barman.raw_data:
            return None
        return bool(self.is_barman.data)


class BirthDateForm(EditForm):
    """When somebody was born, as whoever serves read it: never shown."""

    birth_date = DateField(
        _l("Date de naissance"),
        description=_l("Lue sur une pièce d'identité. Celle qui est donnée n'est pas montrée."),
    )

    def validate_birth_date(self, field: DateField) -> None:
        """Refuse who is not born yet, and who would be too old to be here."""
        if field.data is not None and not 0 <= age_on(clock.today(), field.day) <= _OLDEST:
            raise ValidationError(_("Écrivez une date de naissance. Exemple : 2004-05-17."))
