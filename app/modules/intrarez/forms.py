"""What the network asks."""

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from app.core import clock
from app.models import Rental
from app.web.forms import CreationForm, DateField, EditForm, Form, NumberField, TextField

#: What devices are, for who types: suggestions only.
DEVICE_TYPES = (
    _l("iPhone"),
    _l("iPad"),
    _l("Téléphone Android"),
    _l("Tablette Android"),
    _l("Ordinateur Windows"),
    _l("Mac"),
    _l("Ordinateur Linux"),
    _l("Chromebook"),
    _l("Console"),
    _l("Télévision"),
    _l("Imprimante"),
    _l("Routeur"),
    _l("Autre"),
)

_NAME = _l("Nom de l'appareil")
_TYPE = _l("Type d'appareil")


class RoomForm(CreationForm):
    """The room one takes, and since when."""

    room = NumberField(
        _l("Numéro de la chambre"),
        maximum=9999,
        description=_l("Celui de la porte : 312, par exemple."),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    start = DateField(_l("J'y habite depuis le"), default=clock.today)
    end = DateField(
        _l("Je la quitte le"),
        required=False,
        description=_l("Laissez vide si vous ne le savez pas encore."),
    )


class RentalForm(EditForm):
    """When one's rental begins and ends."""

    start = DateField(_l("J'y habite depuis le"))
    end = DateField(
        _l("Je la quitte le"),
        required=False,
        description=_l("Laissez vide si vous ne le savez pas encore."),
    )


@dataclass(frozen=True, slots=True)
class RentalDates:
    """A rental, read when asked, under the names of its form."""

    rental: Rental

    @property
    def start(self) -> date:
        return self.rental.starts_on

    @property
    def end(self) -> date | None:
        return self.rental.ends_on

    @property
    def version(self) -> int:
        return self.rental.version


class LeaveForm(Form):
    """The day one leaves."""

    end = DateField(_l("J'ai quitté la chambre le"), default=clock.today)

    @property
    def day(self) -> date:
        """The day, once the form is valid."""
        return self.end.day


class DeviceForm(EditForm):
    """How one calls a device."""

    name = TextField(
        _NAME, required=False, description=_l("Pour vous y retrouver : « Mon portable ».")
    )
    type = TextField(_TYPE, required=False, render_kw={"list": "device-types"})


class NewDeviceForm(CreationForm):
    """The device in one's hands."""

    name = TextField(
        _NAME, required=False, description=_l("Pour vous y retrouver : « Mon portable ».")
    )
    type = TextField(_TYPE, required=False, render_kw={"list": "device-types"})


class TypedDeviceForm(NewDeviceForm):
    """A device that is not the one in one's hands: its address is typed."""

    mac_address = TextField(
        _l("Adresse physique de l'appareil"),
        maximum=64,
        description=_l("Douze chiffres et lettres de a à f : 3c:22:fb:0a:1b:2c, par exemple."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
