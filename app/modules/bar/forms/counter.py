"""What is filled in at the counter: money that comes and goes, a line that is undone."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.core.money import Cents
from app.enums import BarMethod
from app.models import BALANCE_MAX
from app.modules.bar.errors import KeyReused
from app.web.forms import CreationForm, EurosField, TextField, new_key

#: How long the reason of a line may be, in characters.
LONGEST_REASON = 280


def _method(label: Any) -> SelectField:
    """How money goes."""
    choices = [SelectChoice(one.value, one.label) for one in BarMethod]
    return SelectField(label, choices=choices, default=BarMethod.cash.value)


class CounterForm(CreationForm):
    """The parent of the forms of the counter: what is sent twice is done once."""

    @property
    def key(self) -> str | None:
        """What tells this very form from the others of its kind."""
        return self.idempotency_key.data or None

    def refuse(self, refusal: Any) -> None:
        """Say why it was refused; a form that served already is another one from now on."""
        super().refuse(refusal)
        if isinstance(refusal, KeyReused):
            self.idempotency_key.data = new_key()


class MoneyForm(CounterForm):
    """Money of an account: each form asks what it needs of it."""

    @property
    def amount_cents(self) -> Cents:
        """How much, once the form is valid; nothing where it is not asked."""
        amount = self._fields.get("amount")
        return amount.cents if amount else 0

    @property
    def way(self) -> BarMethod | None:
        """How it goes, once the form is valid; ``None`` where it is not asked."""
        method = self._fields.get("method")
        return BarMethod(method.data) if method else None

    @property
    def expected_cents(self) -> Cents | None:
        """What the page said that it would be; ``None`` where the amount is typed."""
        return None

    @property
    def why(self) -> str | None:
        """Why, if it was said."""
        reason = self._fields.get("reason")
        return (reason.text or None) if reason else None


class TopUpForm(MoneyForm):
    """Money that someone gives."""

    amount = EurosField(_l("Montant"), minimum=1)
    method = _method(_l("Moyen"))

    def __init__(self, *args: Any, most: Cents, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.amount.maximum = most


class RefundForm(MoneyForm):
    """Money that is given back from a balance: all of it, unless said otherwise."""

    amount = EurosField(_l("Montant"), minimum=1, maximum=BALANCE_MAX)
    method = _method(_l("Moyen"))
    reason = TextField(_l("Raison"), maximum=LONGEST_REASON, required=False)


class AdjustForm(MoneyForm):
    """A balance to put right: more, or less."""

    amount = EurosField(
        _l("Montant"),
        minimum=-BALANCE_MAX,
        maximum=BALANCE_MAX,
        description=_l("Avec « - » devant pour retirer. Exemple : -2,50."),
    )
    reason = TextField(_l("Raison"), maximum=LONGEST_REASON)


class DepositForm(MoneyForm):
    """A caution that is taken, or given back: how it goes, and what the page said of it."""

    method = _method(_l("Moyen"))
    expected = HiddenField()

    @property
    def expected_cents(self) -> Cents | None:
        """What the page said, in cents; ``None`` for nonsense."""
        said = str(self.expected.data or "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


class ReverseForm(CounterForm):
    """A line to undo, and why."""

    reason = TextField(_l("Raison"), maximum=LONGEST_REASON, required=False)
