"""What the school's log-in reads."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.models import AuditEvent, PCeen, SamlRequest, SsoLink
from app.modules.account import queries as accounts
from app.modules.sso.rules import Person

#: What begins the link of an account and the school.
_LINKING = ("sso.account.link", "sso.account.create")
#: Who the provider does not know yet, and may be anybody's.
_NOT_LINKED = sa.and_(
    PCeen.espci_sso_enabled.is_(False), PCeen.sso_subject.is_(None), PCeen.erased_at.is_(None)
)


def waiting_request(session: Session, request_id: str) -> SamlRequest | None:
    """The request of this number that the provider may still answer, if there is one."""
    stmt = sa.select(SamlRequest).where(
        SamlRequest.request_id == request_id,
        SamlRequest.expires_at > clock.now(),
        SamlRequest.ticket_hash.is_(None),
    )
    return session.scalars(stmt).one_or_none()


def answered_request(session: Session, ticket: str) -> SamlRequest | None:
    """The request whose answer waits under this ticket, if there is one."""
    stmt = sa.select(SamlRequest).where(
        SamlRequest.ticket_hash == tokens.digest(ticket),
        SamlRequest.ticket_expires_at > clock.now(),
        SamlRequest.used_at.is_(None),
    )
    return session.scalars(stmt).one_or_none()


def known(session: Session, person: Person) -> Sequence[PCeen]:
    """Whose account is linked to this person: by their subject, else by their addresses."""
    if person.subject is not None:
        same = (PCeen.sso_issuer == person.issuer, PCeen.sso_subject == person.subject)
        found = session.scalars(sa.select(PCeen).where(*same)).all()
        if found:
            return found
    stmt = sa.select(PCeen).where(PCeen.espci_email.in_(person.emails)).order_by(PCeen.id)
    return session.scalars(stmt).all()


def confirmed(session: Session, person: Person) -> Sequence[PCeen]:
    """Who is not linked, and proved to read one of their addresses."""
    stmt = sa.select(PCeen).where(
        _NOT_LINKED, PCeen.email.in_(person.emails), PCeen.email_confirmed_at.is_not(None)
    )
    return session.scalars(stmt.order_by(PCeen.id)).all()


def unconfirmed(session: Session, person: Person) -> Sequence[PCeen]:
    """Who is not linked, and gave one of their addresses without proving to read it."""
    stmt = sa.select(PCeen).where(
        _NOT_LINKED, PCeen.email.in_(person.emails), PCeen.email_confirmed_at.is_(None)
    )
    return session.scalars(stmt.order_by(PCeen.id)).all()


def alike(session: Session, person: Person) -> list[PCeen]:
    """Who may be this person, and has to prove it; the disabled come last."""
    same_name = accounts.namesakes(
        session, prenom=person.prenom, nom=person.nom, promo=person.promo
    )
    named = [p for p in same_name if is_free(p)]
    found = dict.fromkeys([*unconfirmed(session, person), *named])
    return sorted(found, key=lambda pceen: pceen.is_disabled)


def is_free(pceen: PCeen) -> bool:
    """Whether the provider does not know this account yet, and there still is someone."""
    return not (pceen.espci_sso_enabled or pceen.sso_subject is not None or pceen.is_erased)


def with_espci_email(session: Session, email: str) -> PCeen | None:
    """Whose address of the school this is, if anyone's."""
    return session.scalars(sa.select(PCeen).where(PCeen.espci_email == email)).one_or_none()


def open_link(session: Session, secret: str) -> SsoLink | None:
    """What the browser that keeps this secret still has to prove, if there is something."""
    stmt = sa.select(SsoLink).where(
        SsoLink.browser_hash == tokens.digest(secret),
        SsoLink.ended_at.is_(None),
        SsoLink.expires_at > clock.now(),
    )
    return session.scalars(stmt).one_or_none()


def linked_at(session: Session, pceen: PCeen) -> datetime | None:
    """Since when an account is linked, if it is written somewhere."""
    event = _last_event(session, pceen, _LINKING)
    return None if event is None else event.at


def last_difference(session: Session, pceen: PCeen) -> AuditEvent | None:
    """The last time that the provider was seen to say something else, if it ever was."""
    return _last_event(session, pceen, ("sso.identity.differ",))


def _last_event(session: Session, pceen: PCeen, actions: tuple[str, ...]) -> AuditEvent | None:
    stmt = (
        sa.select(AuditEvent)
        .where(
            AuditEvent.object_type == "PCeen",
            AuditEvent.object_id == pceen.id,
            AuditEvent.action.in_(actions),
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return session.scalars(stmt).first()
