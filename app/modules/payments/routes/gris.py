"""Money, for those who look after it: the list, what fits nothing, the books."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app import context
from app.core import clock
from app.core.money import Cents
from app.core.pagination import Page
from app.core.sheets import Column, Kind, Value
from app.core.transaction import transaction
from app.enums import (
    Account,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    PermissionScope,
    PermissionType,
    Settlement,
)
from app.extensions import db
from app.models import JournalEntry, Offer, Payment, PaymentEvent
from app.modules.account import queries as people
from app.modules.payments import around, queries
from app.modules.payments.errors import SettledAlready
from app.modules.payments.forms import AttachForm, FilterForm, MoveForm, RefundForm, RevokeForm
from app.modules.payments.queries import Month, Total, Wanted
from app.modules.payments.routes.blueprint import bp
from app.modules.payments.service import books as bookkeeping, collect, events as waiting_money
from app.modules.payments.service.events import Owner
from app.web.asked import asked_day, asked_page, asked_text
from app.web.charts import BarChart, Part, bar_chart
from app.web.downloads import Sheet, asked_sheet, table_download
from app.web.module import all_deliveries

_READ = context.gris_or(PermissionType.read, PermissionScope.payments)
_WRITE = context.gris_or(PermissionType.write, PermissionScope.payments)

#: The sister pages, where they are installed.
_TABS = (
    ("payments.payments", _l("Paiements")),
    ("payments.events", _l("Argent à attribuer")),
    ("payments.books", _l("Comptes")),
    ("intrarez.offers_page", _l("Offres")),
    ("intrarez.statement", _l("Relevés")),
)
#: How a state looks.
TONES = {
    PaymentStatus.creating: "warning",
    PaymentStatus.waiting: "warning",
    PaymentStatus.accepted: "success",
    PaymentStatus.manual: "success",
    PaymentStatus.refused: "danger",
    PaymentStatus.cancelled: "neutral",
    PaymentStatus.error: "danger",
}
#: Why money is there, or no longer, in the words of people and with their signs.
_CAUSES = (
    (Account.internet, _l("Reçu des abonnements"), -1),
    (Account.bar, _l("Reçu des clients du bar"), -1),
    (Account.unmatched, _l("Reçu, à attribuer"), -1),
    (Account.expenses, _l("Dépensé"), 1),
    (Account.opening, _l("Déjà là au début"), -1),
)
#: How many months the figures may cover.
_PERIODS = (12, 24)
#: How many faults the page of the books tells.
_FAULTS = 20


@bp.app_template_global("money_tabs")
def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The pages about money that the visitor may open: label, address, whether it is *here*."""
    return [
        (str(label), url_for(endpoint), endpoint == here)
        for endpoint, label in _TABS
        if endpoint in current_app.view_functions and context.may_open(endpoint)
    ]


def _period() -> tuple[date | None, date | None]:
    return asked_day("since"), asked_day("until")


# The list


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsPage:
    """All that the list of the payments shows."""

    found: Page[Payment]
    totals: Sequence[Total]
    offers: Mapping[str, Offer]
    wanted: Wanted
    form: FilterForm
    #: Whether the visitor may open the page of whoever pays.
    opens_people: bool
    tones: Mapping[PaymentStatus, str]

    @property
    def total_cents(self) -> Cents:
        return sum(one.amount_cents for one in self.totals)

    @property
    def filters(self) -> dict[str, str]:
        """What is wanted, as the address of the page says it."""
        wanted = self.wanted
        said = {
            "status": wanted.status,
            "method": wanted.method,
            "type": wanted.type,
            "since": wanted.since,
            "until": wanted.until,
        }
        return {name: str(value) for name, value in said.items() if value is not None}

    def what(self, payment: Payment) -> str:
        return _what(payment, self.offers)


def _what(payment: Payment, offers: Mapping[str, Offer]) -> str:
    """What a payment was for."""
    slug = payment.offer_slug
    if slug is None:
        return str(payment.type.label)
    return offers[slug].name if slug in offers else slug


def _wanted() -> Wanted:
    """Read the address; what it does not say, or says wrong, takes its default."""
    args = request.args
    since, until = _period()
    return Wanted(
        status=PaymentStatus.__members__.get(args.get("status", "")),
        method=PaymentMethod.__members__.get(args.get("method", "")),
        type=PaymentType.__members__.get(args.get("type", "")),
        since=since,
        until=until,
        text=asked_text(),
        number=asked_page(),
    )


@bp.get("/gris/payments")
@_READ
def payments() -> ResponseReturnValue:
    """What was paid, by whom and how."""
    session, wanted = db.session(), _wanted()
    offers = queries.offer_names(session)
    if sheet := asked_sheet():
        found = queries.all_payments(session, wanted)
        return table_download(
            _("paiements"), _("Paiements"), _columns(), _rows(found, offers), sheet
        )
    page = PaymentsPage(
        found=queries.payments_page(session, wanted),
        totals=queries.totals(session, wanted),
        offers=offers,
        wanted=wanted,
        form=_filters(wanted),
        opens_people=context.current.is_gri
        or context.has_permission(PermissionType.write, PermissionScope.pceen),
        tones=TONES,
    )
    return render_template("payments/payments.html", page=page)


