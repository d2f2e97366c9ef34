"""The tables, shared by every module.

Import models from here; the files of this package only say where a table's
code is kept. No model imports Flask, the context or a module.
"""

from app.models import engines as _engines  # noqa: F401
from app.models.attempts import Limit, TriedTooOften
from app.models.audit import AuditEvent, Origin, audit
from app.models.base import Base
from app.models.choices import (
    DOAS_MINUTES,
    MAINTENANCE,
    MAINTENANCE_MESSAGE,
    MAINTENANCE_UNTIL,
    SECOND_FACTOR_GRIS,
    Choice,
    StoredChoice,
)
from app.models.contact import ContactMessage, GriCard, SolvedCaptcha
from app.models.deliveries import Delivery
from app.models.factors import RecoveryCode, SecondFactor
from app.models.gris import Permission, Role, pceen_role, public_role, role_permission, roles_of
from app.models.intrarez import (
    Allocation,
    Ban,
    BanAddress,
    Device,
    DhcpRun,
    NetworkHistory,
    NetworkSample,
    Rental,
    Room,
    RoomClaim,
)
from app.models.jobs import JobRun, SiteSample, WorkerBeat
from app.models.lives import DataExport, MergedAccount
from app.models.outbox import Effect, OutboxEntry, defer
from app.models.payments import BankLayout, BankLine, JournalEntry, Payment, PaymentEvent
from app.models.people import Attempt, LoginSession, OneTimeToken, PCeen
from app.models.photos import (
    UNDATED,
    Album,
    AlbumAddress,
    Collection,
    Photo,
    PhotoPerson,
    PhotoReport,
    PhotoTag,
    PhotoUpload,
)
from app.models.requests import AnsweredRequest
from app.models.seals import AuditHead, AuditSeal
from app.models.sso import SamlRequest, SamlSeen, SsoLink
from app.models.subscriptions import Offer, Subscription
from app.models.tasks import TaskRun

__all__ = [
    "DOAS_MINUTES",
    "MAINTENANCE",
    "MAINTENANCE_MESSAGE",
    "MAINTENANCE_UNTIL",
    "SECOND_FACTOR_GRIS",
    "UNDATED",
    "Album",
    "AlbumAddress",
    "Allocation",
    "AnsweredRequest",
    "Attempt",
    "AuditEvent",
    "AuditHead",
    "AuditSeal",
    "Ban",
    "BanAddress",
    "BankLayout",
    "BankLine",
    "Base",
    "Choice",
    "Collection",
    "ContactMessage",
    "DataExport",
    "Delivery",
    "Device",
    "DhcpRun",
    "Effect",
    "GriCard",
    "JobRun",
    "JournalEntry",
    "Limit",
    "LoginSession",
    "MergedAccount",
    "NetworkHistory",
    "NetworkSample",
    "Offer",
    "OneTimeToken",
    "Origin",
    "OutboxEntry",
    "PCeen",
    "Payment",
    "PaymentEvent",
    "Permission",
    "Photo",
    "PhotoPerson",
    "PhotoReport",
    "PhotoTag",
    "PhotoUpload",
    "RecoveryCode",
    "Rental",
    "Role",
    "Room",
    "RoomClaim",
    "SamlRequest",
    "SamlSeen",
    "SecondFactor",
    "SiteSample",
    "SolvedCaptcha",
    "SsoLink",
    "StoredChoice",
    "Subscription",
    "TaskRun",
    "TriedTooOften",
    "WorkerBeat",
    "audit",
    "defer",
    "pceen_role",
    "public_role",
    "role_permission",
    "roles_of",
]
