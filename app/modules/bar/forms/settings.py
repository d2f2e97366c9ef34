"""The rules of the house, as whoever runs the bar changes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, SelectField

from app.core.money import Cents
from app.models import BarItem
from app.modules.bar.choices import (
    ALCOHOL_CAP,
    DAY_START,
    DEPOSIT,
    MINIMUM_AGE,
    OPEN,
    QUICK_ITEM,
    RECHARGE_MAX,
    RECHARGE_MIN,
    REVERT_HOURS,
    TOP_UP_MAX,
)
from app.modules.bar.forms.fields import GramsField
from app.modules.bar.rules.house import ALCOHOL_CAP_MAX, House
from app.modules.bar.service.settings import version_of
from app.web.forms import EditForm, EurosField, NumberField, PictureField, TimeField

#: What is chosen when nothing is.
_NONE = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The rules of the house, as their form shows them."""

    version: int
    is_open: bool
    quick_item: str
    alcohol_cap: Decimal
    minimum_age: int
    day_start: time
    revert_hours: int
    deposit: Cents
    top_up_max: Cents
    recharge_min: Cents
    recharge_max: Cents

    @classmethod
    def of(cls, house: House) -> "Said":
        """What holds now."""
        return cls(
            version=version_of(house),
            is_open=house.is_open,
            quick_item=str(house.quick_item or _NONE),
            alcohol_cap=house.alcohol_cap,
            minimum_age=house.minimum_age,
            day_start=house.day_start,
            revert_hours=house.revert_hours,
            deposit=house.deposit_cents,
            top_up_max=house.top_up_max,
            recharge_min=house.recharge_min,
            recharge_max=house.recharge_max,
        )


class SettingsForm(EditForm):
    """All that whoever runs the bar may change of it."""

    is_open = BooleanField(
        OPEN.label, description=_l("Fermé, il ne vend rien ; on y recharge toujours son compte.")
    )
    quick_item = SelectField(
        QUICK_ITEM.label, description=_l("Il se vend d'une seule touche, sur la page d'un client.")
    )
    alcohol_cap = GramsField(
        ALCOHOL_CAP.label,
        maximum=ALCOHOL_CAP_MAX,
        description=_l("De 0 à 200 g d'alcool pur. 0 : aucun alcool n'est vendu."),
    )
    minimum_age = NumberField(
        MINIMUM_AGE.label,
        minimum=MINIMUM_AGE.low or 0,
        maximum=MINIMUM_AGE.high or 0,
        description=_l("Vérifié quand la date de naissance est connue. 0 : jamais."),
    )
    day_start = TimeField(
        DAY_START.label, description=_l("À Paris. Une vente faite plus tôt compte pour la veille.")
    )
    revert_hours = NumberField(
        REVERT_HOURS.label,
        minimum=REVERT_HOURS.low or 0,
        maximum=REVERT_HOURS.high or 0,
        description=_l("Ensuite, seul un responsable annule. 0 : toujours un responsable."),
    )
    deposit = EurosField(
        DEPOSIT.label,
        minimum=DEPOSIT.low or 0,
        maximum=DEPOSIT.high or 0,
        description=_l("Celles qui sont déjà payées ne changent pas."),
    )
    top_up_max = EurosField(
        TOP_UP_MAX.label, minimum=TOP_UP_MAX.low or 0, maximum=TOP_UP_MAX.high or 0
    )
    recharge_min = EurosField(
        RECHARGE_MIN.label, minimum=RECHARGE_MIN.low or 0, maximum=RECHARGE_MIN.high or 0
    )
    recharge_max = EurosField(
        RECHARGE_MAX.label, minimum=RECHARGE_MAX.low or 0, maximum=RECHARGE_MAX.high or 0
    )
    image = PictureField(
        _l("Image de fond"),
        description=_l("Derrière les pages du bar : JPEG, PNG, WebP ou GIF fixe, 10 Mo au plus."),
    )
    remove_image = BooleanField(_l("Retirer l'image de fond"))

    def __init__(self, *args: Any, house: House, items: Sequence[BarItem], **kwargs: Any) -> None:
        super().__init__(*args, obj=Said.of(house), **kwargs)
        self._house = house
        self.quick_item.choices = [
            (_NONE, _("Aucun")),
            *((str(item.id), item.name) for item in items),
        ]
        if house.background is None:
            del self.remove_image

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right, and what they say together."""
        if not super().validate(extra_validators):
            if self.image.is_too_large:
                self.status = 413
            return False
        if self.recharge_min.cents > self.recharge_max.cents:
            self.recharge_min.errors = [
                *self.recharge_min.errors,
                _("Le minimum d'un rechargement en ligne dépasse son maximum."),
            ]
            return False
        return True

    def wanted(self, *, background: str | None) -> House:
        """What is to hold, once the form is valid, with that *background* if there is a new one."""
        kept = None if self.removes_background else self._house.background
        return replace(
            self._house,
            is_open=bool(self.is_open.data),
            quick_item=int(self.quick_item.data) or None,
            alcohol_cap=self.alcohol_cap.grams,
            minimum_age=self.minimum_age.number,
            day_start=self.day_start.time,
            revert_hours=self.revert_hours.number,
            deposit_cents=self.deposit.cents,
            top_up_max=self.top_up_max.cents,
            recharge_min=self.recharge_min.cents,
            recharge_max=self.recharge_max.cents,
            background=background or kept,
        )

    @property
    def removes_background(self) -> bool:
        """Whether what stands behind the pages is to go."""
        field = self._fields.get("remove_image")
        return field is not None and bool(field.data)
