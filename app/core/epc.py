"""The text of the QR code with which a bank's application fills a transfer in.

It is the one of the European Payments Council: EPC069-12, version 002.
"""

from dataclasses import dataclass

from app.core.money import Cents, euros

LONGEST_BENEFICIARY = 70
LONGEST_REFERENCE = 140
LEAST_CENTS, MOST_CENTS = 1, 999_999_999_99
#: The most that a bank's application reads.
MOST_BYTES = 331

_SERVICE, _VERSION, _UTF_8, _CREDIT_TRANSFER = "BCD", "002", "1", "SCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Who is to be paid, how much, and what for."""

    beneficiary: str
    iban: str
    bic: str | None
    amount_cents: Cents
    reference: str


def payload(transfer: Transfer) -> str:
    """What the QR code of *transfer* says.

    Raises:
        ValueError: If no such code may say it.
    """
    _check(transfer)
    purpose = structured_reference = ""
    lines = (
        _SERVICE,
        _VERSION,
        _UTF_8,
        _CREDIT_TRANSFER,
        _compact(transfer.bic or ""),
        transfer.beneficiary,
        _compact(transfer.iban),
        f"EUR{euros(transfer.amount_cents):.2f}",
        purpose,
        structured_reference,
        transfer.reference,
    )
    if any(len(line.splitlines()) > 1 or line.strip() != line for line in lines):
        raise ValueError("a part holds an end of line, or blanks around it")
    text = "\n".join(lines).rstrip("\n")
    if (size := len(text.encode())) > MOST_BYTES:
        raise ValueError(f"{size} bytes are more than {MOST_BYTES}")
    return text


def grouped(iban: str) -> str:
    """An IBAN as people read it: ``FR14 2004 1010 …``."""
    compact = _compact(iban)
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def _compact(text: str) -> str:
    return "".join(text.split()).upper()


def _check(transfer: Transfer) -> None:
    """Refuse what is missing, and what is too long, too little or too much."""
    if not 1 <= len(transfer.beneficiary) <= LONGEST_BENEFICIARY:
        raise ValueError(f"a beneficiary has 1 to {LONGEST_BENEFICIARY} characters")
    if not _compact(transfer.iban):
        raise ValueError("the IBAN is missing")
    if len(transfer.reference) > LONGEST_REFERENCE:
        raise ValueError(f"a reference has at most {LONGEST_REFERENCE} characters")
    if not LEAST_CENTS <= transfer.amount_cents <= MOST_CENTS:
        raise ValueError(f"not an amount to transfer: {transfer.amount_cents} cents")