def _filters(wanted: Wanted) -> FilterForm:
    """The form that the address would be the answer of."""
    return FilterForm(
        formdata=None,
        data={
            "state": wanted.status or "",
            "method": wanted.method or "",
            "kind": wanted.type or "",
            "since": wanted.since,
            "until": wanted.until,
        },
    )


def _columns() -> list[Column]:
    return [
        Column(_("Numéro"), Kind.number),
        Column(_("Date"), Kind.instant),
        Column(_("Payé par")),
        Column(_("Identifiant")),
        Column(_("Pour")),
        Column(_("Montant"), Kind.money, total=True),
        Column(_("Moyen")),
        Column(_("État")),
        Column(_("Enregistré par")),
        Column(_("Raison")),
        Column(_("Transaction Lydia")),
    ]


def _rows(found: Sequence[Payment], offers: Mapping[str, Offer]) -> Iterator[Sequence[Value]]:
    for payment in found:
        yield (
            payment.id,
            payment.payed_at or payment.created_at,
            payment.pceen.full_name,
            payment.pceen.username,
            _what(payment, offers),
            payment.amount_cents,
            str(payment.method.label),
            str(payment.status.label),
            payment.gri.full_name if payment.gri else None,
            " · ".join(filter(None, (payment.reason, payment.revoked_why))),
            payment.lydia_transaction_id,
        )


@bp.route("/gris/payments/<int:key>/revoke", methods=["GET", "POST"])
@_WRITE
def revoke(key: int) -> ResponseReturnValue:
    """Cancel a payment that was paid, and take back what it gave."""
    payment = queries.payment(db.session(), key)
    form = RevokeForm(obj=payment)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                collect.revoke(
                    session,
                    payment=payment,
                    by=context.current.me,
                    why=form.why.text,
                    version=form.seen_version,
                    till=around.till(),
                )
            flash(_("Le paiement %(key)s est annulé.", key=key), "success")
            return redirect(url_for("payments.payment", key=key), 303)
    what, facts = all_deliveries()[payment.type].describe(db.session(), payment)
    return form.page("payments/revoke.html", payment=payment, what=what, facts=facts)


# Money that fits nothing


@dataclass(frozen=True, slots=True)
class Piece:
    """Money that waits, and what may be done of it."""

    event: PaymentEvent
    attach: AttachForm
    refund: RefundForm


@dataclass(frozen=True, slots=True)
class EventsPage:
    """All that the page of what Lydia said shows."""

    waiting: Sequence[Piece]
    events: Page[PaymentEvent]


def _events_page(refused: AttachForm | RefundForm | None = None, key: int = 0) -> EventsPage:
    """The page, with the form that was *refused* for the event *key*, if one was."""
    session = db.session()
    unsettled = queries.unsettled(session)
    offers = queries.offer_names(session).values() if unsettled else ()
    pieces = []
    for event in unsettled:
        mine = refused if event.id == key else None
        attach = mine if isinstance(mine, AttachForm) else AttachForm(formdata=None)
        refund = mine if isinstance(mine, RefundForm) else RefundForm(formdata=None)
        if attach is not refused:
            attach.ask_about(event, offers)
        pieces.append(Piece(event, attach, refund))
    return EventsPage(pieces, queries.events_page(session, number=asked_page()))


@bp.get("/gris/payments/events")
@_READ
def events() -> ResponseReturnValue:
    """What Lydia said, and the money that fits no payment."""
    return render_template("payments/events.html", page=_events_page())


@bp.post("/gris/payments/events/<int:key>/settle")
@_WRITE
def settle(key: int) -> ResponseReturnValue:
    """Deal with money that fits no payment: it is someone's, or was given back."""
    event = queries.event(db.session(), key)
    form = _settlement()
    if form is None:
        abort(400)
    if isinstance(form, AttachForm):
        form.ask_about(event, queries.offer_names(db.session()).values())
    if form.validate_on_submit():
        with form.refusals():
            is_done = _attach(event, form) if isinstance(form, AttachForm) else _refund(event, form)
            if is_done:
                return redirect(url_for("payments.events"), 303)
    if event.settled_at is not None:
        raise SettledAlready  # its form is no longer on the page
    return form.page("payments/events.html", page=_events_page(form, key))


def _settlement() -> AttachForm | RefundForm | None:
    """The form that was sent, if it is one of ours."""
    how = request.form.get("how")
    if how == Settlement.attached:
        return AttachForm()
    return RefundForm() if how == Settlement.refunded else None


def _attach(event: PaymentEvent, form: AttachForm) -> bool:
    """Make of the money a payment of who was named; return whether that is someone."""
    pceen = people.called(db.session(), form.username.text)
    if pceen is None:
        form.username.errors = [_("Personne n'a cet identifiant.")]
        return False
    with transaction(db.session()) as session:
        waiting_money.attach(
            session,
            event,
            owner=Owner(pceen=pceen, offer_slug=form.offer_slug, note=form.note.text),
            by=context.current.me,
            till=around.till(),
        )
    flash(_("C'est maintenant un paiement de %(name)s.", name=pceen.full_name), "success")
    return True


