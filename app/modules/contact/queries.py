"""What is read of messages and cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, defer, joinedload

from app.core import clock
from app.core.pagination import Page, paginate
from app.enums import PermissionScope, PermissionType
from app.models import (
    ContactMessage,
    GriCard,
    InboundMail,
    PCeen,
    Permission,
    Rental,
    pceen_role,
    role_permission,
)
from app.models.gris import permission_key
from app.modules.contact.errors import NoSuchMessage
from app.modules.intrarez.queries.rooms import is_current

#: Messages on one page.
PAGE_SIZE = 50
#: What makes a GRI of whoever holds it.
_ALL_GRIS = permission_key(PermissionType.all, PermissionScope.gris, None)


class View(StrEnum):
    """Which messages to show."""

    waiting = "waiting"
    handled = "handled"
    all = "all"


def message(session: Session, key: int) -> ContactMessage:
    """The message numbered *key*, with who wrote and who dealt with it.

    Raises:
        NoSuchMessage: If there is none.
    """
    who = (joinedload(ContactMessage.pceen), joinedload(ContactMessage.handled_by))
    found = session.get(ContactMessage, key, options=who)
    if found is None:
        raise NoSuchMessage
    return found


def messages(session: Session, *, view: View, text: str, number: int) -> Page[ContactMessage]:
    """The messages of a view that hold *text*, the latest first."""
    stmt = sa.select(ContactMessage).options(joinedload(ContactMessage.handled_by))
    if view is View.waiting:
        stmt = stmt.where(ContactMessage.handled_at.is_(None))
    elif view is View.handled:
        stmt = stmt.where(ContactMessage.handled_at.is_not(None))
    if text:
        searched = ("name", "email", "title", "message")
        columns = (getattr(ContactMessage, name) for name in searched)
        stmt = stmt.where(sa.or_(*(column.icontains(text, autoescape=True) for column in columns)))
    latest = stmt.order_by(ContactMessage.at.desc(), ContactMessage.id.desc())
    return paginate(session, latest, number=number, size=PAGE_SIZE)


def inbound_mail(session: Session, key: int) -> InboundMail:
    """The mail numbered *key*.

    Raises:
        NoSuchMessage: If there is none.
    """
    found = session.get(InboundMail, key)
    if found is None:
        raise NoSuchMessage
    return found


def inbound_mails(session: Session, *, text: str, number: int) -> Page[InboundMail]:
    """The mails that hold *text*, the latest first."""
    stmt = sa.select(InboundMail).options(defer(InboundMail.text))
    if text:
        searched = ("sender", "recipient", "subject", "text")
        columns = (getattr(InboundMail, name) for name in searched)
        stmt = stmt.where(sa.or_(*(column.icontains(text, autoescape=True) for column in columns)))
    latest = stmt.order_by(InboundMail.at.desc(), InboundMail.id.desc())
    return paginate(session, latest, number=number, size=PAGE_SIZE)


def account_at(session: Session, address: str) -> PCeen | None:
    """The account that has this address: nothing proves who writes from it."""
    if not address:
        return None
    has_it = sa.or_(PCeen.email == address, PCeen.espci_email == address)
    return session.scalars(sa.select(PCeen).where(has_it).order_by(PCeen.id).limit(1)).first()


def count_waiting(session: Session) -> int:
    """How many messages nobody has dealt with."""
    stmt = sa.select(sa.func.count(ContactMessage.id)).where(ContactMessage.handled_at.is_(None))
    return session.execute(stmt).scalar_one()


@dataclass(frozen=True, slots=True)
class ShownCard:
    """What a GRI says of themselves, and where they live."""

    card: GriCard
    room_num: int | None


def cards(session: Session) -> Sequence[ShownCard]:
    """The cards of those who are GRIs now, in the order that they chose."""
    gris = (
        sa.select(pceen_role.c.pceen_id)
        .join(role_permission, role_permission.c.role_id == pceen_role.c.role_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(Permission.key == _ALL_GRIS)
    )
    lives = sa.and_(Rental.open_pceen == GriCard.pceen_id, is_current(clock.today()))
    stmt = (
        sa.select(GriCard, Rental.room_num)
        .join(GriCard.pceen)
        .outerjoin(Rental, lives)
        .where(PCeen.id.in_(gris), PCeen.disabled_at.is_(None))
        .order_by(GriCard.order_index, PCeen.nom_key, PCeen.prenom_key, GriCard.id)
        .options(contains_eager(GriCard.pceen))
    )
    return [ShownCard(card, room_num) for card, room_num in session.execute(stmt)]


def card_of(session: Session, pceen_id: int) -> GriCard | None:
    """The card of someone, if they made one."""
    return session.scalars(sa.select(GriCard).where(GriCard.pceen_id == pceen_id)).one_or_none()
