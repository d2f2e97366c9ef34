"""What a run starts from, as the database has it now: in a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import DiscontentKind, ReturnState, RunMode
from app.models import (
    ClubQAccount,
    ClubQAttribution,
    ClubQDiscontent,
    ClubQPreference,
    ClubQReturn,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from app.modules.club_q.rules.instance import Grant, Instance, Parameters, Person, Show, Wish

#: A wish: its person and its show.
Key = tuple[int, int]
#: What the adopted runs of a season changed: each line that is not undone.
_OF_RUNS = (DiscontentKind.run, DiscontentKind.revert)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Places that someone offers back."""

    key: int
    voeu_id: int
    wish: Key
    places: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What a run starts from, and where it is in the database."""

    instance: Instance
    #: The number of each wish.
    numbers: Mapping[Key, int]
    #: The wishes that are left out, since their shows do not take place, with their numbers.
    cancelled: Mapping[Key, int]
    #: In a complement: the oldest first.
    offers: Sequence[Offer] = ()


def tenths(value: Decimal) -> int:
    """A discontent in tenths."""
    return int(value.scaleb(1))


def read(session: Session, season: ClubQSeason, mode: RunMode, parameters: Parameters) -> Input:
    """The input of a run: every wish of the season, but for cancelled shows.

    Raises:
        BadInstance: What is stored makes no sense together.
    """
    shows = _shows(session, season)
    wishes, numbers, cancelled = _wishes(session, season)
    offers = _offers(session, season) if mode is RunMode.complement else ()
    grants = _grants(session, season, mode, offers)
    people = _people(session, season, mode)
    if mode is RunMode.complement:
        grants = _settled(wishes, _over(shows), grants)
        people, kept_out = _unsold(people, shows, wishes, grants, offers)
        grants += kept_out
    instance = Instance(
        season=season.id,
        mode=mode,
        parameters=parameters,
        people=people,
        shows=shows,
        wishes=wishes,
        grants=grants,
    )
    return Input(instance=instance, numbers=numbers, cancelled=cancelled, offers=offers)


def changes(session: Session, season: ClubQSeason) -> Mapping[tuple[int, int], int]:
    """What the adopted runs of a season changed of discontents: tenths, by run and person."""
    stmt = (
        sa.select(
            ClubQDiscontent.run_id, ClubQDiscontent.pceen_id, sa.func.sum(ClubQDiscontent.delta)
        )
        .where(ClubQDiscontent.season_id == season.id, ClubQDiscontent.kind.in_(_OF_RUNS))
        .where(ClubQDiscontent.run_id.is_not(None))
        .group_by(ClubQDiscontent.run_id, ClubQDiscontent.pceen_id)
    )
    rows = session.execute(stmt)
    return {(run or 0, person): tenths(total) for run, person, total in rows if total}


def _shows(session: Session, season: ClubQSeason) -> tuple[Show, ...]:
    stmt = sa.select(
        ClubQSpectacle.id,
        ClubQSpectacle.nb_tickets,
        ClubQSpectacle.unit_price,
        ClubQSpectacle.date,
        ClubQSpectacle.duration,
    ).where(ClubQSpectacle.season_id == season.id, ClubQSpectacle.cancelled.is_(False))
    return tuple(
        Show(
            id=key,
            capacity=tickets,
            price=price,
            start=minute_of(date),
            duration=duration,
        )
        for key, tickets, price, date, duration in session.execute(stmt)
    )


def minute_of(instant: datetime) -> int:
    """Minutes since 1970, UTC."""
    return int(instant.timestamp()) // 60


def _over(shows: Sequence[Show]) -> frozenset[int]:
    """The shows that have begun: nobody is given places of them any more."""
    now = minute_of(clock.now())
    return frozenset(one.id for one in shows if one.start <= now)


def _wished(*columns: Any) -> sa.Select[Any]:
    """Of the wishes for shows that take place."""
    return (
        sa.select(*columns)
        .select_from(ClubQVoeu)
        .join(ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id)
        .where(ClubQSpectacle.cancelled.is_(False))
    )


def _wishes(
    session: Session, season: ClubQSeason
) -> tuple[tuple[Wish, ...], Mapping[Key, int], Mapping[Key, int]]:
    stmt = (
        sa.select(
            ClubQVoeu.id,
            ClubQVoeu.pceen_id,
            ClubQVoeu.spectacle_id,
            ClubQVoeu.priorite,
            ClubQVoeu.places_demandees,
            ClubQVoeu.places_minimum,
            ClubQSpectacle.cancelled,
        )
        .join(ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id)
        .where(ClubQVoeu.season_id == season.id)
    )
    rows = session.execute(stmt).all()
    wishes = tuple(
        Wish(person=person, show=show, priority=priority, places=places, minimum=minimum)
        for _key, person, show, priority, places, minimum, cancelled in rows
        if not cancelled
    )
    numbers, left_out = (
        {(one.pceen_id, one.spectacle_id): one.id for one in rows if one.cancelled is is_out}
        for is_out in (False, True)
    )
    return wishes, numbers, left_out


def _people(session: Session, season: ClubQSeason, mode: RunMode) -> tuple[Person, ...]:
    wished = _wished(ClubQVoeu.pceen_id).where(ClubQVoeu.season_id == season.id).distinct()
    stmt = (
        sa.select(
            PCeen.id,
            PCeen.promo,
            ClubQAccount.discontent,
            ClubQPreference.budget,
            ClubQPreference.max_shows,
            ClubQPreference.accept_clashes,
        )
        .outerjoin(ClubQAccount, ClubQAccount.pceen_id == PCeen.id)
        .outerjoin(
            ClubQPreference,
            sa.and_(ClubQPreference.pceen_id == PCeen.id, ClubQPreference.season_id == season.id),
        )
        .where(PCeen.id.in_(wished))
    )
    changed: dict[int, int] = {}
    for (_run, person), delta in changes(session, season).items():
        changed[person] = changed.get(person, 0) + delta
    return tuple(_person(row, changed.get(row.id, 0), mode) for row in session.execute(stmt))


def _person(row: Any, changed: int, mode: RunMode) -> Person:
    now = tenths(row.discontent or Decimal(0))
    differs = mode is RunMode.complement and changed
    return Person(
        id=row.id,
        promo=row.promo,
        discontent=now - changed,
        current=now if differs else None,
        budget=row.budget,
        max_shows=row.max_shows,
        accept_clashes=bool(row.accept_clashes),
    )


def _grants(
    session: Session, season: ClubQSeason, mode: RunMode, offers: Sequence[Offer]
) -> tuple[Grant, ...]:
    stmt = (
        _wished(
            ClubQVoeu.pceen_id,
            ClubQVoeu.spectacle_id,
            ClubQAttribution.places_attribuees,
            ClubQAttribution.locked,
            ClubQAttribution.run_id,
        )
        .join(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id)
    )
    if mode is RunMode.full:
        stmt = stmt.where(ClubQAttribution.locked.is_(True))
    offered = {one.wish: one.places for one in offers}
    found = []
    for person, show, places, locked, run in session.execute(stmt):
        given_back = offered.get((person, show))
        is_fixed = locked or run is None or given_back is not None
        left = places - (given_back or 0)
        if is_fixed or left:
            found.append(Grant(person=person, show=show, places=left, locked=is_fixed))
    return tuple(found)


def _settled(
    wishes: Sequence[Wish], over: frozenset[int], grants: Sequence[Grant]
) -> tuple[Grant, ...]:
    """The grants: those of shows that are over are what they are, 0 included."""
    given = {(one.person, one.show): one for one in grants}
    for wish in wishes:
        if wish.show in over:
            key = wish.person, wish.show
            places = given[key].places if key in given else 0
            given[key] = Grant(person=wish.person, show=wish.show, places=places)
    return tuple(given.values())


def _unsold(
    people: Sequence[Person],
    shows: Sequence[Show],
    wishes: Sequence[Wish],
    grants: Sequence[Grant],
    offers: Sequence[Offer],
) -> tuple[tuple[Person, ...], tuple[Grant, ...]]:
    """What who gives places back may have besides: nobody may take them, and they are owed then.

    So their money stays bound, as do the evening and the number of shows. Returns the people, and
    the wishes that are granted nothing meanwhile.
    """
    held = {(one.person, one.show): one.places for one in grants}
    by_show = {one.id: one for one in shows}
    by_person: dict[int, list[Offer]] = {}
    for one in offers:
        by_person.setdefault(one.wish[0], []).append(one)
    bounded, kept_out = [], []
    for person in people:
        given_back = by_person.get(person.id, [])
        whole = [by_show[one.wish[1]] for one in given_back if not held.get(one.wish)]
        cost = sum(one.places * by_show[one.wish[1]].price for one in given_back)
        budget, bound = person.budget, person.max_shows
        budget = None if budget is None else max(0, budget - cost)
        left = None if bound is None else bound - len(whole)
        bounded.append(
            replace(person, budget=budget, max_shows=None if left is None else max(1, left))
        )
        kept_out += [
            Grant(person=person.id, show=wish.show, places=0)
            for wish in wishes
            if whole
            and wish.person == person.id
            and (person.id, wish.show) not in held
            and ((left is not None and left < 1) or _clashes(person, by_show[wish.show], whole))
        ]
    return tuple(bounded), tuple(kept_out)


def _clashes(person: Person, show: Show, others: Sequence[Show]) -> bool:
    return not person.accept_clashes and any(show.overlaps(one) for one in others)


def _offers(session: Session, season: ClubQSeason) -> tuple[Offer, ...]:
    """The open offers of a season, the oldest first."""
    stmt = (
        _wished(
            ClubQReturn.id,
            ClubQReturn.voeu_id,
            ClubQVoeu.pceen_id,
            ClubQVoeu.spectacle_id,
            ClubQReturn.places,
            ClubQReturn.at,
        )
        .join(ClubQReturn, ClubQReturn.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id, ClubQReturn.state == ReturnState.offered)
        .order_by(ClubQReturn.at, ClubQReturn.id)
    )
    return tuple(
        Offer(key=key, voeu_id=voeu, wish=(person, show), places=places, at=at)
        for key, voeu, person, show, places, at in session.execute(stmt)
    )
