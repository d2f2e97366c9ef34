"""What people write to the GRIs, and how GRIs present themselves."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, Name, reference


class ContactMessage(Base):
    """A message to the GRIs, from anybody."""

    __tablename__ = "contact_message"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    #: Who was logged in; ``None`` for a visitor, whatever their name says.
    pceen_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    name: Mapped[str] = mapped_column(sa.String(100))
    email: Mapped[str | None] = mapped_column(sa.String(120))
    title: Mapped[str] = mapped_column(sa.String(120))
    message: Mapped[str] = mapped_column(sa.Text)
    #: When a GRI said that it is dealt with, and who.
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")

    pceen: Mapped[PCeen | None] = relationship(foreign_keys="ContactMessage.pceen_id")
    handled_by: Mapped[PCeen | None] = relationship(foreign_keys="ContactMessage.handled_by_id")


class SolvedCaptcha(Base):
    """A challenge that was solved and used: it is good once."""

    __tablename__ = "solved_captcha"

    #: The random part of the challenge.
    nonce: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class GriCard(Base):
    """What a GRI says of themselves on the contact page."""

    __tablename__ = "gri_card"

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE", unique=True)
    title_fr: Mapped[Name | None]
    title_en: Mapped[Name | None]
    discord: Mapped[Name | None]
    messenger: Mapped[Name | None]
    show_room: Mapped[bool] = mapped_column(default=False)
    order_index: Mapped[int] = mapped_column(default=100)
    version: Mapped[int] = mapped_column(default=1)

    pceen: Mapped[PCeen] = relationship()
