"""What the bar writes to people."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.core.money import Cents
from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class BarBalanceLow(Mail):
    """Tell who asked for it that their balance is low."""

    kind: ClassVar = "bar.balance_low"
    template: ClassVar = "bar/mails/balance_low.html"
    subject: ClassVar = _l("Votre compte du bar est presque vide")

    prenom: str
    balance_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerWrong(Mail):
    """Tell the GRIs that what the bar keeps does not add up."""

    kind: ClassVar = "bar.ledger_wrong"
    template: ClassVar = "bar/mails/ledger_wrong.html"
    subject: ClassVar = _l("Les comptes du bar ne tombent pas juste")

    faults: list[str]


MAILS: tuple[type[Mail], ...] = (BarBalanceLow, LedgerWrong)
