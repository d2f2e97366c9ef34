"""The people of the school, and their log-ins."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from app.core import clock, tokens
from app.core.text import comparison_key
from app.enums import LoginMethod, PermissionScope, PermissionType, SubState, TokenPurpose
from app.models.base import Base
from app.models.gris import Role, pceen_role, public_role
from app.models.types import Id, Name, reference


class PCeen(Base):
    """A student, past or present, or a guest: whoever can log in.

    A PCéen knows their roles and nothing else. What a module keeps about
    them lives in that module's tables, which point here.
    """

    __tablename__ = "pceen"
    __table_args__ = (
        sa.CheckConstraint("promo IS NULL OR promo BETWEEN 1 AND 999", "promo_in_range"),
        sa.CheckConstraint("(sso_issuer IS NULL) = (sso_subject IS NULL)", "sso_identity_is_whole"),
        sa.UniqueConstraint("sso_issuer", "sso_subject"),
        sa.Index(None, "nom_key", "prenom_key"),
    )

    id: Mapped[Id]
    username: Mapped[Name] = mapped_column(unique=True)
    prenom: Mapped[Name]
    nom: Mapped[Name]
    #: The names as they are compared (network-a 3.4).
    prenom_key: Mapped[str] = mapped_column(sa.String(190))
    nom_key: Mapped[str] = mapped_column(sa.String(190))
    promo: Mapped[int | None]
    #: Lower-case; ``None`` for an address that was released.
    email: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    email_confirmed_at: Mapped[datetime | None]
    locale: Mapped[str | None] = mapped_column(sa.String(8))
    #: Whether they logged in once; not a right.
    activated: Mapped[bool] = mapped_column(default=False)
    #: ``None`` for who has no local password.
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    disabled_at: Mapped[datetime | None]
    #: Who disabled it, and why.
    disabled_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    disabled_reason: Mapped[str | None] = mapped_column(sa.String(255))
    #: The address that the school vouches for, lower-case; nobody edits it.
    espci_email: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    #: Who they are for the identity provider, for good: who says so, and how.
    sso_issuer: Mapped[str | None] = mapped_column(sa.String(255))
    sso_subject: Mapped[str | None] = mapped_column(sa.String(255))
    #: Whether the school's log-in opens this account.
    espci_sso_enabled: Mapped[bool] = mapped_column(default=False)
    #: When they asked to be forgotten, and when they were.
    erasure_requested_at: Mapped[datetime | None] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]
    #: Where they stand with Internet, as last written down: pages compute it.
    sub_state: Mapped[SubState | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    version: Mapped[int] = mapped_column(default=1)

    roles: Mapped[list[Role]] = relationship(secondary=pceen_role, order_by=(Role.index, Role.name))
    disabled_by: Mapped["PCeen | None"] = relationship(remote_side="PCeen.id")

    def __init__(self, *, prenom: str, nom: str, **columns: Any) -> None:
        super().__init__(**columns)
        self.rename(prenom=prenom, nom=nom)

    def rename(self, *, prenom: str, nom: str) -> None:
        """Give other names, with the keys that they are compared by."""
        self.prenom, self.nom = prenom, nom
        self.prenom_key, self.nom_key = comparison_key(prenom), comparison_key(nom)

    @property
    def full_name(self) -> str:
        return f"{self.prenom} {self.nom}"

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @property
    def is_gri(self) -> bool:
        return self.has_permission(PermissionType.all, PermissionScope.gris)

    def has_permission(
        self, type: PermissionType, scope: PermissionScope, elem: Any = None
    ) -> bool:
        """Whether one of their roles, or the public one, lets them do that.

        Raises:
            ValueError, TypeError: If the question makes no sense.
        """
        lineage = tuple(scope.lineage(elem))
        if self.is_disabled:
            return False
        session = object_session(self)
        roles = [*self.roles, public_role(session)] if session else self.roles
        return any(role.is_enough(type, lineage) for role in roles)


class LoginSession(Base):
    """Someone logged in on one machine. Without its row, they no longer are.

    It is the user that Flask-Login knows. The cookie holds a random secret, of
    which the row keeps a digest.
    """

    __tablename__ = "login_session"

    #: How long it lives without activity, and in all (network-a 3.8).
    IDLE: ClassVar = timedelta(hours=12)
    IDLE_REMEMBERED: ClassVar = timedelta(days=30)
    LASTS_REMEMBERED: ClassVar = timedelta(days=90)
    LASTS_GRI: ClassVar = timedelta(hours=12)

    is_authenticated: ClassVar = True
    is_anonymous: ClassVar = False
    is_active: ClassVar = True

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    method: Mapped[LoginMethod]
    remembered: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: Written every five minutes at most.
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: When the person last proved who they are.
    proved_at: Mapped[datetime | None]
    #: When they last gave their second factor in it.
    second_at: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(sa.String(45))
    user_agent: Mapped[str | None] = mapped_column(sa.String(255))
    #: Whom this GRI acts for, why, and since when (network-a 5.5).
    doas_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    doas_reason: Mapped[str | None] = mapped_column(sa.String(255))
    doas_since: Mapped[datetime | None]

    pceen: Mapped[PCeen] = relationship(foreign_keys="LoginSession.pceen_id")
    doas: Mapped[PCeen | None] = relationship(foreign_keys="LoginSession.doas_id")

    def __init__(self, **columns: Any) -> None:
        self.secret = tokens.new_secret()
        super().__init__(token_hash=tokens.digest(self.secret), **columns)

    def get_id(self) -> str:
        """What the cookie holds: known only to who has just begun the log-in."""
        return self.secret

    def left(self, now: datetime, *, is_gri: bool) -> timedelta:
        """How long it lives yet without another page, seen at *now*."""
        left = self.IDLE_REMEMBERED if self.remembered else self.IDLE
        if self.remembered:
            left = min(left, self.started_at + self.LASTS_REMEMBERED - now)
        if is_gri:
            left = min(left, self.started_at + self.LASTS_GRI - now)
        return max(left, timedelta())

    def is_over(self, now: datetime, *, is_gri: bool) -> bool:
        """Whether it has lived too long, or slept too long, for *now*."""
        idle, age = now - self.seen_at, now - self.started_at
        if is_gri and age >= self.LASTS_GRI:
            return True
        if self.remembered:
            return idle >= self.IDLE_REMEMBERED or age >= self.LASTS_REMEMBERED
        return idle >= self.IDLE


class OneTimeToken(Base):
    """A secret good for one thing, once; only its digest is kept."""

    __tablename__ = "one_time_token"

    id: Mapped[Id]
    purpose: Mapped[TokenPurpose]
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    secret_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    #: What it carries: a new address to confirm, say.
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    #: How often it was tried in vain: for codes short enough to be guessed.
    failures: Mapped[int] = mapped_column(default=0)

    pceen: Mapped[PCeen] = relationship()


class Attempt(Base):
    """Something that may be tried a few times an hour, and was tried once more."""

    __tablename__ = "attempt"
    __table_args__ = (sa.Index(None, "bucket", "at"),)

    id: Mapped[Id]
    #: What is counted, and for whom, as a digest.
    bucket: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
