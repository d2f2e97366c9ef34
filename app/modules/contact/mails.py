"""What the contact page writes, where the GRIs have no channel."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import gettext as _, lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Mail):
    """Hand a message over to the GRIs: answering it answers who wrote."""

    kind: ClassVar = "contact.message_received"
    template: ClassVar = "contact/mails/message_received.html"
    subject: ClassVar = _l("Un message de la page de contact")

    number: int
    name: str
    email: str | None
    title: str
    message: str

    @property
    def headline(self) -> str:
        headline: str = _("Message : %(title)s", title=self.title)
        return headline

    @property
    def reply_to(self) -> tuple[str, str] | None:
        return (self.name, self.email) if self.email else None


MAILS: tuple[type[Mail], ...] = (MessageReceived,)
