"""The counter without scripts: forms that sell, and that write what money comes and goes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app import context
from app.context import current
from app.core.errors import DomainError
from app.core.money import Cents
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar import around
from app.modules.bar.errors import KeyReused, MalformedBarRequest
from app.modules.bar.forms.counter import (
    AdjustForm,
    DepositForm,
    MoneyForm,
    RefundForm,
    ReverseForm,
    TopUpForm,
)
from app.modules.bar.queries import counter as queries
from app.modules.bar.queries.counter import Seen
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.counter_shown import Line, sold_words, undo_of
from app.modules.bar.service import money, requests, reversals, sales
from app.modules.bar.service.money import Money
from app.modules.bar.service.requests import Asked, Outcome, asked
from app.modules.bar.service.reversals import Undoing
from app.modules.bar.service.sales import Order
from app.modules.payments.around import till
from app.web.filters import format_euros
from app.web.urls import next_page

#: What the button of an item says: its number, and the price that was seen.
_CHOSEN = re.compile(r"([0-9]{1,9})-([0-9]{1,7})")


def _back(username: str) -> ResponseReturnValue:
    return redirect(_page_of(username), 303)


def _page_of(username: str) -> str:
    """The page of a customer; the ledger, for who no longer comes to the bar and has none."""
    if queries.is_customer_called(db.session(), username):
        return url_for("bar.customer", username=username)
    return url_for("bar.transactions")


# Selling


@bp.post("/bar/user/<username>/sell")
@context.permission_only(T.write, S.bar)
@context.in_person_only
def sell(username: str) -> ResponseReturnValue:
    """Sell an item: the form of the menu has one button for each."""
    seen = queries.customer_seen(db.session(), username, around.house())
    chosen = _CHOSEN.fullmatch(request.form.get("item", ""))
    try:
        if chosen is None:
            raise MalformedBarRequest
        order = Order(seen.pceen.id, int(chosen[1]), int(chosen[2]))
        flash(*_sold(order))
    except KeyReused:
        flash(_("Cette page a déjà servi à une autre vente : la voici à jour."), "warning")
    except DomainError as refusal:
        flash(refusal.message, "danger")
    return _back(username)


def _sold(order: Order) -> tuple[str, str]:
    """Sell, and say so; the same form again sells nothing more.

    Raises:
        DomainError: What is not sold, or a form that sold something else.
    """
    question = asked(
        current.me,
        request.form.get("idempotency_key"),
        "pay",
        client=order.client_id,
        item=order.item_id,
        price=order.expected_price,
    )
    outcome = requests.once(
        db.session(), question, lambda session: sales.sell(session, order, request=question)
    )
    if outcome.is_replay:
        return _("Cette vente était déjà faite : rien n'a été vendu une seconde fois."), "info"
    line = outcome.line
    price, balance = line.price_cents or 0, line.balance_after_cents or 0
    return sold_words(line.item_name or "", price, balance), "success"


# Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something that moves money of an account: its words, and what does it."""

    what: str
    act: Callable[..., Outcome]
    title: LazyString
    button: LazyString
    done: LazyString
    #: What a page says that it moves, in cents, where it is not typed.
    expected: Callable[[Seen], Cents] = lambda _seen: 0


_TOP_UP = Tool(
    what="top_up",
    act=money.top_up,
    title=_l("Recharger le compte"),
    button=_l("Encaisser"),
    done=_l("Compte rechargé de %(amount)s. Solde : %(balance)s."),
)
_DEPOSIT = Tool(
    what="deposit",
    act=money.take_deposit,
    title=_l("Prendre la caution"),
    button=_l("Prendre la caution"),
    done=_l("Caution prise : %(amount)s."),
    expected=lambda seen: seen.house.deposit_cents,
)
_DEPOSIT_BACK = Tool(
    what="deposit_refund",
    act=money.give_deposit_back,
    title=_l("Rendre la caution"),
    button=_l("Rendre la caution"),
    done=_l("Caution rendue : %(amount)s."),
    expected=lambda seen: seen.account.deposit_held_cents,
)
_REFUND = Tool(
    what="refund",
    act=money.refund,
    title=_l("Rembourser"),
    button=_l("Rembourser"),
    done=_l("Remboursé : %(amount)s. Solde : %(balance)s."),
)
_ADJUST = Tool(
    what="adjust",
    act=money.adjust,
    title=_l("Corriger le solde"),
    button=_l("Corriger"),
    done=_l("Solde corrigé de %(amount)s. Solde : %(balance)s."),
)


