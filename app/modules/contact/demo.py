"""What people of the demonstration wrote to the GRIs, and how these present themselves."""

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import ContactMessage, InboundMail, PCeen, Role
from app.modules.contact.service import messages as service
from app.modules.contact.service.messages import CardDraft
from app.web.module import Demo

#: From whom, how many days ago, about what; ``True`` for those that were dealt with.
_MESSAGES = (
    (
        "plangevi",
        0.2,
        "Internet est lent le soir",
        (
            "Bonjour,\n\nDepuis lundi, tout est très lent après 21 h, au troisième étage.\n"
            "Le jour, tout va bien. Est-ce que vous le voyez aussi ?\n\nMerci !\nPierre"
        ),
        False,
    ),
    (
        None,
        1.1,
        "Devenir Rezident",
        (
            "Je viens d'arriver à la résidence pour un stage de six mois, chambre 214.\n"
            "Puis-je avoir un compte ? Je n'ai pas de promo."
        ),
        False,
    ),
    (
        "gcharpak",
        3.4,
        "Mon appareil n'est pas reconnu",
        "Ma console ne voit pas le réseau. Son adresse est écrite au dos, je l'ai recopiée.",
        True,
    ),
    (None, 12.0, "Merci", "Merci pour l'aide d'hier soir, tout marche.", True),
)
_STRANGER = ("Rosalind Franklin", "rosalind@example.org")
#: From whom, about what, and whether a program wrote it.
_MAILS = (
    (
        "residence@example.org",
        "Coupure d'électricité jeudi",
        "Bonjour,\n\nLe courant sera coupé au cinquième étage jeudi de 9 h à 11 h.\n\nLa résidence",
        False,
    ),
    ("mailer-daemon@example.org", "Undelivered Mail Returned to Sender", "Unknown user.", True),
)
WEIGHT = len(_MESSAGES) + 2 + len(_MAILS)


def load(session: Session, demo: Demo) -> None:
    """Messages, the cards of two GRIs, and mails that were received."""
    people = {pceen.username: pceen for pceen in session.scalars(sa.select(PCeen))}
    first = people["mcurie"]
    for username, days, title, message, is_handled in _MESSAGES:
        sender = people[username] if username else None
        name, email = (sender.full_name, sender.email) if sender else _STRANGER
        kept = ContactMessage(
            pceen=sender,
            name=name,
            email=email,
            title=title,
            message=message,
            at=clock.now() - timedelta(days=days),
        )
        session.add(kept)
        session.flush()
        if is_handled:
            service.mark_handled(session, message=kept, by=first)
        demo.tick()
    _show(
        session,
        first,
        CardDraft(
            title_fr="Présidente",
            title_en="President",
            discord="mcurie",
            messenger="Marie Curie",
            show_room=True,
            order_index=1,
        ),
    )
    _show(
        session,
        _second(session),
        CardDraft(
            title_fr="Réseau",
            title_en="Network",
            discord=None,
            messenger=None,
            show_room=True,
            order_index=2,
        ),
    )
    for address, subject, text, is_automatic in _MAILS:
        session.add(_received(address, subject, text, is_automatic=is_automatic))
        demo.tick()


def _received(sender: str, subject: str, text: str, *, is_automatic: bool) -> InboundMail:
    """A mail as `flask mail-hook` keeps it."""
    return InboundMail(
        at=clock.now() - timedelta(hours=30),
        digest=hashlib.sha256(subject.encode()).hexdigest(),
        sender=sender,
        recipient="gri@example.org",
        sent_at=clock.now() - timedelta(hours=30),
        subject=subject,
        text=text,
        size=len(text.encode()) + 900,
        is_automatic=is_automatic,
    )


def _second(session: Session) -> PCeen:
    """Another GRI: someone of the school who has a room, of nobody's cast."""
    stmt = (
        sa.select(PCeen)
        .where(PCeen.roles.any(Role.slug == "rezident"), PCeen.promo >= 142)
        .order_by(PCeen.id.desc())
        .limit(1)
    )
    found = session.scalars(stmt).one()
    found.roles.append(session.scalars(sa.select(Role).where(Role.slug == "gri")).one())
    return found


def _show(session: Session, pceen: PCeen, wanted: CardDraft) -> None:
    service.save_card(session, pceen=pceen, wanted=wanted, version=0)
