"""What people prove who they are with, after their password."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.enums import FactorKind
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, Name, reference


class SecondFactor(Base):
    """An application of codes, or a passkey, of someone."""

    __tablename__ = "second_factor"
    __table_args__ = (
        sa.CheckConstraint(
            "(kind = 'totp') = (secret IS NOT NULL)"
            " AND (kind = 'passkey') = (credential_id IS NOT NULL AND public_key IS NOT NULL"
            " AND credential_hash IS NOT NULL)",
            "has_what_its_kind_needs",
        ),
    )

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    kind: Mapped[FactorKind]
    #: What its owner calls it.
    name: Mapped[Name]
    #: The key of the codes, sealed with the key of the site.
    secret: Mapped[str | None] = mapped_column(sa.String(255))
    #: The last 30 seconds whose code was used, as counted since 1970: no code is used twice.
    last_step: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: A passkey: what its device calls it, its digest, and the key that checks its signatures.
    credential_id: Mapped[bytes | None] = mapped_column(sa.LargeBinary(1023))
    credential_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    public_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary(2048))
    #: How often it signed: a copy of the key would count otherwise.
    sign_count: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When it was used for the first time: until then, it protects nothing.
    confirmed_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    pceen: Mapped[PCeen] = relationship()


class RecoveryCode(Base):
    """A code on paper that replaces a second factor once; only its digest is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (sa.UniqueConstraint("pceen_id", "code_hash"),)

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE", index=False)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]

    pceen: Mapped[PCeen] = relationship()
