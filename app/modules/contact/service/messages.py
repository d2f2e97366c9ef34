"""Writing to the GRIs, dealing with what they are written, and their cards."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.integrations.discord import DiscordMessage
from app.models import (
    ContactMessage,
    GriCard,
    InboundMail,
    Limit,
    PCeen,
    SolvedCaptcha,
    TriedTooOften,
    audit,
    defer,
    public_role,
)
from app.modules.contact import queries
from app.modules.contact.choices import CONTACT_PER_HOUR
from app.modules.contact.errors import StaleCard, TooManyMessages
from app.modules.contact.mails import MessageReceived

#: How long messages are kept.
KEPT = timedelta(days=365)
#: The sky blue of the site.
COLOUR = 0x64B9E9


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What someone writes to the GRIs."""

    name: str
    email: str | None
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How the GRIs are told here: on their chat, else by mail; and in which words."""

    has_chat: bool
    admins: tuple[str, ...]
    #: What the chat calls a new message, an e-mail, and one that was not given.
    headline: str
    email: str
    no_email: str


def wait_turn(session: Session) -> None:
    """Have messages written one after the other, so that what limits them is counted right."""
    lock(session, public_role(session))


def send(
    session: Session, *, draft: Draft, sender: PCeen | None, address: str, channel: Channel
) -> ContactMessage:
    """Keep a message, and have it handed over to the GRIs.

    Raises:
        TooManyMessages: If the address sent too many in the last hour.
    """
    _count(session, address)
    kept = ContactMessage(pceen=sender, **asdict(draft))
    session.add(kept)
    session.flush()
    _hand_over(session, kept, channel)
    return kept


def _count(session: Session, address: str) -> None:
    limit = Limit("contact.message", CONTACT_PER_HOUR.get(session), timedelta(hours=1))
    try:
        limit.check(session, address)
    except TriedTooOften as refusal:
        raise TooManyMessages(**refusal.details) from None
    limit.count(session, address)


def _hand_over(session: Session, kept: ContactMessage, channel: Channel) -> None:
    if channel.has_chat:
        told = DiscordMessage(
            channel="message",
            title=f"{channel.headline} : {kept.title}",
            text=kept.message,
            author=kept.name,
            fields=((channel.email, kept.email or channel.no_email),),
            colour=COLOUR,
            at=kept.at.isoformat(),
            mention=True,
        )
        defer(session, told)
        return
    for admin in channel.admins:
        mail = MessageReceived(
            to=admin,
            locale="fr",
            number=kept.id,
            name=kept.name,
            email=kept.email,
            title=kept.title,
            message=kept.message,
        )
        defer(session, mail)


def mark_handled(session: Session, *, message: ContactMessage, by: PCeen) -> None:
    """Say that a message is dealt with; whoever said it first is who did."""
    lock(session, message)
    if message.handled_at is not None:
        return
    message.handled_at, message.handled_by = clock.now(), by
    audit(session, "contact.message.handle", message)


def reopen(session: Session, *, message: ContactMessage) -> None:
    """Say that a message still waits."""
    lock(session, message)
    if message.handled_at is None:
        return
    before = {"handled_by_id": message.handled_by_id}
    message.handled_at = message.handled_by = None
    audit(session, "contact.message.reopen", message, before=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDraft:
    """What a GRI wants their card to say."""

    title_fr: str | None
    title_en: str | None
    discord: str | None
    messenger: str | None
    show_room: bool
    order_index: int


def save_card(session: Session, *, pceen: PCeen, wanted: CardDraft, version: int) -> GriCard:
    """Make one's card, or change it.

    Raises:
        StaleCard: If it was changed meanwhile.
    """
    lock(session, pceen)
    card = queries.card_of(session, pceen.id)
    if (card.version if card else 0) != version:
        raise StaleCard
    after = asdict(wanted)
    if card is None:
        card = GriCard(pceen=pceen, **after)
        session.add(card)
        session.flush()
        audit(session, "contact.card.create", card, after=after)
        return card
    before = {name: getattr(card, name) for name in after}
    if before == after:
        return card
    for name, value in after.items():
        setattr(card, name, value)
    card.version += 1
    audit(session, "contact.card.change", card, before=before, after=after)
    return card


def remove_card(session: Session, *, pceen: PCeen) -> None:
    """Appear no longer on the contact page."""
    lock(session, pceen)
    card = queries.card_of(session, pceen.id)
    if card is not None:
        audit(session, "contact.card.remove", card)
        session.delete(card)


def forget_old(session: Session) -> None:
    """Forget messages and mails of a year ago, and the proofs that are good no longer."""
    now = clock.now()
    for table in (ContactMessage, InboundMail):
        session.execute(sa.delete(table).where(table.at <= now - KEPT))
    # a little later: a proof is accepted to the very second that it expires
    over = now - timedelta(minutes=1)
    session.execute(sa.delete(SolvedCaptcha).where(SolvedCaptcha.expires_at < over))


def forget_writer(session: Session, pceen: PCeen) -> None:
    """Forget what someone who is being erased wrote from their address, logged in or not."""
    addresses = [one for one in (pceen.email, pceen.espci_email) if one is not None]
    session.execute(sa.delete(ContactMessage).where(ContactMessage.email.in_(addresses)))
    session.execute(sa.delete(InboundMail).where(InboundMail.sender.in_(addresses)))
