"""The tables of what people pay Internet with: offers, and the subscriptions they give."""

from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import get_locale
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.money import Cents
from app.models.base import Base
from app.models.payments import Payment
from app.models.people import PCeen
from app.models.types import Id, reference


class Offer(Base):
    """So much Internet for so much money. Never deleted once used."""

    __tablename__ = "offer"
    __table_args__ = (
        sa.CheckConstraint("price_cents BETWEEN 0 AND 999999", "price_in_range"),
        sa.CheckConstraint("months BETWEEN 0 AND 60 AND days BETWEEN 0 AND 366", "length_in_range"),
        sa.CheckConstraint("slug = '_first' OR months + days > 0", "lasts_a_day"),
    )

    slug: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name_fr: Mapped[str] = mapped_column(sa.String(64))
    name_en: Mapped[str] = mapped_column(sa.String(64))
    description_fr: Mapped[str | None] = mapped_column(sa.String(2000))
    description_en: Mapped[str | None] = mapped_column(sa.String(2000))
    price_cents: Mapped[Cents]
    #: How long it lasts, before its free month.
    months: Mapped[int] = mapped_column(default=0)
    days: Mapped[int] = mapped_column(default=0)
    #: Whether it is listed, and whether it may be subscribed.
    visible: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    def name_in(self, locale: str) -> str:
        """Its name in a language: ``fr`` or ``en``."""
        return self.name_en if locale == "en" else self.name_fr

    @property
    def name(self) -> str:
        """Its name in the language of the reader."""
        return self.name_in(str(get_locale() or "fr"))

    @property
    def description(self) -> str | None:
        """What is said of it in the language of the reader."""
        is_english = str(get_locale() or "fr") == "en"
        return self.description_en if is_english else self.description_fr


class Subscription(Base):
    """Someone's Internet, from a day to another, and the free month after it."""

    __tablename__ = "subscription"
    __table_args__ = (
        sa.UniqueConstraint("pceen_id", "effective_start"),
        sa.CheckConstraint(sa.column("end") >= sa.column("start"), "ends_after_it_starts"),
        # that of an account that was absorbed is nobody's: one has one
        sa.CheckConstraint(
            "(payment_id IS NULL OR welcome_of IS NULL) AND"
            " (payment_id IS NOT NULL OR welcome_of IS NOT NULL OR offer_slug = '_first')",
            "paid_or_welcome",
        ),
    )

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id")
    offer_slug: Mapped[str] = reference("offer.slug")
    #: What paid for it; a welcome month has none.
    payment_id: Mapped[int | None] = reference("payment.id", unique=True)
    start: Mapped[date]
    #: The first day of the free month.
    end: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When its holder was told that the end is near.
    reminded_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: Whose welcome month it is: each person has one.
    welcome_of: Mapped[int | None] = reference("pceen.id", unique=True)
    #: The start, as long as it is not revoked: no two begin on one day.
    effective_start: Mapped[date | None]
    #: The device that a welcome month was obtained with, and whether another had one with it.
    welcome_mac: Mapped[str | None] = mapped_column(sa.String(17), index=True)
    is_doubtful: Mapped[bool] = mapped_column(default=False)

    pceen: Mapped[PCeen] = relationship(foreign_keys="Subscription.pceen_id")
    offer: Mapped[Offer] = relationship()
    payment: Mapped[Payment | None] = relationship()
