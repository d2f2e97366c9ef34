"""Computing a run again from what is stored of it, to compare (community 4.5)."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.core import draw
from app.enums import Strategy
from app.models import ClubQRun, ClubQSeason
from app.modules.club_q.rules.instance import Instance, read
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.rules.stored import outcome as stored_outcome
from app.modules.club_q.service import computing
from app.modules.club_q.service.computing import Asked, Told

#: How many wishes are named that have other places.
_NAMED = 20


def replay(
    session: Session, run: ClubQRun, *, seed: bytes | None = None, told: Told = lambda *_said: None
) -> list[str]:
    """What differs when a run is computed again; nothing: it is what is stored.

    The same answer is expected where it was proven to be the best, or is that of the classic
    strategy; otherwise that what is stored may be granted, and is worth what was told. Nothing is
    read of the wishes of today. *seed* stands for another one than that of the season.
    """
    if run.input is None or run.result is None:
        return ["the run has no result"]
    season = session.get_one(ClubQSeason, run.season_id)
    used = season.seed if seed is None else seed
    if draw.commitment(season=season.id, seed=used) != run.seed_commitment:
        return ["the seed does not match the commitment"]
    instance, stored = read(run.input), stored_outcome(run.result)
    asked = Asked(strategy=run.strategy, seed=used, time_limit=run.time_limit)
    digests = (
        ("input", instance.digest(), run.input_hash),
        ("result", stored.digest(), run.result_hash),
    )
    session.rollback()  # nothing is kept open while the solver runs
    wrong = [
        f"the digest of the {name} is {found}, not {kept}"
        for name, found, kept in digests
        if found != kept
    ]
    return [*wrong, *_differences(instance, stored, asked, told)]


def _differences(instance: Instance, stored: Outcome, asked: Asked, told: Told) -> Iterator[str]:
    yield from computing.faults(instance, stored, asked.seed)
    found = computing.solve(instance, asked, told)
    if asked.strategy is Strategy.fair and not stored.is_proven:
        for fault in computing.faults(instance, found, asked.seed):
            yield f"computed again: {fault}"
        return
    if found.digest() == stored.digest():
        return
    yield f"the digest of the result computed again is {found.digest()}"
    for was, is_now in zip(stored.objectives, found.objectives, strict=True):
        if was != is_now:
            yield f"{was.name}: {was.value} was found, {is_now.value} now"
    others = [key for key, places in stored.grants.items() if found.grants.get(key) != places]
    for person, show in others[:_NAMED]:
        was_granted, granted = stored.grants[person, show], found.grants.get((person, show))
        yield f"person #{person}, show #{show}: {was_granted} granted, {granted} now"
    if len(others) > _NAMED:
        yield f"and {len(others) - _NAMED} more wishes"
