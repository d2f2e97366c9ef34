"""Topping up online: the form, what Lydia is asked, where one comes back to (community 3.7)."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext as _

from app import context
from app.context import current
from app.core.money import Cents, euros
from app.core.transaction import transaction
from app.enums import PaymentMethod, PaymentType, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.integrations.lydia import Order
from app.models import Payment
from app.modules.account.forms import ButtonForm
from app.modules.bar import around
from app.modules.bar.errors import NoSuchTopUp, OnlineSilent
from app.modules.bar.forms.recharge import RechargeForm
from app.modules.bar.queries import me as queries
from app.modules.bar.queries.me import Own
from app.modules.bar.routes.blueprint import bp
from app.modules.payments.around import till
from app.modules.payments.errors import LydiaSilent, NoEmail
from app.modules.payments.routes.pages import receipt_of, shown
from app.modules.payments.service import collect, online
from app.modules.payments.service.collect import Purchase
from app.web.asked import asked_number
from app.web.forms import new_key
from app.web.urls import absolute_url

#: What is offered at a press, in cents.
PRESETS = (500, 1000, 2000, 5000)


@bp.route("/bar/recharge", methods=["GET", "POST"])
@context.permission_only(T.read, S.bar)
@context.in_person_only
def recharge() -> ResponseReturnValue:
    """Put money on one's account, through Lydia."""
    mine = queries.own(db.session(), current.me.id)
    form = RechargeForm()
    form.keep_within(mine.house)
    if not around.takes_money_online():
        return _unavailable(mine)
    if form.validate_on_submit():
        with form.refusals():
            return _pay(form)
        form.idempotency_key.data = new_key()  # sent again, it is another payment
    elif request.method == "GET":
        _prefill(form)
    return form.page("bar/recharge/recharge.html", mine=mine, presets=_presets(mine))


def _unavailable(mine: Own) -> ResponseReturnValue:
    if request.method == "POST":
        flash(_("Le rechargement en ligne n'est pas disponible : passez au comptoir."), "warning")
        return redirect(url_for("bar.recharge"), 303)
    return render_template("bar/recharge/unavailable.html", mine=mine)


def _presets(mine: Own) -> list[tuple[Cents, str]]:
    """The usual amounts that the house takes, each as one writes it."""
    low, high = mine.house.recharge_min, mine.house.recharge_max
    return [
        (cents, str(format_decimal(euros(cents), "0.00")))
        for cents in PRESETS
        if low <= cents <= high
    ]


def _prefill(form: RechargeForm) -> None:
    """Begin with the amount that was pressed, where there is no script."""
    cents = asked_number("cents", digits=6)
    if cents is not None:
        form.amount.data = cents


def _pay(form: RechargeForm) -> ResponseReturnValue:
    """Have Lydia wait for the client, then lead them to the page that says where to pay.

    Raises:
        NoDeposit, AmountOutOfBounds, BalanceTooHigh: If the account may not take it.
        NoEmail, PaidTooOften, OnlineSilent: If Lydia is not asked, or does not answer.
    """
    me, cents = current.me, form.amount.cents
    method = PaymentMethod.lydia if form.phone.text else PaymentMethod.card
    recipient = _recipient(form)
    try:
        payment, is_new = online.pay(
            db.session(),
            pceen=me,
            purchase=Purchase(type=PaymentType.bar, amount_cents=cents, method=method),
            key=_key(form, method),
            order=_order(recipient),
            till=till(),
        )
    except LydiaSilent as trouble:
        raise OnlineSilent from trouble
    again = None if is_new else 1
    return redirect(url_for("bar.top_up_state", key=payment.id, again=again), 303)


def _key(form: RechargeForm, method: PaymentMethod) -> str:
    """What this very form asks: sent again with another amount, it is another payment."""
    asked = f"{form.request_key(sender=current.me.id)}:{form.amount.cents}:{method}"
    return hashlib.sha256(asked.encode()).hexdigest()


