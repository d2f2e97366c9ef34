"""What notifications write to people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l, ngettext

from app.enums import NotificationTopic
from app.integrations.mailer import Mail
from app.modules.notifications.rules.links import is_local


@dataclass(frozen=True, slots=True)
class Item:
    """A notification, as the mail of the evening sums it up."""

    topic: NotificationTopic
    title: str
    body: str
    #: Where it leads on this site; nothing for what leads elsewhere.
    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EveningDigest(Mail):
    """Sum up, in the evening, what someone has not read."""

    kind: ClassVar = "notifications.digest"
    template: ClassVar = "notifications/mails/digest.html"
    subject: ClassVar = _l("Vos notifications")

    prenom: str
    #: Of each: its topic, its title, its text, where it leads.
    notices: list[tuple[str, str, str, str]]
    #: How many there are besides.
    more: int

    @property
    def headline(self) -> str:
        """How many there are."""
        count = len(self.notices) + self.more
        said: str = ngettext(
            "%(num)s notification non lue", "%(num)s notifications non lues", count
        )
        return said

    @property
    def items(self) -> Iterator[Item]:
        """What they were told, the latest first."""
        for topic, title, body, url in self.notices:
            path = url if is_local(url) else None
            yield Item(NotificationTopic(topic), title, body, path)
