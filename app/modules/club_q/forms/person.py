"""What is typed on the page of someone: a discontent, places to give back."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import LazyString, format_decimal, gettext as _, lazy_gettext as _l
from wtforms import HiddenField, StringField, ValidationError
from wtforms.widgets import TextInput

from app.models import DISCONTENT_MAX, PLACES_MAX
from app.web.forms import Form, NumberField, TextField, showable

_DECIMAL = re.compile(r"(-|\u2212)?([0-9]{1,4})(?:[.,]([0-9]))?")


class DiscontentField(StringField):
    """A discontent, to a tenth: ``4,7``, ``-12``."""

    data: Decimal | None  # type: ignore[assignment]
    widget = TextInput()

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        attributes = {"inputmode": "text", "autocomplete": "off", "class": "field-short"}
        super().__init__(label, render_kw=attributes, **kwargs)
        self.flags.required = True

    @property
    def value(self) -> Decimal:
        """The discontent, once the form is valid."""
        if self.data is None:
            raise RuntimeError("the form is not valid")
        return self.data

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else str(format_decimal(self.data, "0.0"))

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if text:
            self.data = read(text)
            if self.data is None:
                raise ValueError(_("Écrivez un nombre, à un dixième près. Exemple : 4,7."))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.process_errors:
            return
        if self.data is None:
            raise ValidationError(_("Ce champ est obligatoire."))
        if abs(self.data) > DISCONTENT_MAX:
            raise ValidationError(_("Écrivez un nombre entre -9999,9 et 9999,9."))


def read(text: str) -> Decimal | None:
    """A decimal with one digit after its point at most, in ASCII digits; ``None`` for another."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    value = Decimal(f"{found[2]}.{found[3] or '0'}")
    return -value if found[1] else value


class DiscontentForm(Form):
    """The discontent of someone, and why it is changed."""

    #: What it was when the page was shown.
    seen = HiddenField()
    discontent = DiscontentField(
        _l("Mécontentement"),
        description=_l("Plus il est grand, mieux la personne est servie. 0 pour repartir de rien."),
    )
    reason = TextField(_l("Motif"), maximum=280, description=_l("La personne le lira."))

    def show(self, now: Decimal) -> None:
        """Start from what it is."""
        self.seen.data = str(now)
        if not self.is_submitted():
            self.discontent.data = now

    @property
    def seen_value(self) -> Decimal:
        """What the person saw; what nobody has, for nonsense."""
        found = read(str((self.seen.raw_data or [""])[0]))
        return DISCONTENT_MAX + 1 if found is None else found


class ReturnForm(Form):
    """How many places are given back."""

    places = NumberField(_l("Places à rendre"), minimum=1, maximum=PLACES_MAX)
    withdraw = HiddenField()

    @property
    def withdraws(self) -> bool:
        """Whether what is offered is taken back instead."""
        return bool(self.withdraw.data == "1")