def _recipient(form: RechargeForm) -> str:
    """Whom Lydia asks: a phone for its application, an e-mail for a card.

    Raises:
        NoEmail: If the person has none.
    """
    if form.phone.text:
        return form.phone.number
    if current.me.email is None:
        raise NoEmail
    return current.me.email


def _order(recipient: str) -> Callable[[Payment], Order]:
    """What is asked of Lydia for a top-up, once it has a number."""

    def order(payment: Payment) -> Order:
        return Order(
            type=PaymentType.bar,
            method=payment.method,
            amount_cents=payment.amount_cents,
            recipient=recipient,
            message=_("Rechargement du compte du bar"),
            order_ref=payment.order_ref or "",
            confirm_url=absolute_url("bar.lydia_confirm"),
            cancel_url=absolute_url("bar.lydia_cancel"),
            success_url=absolute_url("bar.lydia_success", payment=payment.id),
            fail_url=absolute_url("bar.lydia_fail", payment=payment.id),
        )

    return order


# Where a top-up stands


def _own_top_up(key: int | None) -> Payment:
    """A top-up of the visitor; without a number, the last one.

    Raises:
        NoSuchTopUp: To anybody else, and for what is no top-up.
    """
    return queries.top_up(db.session(), current.me.id, key)


def _state_page(payment: Payment, *, returned: str | None) -> str:
    return render_template(
        "bar/recharge/state.html",
        page=shown(payment, again="again" in request.args),
        form=ButtonForm(),
        returned=returned,
    )


@bp.get("/bar/recharge/<int:key>")
@context.logged_in_only
def top_up_state(key: int) -> ResponseReturnValue:
    """Where a top-up stands."""
    return _state_page(_own_top_up(key), returned=None)


@bp.get("/api/bar/recharge/<int:key>")
@context.logged_in_only
def api_top_up_state(key: int) -> ResponseReturnValue:
    """The same, for scripts."""
    payment = _own_top_up(key)
    answer: dict[str, Any] = {
        "id": payment.id,
        "status": payment.status,
        "is_pending": payment.is_pending,
        "is_revoked": payment.is_revoked,
        "amount_cents": payment.amount_cents,
        "payed_at": payment.payed_at.isoformat() if payment.payed_at else None,
    }
    return answer


@bp.post("/bar/recharge/<int:key>/check")
@context.logged_in_only
def check_top_up(key: int) -> ResponseReturnValue:
    """Have Lydia asked what became of a top-up."""
    payment = _own_top_up(key)
    with transaction(db.session()) as session:
        collect.ask(session, payment)
    if request.headers.get("Accept") != "application/json":
        flash(_("C'est demandé à Lydia : la réponse vient dans quelques secondes."), "info")
    return redirect(url_for("bar.top_up_state", key=key), 303)


@bp.get("/bar/recharge/<int:key>/receipt.pdf")
@context.logged_in_only
def top_up_receipt(key: int) -> Response:
    """The receipt of a top-up that was paid, as a PDF."""
    payment = _own_top_up(key)
    if payment.payed_at is None:
        raise NoSuchTopUp
    return receipt_of(payment, beneficiary=_("Le bar"))


@bp.get("/bar/lydia/success")
@context.permission_only(T.read, S.bar)
def lydia_success() -> ResponseReturnValue:
    """Back from Lydia, once paid: as far as the browser knows."""
    return _returned("success")


@bp.get("/bar/lydia/fail")
@context.permission_only(T.read, S.bar)
def lydia_fail() -> ResponseReturnValue:
    """Back from Lydia, without having paid: as far as the browser knows."""
    return _returned("fail")


def _returned(how: str) -> ResponseReturnValue:
    """The state of a top-up: what the browser says of it changes nothing."""
    key = asked_number("payment")
    if key is None and "payment" in request.args:
        raise NoSuchTopUp
    return _state_page(_own_top_up(key), returned=how)
