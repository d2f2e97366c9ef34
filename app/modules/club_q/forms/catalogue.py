"""Shows, venues, seasons and options, as the team writes them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.widgets import TextInput

from app.core.clock import PARIS
from app.core.dates import local_instant
from app.core.money import Cents
from app.models import PLACES_MAX, ClubQSalle, ClubQSeason, ClubQSpectacle
from app.modules.club_q.choices import ACCESS, MAX_PLACES, SEASON
from app.modules.club_q.rules.options import Options
from app.modules.club_q.service.catalogue_options import Wanted
from app.modules.club_q.service.catalogue_seasons import SeasonDraft
from app.modules.club_q.service.catalogue_shows import ShowDraft
from app.modules.club_q.service.catalogue_venues import VenueDraft
from app.web.forms import (
    CreationForm,
    DateField,
    EditForm,
    EurosField,
    Form,
    LinkField,
    MarkdownField,
    NumberField,
    PictureField,
    TextField,
    TimeField,
    showable,
)

#: The longest description, in characters; the longest show, in minutes; the most tickets, and the
#: most that one costs, in cents.
_DESCRIPTION_MAX, _DURATION_MAX, _TICKETS_MAX, _PRICE_MAX = 2500, 1440, 100_000, 100_000
_DURATION = 120
#: What is chosen when nothing is.
_NONE = "0"
_DEGREES = re.compile(r"[+\-\u2212]?[0-9]{1,3}(?:[.,][0-9]{1,15})?")


class DegreesField(StringField):
    """A latitude or a longitude, in degrees; nothing typed is 0."""

    data: float | None  # type: ignore[assignment]
    widget = TextInput()

    def __init__(self, label: LazyString | str, *, most: int, **kwargs: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "field-short"}
        super().__init__(label, render_kw=attributes, **kwargs)
        self.most = most

    @property
    def degrees(self) -> float:
        """The angle, once the form is valid."""
        return self.data or 0.0

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return f"{self.data:.6f}".rstrip("0").rstrip(".") if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        if not _DEGREES.fullmatch(text):
            raise ValueError(_("Écrivez des degrés. Exemple : 48,841."))
        self.data = float(text.replace(",", ".").replace("\u2212", "-"))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.data is None or self.process_errors:
            return
        if not math.isfinite(self.data) or abs(self.data) > self.most:
            bounds = {"minimum": -self.most, "maximum": self.most}
            raise ValidationError(
                _("Écrivez un nombre entre %(minimum)s et %(maximum)s.", **bounds)
            )


# Shows


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSaid:
    """What a show is, as its form shows it."""

    version: int
    nom: str
    categorie: str
    description: str
    date: date
    time: time
    duration: int
    nb_tickets: int
    price: Cents
    salle_id: str
    saison_id: str

    @classmethod
    def of(cls, show: ClubQSpectacle) -> "ShowSaid":
        """What a show is."""
        wall = show.date.astimezone(PARIS)
        return cls(
            version=show.version,
            nom=show.nom,
            categorie=show.categorie,
            description=show.description,
            date=wall.date(),
            time=wall.time(),
            duration=show.duration,
            nb_tickets=show.nb_tickets,
            price=show.unit_price,
            salle_id=str(show.salle_id or _NONE),
            saison_id=str(show.season_id),
        )


class _ShowFields(Form):
    nom = TextField(_l("Titre"), maximum=64)
    categorie = TextField(
        _l("Catégorie"), maximum=64, required=False, description=_l("Théâtre, opéra, danse…")
    )
    description = MarkdownField(_l("Description"), maximum=_DESCRIPTION_MAX, required=False)
    image = PictureField(_l("Image"), description=_l("JPEG, PNG, WebP ou GIF fixe, 10 Mo au plus."))
    remove_image = BooleanField(_l("Retirer l'image"))
    date = DateField(_l("Date"))
    time = TimeField(_l("Heure"), description=_l("À Paris."))
    duration = NumberField(
        _l("Durée, en minutes"),
        minimum=1,
        maximum=_DURATION_MAX,
        required=False,
        description=_l("Vide : 120. Deux spectacles qui se chevauchent ne vont pas ensemble."),
    )
    nb_tickets = NumberField(_l("Nombre de places"), maximum=_TICKETS_MAX)
    price = EurosField(_l("Prix d'une place"), maximum=_PRICE_MAX)
    salle_id = SelectField(_l("Salle"))
    saison_id = SelectField(_l("Saison"))

    def offer(
        self, venues: Sequence[ClubQSalle], seasons: Sequence[ClubQSeason], *, has_image: bool
    ) -> None:
        """What there is to choose from; an image can go if there is one."""
        self.salle_id.choices = [
            (_NONE, _("Pas encore connue")),
            *((str(one.id), one.nom) for one in venues),
        ]
        self.saison_id.choices = [(str(one.id), one.nom) for one in seasons]
        if not has_image:
            del self.remove_image

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right, and the date with the time."""
        is_valid: bool = super().validate(extra_validators)
        if self.image.is_too_large:
            self.status = 413
        if self.date.data is None or self.time.data is None or self._instant is not None:
            return is_valid
        said = _("Cette heure n'existe pas : les horloges l'ont sautée cette nuit-là.")
        self.time.errors = [*self.time.errors, said]
        return False

    @property
    def _instant(self) -> datetime | None:
        return local_instant(datetime.combine(self.date.day, self.time.time))

    @property
    def removes_image(self) -> bool:
        """Whether the image is to go."""
        field = self._fields.get("remove_image")
        return field is not None and bool(field.data)

    def draft(self) -> ShowDraft:
        """What was typed, once the form is valid."""
        instant = self._instant
        if instant is None:
            raise RuntimeError("the form is not valid")
        return ShowDraft(
            nom=self.nom.text,
            categorie=self.categorie.text,
            description=self.description.text,
            date=instant,
            duration=self.duration.data or _DURATION,
            nb_tickets=self.nb_tickets.number,
            unit_price=self.price.cents,
            season_id=int(self.saison_id.data),
            salle_id=int(self.salle_id.data) or None,
        )


