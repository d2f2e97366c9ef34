"""Lydia: who takes money online, and how it is spoken to (network-b B5.6)."""

import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3
from pydantic import SecretStr

from app.core.money import Cents, euros, parse_euros
from app.enums import PaymentMethod, PaymentType
from app.integrations import metrics
from app.settings import Settings
from lydia_sandbox import merchants as sandbox

logger = logging.getLogger(__name__)

#: How long, in seconds, Lydia may take to answer, and how much it may say, in bytes.
PATIENCE = 5.0
_LONGEST = 65_536
_UUID = re.compile(r"[A-Za-z0-9-]{1,64}")
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
#: What is kept of an answer: nothing else in it may be a token, or tell of the payer.
_KEPT = ("amount", "currency", "error", "order_ref", "request_id", "request_uuid", "state")
#: Where the sandbox answers, and under which path of the site others find it.
SANDBOX_ADDRESS = "http://127.0.0.1:5001/sandbox/lydia"
_SANDBOX_PATH = "/sandbox/lydia"
#: What Lydia calls our two methods.
_METHODS = {PaymentMethod.lydia: "lydia", PaymentMethod.card: "cb"}
#: Lydia's word for: whichever method the payer likes.
_ANY_METHOD = "auto"


class LydiaAway(Exception):
    """Lydia did not answer, or not what was expected; the text holds no secret."""


class LydiaGarbled(LydiaAway):
    """Lydia answered something that is no answer: a page, or an error of its server."""


class LydiaUnsure(LydiaAway):
    """Lydia answered something that its signature does not vouch for."""


class LydiaRefused(LydiaAway):
    """Lydia answered no: asked again soon, it would say the same."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """An account at Lydia: what names it, and what it signs with."""

    vendor_token: str
    private_token: SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of Lydia: have someone pay."""

    type: PaymentType
    method: PaymentMethod
    amount_cents: Cents
    #: A phone, for the application; an e-mail, for a card.
    recipient: str
    message: str
    order_ref: str
    confirm_url: str
    cancel_url: str
    success_url: str
    fail_url: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Lydia's word that it waits for the payer."""

    uuid: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class State:
    """What became of a request, as Lydia signed it."""

    #: ``0`` waits, ``1`` paid, ``5`` refused, ``6`` cancelled.
    code: str
    amount_cents: Cents
    uuid: str
    #: The answer, without its signature.
    body: str


def sign(parameters: Mapping[str, str], private_token: SecretStr) -> str:
    """What Lydia signs *parameters* with: MD5, which it imposes, and nothing else of ours uses."""
    text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    secret = f"{text}&{private_token.get_secret_value()}"
    return hashlib.md5(secret.encode(), usedforsecurity=False).hexdigest()


