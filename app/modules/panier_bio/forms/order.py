"""What is asked of who orders baskets."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag
from wtforms.widgets import TelInput

from app.core.errors import DomainError
from app.enums import BasketPayment
from app.models import BASKET_COMMENT_MAX, BASKET_PHONE_MAX, BASKET_SERVICE_MAX
from app.modules.panier_bio.errors import DatesRefused
from app.modules.panier_bio.rules.phones import read_phone
from app.modules.panier_bio.service.orders import Wanted
from app.web.captcha import CaptchaForm
from app.web.forms import LongTextField, TextField

#: The most days that one form may order: more than a year of weeks.
DATES_MAX = 60

_DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")


class DatesField(Field):
    """The days for which baskets are ordered, and why some may not be had."""

    data: tuple[date, ...]

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = True
        #: Of the days that were refused: why.
        self.refused: Mapping[date, str] = {}

    def process_data(self, value: object) -> None:  # noqa: ARG002  # nothing is chosen before
        self.data = ()

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        read = [_day(str(value)) for value in valuelist[: DATES_MAX + 1]]
        self.data = tuple(sorted({day for day in read if day is not None}))
        if None in read:
            raise ValueError(_("Une des dates n'existe pas : choisissez-les dans la liste."))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.process_errors:
            return
        if not self.data:
            raise ValidationError(_("Choisissez une date au moins."))
        if len(self.data) > DATES_MAX:
            raise ValidationError(_("%(maximum)s dates au plus à la fois.", maximum=DATES_MAX))


def _day(text: str) -> date | None:
    """Read ``2026-11-24``; ``None`` for what is no day."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


class PaymentField(RadioField):
    """How someone pays: none but the ways that there are."""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        choices = [SelectChoice(one.value, one.label) for one in BasketPayment]
        super().__init__(label, choices=choices, validate_choice=False, **kwargs)
        self.flags.required = True

    @property
    def payment(self) -> BasketPayment:
        """The way, once the form is valid."""
        return BasketPayment(self.data)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = str(valuelist[0]) if valuelist else None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.data not in {one.value for one in BasketPayment}:
            raise ValidationError(_("Choisissez un moyen de paiement."))


class AnyPhoneField(TextField):
    """A phone number, of France or of elsewhere."""

    widget = TelInput()

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        attributes = {"inputmode": "tel", "autocomplete": "tel"} | kwargs.pop("render_kw", {})
        super().__init__(label, maximum=BASKET_PHONE_MAX, render_kw=attributes, **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        number = read_phone(self.data)
        if number is None:
            raise ValidationError(
                _("Écrivez un numéro de téléphone. Exemple : 06 12 34 56 78, ou +44 20 7946 0958.")
            )
        self.data = number


class ConsentField(BooleanField):
    """What is agreed to, or nothing is done."""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = True

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if not self.data:
            raise ValidationError(_("Sans votre accord, la commande ne peut pas être prise."))


class OrderForm(CaptchaForm):
    """Baskets for some days, for someone who has an account."""

    captcha_name = "panier_bio"

    dates = DatesField(_l("Dates"), name="dates[]")
    wait = BooleanField(
        _l("Si une date est complète, mettez-moi sur sa liste d'attente"), default=True
    )
    payment_method = PaymentField(_l("Paiement"), default=BasketPayment.cash.value)
    service = TextField(
        _l("Service ou laboratoire"),
        maximum=BASKET_SERVICE_MAX,
        render_kw={"autocomplete": "organization"},
    )
    phone = AnyPhoneField(
        _l("Téléphone"),
        required=False,
        description=_l("Pour vous joindre le jour de la distribution, si besoin."),
    )
    comment = LongTextField(
        _l("Commentaire"), maximum=BASKET_COMMENT_MAX, required=False, render_kw={"rows": 2}
    )
    consent = ConsentField(_l("J'accepte que ces informations servent à préparer mes paniers"))

    def __init__(self, *args: Any, asks_service: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Whether to say where they work: who has a promo need not.
        self.asks_service = asks_service
        if not asks_service:
            del self.service

    def wanted(self) -> Wanted:
        """What they order, once the form is valid."""
        return Wanted(
            dates=self.dates.data,
            payment=self.payment_method.payment,
            phone=self.phone.text,
            comment=self.comment.text,
            service=self.service.text if self.asks_service else "",
            wait=bool(self.wait.data),
        )

    def refuse(self, refusal: DomainError) -> None:
        """Say why it was refused; of days, next to each."""
        super().refuse(refusal)
        if isinstance(refusal, DatesRefused):
            self.dates.refused = {day: str(said) for day, said in refusal.dates.items()}
