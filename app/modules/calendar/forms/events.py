"""Events, as people write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.models import EVENT_LOCATION_MAX, EVENT_TEXT_MAX, EVENT_TITLE_MAX, Club, Event
from app.modules.calendar.errors import CalendarError, EndsTooEarly
from app.modules.calendar.rules import events as rules
from app.modules.calendar.rules.events import WEEKS_MAX, When
from app.modules.calendar.service.events import Draft
from app.web.forms import (
    CreationForm,
    DateField,
    EditForm,
    Form,
    MarkdownField,
    TextField,
    TimeField,
)

#: What a change or a deletion is about, in a series.
THIS, FOLLOWING = "this", "following"
_UNLESS_ALL_DAY = _l("Obligatoire, sauf toute la journée.")


class LooseTimeField(TimeField):
    """A time of the clock; whether it has to be there, its form says."""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = False

    def pre_validate(self, form: Any) -> None:
        """Leave it to the form."""


class ScopeField(RadioField):
    """Whether it is about one event of a series, or about those that follow too."""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        choices = [
            SelectChoice(THIS, _l("Celui-ci seulement")),
            SelectChoice(FOLLOWING, _l("Celui-ci et les suivants de la série")),
        ]
        super().__init__(label, choices=choices, default=THIS, **kwargs)


class ClubField(SelectField):
    """One of the clubs that one may publish for; whether it is, the page checks."""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, coerce=_number, validate_choice=False, **kwargs)
        self.flags.required = True

    def offer(self, clubs: Sequence[Club]) -> None:
        """Have these be chosen from."""
        self.choices = [(club.id, club.name) for club in clubs]

    @property
    def key(self) -> int:
        """The number of the club that was chosen; 0 for nonsense."""
        return int(self.data or 0)


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSaid:
    """What an event is, as its form shows it."""

    version: int
    title: str
    club_id: int
    all_day: bool
    start: date
    start_at: time | None
    #: Nothing for what ends on the day that it starts.
    end: date | None
    end_at: time | None
    location: str
    description: str

    @classmethod
    def of(cls, event: Event) -> "EventSaid":
        """What an event is."""
        when = When.of(event)
        first, last = when.both_days
        start, end = (None, None) if when.all_day else (w.time() for w in when.walls)
        return cls(
            version=event.version,
            title=event.title,
            club_id=event.club_id,
            all_day=when.all_day,
            start=first,
            start_at=start,
            end=last if last != first else None,
            end_at=end,
            location=event.location,
            description=event.description,
        )


class _EventFields(Form):
    title = TextField(_l("Titre"), maximum=EVENT_TITLE_MAX)
    club_id = ClubField(_l("Club"))
    all_day = BooleanField(_l("Toute la journée"), description=_l("Les heures ne comptent pas."))
    start = DateField(_l("Premier jour"))
    start_at = LooseTimeField(_l("Heure de début"), description=_UNLESS_ALL_DAY)
    end = DateField(
        _l("Dernier jour"), required=False, description=_l("Vide : le même que le premier.")
    )
    end_at = LooseTimeField(_l("Heure de fin"), description=_UNLESS_ALL_DAY)
    location = TextField(_l("Lieu"), maximum=EVENT_LOCATION_MAX, required=False)
    description = MarkdownField(_l("Description"), maximum=EVENT_TEXT_MAX, required=False)

    #: When it is now, for what changes.
    known: When | None = None
    _when: When | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right, and when it is."""
        is_valid: bool = super().validate(extra_validators)
        if self.start.data is None or self.end.errors:
            return False
        try:
            self._when = self._whole_days() if self.all_day.data else self._hours()
        except CalendarError as refusal:
            self.refuse(refusal)
        return is_valid and self._when is not None

    def _whole_days(self) -> When:
        return rules.days(self.start.day, self.end.data or self.start.day)

    def _hours(self) -> When | None:
        """From a time to another, where both were typed and exist."""
        known = self.known if self.known is not None and not self.known.all_day else When()
        first, last = self.start.day, self.end.data or self.start.day
        start = self._instant(first, self.start_at, known.start_time)
        end = self._instant(last, self.end_at, known.end_time)
        if start is None or end is None:
            return None
        try:
            return rules.timed(start, end)
        except EndsTooEarly as refusal:
            beside = self.end if self.end.data else self.end_at
            beside.errors = [*beside.errors, refusal.message]
            return None

    @staticmethod
    def _instant(day: date, field: TimeField, known: datetime | None) -> datetime | None:
        """When the clock in Paris shows that; why not, next to the time."""
        if field.data is None:
            if not field.errors:
                field.errors = [*field.errors, _("Ce champ est obligatoire.")]
            return None
        try:
            return rules.kept_at(datetime.combine(day, field.time), known)
        except CalendarError as refusal:
            field.errors = [*field.errors, refusal.message]
            return None

    def draft(self) -> Draft:
        """What was typed, once the form is valid."""
        if self._when is None:
            raise RuntimeError("the form is not valid")
        return Draft(
            club_id=self.club_id.key,
            title=self.title.text,
            description=self.description.text,
            location=self.location.text,
            when=self._when,
        )


class NewEventForm(CreationForm, _EventFields):
    """An event to be published, once or every week."""

    until = DateField(
        _l("Chaque semaine jusqu'au"),
        required=False,
        description=_l(
            "Vide : une seule fois. Sinon, jusqu'à ce jour compris, à la même heure : %(most)s fois"
            " au plus.",
            most=WEEKS_MAX,
        ),
    )


class EventForm(EditForm, _EventFields):
    """An event to be changed."""

    scope = ScopeField(_l("Ce qui change"))

    @property
    def is_for_following(self) -> bool:
        """Whether those that follow are changed too."""
        return "scope" in self and self.scope.data == FOLLOWING


class DeleteEventForm(EditForm):
    """What deletes an event, as it was seen."""

    scope = ScopeField(_l("Ce qui disparaît"))

    @property
    def is_for_following(self) -> bool:
        """Whether those that follow go too."""
        return "scope" in self and self.scope.data == FOLLOWING


class ConfirmForm(EditForm):
    """What does something at once, as it was seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of which the version alone counts."""

    version: int
