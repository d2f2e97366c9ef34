"""Log-ins by the identity provider of the school (network-a 4)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.enums import SamlPurpose
from app.models.base import Base
from app.models.people import LoginSession
from app.models.types import Id, reference


class SamlRequest(Base):
    """A visitor sent to the identity provider, until they are back in the same browser."""

    __tablename__ = "saml_request"

    id: Mapped[Id]
    #: The random number of the request: its ``ID``, and its ``RelayState``.
    request_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: The digest of what the browser that asked keeps in its cookie.
    browser_hash: Mapped[str] = mapped_column(sa.String(64))
    purpose: Mapped[SamlPurpose]
    #: The log-in that a proof is for.
    login_id: Mapped[int | None] = reference("login_session.id", ondelete="CASCADE")
    #: The local path to go to afterwards.
    next: Mapped[str] = mapped_column(sa.String(1024))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    #: What the provider said of them, until the browser fetches it with the ticket.
    identity: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    ticket_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    ticket_expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    login: Mapped[LoginSession | None] = relationship()


class SamlSeen(Base):
    """A response or an assertion that came: it is good once."""

    __tablename__ = "saml_seen"

    #: The digest of its identifier and of who issued it.
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    #: When it would be refused anyway.
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SsoLink(Base):
    """Whom the school vouches for, and accounts that may be theirs: which one is to be proved."""

    __tablename__ = "sso_link"

    id: Mapped[Id]
    #: The digest of what the browser keeps in its cookie.
    browser_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    identity: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    #: The numbers of the accounts, in the order in which they are proposed.
    candidates: Mapped[list[int]] = mapped_column(sa.JSON)
    #: Which of them is proposed now.
    position: Mapped[int] = mapped_column(default=0)
    next: Mapped[str] = mapped_column(sa.String(1024))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