class NewShowForm(CreationForm, _ShowFields):
    """A show to be made."""


class ShowForm(EditForm, _ShowFields):
    """A show to be changed."""


# Venues


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueSaid:
    """What a venue is, as its form shows it."""

    version: int
    nom: str
    description: str
    url: str
    adresse: str
    latitude: float
    longitude: float

    @classmethod
    def of(cls, venue: ClubQSalle) -> "VenueSaid":
        """What a venue is."""
        return cls(
            version=venue.version,
            nom=venue.nom,
            description=venue.description,
            url=venue.url or "",
            adresse=venue.adresse,
            latitude=venue.latitude,
            longitude=venue.longitude,
        )


class _VenueFields(Form):
    nom = TextField(_l("Nom"), maximum=64)
    adresse = TextField(_l("Adresse"), maximum=64, required=False)
    latitude = DegreesField(_l("Latitude"), most=90, description=_l("Exemple : 48,8719."))
    longitude = DegreesField(
        _l("Longitude"), most=180, description=_l("Exemple : 2,3316. Vides : on ne sait pas.")
    )
    url = LinkField(
        _l("Site de la salle"),
        maximum=64,
        description=_l("Une adresse qui commence par https://."),
    )
    image = PictureField(
        _l("Plan d'accès"),
        description=_l("Une image : JPEG, PNG, WebP ou GIF fixe, 10 Mo au plus."),
    )
    remove_image = BooleanField(_l("Retirer le plan"))
    description = MarkdownField(_l("Description"), maximum=_DESCRIPTION_MAX, required=False)

    def offer(self, *, has_image: bool) -> None:
        """A map can go if there is one."""
        if not has_image:
            del self.remove_image

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right."""
        is_valid: bool = super().validate(extra_validators)
        if self.image.is_too_large:
            self.status = 413
        return is_valid

    @property
    def removes_image(self) -> bool:
        """Whether the map is to go."""
        field = self._fields.get("remove_image")
        return field is not None and bool(field.data)

    def draft(self) -> VenueDraft:
        """What was typed, once the form is valid."""
        return VenueDraft(
            nom=self.nom.text,
            description=self.description.text,
            url=self.url.text or None,
            adresse=self.adresse.text,
            latitude=self.latitude.degrees,
            longitude=self.longitude.degrees,
        )


class NewVenueForm(CreationForm, _VenueFields):
    """A venue to be made."""


class VenueForm(EditForm, _VenueFields):
    """A venue to be changed."""


# Seasons


class _SeasonFields(Form):
    nom = TextField(_l("Nom"), maximum=64)
    promo = NumberField(_l("Promo qui organise"), minimum=1, maximum=999)
    debut = DateField(_l("Premier jour de la saison"), required=False)
    fin = DateField(_l("Dernier jour de la saison"), required=False)
    debut_inscription = DateField(
        _l("Ouverture du formulaire des vœux"),
        required=False,
        description=_l("Ce jour compris. Vide : dès que le formulaire est ouvert."),
    )
    fin_inscription = DateField(
        _l("Dernier jour du formulaire des vœux"),
        required=False,
        description=_l("Ce jour compris, jusqu'à 23 h 59. Vide : sans fin."),
    )
    fin_retour = DateField(
        _l("Dernier jour pour rendre des places"),
        required=False,
        description=_l("Vide : sans fin."),
    )

    def validate_fin(self, field: DateField) -> None:
        """Refuse an end that comes before its beginning."""
        _check_after(field, self.debut)

    def validate_fin_inscription(self, field: DateField) -> None:
        """Likewise."""
        _check_after(field, self.debut_inscription)

    def draft(self) -> SeasonDraft:
        """What was typed, once the form is valid."""
        return SeasonDraft(
            nom=self.nom.text,
            promo_orga=self.promo.number,
            debut=self.debut.data,
            fin=self.fin.data,
            debut_inscription=self.debut_inscription.data,
            fin_inscription=self.fin_inscription.data,
            fin_retour=self.fin_retour.data,
        )


def _check_after(field: DateField, first: DateField) -> None:
    if field.data and first.data and field.data < first.data:
        raise ValidationError(_("Cette date vient avant la première."))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonSaid:
    """What a season is, as its form shows it."""

    version: int
    nom: str
    promo: int
    debut: date | None
    fin: date | None
    debut_inscription: date | None
    fin_inscription: date | None
    fin_retour: date | None

    @classmethod
    def of(cls, season: ClubQSeason) -> "SeasonSaid":
        """What a season is."""
        return cls(
            version=season.version,
            nom=season.nom,
            promo=season.promo_orga,
            debut=season.debut,
            fin=season.fin,
            debut_inscription=season.debut_inscription,
            fin_inscription=season.fin_inscription,
            fin_retour=season.fin_retour,
        )


class NewSeasonForm(CreationForm, _SeasonFields):
    """A season to be made."""


class SeasonForm(EditForm, _SeasonFields):
    """A season to be changed."""


class DeleteSeasonForm(Form):
    """What deletes a season: its name, typed."""

    confirm = TextField(_l("Son nom"), maximum=64, render_kw={"autocomplete": "off"})


class SeedForm(CreationForm):
    """What replaces a seed."""

    reason = TextField(
        _l("Raison"), maximum=280, description=_l("Elle sera publique, pour tout le monde.")
    )


# Options


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsSaid:
    """The options, as their form shows them."""

    version: int
    visibility: bool
    saison: str
    max_places: int

    @classmethod
    def of(cls, options: Options) -> "OptionsSaid":
        """What holds."""
        wanted = Wanted.of(options)
        return cls(
            version=wanted.version,
            visibility=wanted.is_open,
            saison=str(wanted.season or _NONE),
            max_places=wanted.max_places,
        )


class OptionsForm(EditForm):
    """What the team may change of Club Q."""

    saison = SelectField(SEASON.label)
    visibility = BooleanField(
        ACCESS.label, description=_l("Aux dates de la saison en cours, pour qui a accès au Club Q.")
    )
    max_places = NumberField(
        MAX_PLACES.label,
        minimum=1,
        maximum=PLACES_MAX,
        description=_l("Les vœux déjà enregistrés ne changent pas."),
    )

    def offer(self, seasons: Sequence[ClubQSeason]) -> None:
        """The seasons that there are to choose from."""
        self.saison.choices = [
            (_NONE, _("Aucune")),
            *((str(one.id), one.nom) for one in seasons),
        ]

    def wanted(self) -> Wanted:
        """What is to hold, once the form is valid."""
        return Wanted(
            season=int(self.saison.data) or None,
            is_open=bool(self.visibility.data),
            max_places=self.max_places.number,
        )
