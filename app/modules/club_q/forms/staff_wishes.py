"""Wishes and grants, as the team writes them."""

from collections.abc import Sequence

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, SelectField, ValidationError

from app.models import PLACES_MAX, ClubQSpectacle
from app.modules.club_q.service.staff_wishes import Asked, Draft, Given
from app.web.forms import CreationForm, EditForm, Form, NumberField, TextField

#: The last rank that one may type: wishes are numbered without gaps anyway.
_LAST_RANK = 999


class _WishFields(Form):
    priorite = NumberField(
        _l("Priorité"),
        minimum=1,
        maximum=_LAST_RANK,
        description=_l(
            "1 pour le vœu préféré. Si ce rang est pris, ce vœu-là et les suivants reculent d'un"
            " rang ; un rang trop loin devient le dernier."
        ),
    )
    places_demandees = NumberField(_l("Places demandées"), minimum=1, maximum=PLACES_MAX)
    places_minimum = NumberField(
        _l("Minimum"),
        minimum=1,
        maximum=PLACES_MAX,
        required=False,
        description=_l("En dessous, la personne préfère ne rien avoir. Vide : 1."),
    )
    places_attribuees = NumberField(
        _l("Places attribuées"),
        maximum=PLACES_MAX,
        required=False,
        description=_l("Vide : rien n'est décidé. 0 : pas servi."),
    )
    locked = BooleanField(
        _l("Verrouillé"), description=_l("Aucune attribution calculée n'y touchera.")
    )
    note = TextField(
        _l("Note"),
        maximum=280,
        required=False,
        description=_l("La personne la lit, une fois les attributions publiées."),
    )

    def bound(self, max_places: int) -> None:
        """Take no more places than the team allows in one wish."""
        for field in (self.places_demandees, self.places_minimum, self.places_attribuees):
            field.maximum = max_places

    def draft(self) -> Draft:
        """What was typed, once the form is valid."""
        return Draft(
            asked=Asked(
                priorite=self.priorite.number,
                places_demandees=self.places_demandees.number,
                places_minimum=self.places_minimum.data or 1,
            ),
            given=Given(
                places=self.places_attribuees.data,
                locked=bool(self.locked.data),
                note=self.note.text or None,
            ),
        )


class NewWishForm(CreationForm, _WishFields):
    """A wish to be written for someone."""

    spectacle = SelectField(_l("Spectacle"), coerce=int)
    pceen = TextField(
        _l("Personne"),
        maximum=190,
        description=_l("Son identifiant, ou son nom : la liste propose qui a accès au Club Q."),
    )

    def offer(self, shows: Sequence[ClubQSpectacle]) -> None:
        """The shows that there are to choose from."""
        self.spectacle.choices = [(0, _("Choisir…")), *((one.id, one.nom) for one in shows)]

    def validate_spectacle(self, field: SelectField) -> None:
        """Refuse no show."""
        if not field.data:
            raise ValidationError(_("Choisissez un spectacle."))


class WishForm(EditForm, _WishFields):
    """A wish to be changed."""

    def shows_now(self, stored: object) -> None:
        """What the wish is by now, for who is refused because it changed."""
        self._changed = stored