def _refund(event: PaymentEvent, form: RefundForm) -> bool:
    """Write that the money was given back."""
    with transaction(db.session()) as session:
        waiting_money.refund(session, event, by=context.current.me, note=form.note.text)
    flash(_("C'est noté : cet argent a été rendu."), "success")
    return True


# The books


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksPage:
    """All that the page of the books shows."""

    #: What is where.
    places: Sequence[tuple[str, Cents]]
    #: Why it came or went, with the sign that people expect.
    causes: Sequence[tuple[str, Cents]]
    faults: Sequence[str]
    has_more_faults: bool
    chart: BarChart
    periods: Sequence[tuple[str, str, bool]]
    journal: Page[JournalEntry]
    offers: Mapping[str, Offer]
    form: MoveForm

    @property
    def held_cents(self) -> Cents:
        return sum(cents for _place, cents in self.places)

    def label(self, entry: JournalEntry) -> str:
        return _label(entry, self.offers)


def _label(entry: JournalEntry, offers: Mapping[str, Offer]) -> str:
    """What a line of the journal is for: the name of its offer, or what was written."""
    if entry.payment is not None and entry.label in (entry.payment.offer_slug, entry.payment.type):
        return _what(entry.payment, offers)
    return entry.label


@bp.get("/gris/payments/books")
@_READ
def books() -> ResponseReturnValue:
    """What is where, what came each month, and the journal."""
    if sheet := asked_sheet():
        return _journal_download(db.session(), sheet)
    return render_template("payments/books.html", page=_books_page(MoveForm(formdata=None)))


@bp.post("/gris/payments/books/move")
@_WRITE
def move() -> ResponseReturnValue:
    """Write that money went from one place to another."""
    form = MoveForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                me = context.current.me
                if form.is_first(session, sender=me.id):
                    bookkeeping.move(session, form.move(), by=me)
            flash(_("Le mouvement est au journal."), "success")
            return redirect(url_for("payments.books"), 303)
    return form.page("payments/books.html", page=_books_page(form))


def _books_page(form: MoveForm) -> BooksPage:
    session = db.session()
    balances = queries.account_balances(session)
    faults = list(islice(bookkeeping.faults(session), _FAULTS + 1))
    count = 24 if request.args.get("months") == "24" else 12
    return BooksPage(
        places=[(str(one.label), balances.get(one, 0)) for one in Account if one.holds_money],
        causes=_causes(balances),
        faults=faults[:_FAULTS],
        has_more_faults=len(faults) > _FAULTS,
        chart=_chart(session, count),
        periods=[
            (
                _("%(count)s mois", count=one),
                url_for("payments.books", months=one, _anchor="months"),
                one == count,
            )
            for one in _PERIODS
        ],
        journal=queries.journal_page(session, number=asked_page()),
        offers=queries.offer_names(session),
        form=form,
    )


def _causes(balances: Mapping[Account, Cents]) -> list[tuple[str, Cents]]:
    """What came and went, by cause: what came is below zero in the books, not for people."""
    return [
        (str(label), sign * balances[account])
        for account, label, sign in _CAUSES
        if account in balances
    ]


def _chart(session: Session, count: int) -> BarChart:
    """What came in these last *count* months, by place."""
    today = clock.today()
    first = today.year * 12 + today.month - count
    start = date(first // 12, first % 12 + 1, 1)
    months = queries.months(session, since=start)
    # what fitted no payment at first is at Lydia, too
    places = {
        Account.lydia: (Account.lydia, Account.unmatched),
        Account.lydia_bar: (Account.lydia_bar,),
        Account.bank: (Account.bank,),
        Account.cash: (Account.cash,),
    }
    parts = [_part(str(one.label), accounts, months) for one, accounts in places.items()]
    return bar_chart([part for part in parts if any(part.months.values())], start=start, end=today)


def _part(label: str, accounts: Sequence[Account], months: Sequence[Month]) -> Part:
    return Part(
        label, {month.day: sum(month.places.get(one, 0) for one in accounts) for month in months}
    )


def _journal_download(session: Session, sheet: Sheet) -> ResponseReturnValue:
    """The journal, to keep: each line says which account got the money, and from which."""
    since, until = _period()
    entries = queries.journal(session, since=since, until=until)
    offers = queries.offer_names(session)
    columns = [
        Column(_("Jour"), Kind.day),
        Column(_("Nature")),
        Column(_("Libellé")),
        Column(_("Compte débité")),
        Column(_("Compte crédité")),
        Column(_("Montant"), Kind.money, total=True),
        Column(_("Paiement"), Kind.number),
        Column(_("Payé par")),
    ]
    rows = (
        (
            entry.day,
            str(entry.kind.label),
            _label(entry, offers),
            str(entry.debit.label),
            str(entry.credit.label),
            entry.amount_cents,
            entry.payment_id,
            entry.payment.pceen.full_name if entry.payment else None,
        )
        for entry in entries
    )
    return table_download(_("journal"), _("Journal"), columns, rows, sheet)
