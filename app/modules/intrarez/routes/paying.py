"""Paying for Internet: where one stands, what there is to buy, and how to pay it."""

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.core.epc import Transfer, grouped, payload
from app.enums import PaymentMethod, PaymentType
from app.extensions import db
from app.integrations.lydia import Order
from app.models import Offer, Payment, Subscription
from app.modules.intrarez import queries
from app.modules.intrarez.forms import CardForm, LydiaForm
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.rules.matching import reference
from app.modules.intrarez.rules.subscriptions import Period
from app.modules.payments import around
from app.modules.payments.errors import NoEmail
from app.modules.payments.service import online
from app.modules.payments.service.collect import Purchase
from app.web import installation, qrcodes
from app.web.filters import format_day
from app.web.forms import new_key
from app.web.urls import absolute_url

#: The ways to pay, in the order in which they are shown.
METHODS = (
    PaymentMethod.lydia,
    PaymentMethod.card,
    PaymentMethod.transfer,
    PaymentMethod.cash,
)


def methods() -> list[PaymentMethod]:
    """The ways to pay that this installation has."""
    lydia, transfer = around.lydia(), installation.settings().transfer
    has_lydia = lydia is not None and lydia.takes(PaymentType.internet)
    missing = set() if has_lydia else {PaymentMethod.lydia, PaymentMethod.card}
    if transfer.iban is None:
        missing.add(PaymentMethod.transfer)
    return [method for method in METHODS if method not in missing]


def period_of(given: Subscription) -> Period:
    """The days of a subscription."""
    return Period(given.start, given.end)


def describe(session: Session, payment: Payment) -> tuple[str, Sequence[tuple[str, str]]]:
    """What a payment for Internet bought, in the language of the reader."""
    offer = queries.offer(session, payment.offer_slug or "")
    given = queries.of_payment(session, payment.id)
    if given is None:
        return offer.name, ()
    period = period_of(given)
    return offer.name, (
        (_("Début"), format_day(period.start)),
        (_("Fin"), format_day(period.end)),
        (_("Mois offert jusqu'au"), format_day(period.last_day)),
    )


@bp.get("/payments")
@bp.get("/payments/")
@context.setup_only
def subscription() -> ResponseReturnValue:
    """Where one stands, and what one paid."""
    session, me = db.session(), context.current.me
    subscriptions = queries.subscriptions_of(session, me.id)
    return render_template(
        "intrarez/subscription.html",
        standing=queries.standing_of(subscriptions),
        subscriptions=subscriptions,
        unfinished=queries.unfinished_payments(session, me.id),
        period_of=period_of,
        methods=methods(),
        offline=PaymentMethod.card not in methods(),
    )


@bp.get("/payments/pay")
@context.setup_only
def choose() -> ResponseReturnValue:
    """Choose what to buy, then how to pay it."""
    session, me = db.session(), context.current.me
    offers = queries.offers_for_sale(session)
    asked = request.args.get("offer")
    chosen = next((one for one in offers if one.slug == asked), offers[-1] if offers else None)
    method = next((one for one in methods() if one == request.args.get("method")), None)
    if chosen is not None and method is not None:
        page = url_for("intrarez.pay", method=method.name, slug=chosen.slug)
        return redirect(page, 302)
    return render_template(
        "intrarez/choose.html",
        offers=offers,
        chosen=chosen,
        standing=queries.standing(session, me.id),
        methods=methods(),
        offline=PaymentMethod.card not in methods(),
    )


def _offer(slug: str) -> Offer | None:
    """The offer of that name, if it is for sale."""
    return next((one for one in queries.offers_for_sale(db.session()) if one.slug == slug), None)


@bp.route("/payments/pay/<any(lydia, card, transfer, cash):method>/<slug>", methods=["GET", "POST"])
@context.setup_only
def pay(method: str, slug: str) -> ResponseReturnValue:
    """Pay for an offer: through Lydia, or by what the page says."""
    way, offer = PaymentMethod[method], _offer(slug)
    if offer is None or way not in methods():
        flash(_("Cette offre ou ce moyen n'est plus proposé : choisissez-en un autre."), "warning")
        return redirect(url_for("intrarez.choose"), 303 if request.method == "POST" else 302)
    if way.is_online:
        context.check_in_person()
        return _pay_online(offer, way)
    if request.method == "POST":
        return redirect(url_for("intrarez.pay", method=method, slug=slug), 303)
    return _by_transfer(offer) if way is PaymentMethod.transfer else _in_cash(offer)


def _pay_online(offer: Offer, method: PaymentMethod) -> ResponseReturnValue:
    form = LydiaForm() if method is PaymentMethod.lydia else CardForm()
    if form.validate_on_submit():
        with form.refusals():
            payment, is_new = online.pay(
                db.session(),
                pceen=context.current.me,
                purchase=Purchase(
                    offer_slug=offer.slug, amount_cents=offer.price_cents, method=method
                ),
                key=form.request_key(sender=context.current.me.id),
                order=_order(offer, _recipient(form)),
                till=around.till(),
            )
            again = None if is_new else 1
            return redirect(url_for("payments.payment", key=payment.id, again=again), 303)
        form.idempotency_key.data = new_key()  # sent again, it is another payment
    return form.page(
        "intrarez/pay_online.html",
        offer=offer,
        method=method,
        standing=queries.standing(db.session(), context.current.me.id),
    )


def _recipient(form: CardForm) -> str:
    """Whom Lydia asks: a phone for its application, an e-mail for a card.

    Raises:
        NoEmail: If the person has none.
    """
    if isinstance(form, LydiaForm):
        return form.phone.number
    if context.current.me.email is None:
        raise NoEmail
    return context.current.me.email


def _order(offer: Offer, recipient: str) -> Callable[[Payment], Order]:
    """What is asked of Lydia for a payment, once it has a number."""
    name = offer.name

    def order(payment: Payment) -> Order:
        return Order(
            type=PaymentType.internet,
            method=payment.method,
            amount_cents=payment.amount_cents,
            recipient=recipient,
            message=_("Offre Internet %(name)s", name=name),
            order_ref=payment.order_ref or "",
            confirm_url=absolute_url("payments.confirm"),
            cancel_url=absolute_url("payments.cancel"),
            success_url=absolute_url("payments.success", payment=payment.id),
            fail_url=absolute_url("payments.fail", payment=payment.id),
        )

    return order


def _by_transfer(offer: Offer) -> ResponseReturnValue:
    settings, me = installation.settings().transfer, context.current.me
    assert settings.iban is not None  # noqa: S101  # the method is not offered without it
    wanted = Transfer(
        beneficiary=settings.beneficiary,
        iban=settings.iban,
        bic=settings.bic,
        amount_cents=offer.price_cents,
        reference=reference(me.username, offer.slug),
    )
    code = qrcodes.svg(
        payload(wanted), label=_("Code QR du virement, pour l'application de votre banque")
    )
    return render_template(
        "intrarez/pay_transfer.html",
        offer=offer,
        transfer=wanted,
        iban=grouped(settings.iban),
        code=code,
        standing=queries.standing(db.session(), me.id),
    )


def _in_cash(offer: Offer) -> ResponseReturnValue:
    return render_template(
        "intrarez/pay_cash.html",
        offer=offer,
        standing=queries.standing(db.session(), context.current.me.id),
    )
