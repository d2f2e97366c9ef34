"""What someone chooses to be told of."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import SelectMultipleField, ValidationError

from app.enums import NotificationChannel as C, NotificationTopic
from app.modules.notifications.rules.choices import Chosen, is_fixed
from app.web.forms import Form, TimeField


class OptionalTimeField(TimeField):
    """A time of the clock, if one is wanted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flags.required = False

    def pre_validate(self, form: Any) -> None:
        """Nothing is an answer."""


class ChoicesForm(Form):
    """Which topics, on which channels, and when devices are silent."""

    #: ``bekk.push``: a box of the table that the page draws.
    wanted = SelectMultipleField(_l("Ce que je veux savoir"))
    quiet_from = OptionalTimeField(_l("De"))
    quiet_until = OptionalTimeField(_l("À"))

    def __init__(self, *args: Any, topics: Iterable[NotificationTopic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = tuple(topics)
        boxes = (_box(t, c) for t in self.topics for c in C)
        self.wanted.choices = [(box, box) for box in boxes]

    @classmethod
    def of(cls, chosen: Chosen, topics: Iterable[NotificationTopic]) -> "ChoicesForm":
        """The form as someone chose, or as they sent it."""
        boxes = [_box(topic, channel) for topic in topics for channel in chosen.wanted[topic]]
        data = {
            "wanted": boxes,
            "quiet_from": chosen.quiet_from,
            "quiet_until": chosen.quiet_until,
        }
        return cls(topics=topics, data=data)

    def has(self, topic: NotificationTopic, channel: C) -> bool:
        """Whether that box is ticked."""
        return is_fixed(topic, channel) or _box(topic, channel) in (self.wanted.data or ())

    @staticmethod
    def is_fixed(topic: NotificationTopic, channel: C) -> bool:
        """Whether nobody changes that box."""
        return is_fixed(topic, channel)

    def validate_quiet_until(self, field: OptionalTimeField) -> None:
        """Both times, or neither, and not twice the same."""
        start, end = self.quiet_from.data, field.data
        if self.quiet_from.errors or field.process_errors:
            return
        if (start is None) is not (end is None):
            raise ValidationError(_("Donnez les deux heures, ou aucune."))
        if start is not None and start == end:
            raise ValidationError(_("Donnez deux heures différentes."))

    def chosen(self) -> Chosen:
        """What was chosen, once the form is valid."""
        ticked = frozenset(self.wanted.data or ())
        return Chosen(
            wanted={t: frozenset(c for c in C if _box(t, c) in ticked) for t in self.topics},
            quiet_from=self.quiet_from.data,
            quiet_until=self.quiet_until.data,
        )


def _box(topic: NotificationTopic, channel: C) -> str:
    return f"{topic.value}.{channel.value}"
