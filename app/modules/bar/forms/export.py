"""What is typed to take the ledger of the bar away."""

import re
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.modules.bar.queries.export import Wanted
from app.modules.bar.queries.stats import Span
from app.web.forms import DateField, Form

#: How many days a file holds at most.
LONGEST = 366
CURRENT_WEEK = "current_week"
_WEEK = re.compile(r"week([0-9]{1,2})-([0-9]{4})")
KINDS = {
    Wanted.sales: _l("Ventes"),
    Wanted.top_ups: _l("Rechargements"),
    Wanted.everything: _l("Tout le registre"),
}


def week_of(day: date) -> Span:
    """The week of a day, from its Monday to its Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def week_name(monday: date) -> str:
    """A week, as addresses and files call it: ``week48-2026``."""
    year, week, _day = monday.isocalendar()
    return f"week{week}-{year}"


def week_called(name: str, today: date) -> Span | None:
    """The days of a week up to today, by its name; ``None`` for what is no week, or to come."""
    if name == CURRENT_WEEK:
        return Span(week_of(today).start, today)
    read = _WEEK.fullmatch(name)
    try:
        monday = date.fromisocalendar(int(read[2]), int(read[1]), 1) if read else None
    except ValueError:
        monday = None
    if monday is None or monday > today:
        return None
    return Span(monday, min(week_of(monday).end, today))


class ExportForm(Form):
    """Some days of the bar, and what of them."""

    start = DateField(_l("Du"))
    end = DateField(_l("Au"), description=_l("Ces deux jours compris. 366 jours au plus."))
    kind = SelectField(
        _l("Quoi"), choices=[SelectChoice(key, label) for key, label in KINDS.items()]
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.start.render_kw = {"max": today.isoformat()}

    def validate_start(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("Ce jour n'est pas encore venu."))

    def validate_end(self, field: DateField) -> None:
        start = self.start.data
        if not field.data or start is None:
            return
        if field.data < start:
            raise ValidationError(_("La fin vient avant le début."))
        if (field.data - start).days >= LONGEST:
            raise ValidationError(
                _("C'est trop long pour un fichier : 366 jours au plus. Faites-en plusieurs.")
            )

    @property
    def span(self) -> Span:
        """The days, once the form is valid."""
        return Span(self.start.day, self.end.day)
