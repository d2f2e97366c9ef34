"""The settings of the Panier Bio, and what is particular to a date."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale, lazy_gettext as _l
from wtforms import BooleanField, SelectField

from app.models import BASKET_NOTE_MAX, BASKET_PRICE_MAX, PanierBioDate
from app.modules.panier_bio.choices import ACCESS, CAPACITY, CAPACITY_MAX, DAY, DEADLINE, PRICE
from app.modules.panier_bio.rules.options import Options
from app.modules.panier_bio.service.staff import date_version, version_of
from app.web.forms import EditForm, EurosField, LongTextField, NumberField, TimeField


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsSaid:
    """The settings, as their form shows them."""

    version: int
    is_open: bool
    weekday: str
    deadline: time
    price: int
    capacity: int

    @classmethod
    def of(cls, options: Options) -> "OptionsSaid":
        """What holds."""
        return cls(
            version=version_of(options),
            is_open=options.is_open,
            weekday=str(options.weekday),
            deadline=options.deadline,
            price=options.price,
            capacity=options.capacity,
        )


class SettingsForm(EditForm):
    """What the team may change of the Panier Bio."""

    is_open = BooleanField(
        ACCESS.label, description=_l("Fermée, la page dit pourquoi et ne prend aucune commande.")
    )
    weekday = SelectField(
        DAY.label,
        description=_l("Les commandes déjà prises gardent leur date."),
    )
    deadline = TimeField(
        DEADLINE.label,
        description=_l("Ensuite, on ne commande ni n'annule plus le panier du lendemain."),
    )
    price = EurosField(
        PRICE.label,
        maximum=BASKET_PRICE_MAX,
        description=_l("Les commandes déjà prises gardent le leur. 0 : aucun prix n'est montré."),
    )
    capacity = NumberField(
        CAPACITY.label,
        maximum=CAPACITY_MAX,
        description=_l("0 : autant qu'on en demande. Une date peut en avoir un autre nombre."),
    )

    def __init__(self, options: Options, **kwargs: Any) -> None:
        super().__init__(obj=OptionsSaid.of(options), **kwargs)
        names = get_day_names("wide", locale=get_locale())
        self.weekday.choices = [(str(day), names[day - 1]) for day in range(1, 8)]

    def wanted(self) -> Options:
        """What is to hold, once the form is valid."""
        return Options(
            is_open=bool(self.is_open.data),
            weekday=int(self.weekday.data),
            deadline=self.deadline.time,
            price=self.price.cents,
            capacity=self.capacity.number,
        )

    def shows_now(self, options: Options) -> None:
        """What the settings are by now, for who is refused because they changed."""
        self._changed = OptionsSaid.of(options)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSaid:
    """What is particular to a date, as its form shows it."""

    version: int
    capacity: int | None
    note: str

    @classmethod
    def of(cls, row: PanierBioDate | None) -> "DateSaid":
        """What is particular to it, if anything is."""
        return cls(
            version=date_version(row),
            capacity=row.capacity if row else None,
            note=row.note if row else "",
        )


class DateForm(EditForm):
    """How many baskets a date has, and what customers are told of it."""

    capacity = NumberField(
        _l("Paniers ce jour-là"),
        maximum=CAPACITY_MAX,
        required=False,
        description=_l("Vide : le nombre des réglages. 0 : autant qu'on en demande."),
    )
    note = LongTextField(
        _l("Note pour les clients"),
        maximum=BASKET_NOTE_MAX,
        required=False,
        description=_l("Elle est montrée à côté de la date."),
        render_kw={"rows": 2},
    )

    def __init__(self, row: PanierBioDate | None, **kwargs: Any) -> None:
        super().__init__(obj=DateSaid.of(row), **kwargs)

    def shows_now(self, row: PanierBioDate | None) -> None:
        """What the date is by now, for who is refused because it changed."""
        self._changed = DateSaid.of(row)
