"""Making offers, and changing what may change of them (network-b B5.1)."""

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import Offer, audit
from app.modules.intrarez import queries
from app.modules.intrarez.errors import (
    MalformedOffer,
    OfferInUse,
    OfferTooShort,
    SlugTaken,
    StaleVersion,
    WelcomeOfferFixed,
)
from app.modules.intrarez.rules.offers import SEEDED, WELCOME, SeededOffer


def _check(wanted: SeededOffer) -> None:
    if not wanted.is_well_made:
        raise MalformedOffer(slug=wanted.slug[:32])
    if wanted.slug != WELCOME and wanted.months + wanted.days == 0:
        raise OfferTooShort
    if wanted.slug == WELCOME and (not wanted.active or wanted.visible or wanted.price_cents):
        raise WelcomeOfferFixed


def create(session: Session, wanted: SeededOffer) -> Offer:
    """Make an offer.

    Raises:
        SlugTaken: If another has its name.
        OfferTooShort: If it lasts no day.
    """
    _check(wanted)
    if session.get(Offer, wanted.slug) is not None:
        raise SlugTaken
    offer = Offer(**asdict(wanted))
    try:
        with session.begin_nested():
            session.add(offer)
    except sa.exc.IntegrityError:
        raise SlugTaken from None  # someone was quicker
    audit(session, "intrarez.offer.create", after=asdict(wanted))
    return offer


def change(session: Session, *, offer: Offer, wanted: SeededOffer, version: int) -> None:
    """Change an offer: its texts and its flags; its price and length, until someone has it.

    Raises:
        StaleVersion: If it was changed meanwhile.
        OfferInUse: If what may not change would.
        OfferTooShort, WelcomeOfferFixed: If it would be none.
    """
    lock(session, offer)
    if offer.version != version:
        raise StaleVersion
    _check(wanted)
    is_used = offer.slug in queries.used_offers(session)
    if is_used and wanted.terms != (offer.price_cents, offer.months, offer.days):
        raise OfferInUse(slug=offer.slug)
    before = as_seeded(offer)
    for name, value in asdict(wanted).items():
        setattr(offer, name, value)
    offer.version += 1
    audit(session, "intrarez.offer.change", before=asdict(before), after=asdict(wanted))


def as_seeded(offer: Offer) -> SeededOffer:
    """An offer, as it is now, in the words that make one."""
    return SeededOffer(
        slug=offer.slug,
        name_fr=offer.name_fr,
        name_en=offer.name_en,
        description_fr=offer.description_fr,
        description_en=offer.description_en,
        price_cents=offer.price_cents,
        months=offer.months,
        days=offer.days,
        visible=offer.visible,
        active=offer.active,
    )


def seed(session: Session) -> Sequence[str]:
    """Make the offers of every installation that are missing; return their slugs."""
    known = {offer.slug for offer in queries.all_offers(session)}
    missing = [one for one in SEEDED if one.slug not in known]
    for one in missing:
        create(session, one)
    return [one.slug for one in missing]


def apply(
    session: Session, wanted: Sequence[SeededOffer], *, update_texts: bool = False
) -> Sequence[str]:
    """Make the offers of a list that are missing; with *update_texts*, rewrite the others.

    None is removed. Return the slugs of those that were made or changed.

    Raises:
        OfferInUse: If one has another price or length here, and someone has it: nothing is
            changed.
    """
    known = {offer.slug: offer for offer in queries.all_offers(session)}
    used = queries.used_offers(session)
    for one in wanted:
        offer = known.get(one.slug)
        if offer and one.slug in used and one.terms != as_seeded(offer).terms:
            raise OfferInUse(slug=one.slug)
    touched = []
    for one in wanted:
        offer = known.get(one.slug)
        if offer is None:
            create(session, one)
        elif update_texts and as_seeded(offer) != one:
            change(session, offer=offer, wanted=one, version=offer.version)
        else:
            continue
        touched.append(one.slug)
    return touched
