"""What the pages of money ask of those who look after it."""

from collections.abc import Iterable
from datetime import timedelta

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag
from wtforms.validators import DataRequired

from app.core import clock
from app.core.money import Cents
from app.enums import Account, PaymentMethod, PaymentStatus, PaymentType
from app.models import Offer, PaymentEvent
from app.modules.payments.service.books import Move
from app.web.filters import format_euros
from app.web.forms import CreationForm, DateField, EditForm, EurosField, Form, TextField

#: How long after it moved one may write that money did.
_LATEST = timedelta(days=366)
#: Between which accounts a treasurer moves money.
_MOVABLE = (
    *(account for account in Account if account.holds_money),
    Account.expenses,
    Account.opening,
)


def _choices(
    first: LazyString, members: Iterable[PaymentStatus | PaymentMethod | PaymentType | Account]
) -> list[SelectChoice]:
    return [SelectChoice("", first), *(SelectChoice(one.value, one.label) for one in members)]


class FilterForm(Form):
    """Which payments to show."""

    state = SelectField(_l("État"), name="status", choices=_choices(_l("Tous"), PaymentStatus))
    method = SelectField(_l("Moyen"), choices=_choices(_l("Tous"), PaymentMethod))
    kind = SelectField(_l("Pour"), name="type", choices=_choices(_l("Tout"), PaymentType))
    since = DateField(_l("Depuis le"), required=False)
    until = DateField(_l("Jusqu'au"), required=False)


class RevokeForm(EditForm):
    """Why a payment is cancelled."""

    why = TextField(
        _l("Raison"),
        maximum=255,
        description=_l("Remboursé, enregistré par erreur, enregistré deux fois…"),
    )


class AttachForm(Form):
    """Whose the money is, and what it buys."""

    username = TextField(
        _l("Identifiant ou e-mail"),
        maximum=120,
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    offer = SelectField(_l("Offre"), validators=[DataRequired(_l("Choisissez une offre."))])
    note = TextField(_l("Note"), maximum=255, required=False)

    def ask_about(self, event: PaymentEvent, offers: Iterable[Offer]) -> None:
        """Let one choose among *offers*; money of the bar buys none: it goes on an account."""
        if event.type is PaymentType.internet:
            self._offer_among(offers, amount_cents=event.amount_cents)
        else:
            del self.offer

    @property
    def offer_slug(self) -> str | None:
        """What it buys, once the form is valid; ``None`` where no offer is asked."""
        return self.offer.data if "offer" in self else None

    def _offer_among(self, offers: Iterable[Offer], *, amount_cents: Cents | None) -> None:
        """Let one choose among *offers*: at first, the only one of that price."""
        sold = sorted(
            (offer for offer in offers if offer.slug != "_first"),
            key=lambda offer: (offer.price_cents, offer.slug),
        )
        self.offer.choices = [
            SelectChoice("", _("Choisir…")),
            *(
                SelectChoice(
                    offer.slug,
                    _(
                        "%(offer)s, %(price)s",
                        offer=offer.name,
                        price=format_euros(offer.price_cents),
                    ),
                )
                for offer in sold
            ),
        ]
        fitting = [offer.slug for offer in sold if offer.price_cents == amount_cents]
        if self.offer.raw_data is None and len(fitting) == 1:
            self.offer.data = fitting[0]


class RefundForm(Form):
    """How the money was given back."""

    note = TextField(
        _l("Comment"), maximum=255, description=_l("Depuis Lydia, par virement, à qui…")
    )


class MoveForm(CreationForm):
    """Money that a treasurer took from one place to another."""

    credit = SelectField(
        _l("De"),
        choices=_choices(_l("Choisir…"), _MOVABLE),
        validators=[DataRequired(_l("Choisissez un compte."))],
    )
    debit = SelectField(
        _l("Vers"),
        choices=_choices(_l("Choisir…"), _MOVABLE),
        validators=[DataRequired(_l("Choisissez un compte."))],
    )
    amount = EurosField(_l("Montant"), minimum=1)
    day = DateField(_l("Quand"), default=clock.today)
    label = TextField(
        _l("Libellé"),
        maximum=255,
        description=_l("Ce que c'est : virement de Lydia, facture de la fibre…"),
    )

    def validate_day(self, field: DateField) -> None:
        """Refuse a day to come, and one of too long ago."""
        today = clock.today()
        if field.data is None:
            return
        if field.data > today:
            raise ValidationError(_("Ce jour n'est pas encore venu."))
        if field.data < today - _LATEST:
            raise ValidationError(_("C'était il y a plus d'un an."))

    def move(self) -> Move:
        """What they say, once the form is valid."""
        return Move(
            debit=Account(self.debit.data),
            credit=Account(self.credit.data),
            amount_cents=self.amount.cents,
            day=self.day.day,
            label=self.label.text,
        )
