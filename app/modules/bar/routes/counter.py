"""The counter: a customer, and what is sold to them (community 3.3)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar import around
from app.modules.bar.forms.counter import AdjustForm, DepositForm, RefundForm, TopUpForm
from app.modules.bar.queries import counter as queries
from app.modules.bar.queries.history import Cursor
from app.modules.bar.routes import counter_shown as shown
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.counter_shown import Counter
from app.modules.bar.service import switches
from app.web.asked import asked_number
from app.web.forms import new_key
from app.web.urls import came_from


def counter_of(username: str, *, cursor: Cursor = Cursor()) -> Counter:  # noqa: B008  # frozen
    """A customer at the counter, in a few statements.

    Raises:
        NoSuchCustomer: If nobody who has this username may come to the bar.
    """
    session = db.session()
    seen = queries.customer_seen(session, username, around.house())
    return Counter(
        seen=seen,
        items=queries.items_sold(session),
        stretch=queries.lines(session, seen.pceen.id, cursor=cursor),
    )


def page_of(counter: Counter) -> ResponseReturnValue:
    """The page of a customer."""
    house = counter.seen.house
    balance = counter.account.balance_cents
    return render_template(
        "bar/counter/customer.html",
        counter=counter,
        why=shown.WHY,
        manages=around.manages(),
        key=new_key,
        grams=shown.grams,
        full_cents=shown.FULL_CENTS,
        forms={
            "top_up": TopUpForm(formdata=None, most=house.top_up_max),
            "deposit": DepositForm(formdata=None, data={"expected": house.deposit_cents}),
            "deposit_back": DepositForm(
                formdata=None, data={"expected": counter.account.deposit_held_cents}
            ),
            "refund": RefundForm(formdata=None, data={"amount": balance}),
            "adjust": AdjustForm(formdata=None),
        },
    )


@bp.get("/bar/user/<username>")
@context.permission_only(T.write, S.bar)
def customer(username: str) -> ResponseReturnValue:
    """A customer: what they have, what they may buy, what they did lately."""
    cursor = Cursor(after=asked_number("after"), before=asked_number("before"))
    return page_of(counter_of(username, cursor=cursor))


@bp.post("/bar/open")
@context.permission_only(T.write, S.bar)
def open_close() -> ResponseReturnValue:
    """Open the bar, or close it: nothing is sold until it is open again."""
    is_open = request.form.get("open") == "yes"
    with transaction(db.session()) as session:
        switches.open_or_close(session, is_open=is_open)
    if is_open:
        flash(_("Le bar est ouvert."), "success")
    else:
        flash(_("Le bar est fermé : rien ne se vend jusqu'à sa réouverture."), "success")
    home = url_for("bar.customer", username=context.current.me.username)
    return redirect(came_from() or home, 303)