class Lydia:
    """What Lydia is asked, in our words."""

    def __init__(
        self,
        address: str,
        merchants: Mapping[PaymentType, Merchant],
        *,
        shown_at: str | None = None,
    ) -> None:
        self._address = address
        self._merchants = merchants
        #: Where browsers find it, if elsewhere.
        self._shown_at = shown_at or address
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=PATIENCE), retries=False, maxsize=4
        )

    def takes(self, type: PaymentType) -> bool:
        """Whether there is a merchant for that."""
        return type in self._merchants

    def vendor_token(self, type: PaymentType) -> str | None:
        """What names the merchant of that; ``None`` without one."""
        merchant = self._merchants.get(type)
        return merchant.vendor_token if merchant else None

    def is_signed(self, type: PaymentType, parameters: Mapping[str, str], signature: str) -> bool:
        """Whether *signature* is Lydia's, on all these parameters, for the merchant of that."""
        merchant = self._merchants.get(type)
        if merchant is None:
            return False
        expected = sign(parameters, merchant.private_token)
        return hmac.compare_digest(expected.encode(), signature.encode())

    def page_of(self, uuid: str, method: PaymentMethod | None = None) -> str:
        """Where the payer pays; without a method, they choose one there."""
        name = _METHODS[method] if method else _ANY_METHOD
        return f"{self._shown_at}/collect/payment/{uuid}/{name}"

    def request(self, order: Order) -> Accepted:
        """Have Lydia wait for someone to pay.

        Raises:
            LydiaAway: If it does not say that it will; nothing was charged.
        """
        is_card = order.method is PaymentMethod.card
        answer = self._ask(
            "request/do.json",
            {
                "vendor_token": self._merchants[order.type].vendor_token,
                "amount": f"{euros(order.amount_cents):.2f}",
                "currency": "EUR",
                "recipient": order.recipient,
                "type": "email" if is_card else "phone",
                "message": order.message[:255],
                "order_ref": order.order_ref,
                "notify_collector": "no",
                "display_confirmation": "no",
                "confirm_url": order.confirm_url,
                "cancel_url": order.cancel_url,
                "expire_url": order.cancel_url,
                "end_mobile_url": order.success_url,
                "browser_success_url": order.success_url,
                "browser_fail_url": order.fail_url,
                "payment_method": _METHODS[order.method],
            },
        )
        uuid = str(answer.get("request_uuid") or "")
        if str(answer.get("error")) != "0" or not _UUID.fullmatch(uuid):
            raise LydiaRefused(f"refused: error {_code(answer)}")
        request_id = str(answer.get("request_id") or "")
        return Accepted(uuid, request_id if _UUID.fullmatch(request_id) else None)

    def state(self, type: PaymentType, *, uuid: str | None, order_ref: str | None) -> State:
        """What became of a request; by our reference where Lydia's was lost.

        Raises:
            LydiaAway: If it does not say.
            LydiaUnsure: If what it says is not signed, or not of this request.
        """
        merchant = self._merchants[type]
        named = {"request_uuid": uuid} if uuid else {"order_ref": order_ref or ""}
        answer = self._ask("request/state.json", {"vendor_token": merchant.vendor_token, **named})
        signature, code = str(answer.get("signature") or ""), _text(answer.get("state"))
        if not signature or not code:
            raise LydiaRefused(f"no state: error {_code(answer)}")
        found, amount = str(answer.get("request_uuid")), str(answer.get("amount"))
        if not _UUID.fullmatch(found) or not _AMOUNT.fullmatch(amount):
            raise LydiaUnsure("no request, or no amount")
        amount_cents = parse_euros(amount)
        signed = {"amount": f"{euros(amount_cents):.2f}", "request_uuid": found}
        if not self.is_signed(type, signed, signature):
            raise LydiaUnsure("wrong signature")
        if uuid is not None and found != uuid:
            raise LydiaUnsure("another request")
        kept = {name: _text(answer[name]) for name in _KEPT if name in answer}
        return State(code[:8], amount_cents, found, json.dumps(kept)[:4096])

    def _ask(self, path: str, fields: dict[str, str]) -> dict[str, Any]:
        """Ask once, follow nothing, wait no longer than agreed."""
        began = time.monotonic()
        try:
            response = self._pool.urlopen(
                "POST",
                f"{self._address}/api/{path}",
                body=urlencode(fields),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                redirect=False,
                preload_content=False,
            )
            with response:
                body = _read(response, until=began + PATIENCE)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise LydiaAway(f"no answer: {type(error).__name__}") from None
        metrics.lydia_seconds().observe(time.monotonic() - began)
        logger.info("Lydia answered %s in %.2f s", response.status, time.monotonic() - began)
        if response.status != 200:
            raise LydiaGarbled(f"HTTP {response.status}")
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise LydiaGarbled("unreadable answer") from None
        if not isinstance(answer, dict):
            raise LydiaGarbled("unreadable answer")
        return answer


def _read(response: urllib3.BaseHTTPResponse, *, until: float) -> bytes:
    """The body of an answer, unless it is long, or long in coming."""
    body = b""
    while part := response.read1(4096):  # what is there: the rest of a slow one is not waited for
        body += part
        if len(body) > _LONGEST or time.monotonic() > until:
            raise TimeoutError
    return body


def _text(value: object) -> str:
    """A number or a text of an answer, as a text; nothing, for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _code(answer: Mapping[str, Any]) -> str:
    """The number of Lydia's error, if it is one: nothing else is safe to write."""
    code = str(answer.get("error", ""))
    return code if re.fullmatch(r"[0-9]{1,6}", code) else "unknown"


def make_lydia(settings: Settings) -> Lydia | None:
    """What takes money online on this installation; ``None`` if nothing does."""
    lydia = settings.lydia
    if lydia.base_url is None:
        return None
    pairs = {
        PaymentType.internet: (lydia.vendor_token, lydia.private_token),
        PaymentType.bar: (lydia.bar_vendor_token, lydia.bar_private_token),
    }
    merchants = {
        type_: Merchant(vendor.get_secret_value(), private)
        for type_, (vendor, private) in pairs.items()
        if vendor and private
    }
    if not lydia.is_sandbox:
        return Lydia(lydia.base_url, merchants) if merchants else None
    for type_, played in zip(PaymentType, (sandbox.INTERNET, sandbox.BAR), strict=True):
        own = Merchant(played.vendor_token, SecretStr(played.private_token))
        merchants.setdefault(type_, own)
    is_elsewhere = settings.mode == "production"
    shown_at = f"{settings.origin}{_SANDBOX_PATH}" if is_elsewhere else None
    return Lydia(SANDBOX_ADDRESS, merchants, shown_at=shown_at)
