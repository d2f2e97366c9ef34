"""Periods, and their days without a distribution."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, ValidationError
from wtforms.widgets import TextArea

from app.modules.panier_bio.queries.admin_dates import Planned
from app.modules.panier_bio.service.periods import Details
from app.web.forms import CreationForm, DateField, EditForm, Form, TextField, showable

#: What one may type between two dates.
_BETWEEN = re.compile(r"[\s,;]+")
_DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
#: The most days without a distribution that a period may have.
_MOST = 400
#: How long what is typed may be, in characters.
_LONGEST = 12 * _MOST


class DaysField(TextField):
    """Dates of the calendar, one a line, or with anything else between them."""

    data: tuple[date, ...]  # type: ignore[assignment]
    widget = TextArea()

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, maximum=_LONGEST, required=False, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return "\n".join(showable(line) for line in str(self.raw_data[0]).splitlines())
        return "\n".join(day.isoformat() for day in self.data or ())

    def process_data(self, value: Any) -> None:
        self.data = tuple(sorted(value or ()))

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        if len(text) > _LONGEST:
            raise ValueError(_("%(maximum)s dates au plus.", maximum=_MOST))
        words = [word for word in _BETWEEN.split(text) if word]
        wrong = [word for word in words if _read(word) is None]
        if wrong:
            raise ValueError(
                _(
                    "« %(text)s » n'est pas une date. Exemple : 2026-12-29.",
                    text=showable(wrong[0])[:40],
                )
            )
        self.data = tuple(sorted({day for word in words if (day := _read(word)) is not None}))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if not self.process_errors and len(self.data) > _MOST:
            raise ValidationError(_("%(maximum)s dates au plus.", maximum=_MOST))


def _read(word: str) -> date | None:
    """``2026-12-29``; ``None`` for what is no date."""
    try:
        return date.fromisoformat(word) if _DAY.fullmatch(word) else None
    except ValueError:
        return None


class _PeriodFields(Form):
    start_date = DateField(_l("Premier jour"))
    end_date = DateField(_l("Dernier jour"), description=_l("Ce jour compris."))
    disabled = DaysField(
        _l("Jours sans distribution"),
        description=_l(
            "Une date par ligne, comme 2026-12-29. Les jours fériés sont déjà mis de côté."
        ),
        render_kw={"rows": 4, "class": "num", "spellcheck": "false"},
    )

    def validate_end_date(self, field: DateField) -> None:
        """Refuse an end that comes before its beginning."""
        if field.data and self.start_date.data and field.data < self.start_date.data:
            raise ValidationError(_("La fin vient avant le début."))

    def details(self) -> Details:
        """What was typed, once the form is valid."""
        return Details(
            start=self.start_date.day,
            end=self.end_date.day,
            disabled=frozenset(self.disabled.data),
        )


class NewPeriodForm(CreationForm, _PeriodFields):
    """A period to be made."""

    active = BooleanField(
        _l("Ouverte"), description=_l("Ses distributions sont proposées à la commande.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSaid:
    """What a period is, as its form shows it."""

    version: int
    start_date: date
    end_date: date
    disabled: Collection[date]

    @classmethod
    def of(cls, planned: Planned) -> "PeriodSaid":
        """What a period is."""
        period = planned.period
        return cls(
            version=period.version,
            start_date=period.start_date,
            end_date=period.end_date,
            disabled=tuple(sorted(planned.disabled)),
        )


class PeriodForm(EditForm, _PeriodFields):
    """A period to be changed."""

    def shows_now(self, stored: object) -> None:
        """What the period is by now, for who is refused because it changed."""
        self._changed = stored
