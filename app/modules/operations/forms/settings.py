"""The settings that GRIs change, and the maintenance."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field

from app.models import Choice
from app.web.forms import Form, InstantField, NumberField, TextField

AnyChoice: TypeAlias = Choice[Any]


class MaintenanceForm(Form):
    """What people are told while the site is closed."""

    message = TextField(
        _l("Ce que les gens lisent"),
        required=False,
        maximum=255,
        description=_l("Par exemple : nous changeons de serveur, tout revient vers 18 h."),
    )
    until = InstantField(_l("Fin prévue"), required=False)


def settings_form(choices: Sequence[AnyChoice]) -> type[Form]:
    """The form of these settings, one field each, called by its key."""
    return type("SettingsForm", (Form,), {choice.key: _field(choice) for choice in choices})


def _field(choice: AnyChoice) -> Field:
    label, help_ = choice.label, choice.purpose
    if isinstance(choice.default, bool):
        return BooleanField(label, description=help_)
    if isinstance(choice.default, int):
        low, high = choice.low or 0, choice.high or 2**31 - 1
        numeric = {"inputmode": "numeric"}
        return NumberField(label, minimum=low, maximum=high, description=help_, render_kw=numeric)
    return TextField(label, required=False, maximum=choice.high or 255, description=help_)
