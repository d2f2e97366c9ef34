"""Ordering baskets, and looking at one's own (community 6.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_time, get_locale, gettext as _, ngettext
from sqlalchemy.orm import Session
from wtforms import Field

from app import context
from app.context import current
from app.core import clock, tokens
from app.core.money import Cents
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import BasketStatus
from app.extensions import db
from app.models import OrderPanierBio
from app.modules.panier_bio import around
from app.modules.panier_bio.errors import DatesRefused, OrdersClosed
from app.modules.panier_bio.forms.order import OrderForm
from app.modules.panier_bio.forms.visitor import VisitorOrderForm
from app.modules.panier_bio.queries import orders as queries
from app.modules.panier_bio.queries.coming import coming
from app.modules.panier_bio.queries.offer import offer
from app.modules.panier_bio.routes.blueprint import bp
from app.modules.panier_bio.routes.shown import ShownOrder, in_full, tone_of
from app.modules.panier_bio.rules.offer import DayState, OfferedDay
from app.modules.panier_bio.rules.options import Options
from app.modules.panier_bio.service import orders as service
from app.modules.panier_bio.service.orders import Placed
from app.web.asked import asked_page
from app.web.filters import format_euros
from app.web.visitors import counted_address

#: The fields after the dates, as the page has them.
_ORDER = ("prenom", "nom", "email", "service", "phone", "payment_method", "comment", "consent")
#: How many dates are shown at once: the others are one press away.
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A date of the form."""

    day: date
    #: ``None`` for one that was asked, and is not offered.
    offered: OfferedDay | None = None
    #: Why it was refused.
    reason: str = ""
    is_chosen: bool = False

    @property
    def id(self) -> str:
        return f"day-{self.day.isoformat()}"

    @property
    def title(self) -> str:
        return in_full(self.day)

    @property
    def is_gone(self) -> bool:
        """Whether it is not offered, or no more."""
        return self.offered is None

    @property
    def is_mine(self) -> bool:
        return self.offered is not None and self.offered.state is DayState.mine

    @property
    def is_full(self) -> bool:
        return self.offered is not None and self.offered.state is DayState.full

    @property
    def order(self) -> OrderPanierBio | None:
        return self.offered.order if self.offered else None

    @property
    def tone(self) -> str:
        return tone_of(self.order.status) if self.order else "neutral"

    @property
    def note(self) -> str:
        return self.offered.note if self.offered else ""

    @property
    def remaining(self) -> int | None:
        return self.offered.remaining if self.offered else None

    @property
    def waiting(self) -> int:
        return self.offered.waiting if self.offered else 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to correct: where, and what."""

    anchor: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What one has of the next distribution."""

    day: date
    status: BasketStatus

    @property
    def has_basket(self) -> bool:
        return self.status.holds_basket

    @property
    def sentence(self) -> str:
        day = in_full(self.day)
        if self.has_basket:
            return str(_("Vous avez un panier à la prochaine distribution : %(day)s.", day=day))
        return str(_("Prochaine distribution, %(day)s : vous êtes en liste d'attente.", day=day))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPage:
    """What the page shows."""

    options: Options
    now: datetime
    rows: Sequence[Row]
    #: One's own orders, of the tab that is open.
    own: Page[OrderPanierBio]
    booked: Booked | None
    is_past: bool
    is_visitor: bool
    manages: bool

    @property
    def shows_form(self) -> bool:
        """Whether there is a form: to order, or for the team to see what it will be."""
        return (self.options.is_open or self.manages) and bool(self.rows)

    @property
    def is_sent(self) -> bool:
        """Whether a visitor has just ordered, and is to look at their mails."""
        return self.is_visitor and request.method == "GET" and request.args.get("sent") == "1"

    @property
    def deadline(self) -> str:
        """Until what time of the day before baskets are ordered."""
        return str(format_time(self.options.deadline, _("H 'h' mm"), rebase=False))

    @property
    def first_rows(self) -> Sequence[Row]:
        return self.rows if len(self.rows) <= _SHOWN + 2 else self.rows[:_SHOWN]

    @property
    def later_rows(self) -> Sequence[Row]:
        return self.rows[len(self.first_rows) :]

    @property
    def opens_later(self) -> bool:
        """Whether there is something to see among the dates that come later."""
        return any(row.is_chosen or row.reason for row in self.later_rows)

    @property
    def chosen(self) -> Sequence[Row]:
        """The chosen dates that have a basket."""
        return [row for row in self.rows if row.is_chosen and not row.is_full and not row.is_gone]

    @property
    def total(self) -> Cents:
        return len(self.chosen) * self.options.price

    @property
    def total_words(self) -> str:
        return str(
            ngettext(
                "%(num)s panier : %(total)s",
                "%(num)s paniers : %(total)s",
                len(self.chosen),
                total=format_euros(self.total),
            )
        )

    @property
    def verb(self) -> str:
        """What the button says, with what is chosen."""
        if not self.chosen:
            return str(_("Commander"))
        said = ngettext("Commander %(num)s panier", "Commander %(num)s paniers", len(self.chosen))
        return f"{said} · {format_euros(self.total)}" if self.total else str(said)

    @property
    def own_rows(self) -> list[ShownOrder]:
        return [ShownOrder(one, self.options, self.now) for one in self.own.items]

    @staticmethod
    def dates_sentence(form: OrderForm) -> str:
        """What is wrong with the dates as a whole."""
        errors = form.dates.errors
        return str(errors[0]) if errors and not form.dates.refused else ""

    def summary(self, form: OrderForm) -> list[Fault]:
        """All that is wrong, in the order of the form."""
        if not self.options.is_open:
            return []
        found = [Fault("", "", str(one)) for one in form.form_errors]
        found += [Fault(row.id, row.title, row.reason) for row in self.rows if row.reason]
        if said := self.dates_sentence(form):
            found.append(Fault("dates", str(form.dates.label.text), said))
        for field in sorted(form, key=_rank):
            if field.errors and field is not form.dates:
                is_hidden = field.name.startswith("captcha_")
                anchor = "" if is_hidden else field.id
                found.append(Fault(anchor, str(field.label.text), str(field.errors[0])))
        return found


