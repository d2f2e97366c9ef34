"""What the team changes of wishes and grants (community 4.3).

Everything is decided with the row of the season locked: what two people of the team change at once
comes one after the other, and no run is adopted meanwhile.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.models import (
    ClubQAttribution,
    ClubQReturn,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
    audit,
)
from app.modules.club_q.errors import (
    AskedBelowGranted,
    GrantAboveAsked,
    GrantAboveCapacity,
    GrantBelowOffered,
    GrantedWish,
    MinimumAboveAsked,
    NoSuchVoeu,
    SameWishTwice,
    ShowIsCancelled,
    StaleWish,
)
from app.modules.club_q.service import wishes

#: Further than any rank that somebody gives: where wishes wait while they are put in order.
_AWAY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wished: a rank, how many places, and the fewest."""

    priorite: int
    places_demandees: int
    places_minimum: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the team grants: so many places, ``None`` for nothing decided."""

    places: int | None = None
    locked: bool = False
    #: What is told to whom it concerns.
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A wish as the team writes it."""

    asked: Asked
    given: Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A wish that was written."""

    voeu: ClubQVoeu
    #: How many other wishes of the same person had to move to another rank.
    moved: int


def create(
    session: Session, *, pceen: PCeen, spectacle: ClubQSpectacle, draft: Draft, by: PCeen
) -> Written:
    """Write a wish for someone: what had its rank, and what follows, comes one rank later.

    Raises:
        SameWishTwice: They wish for that show already.
        ShowIsCancelled: There is nothing to wish for.
        MinimumAboveAsked, GrantAboveAsked, GrantAboveCapacity: The numbers make no sense.
    """
    season = _locked_season(session, spectacle.season_id)
    lock(session, spectacle)
    if spectacle.cancelled:
        raise ShowIsCancelled
    mine = _wishes_of(session, pceen.id, season.id)
    same = next((one for one in mine if one.spectacle_id == spectacle.id), None)
    if same is not None:
        raise SameWishTwice(voeu=same.id)
    _check(draft.asked)
    voeu = ClubQVoeu(
        pceen_id=pceen.id,
        spectacle_id=spectacle.id,
        season_id=season.id,
        priorite=2 * _AWAY,
        places_demandees=draft.asked.places_demandees,
        places_minimum=draft.asked.places_minimum,
        edited_by_id=by.id,
    )
    session.add(voeu)
    session.flush()
    moved = _place(session, mine, voeu, draft.asked.priorite)
    audit(session, "club_q.wish.create", voeu, after=_said(voeu) | {"pceen": pceen.id})
    _grant(session, voeu, spectacle, draft.given, by=by)
    _touch(session, season, pceen.id)
    return Written(voeu=voeu, moved=moved)


def change(session: Session, *, voeu: ClubQVoeu, draft: Draft, version: int, by: PCeen) -> Written:
    """Write a wish of someone anew, and what it is granted if that changes.

    Raises:
        NoSuchVoeu: It is gone.
        StaleWish: It was changed meanwhile.
        AskedBelowGranted, MinimumAboveAsked, GrantAboveAsked, GrantAboveCapacity,
        GrantBelowOffered: The numbers make no sense.
    """
    season, spectacle = _locked(session, voeu)
    if voeu.version != version:
        raise StaleWish
    _check(draft.asked)
    held = _grant_of(session, voeu)
    places = draft.given.places
    if places is not None and places > draft.asked.places_demandees:
        # who lowers what is asked and leaves the grant as it was is told of the former
        is_left = held is not None and held.places_attribuees == places
        raise (AskedBelowGranted if is_left else GrantAboveAsked)(places=places)
    before = _said(voeu)
    voeu.places_demandees = draft.asked.places_demandees
    voeu.places_minimum = draft.asked.places_minimum
    session.flush()
    others = [one for one in _wishes_of(session, voeu.pceen_id, season.id) if one is not voeu]
    moved = 0
    if draft.asked.priorite != voeu.priorite:
        moved = _place(session, others, voeu, draft.asked.priorite)
    is_granted = _grant(session, voeu, spectacle, draft.given, by=by)
    after = _said(voeu)
    if before != after:
        voeu.edited_by_id = by.id
        audit(session, "club_q.wish.change", voeu, before=before, after=after)
        _touch(session, season, voeu.pceen_id)
    if before != after or is_granted:
        voeu.version += 1
    return Written(voeu=voeu, moved=moved)


def delete(session: Session, *, voeu: ClubQVoeu, reason: str | None = None) -> None:
    """Delete a wish to which nothing is granted: those that follow come one rank earlier.

    Raises:
        NoSuchVoeu: It is gone.
        GrantedWish: Places are granted to it: they are set to 0 first.
    """
    season, _spectacle = _locked(session, voeu)
    held = _grant_of(session, voeu)
    if held is not None and held.places_attribuees > 0:
        raise GrantedWish(places=held.places_attribuees)
    pceen_id = voeu.pceen_id
    said = _said(voeu) | {"pceen": pceen_id, "spectacle": voeu.spectacle_id}
    audit(session, "club_q.wish.delete", voeu, before=said, reason=reason)
    session.execute(sa.delete(ClubQReturn).where(ClubQReturn.voeu_id == voeu.id))
    if held is not None:
        session.delete(held)
        session.flush()
    session.delete(voeu)
    session.flush()
    _put_in_order(session, _wishes_of(session, pceen_id, season.id))
    _touch(session, season, pceen_id)


def _locked_season(session: Session, key: int) -> ClubQSeason:
    """The season, read afresh, which nobody else changes until the commit."""
    season = session.get_one(ClubQSeason, key)
    lock(session, season)
    return season


def _locked(session: Session, voeu: ClubQVoeu) -> tuple[ClubQSeason, ClubQSpectacle]:
    """The season and the show of a wish, locked, then the wish as it is now.

    Raises:
        NoSuchVoeu: It is gone.
    """
    key, season_id, spectacle_id = voeu.id, voeu.season_id, voeu.spectacle_id
    season = _locked_season(session, season_id)
    spectacle = session.get_one(ClubQSpectacle, spectacle_id)
    lock(session, spectacle)
    stmt = sa.select(ClubQVoeu).where(ClubQVoeu.id == key)
    fresh = stmt.with_for_update().execution_options(populate_existing=True)
    if session.scalar(fresh) is None:
        raise NoSuchVoeu
    return season, spectacle


def _wishes_of(session: Session, pceen_id: int, season_id: int) -> list[ClubQVoeu]:
    """The wishes of someone in a season, by priority, locked."""
    stmt = (
        sa.select(ClubQVoeu)
        .where(ClubQVoeu.pceen_id == pceen_id, ClubQVoeu.season_id == season_id)
        .order_by(ClubQVoeu.priorite)
    )
    fresh = stmt.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(fresh))


def _grant_of(session: Session, voeu: ClubQVoeu) -> ClubQAttribution | None:
    stmt = sa.select(ClubQAttribution).where(ClubQAttribution.voeu_id == voeu.id)
    fresh = stmt.with_for_update().execution_options(populate_existing=True)
    return session.scalar(fresh)


def _said(voeu: ClubQVoeu) -> dict[str, int]:
    return asdict(
        Asked(
            priorite=voeu.priorite,
            places_demandees=voeu.places_demandees,
            places_minimum=voeu.places_minimum,
        )
    )


def _check(asked: Asked) -> None:
    if asked.places_minimum > asked.places_demandees:
        raise MinimumAboveAsked


def _place(session: Session, others: list[ClubQVoeu], voeu: ClubQVoeu, rank: int) -> int:
    """Put a wish at a rank among the *others*; a rank after the last one is the next one.

    Returns how many of them changed rank.
    """
    before = {one.id: one.priorite for one in others}
    index = min(rank, len(others) + 1) - 1
    _put_in_order(session, [*others[:index], voeu, *others[index:]])
    return sum(one.priorite != before[one.id] for one in others)


def _put_in_order(session: Session, ranked: Sequence[ClubQVoeu]) -> None:
    """Give the wishes of someone the ranks 1, 2, 3… in two steps: no two ever have the same."""
    wrong = [(rank, one) for rank, one in enumerate(ranked, start=1) if one.priorite != rank]
    for rank, one in wrong:
        one.priorite = _AWAY + rank
    session.flush()
    for rank, one in wrong:
        one.priorite = rank
    session.flush()


def _grant(
    session: Session, voeu: ClubQVoeu, spectacle: ClubQSpectacle, given: Given, *, by: PCeen
) -> bool:
    """Have a wish be granted what the team says; whether that changes anything.

    Raises:
        GrantAboveAsked, GrantAboveCapacity, GrantBelowOffered, ShowIsCancelled: It cannot be.
    """
    held = _grant_of(session, voeu)
    now = _given(held)
    if given.places is None:
        given = Given()
    if given == now:
        return False
    if given.places != now.places:
        _check_places(session, voeu, spectacle, given.places, held=now.places or 0)
    _write(session, voeu, held, given, by=by)
    audit(session, "club_q.grant.set", voeu, before=asdict(now), after=asdict(given))
    return True


def _write(
    session: Session, voeu: ClubQVoeu, held: ClubQAttribution | None, given: Given, *, by: PCeen
) -> None:
    """Write what a wish is granted; a number that changes is no longer the one of a run."""
    if given.places is None:
        if held is not None:
            session.delete(held)
    else:
        if held is None:
            held = ClubQAttribution(voeu_id=voeu.id, places_attribuees=given.places)
            session.add(held)
        if given.places != held.places_attribuees:
            held.places_attribuees, held.run_id = given.places, None
        held.locked, held.note = given.locked, given.note
        held.set_by_id, held.set_at = by.id, clock.now()
    session.flush()


def _given(held: ClubQAttribution | None) -> Given:
    if held is None:
        return Given()
    return Given(places=held.places_attribuees, locked=held.locked, note=held.note)


def _check_places(
    session: Session, voeu: ClubQVoeu, spectacle: ClubQSpectacle, places: int | None, *, held: int
) -> None:
    """Refuse more places than asked or than there are, and fewer than are offered back."""
    wanted = places or 0
    if wanted > voeu.places_demandees:
        raise GrantAboveAsked(places=wanted)
    if wanted > held:
        if spectacle.cancelled:
            raise ShowIsCancelled
        left = spectacle.nb_tickets - _granted_to_others(session, voeu)
        if wanted > left:
            raise GrantAboveCapacity(left=max(0, left))
    offered = session.scalar(
        sa.select(ClubQReturn.places).where(ClubQReturn.open_voeu_id == voeu.id)
    )
    if offered is not None and wanted < offered:
        raise GrantBelowOffered(places=offered)


def _granted_to_others(session: Session, voeu: ClubQVoeu) -> int:
    """How many places of the show of a wish other wishes have."""
    total = sa.func.coalesce(sa.func.sum(ClubQAttribution.places_attribuees), 0)
    stmt = (
        sa.select(total)
        .join(ClubQVoeu, ClubQVoeu.id == ClubQAttribution.voeu_id)
        .where(ClubQVoeu.spectacle_id == voeu.spectacle_id, ClubQVoeu.id != voeu.id)
    )
    return int(session.scalar(stmt) or 0)


def _touch(session: Session, season: ClubQSeason, pceen_id: int) -> None:
    """Say that the wishes of someone changed: to who has them open, and, late, to everybody."""
    wishes.touch(session, pceen_id=pceen_id, season=season)
    if season.closed_at is not None or season.closing_hash is not None:
        season.late_edits += 1
    session.flush()
