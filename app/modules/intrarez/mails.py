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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription(Mail):
    """Tell someone that their payment is validated, and what it gives."""

    kind: ClassVar = "intrarez.new_subscription"
    template: ClassVar = "intrarez/mails/new_subscription.html"
    subject: ClassVar = _l("Votre paiement est validé")

    prenom: str
    offer: str
    amount_cents: int
    #: The days, as ``2026-11-24``: of the payment; then from, until, and the free month's last.
    payed_on: str
    start: str
    end: str
    last_day: str
    payment: int

    def day(self, name: str) -> date:
        """One of the days, by its name."""
        return date.fromisoformat(getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRevoked(Mail):
    """Tell someone that a payment of theirs is cancelled, and why."""

    kind: ClassVar = "intrarez.subscription_revoked"
    template: ClassVar = "intrarez/mails/subscription_revoked.html"
    subject: ClassVar = _l("Votre abonnement est annulé")

    prenom: str
    offer: str
    reason: str
    payment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CutMail(Mail):
    """The parent of what tells when Internet is cut."""

    prenom: str
    #: The first day without Internet, as ``2026-11-24``.
    cut: str

    @property
    def cut_day(self) -> date:
        return date.fromisoformat(self.cut)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionExpired(CutMail):
    """Tell someone that what they paid for is over, and that a free month begins."""

    kind: ClassVar = "intrarez.subscription_expired"
    template: ClassVar = "intrarez/mails/subscription_expired.html"
    subject: ClassVar = _l("Votre abonnement à Internet est à renouveler")

    #: Whether they had none before: the free month is their first.
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewReminder(CutMail):
    """Tell someone that their Internet is about to be cut."""

    kind: ClassVar = "intrarez.renew_reminder"
    template: ClassVar = "intrarez/mails/renew_reminder.html"
    subject: ClassVar = _l("Important : votre accès à Internet va être coupé")


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetCut(CutMail):
    """Tell someone that their Internet is cut."""

    kind: ClassVar = "intrarez.internet_cut"
    template: ClassVar = "intrarez/mails/internet_cut.html"
    subject: ClassVar = _l("Votre accès à Internet est coupé")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp(CutMail):
    """Tell someone that Internet must be paid from now on."""

    kind: ClassVar = "intrarez.on_setup"
    template: ClassVar = "intrarez/mails/on_setup.html"
    subject: ClassVar = _l("Internet est désormais payant à la résidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNotDone(Mail):
    """Tell the GRIs of whom the day's work could not be done."""

    kind: ClassVar = "intrarez.day_not_done"
    template: ClassVar = "intrarez/mails/day_not_done.html"
    subject: ClassVar = _l("Alerte : des abonnements n'ont pas pu être mis à jour")

    #: The numbers of the people, and the names of the errors.
    people: list[int]
    errors: list[str]


MAILS: tuple[type[Mail], ...] = (
    RulesNotWritten,
    RoomTransferred,
    ClaimFiled,
    ClaimDecided,
    DeviceTransferred,
    BanStarted,
    BanEnded,
    NewSubscription,
    SubscriptionRevoked,
    SubscriptionExpired,
    RenewReminder,
    InternetCut,
    SetUp,
    DayNotDone,
)
