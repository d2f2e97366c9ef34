"""One payment, for who made it: where it stands, what comes next, its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core import clock
from app.core.transaction import transaction
from app.enums import PaymentStatus, PaymentType, PermissionScope, PermissionType
from app.extensions import db
from app.models import Payment
from app.modules.account.forms import ButtonForm
from app.modules.payments import around, queries
from app.modules.payments.errors import NoSuchPayment
from app.modules.payments.exports import Receipt, receipt_pdf
from app.modules.payments.routes.blueprint import bp
from app.modules.payments.service import collect
from app.web import installation
from app.web.filters import format_day, format_instant
from app.web.module import all_deliveries


def seen(key: int, right: PermissionType) -> Payment:
    """The payment *key*, for its owner, or for who has this right on payments.

    Raises:
        NoSuchPayment: To anybody else, as if there were none.
    """
    context.check_logged_in()
    found = queries.payment(db.session(), key)
    is_own = found.pceen_id == context.current.me.id and found.type is PaymentType.internet
    if not is_own and not context.current.looks_after(right, PermissionScope.payments):
        raise NoSuchPayment
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment, and what is said of it."""

    payment: Payment
    what: str
    facts: Sequence[tuple[str, str]]
    #: When it was paid, in words: of what a GRI recorded, the day alone is known.
    payed: str | None
    #: Where the payer pays, while Lydia waits for them.
    pay_url: str | None
    is_own: bool


def shown(payment: Payment, *, again: bool = False) -> Shown:
    """What a page says of a payment; *again*, for one that was used again."""
    what, facts = all_deliveries()[payment.type].describe(db.session(), payment)
    lydia, pay_url = around.lydia(), None
    is_own = payment.pceen_id == context.current.me.id
    if lydia is not None and is_own and payment.status is PaymentStatus.waiting:
        method = None if again else payment.method
        pay_url = lydia.page_of(payment.lydia_uuid, method) if payment.lydia_uuid else None
    return Shown(payment, what, facts, _payed(payment), pay_url, is_own)


def _payed(payment: Payment) -> str | None:
    if payment.payed_at is None:
        return None
    if payment.gri_id is None:
        return format_instant(payment.payed_at)
    return format_day(clock.day_of(payment.payed_at))


@bp.get("/payments/<int:key>")
@context.per_element
def payment(key: int) -> ResponseReturnValue:
    """Where a payment stands."""
    found = seen(key, PermissionType.read)
    page = shown(found, again="again" in request.args)
    return render_template("payments/payment.html", page=page, form=ButtonForm(), returned=None)


@bp.post("/payments/<int:key>/check")
@context.per_element
def check(key: int) -> ResponseReturnValue:
    """Have Lydia asked what became of a payment."""
    found = seen(key, PermissionType.write)
    with transaction(db.session()) as session:
        collect.ask(session, found)
    if request.headers.get("Accept") != "application/json":
        flash(_("C'est demandé à Lydia : la réponse vient dans quelques secondes."), "info")
    return redirect(url_for("payments.payment", key=key), 303)


@bp.get("/payments/lydia/success")
@context.logged_in_only
def success() -> ResponseReturnValue:
    """Back from Lydia, once paid: as far as the browser knows."""
    return _returned("success")


@bp.get("/payments/lydia/fail")
@context.logged_in_only
def fail() -> ResponseReturnValue:
    """Back from Lydia, without having paid: as far as the browser knows."""
    return _returned("fail")


def _returned(how: str) -> ResponseReturnValue:
    """The state of a payment: what the browser says of it changes nothing."""
    me, asked = context.current.me, request.args.get("payment")
    if asked is None:
        found = queries.latest_payment(db.session(), me.id, PaymentType.internet)
    else:
        is_number = asked.isascii() and asked.isdigit() and len(asked) < 10
        found = queries.payment(db.session(), int(asked)) if is_number else None
    if found is None or found.pceen_id != me.id or found.type is not PaymentType.internet:
        abort(404)
    return render_template(
        "payments/payment.html", page=shown(found), form=ButtonForm(), returned=how
    )


@bp.get("/payments/<int:key>/receipt.pdf")
@context.per_element
def receipt(key: int) -> Response:
    """The receipt of a payment that was paid, as a PDF."""
    return receipt_of(seen(key, PermissionType.read))


def receipt_of(found: Payment, *, beneficiary: str | None = None) -> Response:
    """The receipt of a payment; its *beneficiary* is whom transfers go to, unless it is told.

    Raises:
        NoSuchPayment: If it was not paid.
    """
    if found.payed_at is None:
        raise NoSuchPayment
    what, facts = all_deliveries()[found.type].describe(db.session(), found)
    settings = installation.settings()
    pdf = receipt_pdf(
        Receipt(
            number=found.id,
            payer=found.pceen.full_name,
            email=found.pceen.email,
            payed_at=found.payed_at,
            amount_cents=found.amount_cents,
            method=str(found.method.label),
            what=what,
            details=tuple(facts),
            transaction=found.lydia_transaction_id,
            beneficiary=beneficiary or settings.transfer.beneficiary,
            site=settings.origin,
            is_revoked=found.is_revoked,
        )
    )
    answer = make_response(pdf)
    answer.content_type = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="pem-{found.id}.pdf"'
    return answer
