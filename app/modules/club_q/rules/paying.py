"""How one pays Club Q: what to write on a cheque, and what a transfer says. Pure."""

from dataclasses import dataclass

from anyascii import anyascii

from app.core import epc
from app.core.epc import Transfer
from app.core.money import Cents

#: To whom cheques and transfers are made out.
BENEFICIARY = "BDE ESPCI - Club Q"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where transfers go; nowhere without an IBAN."""

    iban: str | None = None
    bic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What someone owes for a season, and how they pay it."""

    #: Name, promo and season: what says who pays, on the back of a cheque or with a transfer.
    reference: str
    due_cents: Cents
    account: Account

    @property
    def iban(self) -> str | None:
        """The IBAN as people read it; nothing without one."""
        return epc.grouped(self.account.iban) if self.account.iban else None

    @property
    def qr_text(self) -> str | None:
        """What the QR code of the transfer says; nothing where there is none to make."""
        if self.account.iban is None or self.due_cents < epc.LEAST_CENTS:
            return None
        return epc.payload(
            Transfer(
                beneficiary=BENEFICIARY,
                iban=self.account.iban,
                bic=self.account.bic,
                amount_cents=self.due_cents,
                reference=self.reference,
            )
        )


def reference(*, name: str, promo: int | None, season: str) -> str:
    """``Ada Lovelace - 145 - Printemps``: in letters that every bank takes."""
    parts = (name, None if promo is None else str(promo), season)
    text = " - ".join(part for part in parts if part)
    plain = "".join(c if c.isalnum() or c in " -+?/:().,'" else " " for c in anyascii(text))
    return " ".join(plain.split())[: epc.LONGEST_REFERENCE].rstrip()
