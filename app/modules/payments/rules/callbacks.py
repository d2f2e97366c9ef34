"""What Lydia says when something happened: how it must be written (network-b B5.6)."""

import re
from collections.abc import Mapping, Sequence

#: The one currency that counts.
CURRENCY = "EUR"
_FORMS = {
    "currency": "[A-Z]{3}",
    "request_id": "[A-Za-z0-9-]{1,64}",
    "amount": r"[0-9]{1,6}\.[0-9]{2}",
    "signed": "[01]",
    "transaction_identifier": "[A-Za-z0-9_-]{1,64}",
    "vendor_token": "[A-Za-z0-9]{1,64}",
    "order_ref": "PEM-[0-9]{1,12}-[0-9]{1,12}",
    "sig": "[0-9a-f]{32}",
}
#: The names of what is said of a payment that was made; and of one that was not.
CONFIRM = frozenset(_FORMS)
CANCEL = CONFIRM - {"transaction_identifier"}
#: What must be written nowhere.
SECRET = frozenset({"sig", "signature", "vendor_token"})


def read(said: Mapping[str, Sequence[str]], names: frozenset[str]) -> dict[str, str] | None:
    """The fields that count, if each is there once and well written; else ``None``."""
    fields = {}
    for name in names:
        values = said.get(name, ())
        if len(values) != 1 or not re.fullmatch(_FORMS[name], values[0]):
            return None
        fields[name] = values[0]
    return fields


def cents(amount: str) -> int:
    """``15.00`` as 1500: an amount whose form was checked."""
    whole, _point, part = amount.partition(".")
    return int(whole) * 100 + int(part)
