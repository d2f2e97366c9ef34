"""What people write to the GRIs, by the site or by mail, and how GRIs present themselves."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, LongText, Name, reference


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


class InboundMail(Base):
    """A mail that was received at an address of the site, as `flask mail-hook` read it."""

    __tablename__ = "inbound_mail"

    #: What an address, a subject and a text take, in characters.
    LONGEST_ADDRESS, LONGEST_SUBJECT, LONGEST_TEXT = 320, 255, 20_000

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    #: Of its ``Message-ID``, else of the whole: what is delivered twice is one mail.
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    subject: Mapped[str] = mapped_column(sa.String(LONGEST_SUBJECT))
    #: Whom it says it is from: nothing proves it.
    sender: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS), index=True)
    recipient: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS))
    #: When it says it was sent.
    sent_at: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(LongText)
    #: The whole of it, attachments included, in bytes.
    size: Mapped[int]
    #: Whether a program wrote it: kept, and told to nobody.
    is_automatic: Mapped[bool]


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
