"""What a complement changes: grants that grow, places that people gave back (community 4.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import Cents
from app.enums import ReturnState
from app.models import (
    ClubQAttribution,
    ClubQReturn,
    ClubQRun,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
    defer,
)
from app.modules.club_q.mails import PlacesGiven, PlacesTaken
from app.modules.club_q.queries.inputs import Input, Key, Offer
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.rules.reassigned import given, reassigned
from app.modules.club_q.service import news


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a complement writes."""

    #: The rows that change, as they were: wish, places, run, locked, note, by, at.
    former: Sequence[Sequence[Any]]
    updated: Sequence[Mapping[str, Any]]
    inserted: Sequence[Mapping[str, Any]]
    #: How many places of each offer somebody else has.
    taken: Sequence[tuple[Offer, int]]
    #: How many places more each wish has.
    given: Mapping[Key, int]


def changed(
    session: Session, found: Input, outcome: Outcome, *, run: ClubQRun, by: int | None
) -> Change:
    """What a complement changes of the grants that there are: it writes nothing."""
    offers = [(one.wish, one.places) for one in found.offers]
    taken = reassigned(found.instance, outcome.grants, offers)
    lost = {one.voeu_id: n for one, n in zip(found.offers, taken, strict=True) if n}
    more = given(found.instance, outcome.grants)
    rows = _rows(session, run.season_id)
    fixed = {(one.person, one.show) for one in found.instance.grants if one.locked}
    mark: dict[str, Any] = {"run_id": run.id, "set_by_id": by, "set_at": clock.now()}
    updated: list[dict[str, Any]] = []
    inserted: list[dict[str, Any]] = []
    for key, number in found.numbers.items():
        had = rows.get(number)
        if had is None and key not in fixed:
            inserted.append(
                {
                    "voeu_id": number,
                    "places_attribuees": outcome.grants[key],
                    "locked": False,
                    "note": None,
                    **mark,
                }
            )
        elif had is not None and number in lost:
            # what the team gave by hand stays so, fewer places though it be
            by_run = run.id if had.run_id is not None else None
            left = had.places_attribuees - lost[number]
            updated.append({"voeu_id": number, "places_attribuees": left, **mark, "run_id": by_run})
        elif had is not None and key in more:
            granted = outcome.grants[key]
            updated.append({"voeu_id": number, "places_attribuees": granted, **mark})
    return Change(
        former=[rows[one["voeu_id"]] for one in updated],
        updated=updated,
        inserted=inserted,
        taken=list(zip(found.offers, taken, strict=True)),
        given=more,
    )


def _rows(session: Session, season: int) -> Mapping[int, Any]:
    """The grants of a season, by wish."""
    stmt = (
        sa.select(
            ClubQAttribution.voeu_id,
            ClubQAttribution.places_attribuees,
            ClubQAttribution.run_id,
            ClubQAttribution.locked,
            ClubQAttribution.note,
            ClubQAttribution.set_by_id,
            ClubQAttribution.set_at,
        )
        .join(ClubQVoeu, ClubQVoeu.id == ClubQAttribution.voeu_id)
        .where(ClubQVoeu.season_id == season)
    )
    return {row.voeu_id: row for row in session.execute(stmt)}


def write(session: Session, change: Change, *, run: ClubQRun) -> None:
    """Write the grants that change, and what became of the offers."""
    if change.updated:
        session.execute(sa.update(ClubQAttribution), list(change.updated))
    if change.inserted:
        session.execute(sa.insert(ClubQAttribution), list(change.inserted))
    now = clock.now()
    settled = [
        {
            "id": offer.key,
            "places": count,
            "state": ReturnState.reassigned,
            "open_voeu_id": None,
            "settled_at": now,
            "run_id": run.id,
        }
        for offer, count in change.taken
        if count
    ]
    if settled:
        session.execute(sa.update(ClubQReturn), settled)
    # what nobody took is offered still, since the same time
    left = [
        {
            "voeu_id": offer.voeu_id,
            "open_voeu_id": offer.voeu_id,
            "places": offer.places - count,
            "state": ReturnState.offered,
            "at": offer.at,
        }
        for offer, count in change.taken
        if 0 < count < offer.places
    ]
    if left:
        session.execute(sa.insert(ClubQReturn), left)


def tell(session: Session, season: ClubQSeason, change: Change, *, run: ClubQRun) -> None:
    """Tell who has places more, and who owes for fewer of them."""
    lost: dict[Key, int] = {offer.wish: count for offer, count in change.taken if count}
    people = {person for person, _show in (*lost, *change.given)}
    if not people:
        return
    readers = {
        one.id: one
        for one in session.scalars(sa.select(PCeen).where(PCeen.id.in_(people)))
        if one.email is not None and not one.is_disabled
    }
    shows = {
        one.id: one
        for one in session.scalars(
            sa.select(ClubQSpectacle).where(ClubQSpectacle.season_id == season.id)
        )
    }
    for kind, moved in ((PlacesTaken, lost), (PlacesGiven, change.given)):
        for person, reader in sorted(readers.items()):
            lines = [
                _line(shows[show], places)
                for (who, show), places in sorted(moved.items())
                if who == person
            ]
            if lines:
                mail = kind(
                    to=reader.email or "",
                    locale=reader.locale or "fr",
                    prenom=reader.prenom,
                    season=season.nom,
                    pceen_key=reader.id,
                    season_key=season.id,
                    moves=lines,
                )
                defer(session, mail)
    for moved, tell_of in ((lost, news.tell_taken), (change.given, news.tell_given)):
        if moved:
            tell_of(session, season, run, {person for person, _show in moved})


def _line(show: ClubQSpectacle, places: int) -> tuple[str, str, int, Cents]:
    return show.nom, show.date.isoformat(), places, places * show.unit_price
