"""Seasons, plays, performances and posters, as the team writes them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField

from app.core.dates import local_instant
from app.models import THEATRE_NAME_MAX, THEATRE_TEXT_MAX, Saison, Spectacle
from app.modules.theatre.errors import NoPicture
from app.modules.theatre.service.plays import PlayDraft
from app.modules.theatre.service.saisons import SaisonDraft
from app.web.forms import (
    CreationForm,
    DateField,
    EditForm,
    Form,
    LinkField,
    MarkdownField,
    PictureField,
    TextField,
    TimeField,
)

#: The longest name of someone, and the longest addresses of tickets and of seats.
_PERSON_MAX, _TICKETS_MAX, _SEATS_MAX = 64, 120, 255


# Seasons


@dataclass(frozen=True, slots=True, kw_only=True)
class SaisonSaid:
    """What a season is, as its form shows it."""

    version: int
    name: str
    start_date: date
    description: str
    visible: bool

    @classmethod
    def of(cls, saison: Saison) -> "SaisonSaid":
        """What a season is."""
        return cls(
            version=saison.version,
            name=saison.name,
            start_date=saison.start_date,
            description=saison.description,
            visible=not saison.hidden,
        )


class _SaisonFields(Form):
    name = TextField(
        _l("Nom"), maximum=THEATRE_NAME_MAX, description=_l("Exemple : Saison 2026-2027.")
    )
    start_date = DateField(
        _l("Premier jour"), description=_l("La saison la plus récente est montrée d'abord.")
    )
    description = MarkdownField(_l("Texte"), maximum=THEATRE_TEXT_MAX, required=False)
    visible = BooleanField(
        _l("Visible du public"),
        description=_l("Sans cela, seule l'équipe du club théâtre voit la saison."),
    )

    def draft(self) -> SaisonDraft:
        """What was typed, once the form is valid."""
        return SaisonDraft(
            name=self.name.text,
            description=self.description.text,
            start_date=self.start_date.day,
            hidden=not self.visible.data,
        )


class NewSaisonForm(CreationForm, _SaisonFields):
    """A season to be made."""


class SaisonForm(EditForm, _SaisonFields):
    """A season to be changed."""


# Plays


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySaid:
    """What a play is, as its form shows it."""

    version: int
    name: str
    author: str
    director: str
    description: str
    ticket_link: str
    places: str

    @classmethod
    def of(cls, play: Spectacle) -> "PlaySaid":
        """What a play is."""
        return cls(
            version=play.version,
            name=play.name,
            author=play.author,
            director=play.director,
            description=play.description,
            ticket_link=play.ticket_link,
            places=play.places,
        )


class _PlayFields(Form):
    name = TextField(_l("Titre"), maximum=THEATRE_NAME_MAX)
    author = TextField(_l("Auteur"), maximum=_PERSON_MAX, required=False)
    director = TextField(_l("Mise en scène"), maximum=_PERSON_MAX, required=False)
    description = MarkdownField(_l("Présentation"), maximum=THEATRE_TEXT_MAX, required=False)
    ticket_link = LinkField(
        _l("Lien de la billetterie"),
        maximum=_TICKETS_MAX,
        description=_l("Vide : la page dit « Billetterie bientôt »."),
    )
    places = LinkField(
        _l("Lien du choix des places"),
        maximum=_SEATS_MAX,
        description=_l("Là où l'on choisit son siège, s'il y a lieu."),
    )

    def draft(self) -> PlayDraft:
        """What was typed, once the form is valid."""
        return PlayDraft(
            name=self.name.text,
            author=self.author.text,
            director=self.director.text,
            description=self.description.text,
            ticket_link=self.ticket_link.text,
            places=self.places.text,
        )


class NewPlayForm(CreationForm, _PlayFields):
    """A play to be made."""


class PlayForm(EditForm, _PlayFields):
    """A play to be changed."""


# Performances


class NewPerformanceForm(CreationForm):
    """A performance to be added."""

    date = DateField(_l("Date"))
    time = TimeField(_l("Heure"), description=_l("À Paris."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right, and the date with the time."""
        is_valid: bool = super().validate(extra_validators)
        if self.date.data is None or self.time.data is None or self._instant is not None:
            return is_valid
        said = _("Cette heure n'existe pas : les horloges l'ont sautée cette nuit-là.")
        self.time.errors = [*self.time.errors, said]
        return False

    @property
    def _instant(self) -> datetime | None:
        return local_instant(datetime.combine(self.date.day, self.time.time))

    @property
    def instant(self) -> datetime:
        """When it is, once the form is valid; the first time for what clocks show twice."""
        found = self._instant
        if found is None:
            raise RuntimeError("the form is not valid")
        return found


# Posters, and what shows, hides or deletes


class PosterForm(EditForm):
    """A poster that is sent."""

    image = PictureField(
        _l("Affiche"), description=_l("JPEG, PNG, WebP ou GIF fixe, 10 Mo au plus.")
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether there is a picture, not too large."""
        is_valid: bool = super().validate(extra_validators)
        if self.image.is_too_large:
            self.status = 413
        if is_valid and self.image.data is None:
            self.refuse(NoPicture())
            return False
        return is_valid


class ConfirmForm(EditForm):
    """What deletes something, or does another thing at once, as it was seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of which the version alone counts."""

    version: int
