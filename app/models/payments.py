"""The tables of money: what came in, what was said of it, and the books."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, remote

from app.core import clock
from app.core.money import Cents
from app.enums import (
    Account,
    BankLineStatus,
    EntryKind,
    EventSource,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    Settlement,
)
from app.models.base import Base
from app.models.immutable import refuse_changes
from app.models.lives import whose
from app.models.people import PCeen
from app.models.types import Id, reference


class Payment(Base):
    """Money that someone gave, or is about to: never deleted, its amount never edited."""

    __tablename__ = "payment"
    __table_args__ = (
        sa.CheckConstraint("amount_cents >= 0", "amount_not_negative"),
        sa.CheckConstraint("type <> 'internet' OR offer_slug IS NOT NULL", "internet_has_an_offer"),
        sa.CheckConstraint("method <> 'gift' OR amount_cents = 0", "gift_is_free"),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'manual') OR (payed_at IS NOT NULL AND revoked_at IS NULL)",
            "paid_when_it_says_so",
        ),
        sa.CheckConstraint(
            "revoked_at IS NULL OR (status = 'cancelled' AND payed_at IS NOT NULL)",
            "revoked_once_paid",
        ),
        sa.Index(None, "status", "next_poll_at"),
        sa.Index(None, "payed_at"),
    )

    id: Mapped[Id]
    #: Who pays.
    pceen_id: Mapped[int] = reference("pceen.id")
    type: Mapped[PaymentType] = mapped_column(default=PaymentType.internet)
    offer_slug: Mapped[str | None] = reference("offer.slug")
    amount_cents: Mapped[Cents]
    method: Mapped[PaymentMethod]
    status: Mapped[PaymentStatus] = mapped_column(default=PaymentStatus.creating)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When the money came; ``None`` until then.
    payed_at: Mapped[datetime | None]
    #: What Lydia calls it: ``PEM-<id>-<unix time of creation>``.
    order_ref: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    lydia_uuid: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    lydia_request_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    lydia_transaction_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    #: Who recorded it, if not Lydia.
    gri_id: Mapped[int | None] = reference("pceen.id")
    reason: Mapped[str] = mapped_column(sa.String(255), default="")
    #: The line of a statement that it is.
    bank_line_id: Mapped[int | None] = reference("bank_line.id", unique=True)
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = reference("pceen.id")
    revoked_why: Mapped[str] = mapped_column(sa.String(255), default="")
    #: How often Lydia was asked what became of it, and when to ask again.
    polls: Mapped[int] = mapped_column(default=0)
    next_poll_at: Mapped[datetime | None]
    #: When someone last asked that Lydia be asked.
    checked_at: Mapped[datetime | None]
    #: The digest of the form that made it, and of who sent it.
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen] = relationship(foreign_keys="Payment.pceen_id")
    gri: Mapped[PCeen | None] = relationship(foreign_keys="Payment.gri_id")
    revoked_by: Mapped[PCeen | None] = relationship(foreign_keys="Payment.revoked_by_id")

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def is_pending(self) -> bool:
        """Whether nobody knows yet what becomes of it."""
        return self.status in (PaymentStatus.creating, PaymentStatus.waiting)


class PaymentEvent(Base):
    """What Lydia said, as it was received, without its secrets. Written, never edited.

    Money that fits no payment waits there until a GRI settles it.
    """

    __tablename__ = "payment_event"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    source: Mapped[EventSource]
    type: Mapped[PaymentType]
    payment_id: Mapped[int | None] = reference("payment.id")
    order_ref: Mapped[str | None] = mapped_column(sa.String(40))
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    transaction_id: Mapped[str | None] = mapped_column(sa.String(64))
    amount_cents: Mapped[Cents | None]
    #: 4 KiB at most.
    body: Mapped[str] = mapped_column(sa.Text)
    #: What was done of it: a word.
    outcome: Mapped[str] = mapped_column(sa.String(32))
    #: What names the money that it tells of, if it fits no payment: said twice, it is written once.
    unmatched_key: Mapped[str | None] = mapped_column(sa.String(128), unique=True)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = reference("pceen.id")
    settled_how: Mapped[Settlement | None]
    settled_note: Mapped[str] = mapped_column(sa.String(255), default="")

    payment: Mapped[Payment | None] = relationship()
    settled_by: Mapped[PCeen | None] = relationship()


class BankLine(Base):
    """Money that came on the bank account, as a statement says."""

    __tablename__ = "bank_line"
    __table_args__ = (sa.CheckConstraint("amount_cents > 0", "amount_positive"),)

    id: Mapped[Id]
    #: The digest of its date, amount, label and rank among equal lines.
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    day: Mapped[date]
    label: Mapped[str] = mapped_column(sa.String(255))
    amount_cents: Mapped[Cents]
    status: Mapped[BankLineStatus] = mapped_column(default=BankLineStatus.proposed, index=True)
    imported_at: Mapped[datetime] = mapped_column(default=clock.now)
    imported_by_id: Mapped[int | None] = reference("pceen.id")

    imported_by: Mapped[PCeen | None] = relationship()


class BankLayout(Base):
    """How the statements of a bank are laid out, once a treasurer has said so."""

    __tablename__ = "bank_layout"

    #: The digest of the names of the columns.
    header_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    layout: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    confirmed_at: Mapped[datetime] = mapped_column(default=clock.now)


class JournalEntry(Base):
    """A line of the books: money that went from one account to another.

    Each has its two sides in itself, so that the sum of the journal is 0 whatever
    is written. The database refuses to change or delete one: a mistake is mended
    by the opposite line.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        sa.CheckConstraint("amount_cents > 0", "amount_positive"),
        sa.CheckConstraint("debit <> credit", "two_accounts"),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", "reversal_of_something"
        ),
        sa.UniqueConstraint("payment_id", "kind"),
        sa.UniqueConstraint("event_id", "kind"),
    )

    id: Mapped[Id]
    #: When it was written.
    at: Mapped[datetime] = mapped_column(default=clock.now)
    #: The day in Paris on which the money moved.
    day: Mapped[date] = mapped_column(index=True)
    kind: Mapped[EntryKind]
    #: The account that gets the money, and the one that it comes from.
    debit: Mapped[Account]
    credit: Mapped[Account]
    amount_cents: Mapped[Cents]
    payment_id: Mapped[int | None] = reference("payment.id")
    event_id: Mapped[int | None] = reference("payment_event.id")
    reverses_id: Mapped[int | None] = reference("journal_entry.id", unique=True)
    label: Mapped[str] = mapped_column(sa.String(255), default="")
    #: ``None`` for Lydia and the worker. Not a reference: the line is written for good, and
    #: the account may become part of another.
    by_id: Mapped[int | None] = mapped_column(index=True)

    payment: Mapped[Payment | None] = relationship()
    by: Mapped[PCeen | None] = relationship(
        primaryjoin=lambda: remote(PCeen.id) == whose(JournalEntry.by_id), viewonly=True
    )


refuse_changes(JournalEntry.__table__)
