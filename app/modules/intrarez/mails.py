"""What the network writes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesNotWritten(Mail):
    """Tell the GRIs that the DHCP rules could not be written."""

    kind: ClassVar = "intrarez.rules_not_written"
    template: ClassVar = "intrarez/mails/rules_not_written.html"
    subject: ClassVar = _l("Alerte : les règles DHCP ne sont pas à jour")

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTransferred(Mail):
    """Tell the former tenant that someone else has their room."""

    kind: ClassVar = "intrarez.room_transferred"
    template: ClassVar = "intrarez/mails/room_transferred.html"
    subject: ClassVar = _l("Votre chambre est passée à quelqu'un d'autre")
    confidential: ClassVar = True

    prenom: str
    room: int
    #: The day, as ``2026-11-24``.
    on: str
    #: Opens the page where one says that it is a mistake.
    secret: str

    @property
    def day(self) -> date:
        return date.fromisoformat(self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFiled(Mail):
    """Tell the GRIs that someone asks them for a room."""

    kind: ClassVar = "intrarez.claim_filed"
    template: ClassVar = "intrarez/mails/claim_filed.html"
    subject: ClassVar = _l("Une chambre à départager")

    is_contest: bool
    room: int
    name: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided(Mail):
    """Tell someone what the GRIs decided of a room: theirs, or the one they asked for."""

    kind: ClassVar = "intrarez.claim_decided"
    template: ClassVar = "intrarez/mails/claim_decided.html"
    subject: ClassVar = _l("Les GRI ont décidé pour votre chambre")

    prenom: str
    room: int
    #: Whether the room is now theirs.
    has_the_room: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTransferred(Mail):
    """Tell the former owner that a device is someone else's."""

    kind: ClassVar = "intrarez.device_transferred"
    template: ClassVar = "intrarez/mails/device_transferred.html"
    subject: ClassVar = _l("Un de vos appareils est passé à quelqu'un d'autre")

    prenom: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BanStarted(Mail):
    """Tell someone that they have no Internet, why, and until when."""

    kind: ClassVar = "intrarez.ban_started"
    template: ClassVar = "intrarez/mails/ban_started.html"
    subject: ClassVar = _l("Votre accès à Internet est suspendu")

    prenom: str
    reason: str
    message: str
    #: An instant, as ISO 8601 says it; ``None``: until further notice.
    ends_at: str | None

    @property
    def until(self) -> datetime | None:
        return datetime.fromisoformat(self.ends_at) if self.ends_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BanEnded(Mail):
    """Tell someone that a ban is over."""

    kind: ClassVar = "intrarez.ban_ended"
    template: ClassVar = "intrarez/mails/ban_ended.html"
    subject: ClassVar = _l("La suspension de votre accès à Internet est terminée")

    prenom: str
    reason: str
    #: Whether another ban still weighs on them.
    is_still_banned: bool


MAILS: tuple[type[Mail], ...] = (
    RulesNotWritten,
    RoomTransferred,
    ClaimFiled,
    ClaimDecided,
    DeviceTransferred,
    BanStarted,
    BanEnded,
)
