"""Orders, as the team writes them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, ValidationError

from app.core.errors import DomainError
from app.core.money import Cents
from app.enums import BasketPayment
from app.models import (
    BASKET_COMMENT_MAX,
    BASKET_NAME_MAX,
    BASKET_PRICE_MAX,
    BASKET_SERVICE_MAX,
    OrderPanierBio,
)
from app.modules.panier_bio.errors import DateIsFull
from app.modules.panier_bio.forms.order import AnyPhoneField, PaymentField
from app.modules.panier_bio.service.staff import Details
from app.web.forms import (
    CreationForm,
    DateField,
    EditForm,
    EmailField,
    EurosField,
    Form,
    LongTextField,
    TextField,
)


class _OrderFields(Form):
    date = DateField(
        _l("Date"), description=_l("N'importe quelle date d'une période, même passée.")
    )
    name = TextField(_l("Nom"), maximum=BASKET_NAME_MAX)
    service = TextField(_l("Promo ou service"), maximum=BASKET_SERVICE_MAX)
    phone = AnyPhoneField(_l("Téléphone"), required=False)
    email = EmailField(
        _l("E-mail"),
        required=False,
        description=_l("D'une personne sans compte."),
        render_kw={"autocomplete": "off"},
    )
    payment = PaymentField(_l("Paiement"))
    price = EurosField(_l("Prix"), maximum=BASKET_PRICE_MAX)
    comment = LongTextField(
        _l("Commentaire"), maximum=BASKET_COMMENT_MAX, required=False, render_kw={"rows": 2}
    )
    force = BooleanField(_l("Un panier de plus que prévu, si la date est complète"))

    #: Whether the date was refused because it is full: one may insist.
    is_full = False

    def refuse(self, refusal: DomainError) -> None:
        """Say why it was refused; of a full date, that one may insist."""
        super().refuse(refusal)
        self.is_full = self.is_full or isinstance(refusal, DateIsFull)

    @property
    def insists(self) -> bool:
        """Whether there is to be one more basket than there are."""
        return bool(self.force.data)

    def details(self) -> Details:
        """What was typed, once the form is valid."""
        return Details(
            date=self.date.day,
            name=self.name.text,
            service=self.service.text,
            payment=self.payment.payment,
            price=self.price.cents,
            phone=self.phone.text,
            email=self.email.text or None if "email" in self._fields else None,
            comment=self.comment.text,
        )


class NewOrderForm(CreationForm, _OrderFields):
    """An order to be written for someone."""

    pceen = TextField(
        _l("Compte"),
        maximum=120,
        required=False,
        description=_l(
            "L'identifiant ou l'e-mail de quelqu'un qui a un compte : son nom et sa promo"
            " suffisent alors. Vide : une personne sans compte."
        ),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    name = TextField(_l("Nom"), maximum=BASKET_NAME_MAX, required=False)
    service = TextField(_l("Promo ou service"), maximum=BASKET_SERVICE_MAX, required=False)

    def __init__(self, *, day: date | None, price: Cents, **kwargs: Any) -> None:
        super().__init__(data={"date": day, "price": price, "payment": "cash"}, **kwargs)

    def validate_name(self, field: TextField) -> None:
        """Ask for the name of who has no account."""
        if not field.data and not self.pceen.data:
            raise ValidationError(_("Ce champ est obligatoire."))

    def validate_email(self, field: EmailField) -> None:
        """Refuse an address for who has an account."""
        if field.data and self.pceen.data:
            raise ValidationError(_("Le compte a déjà la sienne : laissez ce champ vide."))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSaid:
    """What an order is, as its form shows it."""

    order: OrderPanierBio

    def __getattr__(self, name: str) -> Any:
        """What a field of the form shows.

        Raises:
            AttributeError: If it is no part of an order.
        """
        if name == "payment":
            return self.order.payment_method.value
        if name == "phone":
            return self.order.phone_number
        if name == "force":
            return None
        return getattr(self.order, name)


class OrderForm(EditForm, _OrderFields):
    """An order to be changed."""

    def __init__(self, order: OrderPanierBio) -> None:
        super().__init__(obj=OrderSaid(order=order))
        self.payment.choices = [(one.value, one.label) for one in BasketPayment]
        if order.pceen_id is not None:
            del self.email

    def shows_now(self, order: OrderPanierBio) -> None:
        """What the order is by now, for who is refused because it changed."""
        self._changed = OrderSaid(order=order)
