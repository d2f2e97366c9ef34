"""What is asked besides of who orders baskets without an account."""

from flask_babel import lazy_gettext as _l

from app.models import BASKET_NAME_MAX
from app.modules.panier_bio.forms.order import AnyPhoneField, OrderForm
from app.modules.panier_bio.service.orders import Visitor
from app.web.forms import EmailField, TextField

_PRENOM_MAX = 64


class VisitorOrderForm(OrderForm):
    """Baskets for some days, for someone who leaves a name and an address."""

    prenom = TextField(_l("Prénom"), maximum=_PRENOM_MAX, render_kw={"autocomplete": "given-name"})
    nom = TextField(
        _l("Nom"),
        maximum=BASKET_NAME_MAX - _PRENOM_MAX - 1,
        render_kw={"autocomplete": "family-name"},
    )
    email = EmailField(
        _l("Votre e-mail"),
        description=_l("Vous y recevrez un lien, pour confirmer dans l'heure."),
        render_kw={"autocomplete": "email"},
    )
    phone = AnyPhoneField(
        _l("Téléphone"),
        description=_l("Pour vous joindre le jour de la distribution, si besoin."),
    )

    def visitor(self, *, locale: str, place: str) -> Visitor:
        """Who they are, once the form is valid."""
        return Visitor(
            name=f"{self.prenom.text} {self.nom.text}",
            email=self.email.text,
            locale=locale,
            place=place,
        )
