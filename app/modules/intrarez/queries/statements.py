"""What the lines of bank statements may be, and what became of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.enums import BankLineStatus
from app.models import BankLine, Offer, Payment, PCeen
from app.modules.intrarez.rules import matching
from app.modules.intrarez.rules.matching import Kind, Line, Person, Price
from app.modules.intrarez.rules.offers import WELCOME
from app.modules.payments import queries as payments

#: How many of the lines that were dealt with are shown.
LATEST = 50


@dataclass(frozen=True, slots=True)
class LineProposal:
    """A line that waits, and what it may be."""

    line: BankLine
    kind: Kind
    #: Only where there is no choice, likewise *offer*.
    person: Person | None = None
    offer: Offer | None = None
    #: All that a possible one may be, best first.
    candidates: tuple[tuple[Person, Offer], ...] = ()
    #: Another line that waits says the very same: someone may have paid twice.
    is_repeated: bool = False

    @property
    def usernames(self) -> list[str]:
        """Whom it may be of, best first."""
        everyone = [self.person] if self.person else [person for person, _ in self.candidates]
        return list(dict.fromkeys(person.username for person in everyone))


def sold_offers(session: Session) -> Sequence[Offer]:
    """The offers that one may pay for, listed or not, by price."""
    stmt = sa.select(Offer).where(Offer.active, Offer.slug != WELCOME, Offer.price_cents > 0)
    return session.scalars(stmt.order_by(Offer.price_cents, Offer.slug)).all()


def proposals(session: Session) -> list[LineProposal]:
    """What each line that waits may be, the oldest first."""
    return proposals_of(session, payments.waiting_lines(session))


def proposals_of(session: Session, lines: Sequence[BankLine]) -> list[LineProposal]:
    """What each of these lines may be, kept or not, in their order: two statements."""
    if not lines:
        return []
    people = {one.id: one for one in _people(session)}
    offers = {offer.slug: offer for offer in sold_offers(session)}
    found = matching.propose(
        (Line(number, line.label, line.amount_cents) for number, line in enumerate(lines)),
        people.values(),
        (Price(offer.slug, offer.price_cents) for offer in offers.values()),
    )
    said = Counter((one.person_id, one.slug) for one in found if one.kind is Kind.sure)
    return [
        LineProposal(
            line=line,
            kind=one.kind,
            person=people[one.person_id] if one.person_id is not None else None,
            offer=offers[one.slug] if one.slug is not None else None,
            candidates=tuple((people[key], offers[slug]) for key, slug in one.candidates),
            is_repeated=one.kind is Kind.sure and said[one.person_id, one.slug] > 1,
        )
        for line, one in zip(lines, found, strict=True)
    ]


def _people(session: Session) -> list[Person]:
    """Who may have paid: their names alone."""
    stmt = sa.select(PCeen.id, PCeen.username, PCeen.prenom, PCeen.nom)
    rows = session.execute(stmt.where(PCeen.disabled_at.is_(None)).order_by(PCeen.id))
    return [Person(*row) for row in rows]


def latest_done(session: Session) -> list[tuple[BankLine, Payment | None]]:
    """The last lines that were dealt with, by date, and the payment of each, if it is one."""
    stmt = (
        sa.select(BankLine, Payment)
        .outerjoin(Payment, Payment.bank_line_id == BankLine.id)
        .where(BankLine.status != BankLineStatus.proposed)
        .options(joinedload(Payment.pceen))
        .order_by(BankLine.day.desc(), BankLine.id.desc())
        .limit(LATEST)
    )
    return [(line, payment) for line, payment in session.execute(stmt)]
