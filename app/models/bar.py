"""The tables of the bar: accounts, what is sold, the ledger, and what is derived from it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from app.core import clock, tokens
from app.core.money import Cents
from app.core.text import comparison_key
from app.enums import BarKind, BarMethod
from app.models.base import Base
from app.models.immutable import Moving, refuse_changes
from app.models.lives import whose
from app.models.payments import Payment
from app.models.people import PCeen
from app.models.types import Grams, Id, Name, reference

#: The most that an account of the bar may hold: 9 999,99 €.
BALANCE_MAX = 999_999


class BarAccount(Base):
    """What the bar keeps of someone: their money, their caution, how they are known there.

    Each PCéen has one, made with them.
    """

    __tablename__ = "bar_account"
    __table_args__ = (
        sa.CheckConstraint(f"balance_cents BETWEEN 0 AND {BALANCE_MAX}", "balance_in_range"),
        sa.CheckConstraint("deposit_cents >= 0", "deposit_not_negative"),
        sa.CheckConstraint("deposit_owed_cents >= 0", "owed_not_negative"),
        sa.CheckConstraint("alert_cents > 0", "alert_positive"),
    )

    pceen_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pceen.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    balance_cents: Mapped[Cents] = mapped_column(default=0)
    #: What was paid as a caution; ``None`` without one.
    deposit_cents: Mapped[Cents | None]
    #: A second caution, of an account that became part of this one: it is to be given back.
    deposit_owed_cents: Mapped[Cents] = mapped_column(default=0)
    nickname: Mapped[str | None] = mapped_column(sa.String(128))
    #: The nickname as it is looked for.
    nickname_key: Mapped[str] = mapped_column(sa.String(190), default="")
    birth_date: Mapped[date | None]
    #: What the QR code of the person says: it leads whoever serves to their account.
    qr_code: Mapped[str] = mapped_column(sa.String(64), unique=True, default=tokens.new_badge)
    #: The name of the file of their picture.
    avatar: Mapped[str | None] = mapped_column(sa.String(64))
    #: They want a mail when their balance goes under this; ``None`` for who does not.
    alert_cents: Mapped[Cents | None]
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen] = relationship()

    @property
    def has_deposit(self) -> bool:
        return self.deposit_cents is not None

    @property
    def deposit_held_cents(self) -> Cents:
        """The caution that is given back next: first the one of a merged account."""
        return self.deposit_owed_cents or self.deposit_cents or 0

    def call(self, nickname: str | None) -> None:
        """Give a nickname, with the key that it is looked for by."""
        self.nickname = nickname or None
        self.nickname_key = comparison_key(nickname or "")


@event.listens_for(PCeen, "after_insert")
def _open_account(_mapper: object, connection: sa.Connection, pceen: PCeen) -> None:
    """Open the account of the bar of whoever comes."""
    connection.execute(sa.insert(BarAccount).values(pceen_id=pceen.id))


class BarItem(Base):
    """Something that the bar sells, or sold."""

    __tablename__ = "bar_item"
    __table_args__ = (
        sa.CheckConstraint("price_cents BETWEEN 0 AND 99999", "price_in_range"),
        sa.CheckConstraint("alcohol_mass BETWEEN 0 AND 9999", "alcohol_in_range"),
        sa.CheckConstraint("quantity >= 0", "quantity_not_negative"),
        sa.CheckConstraint("favorite_index >= 0", "favorite_not_negative"),
        sa.CheckConstraint("archived = (live_name IS NULL)", "name_is_free_once_archived"),
    )

    id: Mapped[Id]
    name: Mapped[Name]
    #: The name without its case, while it is sold: two items do not share one.
    live_name: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    price_cents: Mapped[Cents]
    #: Grams of pure alcohol; 0 for a soft drink.
    alcohol_mass: Mapped[Decimal] = mapped_column(Grams, default=Decimal(0))
    #: How many are left; ``None`` when they are not counted.
    quantity: Mapped[int | None]
    #: The line of the ledger with which the count began, from zero; ``None`` without one. Not a
    #: reference: the ledger refers to items already.
    counted_from_id: Mapped[int | None]
    #: 0 for what is no favourite; the largest comes first.
    favorite_index: Mapped[int] = mapped_column(default=0)
    archived: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    def __init__(self, *, name: str, **columns: Any) -> None:
        super().__init__(**columns)
        self.rename(name)

    def rename(self, name: str) -> None:
        """Give another name."""
        self.name = name
        self.live_name = None if self.archived else name.casefold()[:64]

    @property
    def is_quantifiable(self) -> bool:
        return self.quantity is not None

    @property
    def is_alcoholic(self) -> bool:
        return self.alcohol_mass > 0


class BarTransaction(Base):
    """A line of the ledger of the bar: what moved, as it was then. Never changed nor deleted."""

    __tablename__ = "bar_transaction"
    __table_args__ = (
        sa.CheckConstraint("(client_id IS NULL) = (type = 'stock')", "client_but_for_stock"),
        sa.CheckConstraint("(type = 'reversal') = (reverses_id IS NOT NULL)", "reverses_something"),
        sa.CheckConstraint(f"balance_after_cents BETWEEN 0 AND {BALANCE_MAX}", "balance_in_range"),
        sa.CheckConstraint("payment_id IS NULL OR type = 'top_up'", "payment_tops_up"),
        sa.Index(None, "client_id", "id"),
        sa.Index(None, "type", "id"),
        sa.Index(None, "bar_day", "id"),
        sa.Index(None, "item_id", "id"),
        sa.Index(None, "method", "id"),
    )

    id: Mapped[Id]
    #: Whose account; nobody's, for stock.
    client_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("bar_account.pceen_id", ondelete="RESTRICT")
    )
    #: Who served; nobody online. A number, not a reference: the locks of accounts stay apart.
    barman_id: Mapped[int | None] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    #: The day of the bar that it counts for, and the hour of the clock in Paris.
    bar_day: Mapped[date]
    bar_hour: Mapped[int] = mapped_column(sa.SmallInteger)
    type: Mapped[BarKind]
    #: What was sold, counted, or given back, as it was.
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bar_item.id", ondelete="RESTRICT"))
    item_name: Mapped[str | None] = mapped_column(sa.String(64))
    price_cents: Mapped[Cents | None]
    alcohol_mass: Mapped[Decimal | None] = mapped_column(Grams)
    stock_change: Mapped[int] = mapped_column(default=0)
    balance_change_cents: Mapped[Cents] = mapped_column(default=0)
    deposit_change_cents: Mapped[Cents] = mapped_column(default=0)
    #: What was there once it was written: what whoever wrote it was told.
    balance_after_cents: Mapped[Cents | None]
    alcohol_after: Mapped[Decimal | None] = mapped_column(Grams)
    stock_after: Mapped[int | None]
    #: Until when who serves may reverse it.
    revert_until: Mapped[datetime | None]
    method: Mapped[BarMethod | None]
    reason: Mapped[str | None] = mapped_column(sa.String(280))
    payment_id: Mapped[int | None] = reference("payment.id", unique=True)
    reverses_id: Mapped[int | None] = reference("bar_transaction.id", unique=True)
    #: The digest of the key of the request, and of who sent it; and that of what it asked.
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    request_hash: Mapped[str | None] = mapped_column(sa.String(64))

    client: Mapped[PCeen | None] = relationship(
        primaryjoin=lambda: remote(PCeen.id) == foreign(BarTransaction.client_id),
        viewonly=True,
    )
    barman: Mapped[PCeen | None] = relationship(
        primaryjoin=lambda: remote(PCeen.id) == foreign(BarTransaction.barman_id),
        viewonly=True,
    )
    item: Mapped[BarItem | None] = relationship(viewonly=True)
    payment: Mapped[Payment | None] = relationship(viewonly=True)
    reverses: Mapped["BarTransaction | None"] = relationship(
        remote_side="BarTransaction.id", viewonly=True
    )
    #: The line that undid this one, if any.
    reversed_by: Mapped["BarTransaction | None"] = relationship(
        primaryjoin=lambda: remote(BarTransaction.reverses_id) == BarTransaction.id,
        foreign_keys="BarTransaction.reverses_id",
        uselist=False,
        viewonly=True,
    )

    @property
    def is_online(self) -> bool:
        """Whether it is money that came from the site."""
        return self.payment_id is not None


class BarDailyData(Base):
    """What someone did at the bar on one of its days: the ledger tells all of it again."""

    __tablename__ = "bar_daily_data"
    __table_args__ = (sa.Index(None, "bar_day"),)

    pceen_id: Mapped[int] = mapped_column(
        sa.ForeignKey("bar_account.pceen_id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
    )
    bar_day: Mapped[date] = mapped_column(primary_key=True)
    balance_change_cents: Mapped[Cents] = mapped_column(default=0)
    total_spent_cents: Mapped[Cents] = mapped_column(default=0)
    items_bought_count: Mapped[int] = mapped_column(default=0)
    alcohol_bought: Mapped[Decimal] = mapped_column(Grams, default=Decimal(0))


class BarClosing(Base):
    """The cash box at the end of an evening, counted against the ledger. Never changed."""

    __tablename__ = "bar_closing"
    __table_args__ = (
        sa.CheckConstraint("counted_cents >= 0", "counted_not_negative"),
        sa.CheckConstraint("taken_cents BETWEEN 0 AND counted_cents", "taken_from_what_is_there"),
    )

    #: 1 for the first, then one more each time: two people do not close at once.
    rank: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    bar_day: Mapped[date] = mapped_column(index=True)
    #: Who counted: a number, not a reference, since nothing changes a line.
    by_id: Mapped[int | None] = mapped_column(index=True)
    #: What the one before left in the box.
    opening_cents: Mapped[Cents]
    #: The cash of the whole ledger then: what moved since the one before is the difference.
    ledger_cents: Mapped[Cents]
    expected_cents: Mapped[Cents]
    counted_cents: Mapped[Cents]
    #: What was taken out of the box, to the bank.
    taken_cents: Mapped[Cents] = mapped_column(default=0)
    note: Mapped[str | None] = mapped_column(sa.String(280))

    by: Mapped[PCeen | None] = relationship(
        primaryjoin=lambda: remote(PCeen.id) == whose(BarClosing.by_id), viewonly=True
    )

    @property
    def difference_cents(self) -> Cents:
        """What is there too much; negative for what is missing."""
        return self.counted_cents - self.expected_cents

    @property
    def left_cents(self) -> Cents:
        """What stays in the box."""
        return self.counted_cents - self.taken_cents


#: The columns of the ledger that a merge of accounts changes, and nothing else does.
OWNERS = ("client_id", "barman_id")

refuse_changes(
    BarTransaction.__table__,
    moving=Moving(
        owners=OWNERS,
        kept=[one.name for one in BarTransaction.__table__.columns if one.name not in OWNERS],
    ),
)
refuse_changes(BarClosing.__table__)
