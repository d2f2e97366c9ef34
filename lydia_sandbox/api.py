"""Lydia's API: a site asks for a payment, then how it went."""

import re
import secrets
import sqlite3
import uuid
from collections.abc import Mapping
from decimal import Decimal

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from lydia_sandbox import parts, store
from lydia_sandbox.merchants import Merchant
from lydia_sandbox.outcomes import Request, State
from lydia_sandbox.parts import Parts
from lydia_sandbox.signature import sign
from lydia_sandbox.store import Behaviour

blueprint = Blueprint("api", __name__)

#: How long a slow answer takes, in seconds.
SLOWNESS = 10

AMOUNT = re.compile(r"[0-9]{1,6}\.[0-9]{2}")
#: Plain enough to be written as it is in a header, of policy or of redirection.
URL = r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?"
#: What a request must say, in these forms.
FIELDS = {
    "currency": r"EUR",
    "recipient": r".{1,255}",
    "type": r"phone|email",
    "message": r".{1,255}",
    "order_ref": r"[A-Za-z0-9_-]{1,64}",
    "confirm_url": URL,
    "cancel_url": URL,
    "expire_url": URL,
    "browser_success_url": URL,
    "browser_fail_url": URL,
    "payment_method": r"lydia|cb|auto",
}


@blueprint.post("/do.json")
def do() -> ResponseReturnValue:
    """Ask for a payment."""
    sandbox = parts.current()
    with store.writing(sandbox.database) as connection:
        behaviour = store.take_behaviour(connection)
        answer = _answer(sandbox, connection, behaviour)
    if behaviour == Behaviour.slow:
        sandbox.sleep(SLOWNESS)
    return answer


@blueprint.post("/state.json")
def state() -> ResponseReturnValue:
    """Say how a payment went."""
    sandbox = parts.current()
    merchant = sandbox.merchant(request.form.get("vendor_token", ""))
    if merchant is None:
        return _error("1", "Unknown vendor_token.")
    found = _found(sandbox, merchant)
    if found is None:
        return _error("1", "Unknown request.")
    signed = {"amount": found.amount, "request_uuid": found.uuid}
    return jsonify(
        signed
        | {"state": str(found.state.value), "signature": sign(signed, merchant.private_token)}
    )


def _answer(
    sandbox: Parts, connection: sqlite3.Connection, behaviour: Behaviour
) -> ResponseReturnValue:
    """What a request for a payment is answered."""
    if behaviour == Behaviour.error:
        return _error("3", "The request was refused, as the sandbox was told to.")
    if behaviour == Behaviour.html:
        return "<!doctype html><html lang=en><title>Lydia</title><h1>Back soon</h1></html>"
    merchant = sandbox.merchant(request.form.get("vendor_token", ""))
    if merchant is None:
        return _error("1", "Unknown vendor_token.")
    missing = _missing(request.form)
    if missing:
        return _error("2", f"Missing or malformed: {', '.join(missing)}.")
    if not AMOUNT.fullmatch(request.form["amount"]) or not Decimal(request.form["amount"]):
        return _error("3", "Malformed amount.")
    made = store.add(connection, _asked(request.form, merchant, at=sandbox.now()))
    return jsonify(
        error="0",
        request_id=made.request_id,
        request_uuid=made.uuid,
        message="success",
        mobile_url=url_for(
            "pages.collect", uuid=made.uuid, method=made.payment_method, _external=True
        ),
    )


def _missing(form: Mapping[str, str]) -> list[str]:
    """The fields that are not there, or not in their form."""
    missing = [] if form.get("amount") else ["amount"]
    wrong = (name for name in FIELDS if not re.fullmatch(FIELDS[name], form.get(name, "")))
    return [*missing, *wrong]


def _asked(form: Mapping[str, str], merchant: Merchant, *, at: float) -> Request:
    return Request(
        uuid=uuid.uuid4().hex,
        request_id=f"{secrets.randbelow(10**12):012}",
        vendor_token=merchant.vendor_token,
        amount=form["amount"],
        recipient_type=form["type"],
        message=form["message"],
        order_ref=form["order_ref"],
        confirm_url=form["confirm_url"],
        cancel_url=form["cancel_url"],
        expire_url=form["expire_url"],
        browser_success_url=form["browser_success_url"],
        browser_fail_url=form["browser_fail_url"],
        payment_method=form["payment_method"],
        state=State.waiting,
        transaction_identifier=None,
        created_at=at,
    )


def _found(sandbox: Parts, merchant: Merchant) -> Request | None:
    """The request of *merchant* that is asked about: by its uuid, else by its order."""
    with store.opened(sandbox.database) as connection:
        known = request.form.get("request_uuid")
        if not known:
            order_ref = request.form.get("order_ref", "")
            return store.by_order(connection, merchant.vendor_token, order_ref)
        found = store.by_uuid(connection, known)
    return found if found and found.vendor_token == merchant.vendor_token else None


def _error(code: str, message: str) -> ResponseReturnValue:
    return jsonify(error=code, message=message)
