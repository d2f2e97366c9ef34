"""What is read of money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.money import Cents
from app.core.pagination import Page, paginate
from app.core.text import comparison_key
from app.enums import (
    Account,
    BankLineStatus,
    EntryKind,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
)
from app.models import (
    BankLayout,
    BankLine,
    JournalEntry,
    Offer,
    Payment,
    PaymentEvent,
    PCeen,
    Subscription,
)
from app.modules.payments.errors import NoSuchBankLine, NoSuchEvent, NoSuchPayment
from app.modules.payments.rules import polls
from app.modules.payments.rules.books import Line, balances

#: Payments, events or lines on one page.
PAGE_SIZE = 50
#: What the databases number rows with.
_LARGEST_ID = 2**31 - 1


def payment(session: Session, key: int) -> Payment:
    """The payment numbered *key*.

    Raises:
        NoSuchPayment: If there is none.
    """
    found = session.get(Payment, key) if key <= _LARGEST_ID else None
    if found is None:
        raise NoSuchPayment
    return found


def latest_payment(session: Session, pceen_id: int, type: PaymentType) -> Payment | None:
    """The last payment of that kind that someone began."""
    stmt = sa.select(Payment).where(Payment.pceen_id == pceen_id, Payment.type == type)
    return session.scalars(stmt.order_by(Payment.id.desc()).limit(1)).first()


def with_key(session: Session, key: str) -> Payment | None:
    """The payment that a form has made already."""
    return session.scalars(sa.select(Payment).where(Payment.idempotency_key == key)).one_or_none()


def by_order(session: Session, order_ref: str | None) -> Payment | None:
    """The payment of that reference."""
    if order_ref is None:
        return None
    return session.scalars(sa.select(Payment).where(Payment.order_ref == order_ref)).one_or_none()


def by_request(session: Session, request_id: str | None) -> Payment | None:
    """The payment that Lydia gave that number to."""
    if request_id is None:
        return None
    stmt = sa.select(Payment).where(Payment.lydia_request_id == request_id)
    return session.scalars(stmt).one_or_none()


def with_transaction(session: Session, transaction_id: str) -> int | None:
    """The number of the payment that a transaction of Lydia paid."""
    stmt = sa.select(Payment.id).where(Payment.lydia_transaction_id == transaction_id)
    return session.scalars(stmt).one_or_none()


def due_polls(session: Session, *, everything: bool = False) -> Sequence[int]:
    """The payments to ask Lydia about now; with *everything*, all those that wait."""
    now = clock.now()
    lost = sa.and_(
        Payment.status == PaymentStatus.error,
        Payment.lydia_uuid.is_(None),
        Payment.created_at > now - polls.PATIENCE_UNKNOWN,
    )
    stmt = sa.select(Payment.id).where(
        Payment.method.in_([PaymentMethod.lydia, PaymentMethod.card]),
        sa.or_(Payment.status == PaymentStatus.waiting, lost),
    )
    if not everything:
        stmt = stmt.where(Payment.next_poll_at <= now)
    return session.scalars(stmt.order_by(Payment.next_poll_at)).all()


def too_old(session: Session) -> Sequence[int]:
    """The payments that nobody answers for any more."""
    now = clock.now()
    stmt = sa.select(Payment.id).where(
        sa.or_(
            sa.and_(
                Payment.status == PaymentStatus.creating,
                Payment.created_at <= now - polls.IN_THE_MAKING,
            ),
            sa.and_(
                Payment.status == PaymentStatus.waiting,
                Payment.created_at <= now - polls.PATIENCE,
            ),
        )
    )
    return session.scalars(stmt).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which payments to show."""

    status: PaymentStatus | None = None
    method: PaymentMethod | None = None
    type: PaymentType | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""
    number: int = 1


