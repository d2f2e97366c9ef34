"""Events, as scripts send them (community 8.3)."""

import re
from datetime import date
from typing import Any

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, StringField, ValidationError

from app.models import EVENT_LOCATION_MAX, EVENT_TEXT_MAX, EVENT_TITLE_MAX
from app.modules.calendar.errors import CalendarError
from app.modules.calendar.forms.events import FOLLOWING, THIS
from app.modules.calendar.rules import events as rules
from app.modules.calendar.rules.events import When
from app.modules.calendar.service.events import Draft
from app.web.forms import DateField, Form, LongTextField, NumberField, TextField

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What scripts and forms say for no.
_NO = (False, "false", "False", "0", "", "off", "no")


class UuidField(StringField):
    """What programs know an event by."""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        self.data = (self.data or "").strip().lower()
        if self.data and not _UUID.fullmatch(self.data):
            raise ValidationError(_("Cette demande n'est pas compréhensible."))


class _SentEvent(Form):
    """An event: ``start`` and ``end`` are days or instants, as ``all_day`` says."""

    title = TextField(_l("Titre"), maximum=EVENT_TITLE_MAX)
    club_id = NumberField(_l("Club"), minimum=1)
    start = TextField(_l("Début"))
    end = TextField(_l("Fin"))
    location = TextField(_l("Lieu"), maximum=EVENT_LOCATION_MAX, required=False)
    description = LongTextField(_l("Description"), maximum=EVENT_TEXT_MAX, required=False)
    all_day = BooleanField(_l("Toute la journée"), false_values=_NO)

    _when: When | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right, and when it is."""
        is_valid: bool = super().validate(extra_validators)
        read = rules.read_day if self.all_day.data else rules.read_instant
        moments = [self._read(field, read) for field in (self.start, self.end)]
        if None not in moments:
            try:
                together: Any = rules.days if self.all_day.data else rules.timed
                self._when = together(*moments)
            except CalendarError as refusal:
                self.refuse(refusal)
        return is_valid and self._when is not None

    @staticmethod
    def _read(field: TextField, read: Any) -> date | None:
        """A moment; why not, next to it."""
        if field.errors:
            return None
        try:
            moment: date = read(field.text)
        except CalendarError as refusal:
            field.errors = [*field.errors, refusal.message]
            return None
        return moment

    def draft(self) -> Draft:
        """What was sent, once the form is valid."""
        if self._when is None:
            raise RuntimeError("the form is not valid")
        return Draft(
            club_id=self.club_id.number,
            title=self.title.text,
            description=self.description.text,
            location=self.location.text,
            when=self._when,
        )


class SentNewEvent(_SentEvent):
    """An event to be published; or one that was deleted, to be there again as it was."""

    until = DateField(_l("Chaque semaine jusqu'au"), required=False)
    uid = UuidField(_l("Identifiant"))

    @property
    def former_uid(self) -> str | None:
        """What programs knew one that was deleted by."""
        return self.uid.data or None


class _Seen(Form):
    """As an event was seen, and whether those that follow count too."""

    version = NumberField(_l("Version"), required=False)
    scope = StringField(_l("Ce qui change"))

    def validate_scope(self, field: StringField) -> None:
        """Refuse what is neither."""
        if field.data not in (None, "", THIS, FOLLOWING):
            raise ValidationError(_("Cette demande n'est pas compréhensible."))

    @property
    def is_for_following(self) -> bool:
        """Whether those that follow count too."""
        return bool(self.scope.data == FOLLOWING)


class SentEvent(_Seen, _SentEvent):
    """An event to be changed."""

    version = NumberField(_l("Version"))


class SentDeletion(_Seen):
    """An event to be deleted."""


def flat(sent: dict[str, Any]) -> MultiDict[str, str] | None:
    """Values of JSON as a form would send them; ``None`` when one is neither text nor number."""
    kept: MultiDict[str, str] = MultiDict()
    for name, value in sent.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            return None
        kept[name] = "" if value is None else str(value)
    return kept
