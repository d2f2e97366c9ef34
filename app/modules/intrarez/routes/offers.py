"""Offers and money received, for those who look after them."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.context import Context
from app.core.transaction import transaction
from app.enums import PaymentMethod, PermissionScope, PermissionType
from app.extensions import db
from app.models import Payment, PCeen, Subscription
from app.modules.account import queries as accounts
from app.modules.account.errors import NoSuchPCeen
from app.modules.intrarez import queries
from app.modules.intrarez.forms import MoneyForm, NewOfferForm, OfferForm, money_form
from app.modules.intrarez.queries import Standing
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.rules.subscriptions import Period
from app.modules.intrarez.service import offers, subscriptions
from app.modules.intrarez.service.subscriptions import Money
from app.modules.payments import around
from app.modules.payments.errors import ForOneself

_WRITE = context.gris_or(PermissionType.write, PermissionScope.payments)


@bp.route("/gris/offers", methods=["GET", "POST"])
@_WRITE
def offers_page() -> ResponseReturnValue:
    """The offers, how they were used, and a form for another."""
    form = NewOfferForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                offers.create(session, form.wanted(form.slug.text))
            flash(_("L'offre « %(name)s » est créée.", name=form.name_fr.text), "success")
            return redirect(url_for("intrarez.offers_page"), 303)
    session = db.session()
    return form.page(
        "intrarez/offers.html",
        offers=queries.all_offers(session),
        usage=queries.usage(session),
        states=queries.count_states(session),
        doubtful=queries.doubtful_welcomes(session),
    )


@bp.route("/gris/offers/<slug>", methods=["GET", "POST"])
@_WRITE
def edit_offer(slug: str) -> ResponseReturnValue:
    """Change an offer: its texts, and its terms until someone has it."""
    offer = queries.offer(db.session(), slug)
    form = OfferForm(obj=offer)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                wanted = form.wanted(offer.slug)
                offers.change(session, offer=offer, wanted=wanted, version=form.seen_version)
            flash(_("L'offre « %(name)s » est changée.", name=form.name_fr.text), "success")
            return redirect(url_for("intrarez.offers_page"), 303)
    is_used = slug in queries.used_offers(db.session())
    return form.page("intrarez/offer.html", offer=offer, is_used=is_used)


@dataclass(frozen=True, slots=True)
class Paid:
    """What the page of someone shows of what they pay."""

    standing: Standing
    subscriptions: list[Subscription]
    sees_amounts: bool
    may_record: bool


def part(session: Session, visitor: Context, pceen: PCeen) -> Paid:
    """Someone's subscriptions and payments, for who looks after them."""
    subscriptions_ = queries.subscriptions_of(session, pceen.id)
    sees_amounts = visitor.looks_after(PermissionType.read, PermissionScope.payments)
    return Paid(
        standing=queries.standing_of(subscriptions_),
        subscriptions=list(subscriptions_),
        sees_amounts=sees_amounts,
        may_record=visitor.looks_after(PermissionType.write, PermissionScope.payments)
        and pceen.id != visitor.me.id,
    )


@bp.route("/gris/pceens/<int:key>/payments/add", methods=["GET", "POST"])
@_WRITE
def add_payment(key: int) -> ResponseReturnValue:
    """Record money received for someone, or a gift: shown first, then done."""
    pceen, me = accounts.pceen(db.session(), key), context.current.me
    if pceen is None:
        raise NoSuchPCeen
    if pceen.id == me.id:
        raise ForOneself
    form = money_form(queries.offers_to_give(db.session()))
    if form.validate_on_submit() and not form.is_corrected:
        with form.refusals():
            money = _money(form)
            subscriptions.check_money(money)
            if not form.is_confirmed:
                return _confirmation(form, pceen, money)
            with transaction(db.session()) as session:
                payment = subscriptions.record(
                    session, pceen=pceen, money=money, by=me, till=around.till()
                )
            flash(_("Le paiement %(key)s est enregistré.", key=payment.id), "success")
            return redirect(_after(pceen, payment), 303)
    form.confirmed.data = ""
    return form.page("intrarez/add_payment.html", pceen=pceen)


def _money(form: MoneyForm) -> Money:
    return Money(
        offer=queries.offer(db.session(), str(form.offer.data)),
        method=form.chosen,
        day=form.day.day,
        reason=form.reason.text,
        key=form.request_key(sender=context.current.me.id),
    )


def _confirmation(form: MoneyForm, pceen: PCeen, money: Money) -> ResponseReturnValue:
    """What is about to be written: who pays, how much, who says so, what it gives."""
    standing = queries.standing(db.session(), pceen.id)
    period: Period = standing.would_give(money.offer)
    return render_template(
        "intrarez/confirm_payment.html",
        form=form,
        pceen=pceen,
        money=money,
        amount_cents=subscriptions.amount_of(money.offer, money.method),
        period=period,
        is_gift=money.method is PaymentMethod.gift,
    )


def _after(pceen: PCeen, payment: Payment) -> str:
    """The page of the person, for who may open it; else that of the payment."""
    if context.has_permission(PermissionType.write, PermissionScope.pceen, pceen):
        return url_for("gris.pceen", key=pceen.id, _anchor="subscription")
    return url_for("payments.payment", key=payment.id)
