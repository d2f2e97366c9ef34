"""What is done of a mail that comes: kept, and told to the GRIs."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.integrations.discord import DiscordMessage
from app.integrations.inbound import ReadMail
from app.models import InboundMail, defer

#: How much of a text is shown on the chat, in characters.
SHOWN = 2000
#: The sand of the site.
COLOUR = 0xD5C0A9


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """How the chat is told of a mail, in the words of the GRIs."""

    no_subject: str
    sender: str
    recipient: str
    sent_at: str
    #: What stands before the page of the account that has that address.
    unverified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the chat is told besides a mail; what there is none of is empty."""

    #: When it says it was sent, as people read it.
    sent_at: str
    #: The address of the page where it is read, and of that of the account that has its address.
    page: str
    account: str


def keep(session: Session, mail: ReadMail) -> InboundMail | None:
    """Keep a mail; ``None`` if it is there already: it was delivered twice."""
    known = sa.select(InboundMail.id).where(InboundMail.digest == mail.digest)
    if session.scalars(known).first() is not None:
        return None
    kept = InboundMail(
        digest=mail.digest,
        subject=mail.subject[: InboundMail.LONGEST_SUBJECT],
        sender=mail.sender[: InboundMail.LONGEST_ADDRESS],
        recipient=mail.recipient[: InboundMail.LONGEST_ADDRESS],
        sent_at=mail.sent_at,
        text=mail.text[: InboundMail.LONGEST_TEXT],
        size=mail.size,
        is_automatic=mail.is_automatic,
    )
    session.add(kept)
    session.flush()
    return kept


def tell(session: Session, mail: InboundMail, *, chat: Chat, note: Note) -> None:
    """Have the chat told of a mail that somebody wrote."""
    fields = [
        (chat.sender, mail.sender),
        (chat.recipient, mail.recipient),
        (chat.sent_at, note.sent_at),
        (chat.unverified, note.account),
    ]
    told = DiscordMessage(
        channel="mail",
        title=mail.subject or chat.no_subject,
        text=mail.text[:SHOWN],
        url=note.page,
        author=mail.sender,
        fields=[pair for pair in fields if pair[1]],
        colour=COLOUR,
        at=clock.now().isoformat(),
        mention=True,
    )
    defer(session, told)
