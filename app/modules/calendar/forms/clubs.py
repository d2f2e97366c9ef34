"""Clubs, as those who run the calendar write them."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import HiddenField, SelectField, ValidationError
from wtforms.widgets import ColorInput

from app.models import CLUB_NAME_MAX, Club
from app.modules.calendar.rules.events import color_of
from app.modules.calendar.service.clubs import Looks
from app.web.forms import CreationForm, EditForm, Form, TextField

#: The longest key of a name: some letters have several without their case.
_KEY_MAX = 190


class ColorField(TextField):
    """A colour, ``#rrggbb``."""

    widget = ColorInput()

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, maximum=7, **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        color = color_of(self.text)
        if color is None:
            raise ValidationError(_("Écrivez une couleur ainsi : #64b9e9."))
        self.data = color


class _ClubFields(Form):
    name = TextField(_l("Nom"), maximum=CLUB_NAME_MAX)
    color = ColorField(_l("Couleur"), default="#000000", description=_l("Celle de ses événements."))

    def validate_name(self, field: TextField) -> None:
        """Refuse what is too long once compared."""
        if len(field.text.casefold()) > _KEY_MAX:
            raise ValidationError(_("%(maximum)s caractères au plus.", maximum=CLUB_NAME_MAX))

    @property
    def looks(self) -> Looks:
        """What was typed, once the form is valid."""
        return Looks(name=self.name.text, color=self.color.text)


class NewClubForm(CreationForm, _ClubFields):
    """A club to be made."""


class ClubForm(EditForm, _ClubFields):
    """A club to be changed."""


class DeleteClubForm(EditForm):
    """What deletes a club, as it was seen, and says where its events go."""

    count = HiddenField()
    heir = SelectField(_l("Ses événements"), validate_choice=False)

    def offer(self, clubs: Sequence[Club]) -> None:
        """Have its events go to one of these, or away."""
        others = [(str(club.id), _("Les donner à %(club)s", club=club.name)) for club in clubs]
        self.heir.choices = [("", _("Les supprimer avec le club")), *others]

    @property
    def seen_count(self) -> int:
        """How many events the person was told of; less than none for nonsense."""
        return _number(self.count.data, default=-1)

    @property
    def heir_id(self) -> int | None:
        """The number of the club that the events go to, if they do; 0 for nonsense."""
        return _number(self.heir.data, default=0) if self.heir.data else None


def _number(text: object, *, default: int) -> int:
    said = str(text)
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else default
