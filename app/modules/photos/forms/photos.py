"""What is typed about one photo."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from wtforms import StringField, ValidationError
from wtforms.widgets import HiddenInput, TimeInput

from app.core.clock import PARIS
from app.models import Photo
from app.modules.photos.service.photos import SAME, YEARS, Unchanged
from app.web.forms import DateField, EditForm, NumberField, TextField, showable

_HOUR = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:[.,][0-9]{1,15})?")


def _time(hour: str, minute: str, second: str) -> time:
    return time(int(hour), int(minute), int(second))


class HourField(StringField):
    """A time of the clock, with its seconds or without."""

    data: time | None  # type: ignore[assignment]
    widget = TimeInput()

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else self.data.isoformat(timespec="seconds")

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        typed = _HOUR.fullmatch(text)
        try:
            self.data = _time(*typed.groups(default="0")) if typed else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(_("Cette heure n'existe pas. Exemple : 18:30."))


class DegreesField(StringField):
    """Degrees of latitude or longitude."""

    data: float | None  # type: ignore[assignment]

    def __init__(self, label: LazyString | str, *, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        if not _DEGREES.fullmatch(text):
            raise ValueError(_("Écrivez des degrés. Exemple : 48.8414."))
        self.data = float(text.replace(",", "."))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.data is not None and abs(self.data) > self.most:
            raise ValidationError(
                _("Écrivez des degrés entre %(low)s et %(high)s.", low=-self.most, high=self.most)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a photo says, as its form shows it."""

    version: int
    caption: str | None
    #: The name of its author, account or not; the number of the account.
    author_str: str | None
    author_id: int | None
    date: date | None
    time: time | None
    lat: float | None
    lng: float | None

    @classmethod
    def of(cls, photo: Photo) -> "Said":
        """What a photo says."""
        taken = photo.timestamp.astimezone(PARIS) if photo.timestamp else None
        return cls(
            version=photo.version,
            caption=photo.caption,
            author_str=photo.author.full_name if photo.author else photo.author_str,
            author_id=photo.author_id,
            date=taken.date() if taken else None,
            time=taken.time().replace(microsecond=0) if taken else None,
            lat=photo.lat,
            lng=photo.lng,
        )


class PhotoForm(EditForm):
    """What a photo is to say; a field that is not sent is left as it is."""

    caption = TextField(_l("Légende"), maximum=Photo.CAPTION, required=False)
    author_str = TextField(_l("Auteur"), maximum=Photo.AUTHOR, required=False)
    author_id = NumberField(_l("Compte de l'auteur"), required=False, widget=HiddenInput())
    date = DateField(_l("Date"), required=False)
    time = HourField(_l("Heure"))
    lat = DegreesField(_l("Latitude"), most=90)
    lng = DegreesField(_l("Longitude"), most=180)

    def __init__(self, *args: Any, said: Said | None = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=said, **kwargs)
        self._said = said
        self.timestamp: datetime | Unchanged | None = SAME

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right, and what they say together."""
        return bool(super().validate(extra_validators)) and self._read_moment()

    def is_sent(self, name: str) -> bool:
        """Whether a field was sent, be it empty."""
        return bool(self._fields[name].raw_data)

    @property
    def words(self) -> str | Unchanged | None:
        """The caption."""
        return self.caption.text or None if self.is_sent("caption") else SAME

    def place(self, name: Literal["lat", "lng"]) -> float | Unchanged | None:
        """A part of where it was taken."""
        found: float | None = self._fields[name].data
        return found if self.is_sent(name) else SAME

    def _read_moment(self) -> bool:
        """Read when it was taken: a time without a date is nothing, a date alone is midnight."""
        if not self.is_sent("date"):
            return True
        day, at = self.date.data, self.time.data
        if day is None:
            self.timestamp = None
            return True
        said = self._said
        if said and (day, at) == (said.date, said.time):
            return True  # also when that hour came twice
        if day.year not in YEARS:
            self.date.errors = [*self.date.errors, _("Cette date est trop loin d'aujourd'hui.")]
            return False
        return self._is_moment(datetime.combine(day, at or time()))

    def _is_moment(self, wall: datetime) -> bool:
        instant = wall.replace(tzinfo=PARIS).astimezone(UTC)
        if instant.astimezone(PARIS).replace(tzinfo=None) != wall:
            sentence = _("Cette heure n'existe pas : les horloges l'ont sautée cette nuit-là.")
            self.time.errors = [*self.time.errors, sentence]
            return False
        self.timestamp = instant
        return True
