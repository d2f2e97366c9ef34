"""What clients see of their account: its page, its card, what they say of themselves."""

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from app import context
from app.context import Context, current
from app.core.dates import add_months
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarAccount, BarDailyData, Payment
from app.modules.bar import around
from app.modules.bar.forms.me import AlertForm, BirthDateForm
from app.modules.bar.queries import me as queries
from app.modules.bar.queries.history import Cursor, Stretch
from app.modules.bar.queries.house import house
from app.modules.bar.queries.me import Own
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.codes import code_of
from app.modules.bar.routes.counter_shown import Line, grams, tone
from app.modules.bar.service import accounts
from app.web.asked import asked_number, asked_page
from app.web.charts import BarChart, Part, bar_chart

#: How many months the chart shows, this one included.
_MONTHS = 12


@bp.get("/bar/")
@context.any_permission_only((T.read, S.bar), (T.read, S.bar_stats))
def index() -> ResponseReturnValue:
    """Lead each to what they look at most."""
    looks = current.has_permission(T.read, S.bar_stats)
    return redirect(url_for("bar.stats" if looks else "bar.me"), 302)


@bp.get("/bar/welcome")
@context.public
def welcome() -> ResponseReturnValue:
    """How an account of the bar works."""
    return render_template(
        "bar/welcome.html",
        house=house(db.session()),
        grams=grams,
        is_client=current.has_permission(T.read, S.bar),
    )


# One's own page


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What one wants to know of one's account before anything else."""

    own: Own
    today: BarDailyData

    @property
    def account(self) -> BarAccount:
        return self.own.account

    @property
    def tone(self) -> str:
        """The colour of the balance."""
        return tone(self.account.balance_cents, has_deposit=self.account.has_deposit)

    @property
    def alcohol(self) -> str:
        """The grams of alcohol of the day, out of the cap."""
        cap = self.own.house.alcohol_cap
        if cap <= 0:
            return str(_("Pas d'alcool aujourd'hui"))
        bought = self.today.alcohol_bought
        return str(_("%(grams)s sur %(cap)s", grams=grams(bought), cap=grams(cap)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage(Glance):
    """All that the page of one's account shows."""

    history: Stretch
    #: Which page of it that is.
    number: int
    chart: BarChart
    waiting: list[Payment]
    receipts: list[Payment]
    #: ``None`` for who acts for somebody else: a code is shown to its owner only.
    code: Markup | None

    @property
    def lines(self) -> list[Line]:
        return [Line(shown, undo=None) for shown in self.history.lines]


@bp.get("/bar/me")
@context.permission_only(T.read, S.bar)
def me() -> ResponseReturnValue:
    """One's own account; those who serve have the counter of it, unless they ask for this page."""
    if around.serves() and request.args.get("view") != "client":
        return redirect(url_for("bar.customer", username=current.me.username), 302)
    return render_template("bar/me/me.html", page=_own_page(db.session()), grams=grams)


def _own_page(session: Session) -> OwnPage:
    mine = queries.own(session, current.me.id)
    first = _first_month(mine.day)
    days = queries.days(session, mine, since=first)
    spent = Part(_("Dépensé"), queries.spent_by_month(days))
    payments = queries.top_ups(session, current.me.id)
    history = queries.history(session, current.me.id, _cursor(session))
    return OwnPage(
        own=mine,
        today=queries.day_among(mine, days),
        history=history,
        number=max(2, asked_page()) if history.has_previous else 1,
        chart=bar_chart([spent], start=first, end=mine.day),
        waiting=[one for one in payments if one.is_pending],
        receipts=[one for one in payments if one.payed_at is not None],
        code=None if current.is_doas else code_of(mine.account),
    )


def _first_month(day: date) -> date:
    return add_months(day.replace(day=1), 1 - _MONTHS)


def _cursor(session: Session) -> Cursor:
    """Where the page of the history begins: after a line, before it, or at a number."""
    after, before = asked_number("after"), asked_number("before")
    if after is None and before is None:
        return queries.cursor_of(session, current.me.id, asked_page())
    return Cursor(after=after) if after is not None else Cursor(before=before)


def card(session: Session, visitor: Context) -> Glance | None:
    """What the home page says of one's account; nothing to who does not come to the bar."""
    if not visitor.has_permission(T.read, S.bar):
        return None
    mine, today = queries.own_today(session, visitor.me.id)
    return Glance(own=mine, today=today)


# What one says of oneself


@bp.route("/bar/me/birth_date", methods=["GET", "POST"])
@context.permission_only(T.read, S.bar)
@context.in_person_only
def birth_date() -> ResponseReturnValue:
    """Say when one was born, once."""
    form = BirthDateForm()
    if form.validate_on_submit():
        with form.refusals(), transaction(db.session()) as session:
            accounts.give_birth_date(session, pceen=current.me, birth_date=form.birth_date.day)
        if form.is_accepted:
            flash(_("Merci, c'est noté."), "success")
            return redirect(url_for("bar.me"), 303)
    mine = queries.own(db.session(), current.me.id)
    return form.page("bar/me/birth_date.html", mine=mine)


@bp.route("/bar/me/alert", methods=["GET", "POST"])
@context.permission_only(T.read, S.bar)
@context.in_person_only
def alert() -> ResponseReturnValue:
    """Say under what balance one wants a mail."""
    form = AlertForm()
    mine = queries.own(db.session(), current.me.id)
    if form.validate_on_submit():
        with transaction(db.session()) as session:
            accounts.choose_alert(session, pceen=current.me, alert_cents=form.alert.data)
        flash(_("C'est enregistré."), "success")
        return redirect(url_for("bar.me"), 303)
    if request.method == "GET":
        form.alert.data = mine.account.alert_cents
    return form.page("bar/me/alert.html", mine=mine)
