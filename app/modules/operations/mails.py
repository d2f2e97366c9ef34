"""What the running of the site writes."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxParked(Mail):
    """Tell the GRIs what the site gave up since the day before."""

    kind: ClassVar = "operations.outbox_parked"
    template: ClassVar = "operations/mails/outbox_parked.html"
    subject: ClassVar = _l("Alerte : des envois ont été abandonnés")

    #: How many, and their kind: ``account.invitation: 3``.
    parked: list[str]


MAILS: tuple[type[Mail], ...] = (OutboxParked,)
