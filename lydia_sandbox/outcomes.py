"""How a payment may end, and what the site that asked for it is then told."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from lydia_sandbox.merchants import Merchant
from lydia_sandbox.signature import sign

#: How long a late callback is late, in seconds.
LATENESS = 60


class State(IntEnum):
    """Where a request stands, by Lydia's numbers."""

    waiting = 0
    paid = 1
    refused = 5
    cancelled = 6


class Outcome(StrEnum):
    """What one may choose on the page where one pays."""

    pay = "pay"
    refuse = "refuse"
    cancel = "cancel"
    expire = "expire"
    silent = "silent"
    twice = "twice"
    late = "late"
    bad_signature = "bad_signature"
    other_amount = "other_amount"

    @property
    def state(self) -> State:
        """Where it leaves the request."""
        return ENDS.get(self, State.paid)


#: The outcomes that pay nothing.
ENDS = {
    Outcome.refuse: State.refused,
    Outcome.cancel: State.cancelled,
    Outcome.expire: State.cancelled,
}


@dataclass(frozen=True, slots=True)
class Request:
    """A payment that a site asked for. Whom it was asked of is not kept."""

    uuid: str
    request_id: str
    vendor_token: str
    amount: str
    recipient_type: str
    message: str
    order_ref: str
    confirm_url: str
    cancel_url: str
    expire_url: str
    browser_success_url: str
    browser_fail_url: str
    payment_method: str
    state: State
    transaction_identifier: str | None
    created_at: float

    @property
    def return_url(self) -> str:
        """Where the browser goes once the payment has ended."""
        return self.browser_success_url if self.state == State.paid else self.browser_fail_url


@dataclass(frozen=True, slots=True)
class Notice:
    """A callback to send: what, where, and after how many seconds."""

    kind: str
    url: str
    fields: Mapping[str, str]
    delay: int = 0


def ended(request: Request, outcome: Outcome, *, at: float) -> Request:
    """The request once *outcome* was chosen."""
    if outcome.state != State.paid:
        return replace(request, state=outcome.state)
    day = datetime.fromtimestamp(at, UTC)
    transaction = f"TX{day:%Y%m%d}{secrets.randbelow(10**10):010}"
    return replace(request, state=State.paid, transaction_identifier=transaction)


def notices_of(request: Request, outcome: Outcome, merchant: Merchant) -> list[Notice]:
    """The callbacks that follow from *outcome*; *request* is as it then stands."""
    if outcome in {Outcome.refuse, Outcome.silent}:
        return []
    if outcome == Outcome.cancel:
        return [Notice("cancel", request.cancel_url, _signed(_fields(request), merchant))]
    if outcome == Outcome.expire:
        return [Notice("expire", request.expire_url, _signed(_fields(request), merchant))]
    fields = _signed(_confirmed(request, outcome), merchant)
    if outcome == Outcome.bad_signature:
        fields["sig"] = sign(fields, merchant.private_token)  # covers itself, which is wrong
    delay = LATENESS if outcome == Outcome.late else 0
    confirm = Notice("confirm", request.confirm_url, fields, delay)
    return [confirm, confirm] if outcome == Outcome.twice else [confirm]


def _fields(request: Request) -> dict[str, str]:
    return {
        "currency": "EUR",
        "request_id": request.request_id,
        "amount": request.amount,
        "signed": "1",
        "vendor_token": request.vendor_token,
        "order_ref": request.order_ref,
    }


def _confirmed(request: Request, outcome: Outcome) -> dict[str, str]:
    fields = _fields(request) | {"transaction_identifier": request.transaction_identifier or ""}
    if outcome == Outcome.other_amount:
        fields["amount"] = f"{Decimal(request.amount) + 1:.2f}"
    return fields


def _signed(fields: dict[str, str], merchant: Merchant) -> dict[str, str]:
    return fields | {"sig": sign(fields, merchant.private_token)}
