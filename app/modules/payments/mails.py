"""What is written of money that does not add up."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyUnmatched(Mail):
    """Tell the GRIs that Lydia said something that fits no payment."""

    kind: ClassVar = "payments.money_unmatched"
    template: ClassVar = "payments/mails/money_unmatched.html"
    subject: ClassVar = _l("Alerte : Lydia annonce un paiement qui ne correspond à rien")

    outcome: str
    order_ref: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksWrong(Mail):
    """Tell the GRIs that the books do not add up."""

    kind: ClassVar = "payments.books_wrong"
    template: ClassVar = "payments/mails/books_wrong.html"
    subject: ClassVar = _l("Alerte : les comptes ne tombent pas juste")

    #: What is wrong, one fault a line.
    faults: list[str]


MAILS: tuple[type[Mail], ...] = (MoneyUnmatched, BooksWrong)
