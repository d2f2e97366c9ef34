"""Topping up online."""

from flask_babel import lazy_gettext as _l

from app.modules.bar.rules.house import House
from app.web.forms import CreationForm, EurosField, PhoneField


class RechargeForm(CreationForm):
    """How much, and the phone that Lydia asks, if it does."""

    amount = EurosField(_l("Montant"), default=1000)
    phone = PhoneField(
        _l("Numéro de téléphone"),
        required=False,
        description=_l(
            "Pour payer avec l'application Lydia. Laissez vide pour payer par carte bancaire."
        ),
    )

    def keep_within(self, house: House) -> None:
        """Refuse what the house does not take."""
        self.amount.minimum, self.amount.maximum = house.recharge_min, house.recharge_max
