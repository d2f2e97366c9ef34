"""How the site is, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.enums import TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How the site is, at one instant."""

    now: datetime
    #: When a worker last said that it lives.
    beat_at: datetime | None
    #: Since when the oldest effect should have been done.
    oldest_due: datetime | None
    #: Effects that are to be done, and those that were given up.
    waiting: int
    parked: int
    #: When the last mail left, and how many were given up.
    mail_sent_at: datetime | None
    mails_parked: int
    mails_waiting: int
    #: Messages to the chat that were given up.
    chat_parked: int
    #: When something was last done on the site.
    audit_at: datetime | None
    #: The last generation of the network's rules.
    dhcp_at: datetime | None
    dhcp_right_at: datetime | None
    dhcp_hosts: int | None
    dhcp_error: str | None
    #: When Lydia last said something, how many payments wait for it, and the money of nobody.
    lydia_at: datetime | None
    lydia_waiting: int
    lydia_oldest: datetime | None
    unmatched: int
    online: int | None
    #: When the site was last backed up, and how the last verification of a backup ended.
    backup_at: datetime | None = None
    backup_verdict: TaskState | None = None

    @property
    def delay(self) -> timedelta:
        """How late the oldest effect is."""
        if self.oldest_due is None:
            return timedelta()
        return max(timedelta(), self.now - self.oldest_due)

    @property
    def silence(self) -> timedelta | None:
        """For how long no worker has said anything; ``None`` if none ever did."""
        return None if self.beat_at is None else self.now - self.beat_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What Prometheus reads of the database."""

    facts: Facts
    outbox: Mapping[tuple[str, str], int]
    dhcp_runs: Mapping[str, int]
    subscriptions: Mapping[str, int]
    bans: Mapping[str, int]
    payments: Mapping[tuple[str, str, str], int]