@bp.route("/bar/user/<username>/top_up", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def top_up_form(username: str) -> ResponseReturnValue:
    """Write money that someone gave."""
    seen = queries.customer_seen(db.session(), username, around.house())
    return _answer(_TOP_UP, seen, TopUpForm(most=seen.house.top_up_max))


@bp.route("/bar/user/<username>/deposit", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def deposit_form(username: str) -> ResponseReturnValue:
    """Write that someone paid the caution."""
    return _answer(
        _DEPOSIT, queries.customer_seen(db.session(), username, around.house()), DepositForm()
    )


@bp.route("/bar/user/<username>/deposit_refund", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def deposit_refund_form(username: str) -> ResponseReturnValue:
    """Write that the caution was given back."""
    return _answer(
        _DEPOSIT_BACK, queries.anyone_seen(db.session(), username, around.house()), DepositForm()
    )


@bp.route("/bar/user/<username>/refund", methods=["GET", "POST"])
@context.permission_only(T.all, S.bar)
@context.in_person_only
def refund_form(username: str) -> ResponseReturnValue:
    """Write money that was given back from a balance."""
    seen = queries.anyone_seen(db.session(), username, around.house())
    form = RefundForm(data={"amount": seen.account.balance_cents})
    return _answer(_REFUND, seen, form)


@bp.route("/bar/user/<username>/adjust", methods=["GET", "POST"])
@context.permission_only(T.all, S.bar)
@context.in_person_only
def adjust_form(username: str) -> ResponseReturnValue:
    """Put a balance right."""
    return _answer(
        _ADJUST, queries.anyone_seen(db.session(), username, around.house()), AdjustForm()
    )


def _answer(tool: Tool, seen: Seen, form: MoneyForm) -> ResponseReturnValue:
    """Do what the form asks, and go back to the customer; else show it."""
    pceen = seen.pceen
    if form.validate_on_submit():
        with form.refusals():
            outcome = _moved(tool, pceen.id, form)
            flash(_done(tool, outcome), "info" if outcome.is_replay else "success")
        if form.is_accepted:
            return _back(pceen.username)
    if isinstance(form, DepositForm):
        form.expected.data = str(tool.expected(seen))
    return form.page(
        "bar/counter/money.html",
        tool=tool,
        seen=seen,
        pceen=pceen,
        its_page=_page_of(pceen.username),
    )


def _moved(tool: Tool, pceen_id: int, form: MoneyForm) -> Outcome:
    """Move the money, once.

    Raises:
        DomainError: What is refused.
    """
    wanted = Money(
        client_id=pceen_id,
        amount_cents=form.amount_cents,
        method=form.way,
        reason=form.why,
        expected_cents=form.expected_cents,
    )
    question = _question(
        form.key,
        tool.what,
        client=pceen_id,
        amount=wanted.amount_cents,
        method=wanted.method,
        reason=wanted.reason,
        expected=wanted.expected_cents,
    )
    return requests.once(
        db.session(), question, lambda session: tool.act(session, wanted, request=question)
    )


def _question(key: str | None, what: str, **said: Any) -> Asked:
    return asked(current.me, key, what, **said)


def _done(tool: Tool, outcome: Outcome) -> str:
    line = outcome.line
    moved = line.balance_change_cents or line.deposit_change_cents
    amount = moved if tool is _ADJUST else abs(moved)
    return str(tool.done) % {
        "amount": format_euros(amount),
        "balance": format_euros(line.balance_after_cents or 0),
    }


# Undoing


@bp.route("/bar/transactions/<int:number>/reverse", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
@context.in_person_only
def reverse(number: int) -> ResponseReturnValue:
    """Undo a line of the ledger, and say why where it must be said."""
    shown = queries.line_seen(db.session(), number)
    form = ReverseForm()
    if form.validate_on_submit():
        undoing = Undoing(
            number=number, reason=form.reason.text or None, by_manager=around.manages()
        )
        with form.refusals():
            _undo(undoing, form)
        if form.is_accepted:
            return redirect(_after(shown.client.username if shown.client else None), 303)
    return form.page(
        "bar/counter/reverse.html",
        line=Line(shown, undo_of(shown)),
        its_page=_page_of(shown.client.username) if shown.client else url_for("bar.search"),
    )


def _undo(undoing: Undoing, form: ReverseForm) -> None:
    """Undo it, once, and say so.

    Raises:
        DomainError: What is refused.
    """
    question = _question(form.key, "revert", number=undoing.number, reason=undoing.reason)

    def act(session: Session) -> Outcome:
        return reversals.reverse(session, undoing, request=question, till=till())

    outcome = requests.once(db.session(), question, act)
    balance = format_euros(outcome.line.balance_after_cents or 0)
    flash(_("Opération annulée. Solde : %(balance)s.", balance=balance), "success")


def _after(username: str | None) -> str:
    """Where one goes once a line is undone: back to the list, or to the customer."""
    wanted = next_page()
    if wanted or username is None:
        return wanted or url_for("bar.search")
    return _page_of(username)