def _wanted(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    when = sa.func.coalesce(Payment.payed_at, Payment.created_at)
    conditions: list[sa.ColumnElement[bool]] = []
    for column, value in (
        (Payment.status, wanted.status),
        (Payment.method, wanted.method),
        (Payment.type, wanted.type),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.since is not None:
        conditions.append(when >= clock.day_start(wanted.since))
    if wanted.until is not None:
        conditions.append(when < clock.day_start(date.fromordinal(wanted.until.toordinal() + 1)))
    if wanted.text:
        conditions.append(Payment.pceen.has(_is_named(wanted.text)))
    return conditions


def _is_named(text: str) -> sa.ColumnElement[bool]:
    """Whether someone is whom *text* names."""
    conditions: list[sa.ColumnElement[bool]] = [
        PCeen.username.contains(text.lower(), autoescape=True)
    ]
    if key := comparison_key(text):
        names = (PCeen.prenom_key + " " + PCeen.nom_key, PCeen.nom_key + " " + PCeen.prenom_key)
        conditions += [name.contains(key, autoescape=True) for name in names]
    return sa.or_(*conditions)


def _with_people() -> sa.Select[Payment]:
    return sa.select(Payment).options(joinedload(Payment.pceen), joinedload(Payment.gri))


def payments_page(session: Session, wanted: Wanted) -> Page[Payment]:
    """One page of the payments, the latest first."""
    stmt = _with_people().where(*_wanted(wanted)).order_by(Payment.id.desc())
    return paginate(session, stmt, number=wanted.number, size=PAGE_SIZE)


def all_payments(session: Session, wanted: Wanted) -> Sequence[Payment]:
    """The payments wanted, the oldest first: what is exported."""
    stmt = _with_people().where(*_wanted(wanted)).order_by(Payment.id)
    return session.scalars(stmt).all()


@dataclass(frozen=True, slots=True)
class Total:
    """What came by one method."""

    method: PaymentMethod
    count: int
    amount_cents: Cents


def totals(session: Session, wanted: Wanted) -> list[Total]:
    """What was paid, by method, of the payments wanted."""
    paid = Payment.status.in_([PaymentStatus.accepted, PaymentStatus.manual])
    stmt = (
        sa.select(Payment.method, sa.func.count(), sa.func.sum(Payment.amount_cents))
        .where(*_wanted(wanted), paid)
        .group_by(Payment.method)
    )
    found = {
        method: Total(method, count, int(cents)) for method, count, cents in session.execute(stmt)
    }
    return [found[method] for method in PaymentMethod if method in found]


def offer_names(session: Session) -> dict[str, Offer]:
    """The offers, by slug: what payments were for."""
    return {offer.slug: offer for offer in session.scalars(sa.select(Offer))}


def events_page(session: Session, *, number: int) -> Page[PaymentEvent]:
    """What Lydia said, the latest first."""
    stmt = (
        sa.select(PaymentEvent)
        .options(joinedload(PaymentEvent.settled_by))
        .order_by(PaymentEvent.id.desc())
    )
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def _unsettled() -> sa.ColumnElement[bool]:
    return sa.and_(PaymentEvent.unmatched_key.is_not(None), PaymentEvent.settled_at.is_(None))


def unsettled(session: Session) -> Sequence[PaymentEvent]:
    """The money that fits no payment, and that nobody settled yet."""
    return session.scalars(
        sa.select(PaymentEvent).where(_unsettled()).order_by(PaymentEvent.id)
    ).all()


def count_unsettled(session: Session) -> int:
    """How much of it there is: pieces, not cents."""
    stmt = sa.select(sa.func.count()).select_from(PaymentEvent).where(_unsettled())
    return session.execute(stmt).scalar_one()


def event(session: Session, key: int) -> PaymentEvent:
    """Money that fits no payment, settled or not.

    Raises:
        NoSuchEvent: If there is no such event, or if it tells of no such money.
    """
    found = session.get(PaymentEvent, key) if key <= _LARGEST_ID else None
    if found is None or found.unmatched_key is None:
        raise NoSuchEvent
    return found


def events_of(session: Session, payment_id: int) -> Sequence[PaymentEvent]:
    """What Lydia said of a payment, the latest first."""
    stmt = sa.select(PaymentEvent).where(PaymentEvent.payment_id == payment_id)
    return session.scalars(stmt.order_by(PaymentEvent.id.desc()).limit(50)).all()


# The books


def entry_of(session: Session, *, payment_id: int, kind: EntryKind) -> JournalEntry | None:
    """The line of the journal that a payment has."""
    stmt = sa.select(JournalEntry).where(
        JournalEntry.payment_id == payment_id, JournalEntry.kind == kind
    )
    return session.scalars(stmt).one_or_none()


def unmatched_entry(session: Session, event_id: int) -> JournalEntry | None:
    """The line of the journal that money which fits no payment has."""
    stmt = sa.select(JournalEntry).where(
        JournalEntry.event_id == event_id, JournalEntry.kind == EntryKind.unmatched
    )
    return session.scalars(stmt).one_or_none()


def account_balances(session: Session) -> dict[Account, Cents]:
    """What each account of the books holds."""
    stmt = sa.select(
        JournalEntry.debit, JournalEntry.credit, sa.func.sum(JournalEntry.amount_cents)
    ).group_by(JournalEntry.debit, JournalEntry.credit)
    lines = (Line(debit, credit, int(cents)) for debit, credit, cents in session.execute(stmt))
    return dict(balances(lines))


def journal_page(session: Session, *, number: int) -> Page[JournalEntry]:
    """One page of the journal, the latest first."""
    stmt = (
        sa.select(JournalEntry)
        .options(
            joinedload(JournalEntry.by), joinedload(JournalEntry.payment).joinedload(Payment.pceen)
        )
        .order_by(JournalEntry.id.desc())
    )
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def journal(session: Session, *, since: date | None, until: date | None) -> Sequence[JournalEntry]:
    """The journal between two days, both included, the oldest first."""
    stmt = sa.select(JournalEntry).options(
        joinedload(JournalEntry.payment).joinedload(Payment.pceen)
    )
    if since is not None:
        stmt = stmt.where(JournalEntry.day >= since)
    if until is not None:
        stmt = stmt.where(JournalEntry.day <= until)
    return session.scalars(stmt.order_by(JournalEntry.id)).all()


@dataclass(frozen=True, slots=True)
class Month:
    """What came in one month, and through which place."""

    #: Its first day.
    day: date
    places: dict[Account, Cents]

    @property
    def total_cents(self) -> Cents:
        return sum(self.places.values())


def months(session: Session, *, since: date) -> list[Month]:
    """What came from *since* on, month by month, revoked payments taken off."""
    kinds = (EntryKind.payment, EntryKind.reversal)
    stmt = (
        sa.select(
            JournalEntry.day,
            JournalEntry.debit,
            JournalEntry.credit,
            sa.func.sum(JournalEntry.amount_cents),
        )
        .where(JournalEntry.day >= since, JournalEntry.kind.in_(kinds))
        .group_by(JournalEntry.day, JournalEntry.debit, JournalEntry.credit)
    )
    found: dict[date, dict[Account, Cents]] = {}
    for day, debit, credit, cents in session.execute(stmt):
        places = found.setdefault(day.replace(day=1), {})
        for account, sign in ((debit, 1), (credit, -1)):
            if account.holds_money or account is Account.unmatched:
                places[account] = places.get(account, 0) + sign * int(cents)
    return [Month(day, found[day]) for day in sorted(found)]


def methods_by_month(session: Session, *, since: date) -> dict[PaymentMethod, dict[date, Cents]]:
    """What was paid from *since* on, by each method, by the first day of each month in Paris."""
    stmt = sa.select(Payment.method, Payment.payed_at, Payment.amount_cents).where(
        Payment.status.in_([PaymentStatus.accepted, PaymentStatus.manual]),
        Payment.payed_at >= clock.day_start(since),
        Payment.amount_cents > 0,
    )
    found: dict[PaymentMethod, dict[date, Cents]] = {}
    for method, payed_at, cents in session.execute(stmt):
        if payed_at is not None:
            month = clock.day_of(payed_at).replace(day=1)
            months = found.setdefault(method, {})
            months[month] = months.get(month, 0) + cents
    return {method: found[method] for method in PaymentMethod if method in found}


# Bank statements


def bank_layout(session: Session, header_hash: str) -> BankLayout | None:
    """How a statement with these columns is laid out, if someone said so."""
    return session.get(BankLayout, header_hash)


def bank_line(session: Session, key: int) -> BankLine:
    """The line of a statement numbered *key*.

    Raises:
        NoSuchBankLine: If there is none.
    """
    found = session.get(BankLine, key) if key <= _LARGEST_ID else None
    if found is None:
        raise NoSuchBankLine
    return found


def known_hashes(session: Session, hashes: Sequence[str]) -> set[str]:
    """Those of the lines that were imported already."""
    known: set[str] = set()
    for first in range(0, len(hashes), 500):
        part = hashes[first : first + 500]
        known.update(session.scalars(sa.select(BankLine.hash).where(BankLine.hash.in_(part))))
    return known


def waiting_lines(session: Session) -> Sequence[BankLine]:
    """The lines of statements that nobody dealt with yet, the oldest first."""
    stmt = sa.select(BankLine).where(BankLine.status == BankLineStatus.proposed)
    return session.scalars(stmt.order_by(BankLine.day, BankLine.id)).all()


def count_waiting_lines(session: Session) -> int:
    """How many of them there are."""
    stmt = sa.select(sa.func.count(BankLine.id)).where(BankLine.status == BankLineStatus.proposed)
    return session.execute(stmt).scalar_one()


# What the checker looks at


@dataclass(frozen=True, slots=True)
class WrongPayment:
    """A payment that the journal, or what it gave, does not agree with."""

    id: int
    status: PaymentStatus
    #: What the journal says, and what it should say.
    written_cents: Cents
    due_cents: Cents
    taken_back_cents: Cents
    due_back_cents: Cents
    #: How many subscriptions it gave, how many of them were taken back, and how many it should.
    subscriptions: int
    taken_back: int
    due_subscriptions: int


def wrong_payments(session: Session) -> list[WrongPayment]:
    """The payments that something does not agree with: found by the database, in one statement."""
    gave = (
        sa.select(
            Subscription.payment_id.label("key"),
            sa.func.count().label("all"),
            sa.func.count(Subscription.revoked_at).label("back"),
        )
        .group_by(Subscription.payment_id)
        .subquery()
    )
    wrote, took_back = _sums(EntryKind.payment), _sums(EntryKind.reversal)
    is_paid = Payment.status.in_([PaymentStatus.accepted, PaymentStatus.manual])
    is_back = Payment.revoked_at.is_not(None)
    is_internet = Payment.type == PaymentType.internet
    columns = {
        "written": sa.func.coalesce(wrote.c.cents, 0),
        "due": sa.case((sa.or_(is_paid, is_back), Payment.amount_cents), else_=0),
        "taken_back": sa.func.coalesce(took_back.c.cents, 0),
        "due_back": sa.case((is_back, Payment.amount_cents), else_=0),
        "gave": sa.func.coalesce(gave.c.all, 0),
        "gave_back": sa.func.coalesce(gave.c.back, 0),
        "due_gave": sa.case((sa.and_(is_internet, sa.or_(is_paid, is_back)), 1), else_=0),
        "due_gave_back": sa.case((sa.and_(is_internet, is_back), 1), else_=0),
    }
    stmt = (
        sa.select(
            Payment.id,
            Payment.status,
            *(columns[n] for n in ("written", "due", "taken_back", "due_back")),
            *(columns[n] for n in ("gave", "gave_back", "due_gave")),
        )
        .outerjoin(gave, gave.c.key == Payment.id)
        .outerjoin(wrote, wrote.c.key == Payment.id)
        .outerjoin(took_back, took_back.c.key == Payment.id)
        .where(
            sa.or_(
                columns["written"] != columns["due"],
                columns["taken_back"] != columns["due_back"],
                columns["gave"] != columns["due_gave"],
                columns["gave_back"] != columns["due_gave_back"],
            )
        )
        .order_by(Payment.id)
    )
    return [WrongPayment(*row) for row in session.execute(stmt)]


def _sums(kind: EntryKind) -> sa.Subquery:
    """What the journal says of each payment, in lines of that kind."""
    return (
        sa.select(
            JournalEntry.payment_id.label("key"),
            sa.func.sum(JournalEntry.amount_cents).label("cents"),
        )
        .where(JournalEntry.kind == kind)
        .group_by(JournalEntry.payment_id)
        .subquery()
    )


def lines_without_payment(session: Session) -> Sequence[int]:
    """The bank lines that say that they are matched, and are not; or the reverse."""
    paid = sa.exists().where(Payment.bank_line_id == BankLine.id, Payment.revoked_at.is_(None))
    is_matched = BankLine.status == BankLineStatus.matched
    stmt = sa.select(BankLine.id).where(
        sa.or_(sa.and_(is_matched, ~paid), sa.and_(~is_matched, paid))
    )
    return session.scalars(stmt).all()


def events_without_entry(session: Session) -> Sequence[int]:
    """The money that fits no payment, in our currency, and that is not in the journal."""
    written = sa.exists().where(
        JournalEntry.event_id == PaymentEvent.id, JournalEntry.kind == EntryKind.unmatched
    )
    stmt = sa.select(PaymentEvent.id).where(
        PaymentEvent.unmatched_key.is_not(None), PaymentEvent.amount_cents > 0, ~written
    )
    return session.scalars(stmt).all()