def _rank(field: Field) -> int:
    """Where a field stands on the page."""
    return _ORDER.index(field.short_name) if field.short_name in _ORDER else len(_ORDER)


@bp.route("/panier_bio", methods=["GET", "POST"])
@context.public
def index() -> ResponseReturnValue:
    """Order baskets; see which ones one has."""
    form = _form()
    if request.method == "POST" and _ordered(form):
        sent = None if current.is_logged_in else 1
        return redirect(url_for("panier_bio.index", sent=sent), 303)
    return form.page("panier_bio/index.html", page=_page(db.session(), form))


def _form() -> OrderForm:
    """What is asked of who is there."""
    me = current.pceen
    return VisitorOrderForm() if me is None else OrderForm(asks_service=me.promo is None)


def _ordered(form: OrderForm) -> bool:
    """Order what was asked; whether it was right."""
    if not around.options().is_open:
        form.refuse(OrdersClosed())
        return False
    if not form.validate_on_submit():
        return False
    with form.refusals():
        placed = _order(form)
        _tell(form, placed)
        return True
    return False


def _order(form: OrderForm) -> Placed | None:
    """Order, unless this very form did already.

    Raises:
        DomainError: If it is refused.
    """
    me = current.pceen
    by, secret = me or _visitor(form), None if me else tokens.new_secret()
    try:
        with transaction(db.session()) as session:
            if not form.is_first_as_filled(session, sender=me.id if me else None):
                return None
            form.spend_captcha(session)  # nobody is told anything before
            return service.order(session, wanted=form.wanted(), by=by, secret=secret)
    except DatesRefused:
        if isinstance(by, service.Visitor):
            with transaction(db.session()) as session:
                service.count_refusal(session, by)
        raise


def _visitor(form: OrderForm) -> service.Visitor:
    if not isinstance(form, VisitorOrderForm):
        raise TypeError("who is nobody fills in the form of visitors")
    return form.visitor(locale=str(get_locale()), place=counted_address())


def _tell(form: OrderForm, placed: Placed | None) -> None:
    """Say what was ordered; of a form that is sent again, that it was."""
    if isinstance(form, VisitorOrderForm):
        flash(_("Un mail part à %(email)s : ouvrez-le.", email=form.email.text), "info")
        return
    orders = placed.orders if placed else ()
    waiting = sum(one.status is BasketStatus.waiting for one in orders)
    baskets = len(orders) - waiting
    if baskets or not orders:
        said = ngettext("%(num)s panier commandé.", "%(num)s paniers commandés.", baskets)
        flash(said if orders else _("C'est commandé."), "success")
    if waiting:
        flash(
            ngettext(
                "%(num)s date complète : vous êtes en liste d'attente.",
                "%(num)s dates complètes : vous êtes en liste d'attente.",
                waiting,
            ),
            "info",
        )


def _page(session: Session, form: OrderForm) -> OrdersPage:
    options, now = around.options(), clock.now()
    shows_offer = options.is_open or around.manages()
    days = offer(session, options, now=now, pceen=current.pceen) if shows_offer else ()
    return OrdersPage(
        options=options,
        now=now,
        rows=_rows(days, form),
        own=_own(session, clock.day_of(now)),
        booked=_booked(session, options, now),
        is_past=request.args.get("tab") == "past",
        is_visitor=not current.is_logged_in,
        manages=around.manages(),
    )


def _own(session: Session, today: date) -> Page[OrderPanierBio]:
    """One's own orders, of the tab that is open."""
    if not current.is_logged_in:
        return Page((), 1, 1, 0)
    if request.args.get("tab") == "past":
        return queries.past(session, current.me, today=today, number=asked_page())
    found = queries.upcoming(session, current.me, today=today)
    return Page(found, 1, max(1, len(found)), len(found))


def _rows(days: Sequence[OfferedDay], form: OrderForm) -> list[Row]:
    """The dates that are offered, and those that were asked and refused."""
    offered = {one.date: one for one in days}
    asked = set(form.dates.data or ())
    gone = asked - offered.keys()  # what is refused for something else keeps its dates
    reasons = {day: _("Cette date n'est plus proposée.") for day in gone} | dict(form.dates.refused)
    return [
        Row(
            day=day,
            offered=offered.get(day),
            reason=reasons.get(day, ""),
            is_chosen=day in asked,
        )
        for day in sorted({*offered, *reasons})
    ]


def _booked(session: Session, options: Options, now: datetime) -> Booked | None:
    """What one has of the next distribution, if one has."""
    if not current.is_logged_in:
        return None
    found = coming(session, options, now=now, pceen=current.me)
    if found is None or found.status is None:
        return None
    return Booked(found.date, found.status)


@bp.post("/panier_bio/orders/<int:key>/delete")
@context.logged_in_only
def delete_order(key: int) -> ResponseReturnValue:
    """Delete an order of one's own."""
    order = queries.own_order(db.session(), key, current.me)
    with transaction(db.session()) as session:
        service.cancel(session, order=order, options=around.options(), now=clock.now())
    flash(_("Le panier du %(day)s est annulé.", day=in_full(order.date)), "success")
    return redirect(url_for("panier_bio.index", _anchor="orders"), 303)
