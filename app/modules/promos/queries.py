"""What is read of promos."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import PCeen, Role, pceen_role
from app.modules.account.service.classes import promo_slug
from app.modules.promos.rules.lines import Line
from app.modules.promos.rules.matching import Known

STUDENT, ALUMNI = "eleve", "alumni"


def role(session: Session, slug: str) -> Role | None:
    """The role that code calls so, if there is one."""
    return session.scalars(sa.select(Role).where(Role.slug == slug)).one_or_none()


def known(session: Session, lines: Sequence[Line], *, promo: int) -> list[Known]:
    """Everyone who has an address of these lines, or one of their last names."""
    sound = [line for line in lines if line.fault is None]
    emails, names = {line.email for line in sound}, {line.name_key[0] for line in sound}
    stmt = (
        sa.select(PCeen)
        .where(
            sa.or_(
                PCeen.email.in_(emails), PCeen.espci_email.in_(emails), PCeen.nom_key.in_(names)
            ),
            PCeen.erased_at.is_(None),
        )
        .order_by(PCeen.id)
    )
    people = session.scalars(stmt).all()
    slugs = _slugs(session, (STUDENT, promo_slug(promo)))
    return [
        Known(
            key=one.id,
            full_name=one.full_name,
            name_key=(one.nom_key, one.prenom_key),
            promo=one.promo,
            emails=frozenset(email for email in (one.email, one.espci_email) if email),
            slugs=slugs[one.id],
        )
        for one in people
    ]


def _slugs(session: Session, among: Sequence[str]) -> dict[int, frozenset[str]]:
    """Which of these roles each person has."""
    stmt = (
        sa.select(pceen_role.c.pceen_id, Role.slug)
        .join(Role, Role.id == pceen_role.c.role_id)
        .where(Role.slug.in_(among))
    )
    held: dict[int, frozenset[str]] = defaultdict(frozenset)
    for key, slug in session.execute(stmt):
        held[key] |= {str(slug)}
    return held


def students_until(session: Session, promo: int) -> Sequence[PCeen]:
    """The students of that promo, of earlier ones, and of none, but those who were erased."""
    stmt = (
        sa.select(PCeen)
        .join(pceen_role, pceen_role.c.pceen_id == PCeen.id)
        .join(Role, Role.id == pceen_role.c.role_id)
        .where(
            Role.slug == STUDENT,
            sa.or_(PCeen.promo <= promo, PCeen.promo.is_(None)),
            PCeen.erased_at.is_(None),
        )
        .order_by(PCeen.id)
    )
    return session.scalars(stmt).all()
