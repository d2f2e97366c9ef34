"""What the forms of the bar have, that others lack: grams, and numbers that may be negative."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import LazyString, format_decimal, gettext as _
from wtforms import StringField, ValidationError
from wtforms.widgets import TextInput

from app.web.forms import NumberField, showable

_GRAMS = re.compile(r"[0-9]{1,4}(?:[.,][0-9])?")
_SIGNED = re.compile(r"[+\-\u2212]?[0-9]{1,6}")


class GramsField(StringField):
    """A mass in grams, to a tenth."""

    data: Decimal | None  # type: ignore[assignment]
    widget = TextInput()

    def __init__(
        self, label: LazyString | str, *, maximum: Decimal, required: bool = True, **kwargs: Any
    ) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "field-short"}
        super().__init__(label, render_kw=attributes | kwargs.pop("render_kw", {}), **kwargs)
        self.maximum, self.required = maximum, required
        self.flags.required = required

    @property
    def grams(self) -> Decimal:
        """The mass, once the form is valid; nothing for a field that is left empty."""
        return self.data or Decimal(0)

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else str(format_decimal(self.data, "0.#"))

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        if not _GRAMS.fullmatch(text):
            raise ValueError(_("Écrivez des grammes, à un dixième près. Exemple : 14,4."))
        self.data = Decimal(text.replace(",", "."))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.process_errors:
            return
        if self.data is None:
            if self.required:
                raise ValidationError(_("Ce champ est obligatoire."))
            return
        if self.data > self.maximum:
            raise ValidationError(
                _(
                    "Écrivez un nombre entre %(minimum)s et %(maximum)s.",
                    minimum=0,
                    maximum=format_decimal(self.maximum),
                )
            )


class SignedField(NumberField):
    """A whole number, which may be negative."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        if not _SIGNED.fullmatch(text):
            raise ValueError(_("Écrivez un nombre entier, en chiffres."))
        self.data = int(text.replace("\u2212", "-"))
