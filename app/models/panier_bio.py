"""The tables of the Panier Bio: periods, distributions, orders.

Whoever counts the baskets of a date holds the lock of its ``PanierBioDate``, made if need be.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.money import Cents
from app.enums import BasketPayment, BasketStatus
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Day, Id, reference

#: The longest of each text, in characters.
BASKET_NAME_MAX, BASKET_SERVICE_MAX, BASKET_PHONE_MAX = 130, 50, 20
BASKET_EMAIL_MAX, BASKET_COMMENT_MAX, BASKET_NOTE_MAX = 120, 500, 280
#: The most that a basket may cost, in cents.
BASKET_PRICE_MAX = 100_000


class PeriodPanierBio(Base):
    """Weeks in which baskets are given out: its first and its last day are among them."""

    __tablename__ = "period_panier_bio"
    __table_args__ = (sa.CheckConstraint("start_date <= end_date", "dates_in_order"),)

    id: Mapped[Id]
    start_date: Mapped[Day] = mapped_column(index=True)
    end_date: Mapped[Day]
    active: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class PanierBioDisabledDay(Base):
    """A day of a period without a distribution."""

    __tablename__ = "panier_bio_disabled_day"

    period_id: Mapped[int] = mapped_column(
        sa.ForeignKey("period_panier_bio.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    date: Mapped[Day] = mapped_column(primary_key=True)


class PanierBioDate(Base):
    """What is particular to the distribution of a day; its row is locked to count its baskets."""

    __tablename__ = "panier_bio_date"
    __table_args__ = (sa.CheckConstraint("capacity >= 0", "capacity_not_negative"),)

    date: Mapped[Day] = mapped_column(primary_key=True)
    #: How many baskets there are, 0 for any number; the setting without one.
    capacity: Mapped[int | None]
    #: What customers are told.
    note: Mapped[str] = mapped_column(sa.String(BASKET_NOTE_MAX), default="")
    version: Mapped[int] = mapped_column(default=1)


class OrderPanierBio(Base):
    """A basket that someone ordered for a day, or waits for."""

    __tablename__ = "order_panier_bio"
    __table_args__ = (
        sa.UniqueConstraint("live_pceen", "date"),
        sa.UniqueConstraint("live_email", "date"),
        sa.CheckConstraint("pceen_id IS NULL OR live_email IS NULL", "one_owner"),
        sa.CheckConstraint(f"price BETWEEN 0 AND {BASKET_PRICE_MAX}", "price_in_range"),
        sa.CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", "cancelled_once"),
        sa.CheckConstraint(
            "status <> 'cancelled' OR (live_pceen IS NULL AND live_email IS NULL)", "gone_is_free"
        ),
        sa.Index(None, "date", "status"),
    )

    id: Mapped[Id]
    date: Mapped[Day]
    period_id: Mapped[int] = reference("period_panier_bio.id")
    #: ``None`` for a visitor.
    pceen_id: Mapped[int | None] = reference("pceen.id")
    name: Mapped[str] = mapped_column(sa.String(BASKET_NAME_MAX))
    #: The promo of a member; else the lab or the department.
    service: Mapped[str] = mapped_column(sa.String(BASKET_SERVICE_MAX))
    phone_number: Mapped[str] = mapped_column(sa.String(BASKET_PHONE_MAX), default="")
    #: Of a visitor, lower-case.
    email: Mapped[str | None] = mapped_column(sa.String(BASKET_EMAIL_MAX), index=True)
    #: In which language a visitor is written to.
    locale: Mapped[str | None] = mapped_column(sa.String(8))
    payment_method: Mapped[BasketPayment]
    comment: Mapped[str] = mapped_column(sa.String(BASKET_COMMENT_MAX), default="")
    #: As it was when it was ordered.
    price: Mapped[Cents] = mapped_column(default=0)
    status: Mapped[BasketStatus]
    payment_made: Mapped[bool] = mapped_column(default=False)
    treasurer_validate: Mapped[bool] = mapped_column(default=False)
    taken: Mapped[bool] = mapped_column(default=False)
    taken_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When whoever wrote the address showed that it is theirs; members need not.
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    #: When they were written that it was picked up.
    told_taken_at: Mapped[datetime | None]
    #: The digest of the secret of a visitor's link: what was sent together shares it.
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    #: Filled until it is cancelled: nobody has two for one day.
    live_pceen: Mapped[int | None]
    live_email: Mapped[str | None] = mapped_column(sa.String(BASKET_EMAIL_MAX))
    #: The GRI who did it in their place, if one did.
    by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen | None] = relationship(foreign_keys=[pceen_id])
    period: Mapped[PeriodPanierBio] = relationship()
