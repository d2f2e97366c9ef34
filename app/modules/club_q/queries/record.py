"""The public record of the draw of a season, and its anonymous files (community 4.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import RunMode, RunStatus, Strategy
from app.models import ClubQRun, ClubQSeason, ClubQSeedChange
from app.models.lives import numbers_of
from app.modules.club_q.errors import NoSuchRun, NotPublished
from app.modules.club_q.rules.announced import Announced, announced
from app.modules.club_q.rules.figures import published
from app.modules.club_q.rules.pseudonyms import Anonymous, anonymous


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """An adopted run, as everybody may see it once the attribution is published."""

    #: Its number.
    key: int
    strategy: Strategy
    mode: RunMode
    #: As announced, or not: then why.
    parameters: Mapping[str, Any]
    adoption_reason: str | None
    adopted_at: datetime
    code_version: str
    solver: str
    #: Those of the published files.
    input_hash: str
    result_hash: str
    #: Each ``{"name", "value", "bound", "proven"}``.
    objectives: Sequence[Mapping[str, Any]]
    #: Nothing personal.
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What everybody may know of the draw of a season."""

    season: ClubQSeason
    commitment: str
    rules: Announced
    seed_changes: Sequence[ClubQSeedChange]
    closing_hash: str | None
    closed_at: datetime | None
    is_published: bool
    #: Nothing of the rest before publication.
    seed: str | None = None
    runs: Sequence[RunRecord] = ()
    #: How many runs were made, and how often the team changed wishes after closing.
    run_count: int | None = None
    late_edits: int | None = None
    #: Under which number a person is in the files, by number of run.
    pseudonyms: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The anonymous files of an adopted run: canonical JSON texts."""

    record: str
    input: str
    result: str

    @property
    def by_name(self) -> Mapping[str, str]:
        """The files, as they are called in an archive."""
        return {"record.json": self.record, "input.json": self.input, "result.json": self.result}


def record(session: Session, season: ClubQSeason, *, pceen_id: int | None = None) -> Record:
    """The record of a season; with the own pseudonyms of someone, if they are in it."""
    changes = session.scalars(
        sa.select(ClubQSeedChange)
        .where(ClubQSeedChange.season_id == season.id)
        .order_by(ClubQSeedChange.at, ClubQSeedChange.id)
    ).all()
    is_published = season.attributions_visible
    known = Record(
        season=season,
        commitment=season.seed_commitment,
        rules=announced(season.rules),
        seed_changes=changes,
        closing_hash=season.closing_hash,
        closed_at=season.closed_at,
        is_published=is_published,
    )
    if not is_published:
        return known
    count = session.scalar(
        sa.select(sa.func.count()).select_from(ClubQRun).where(ClubQRun.season_id == season.id)
    )
    adopted = [(one, _anonymous(season, one)) for one in _adopted(session, season)]
    numbers = set(session.scalars(numbers_of(pceen_id))) if pceen_id is not None else set()
    return replace(
        known,
        seed=season.seed.hex(),
        runs=[_told(one, told) for one, told in adopted],
        run_count=count or 0,
        late_edits=season.late_edits,
        pseudonyms={
            one.id: told.pseudonyms[person]
            for one, told in adopted
            for person in numbers
            if person in told.pseudonyms
        },
    )


def files(session: Session, season: ClubQSeason, *, run: int | None = None) -> Files:
    """The anonymous files of the adopted full run of a season, or of its adopted *run*.

    Raises:
        NotPublished: Before publication.
        NoSuchRun: If no such run is adopted.
    """
    if not season.attributions_visible:
        raise NotPublished
    for one in _adopted(session, season):
        if one.id == run or (run is None and one.mode is RunMode.full):
            told = _anonymous(season, one)
            return Files(record=told.record, input=told.input, result=told.result)
    raise NoSuchRun


def _adopted(session: Session, season: ClubQSeason) -> Sequence[ClubQRun]:
    """The adopted runs, the first first; all of them in one statement."""
    stmt = (
        sa.select(ClubQRun)
        .where(ClubQRun.season_id == season.id, ClubQRun.status == RunStatus.adopted)
        .order_by(ClubQRun.adopted_at, ClubQRun.id)
    )
    return session.scalars(stmt).all()


def _anonymous(season: ClubQSeason, run: ClubQRun) -> Anonymous:
    return anonymous(run.input or "", run.result or "", season.seed)


def _told(run: ClubQRun, told: Anonymous) -> RunRecord:
    return RunRecord(
        key=run.id,
        strategy=run.strategy,
        mode=run.mode,
        parameters=run.params,
        adoption_reason=run.adoption_reason,
        adopted_at=run.adopted_at or clock.now(),
        code_version=run.code_version or "",
        solver=f"{run.solver_name or ''} {run.solver_version or ''}".strip(),
        input_hash=told.input_hash,
        result_hash=told.result_hash,
        objectives=run.objectives,
        figures=_figures(run.figures),
    )


def _figures(found: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that anybody may see, those of the other strategy too."""
    told = published(found)
    if isinstance(found.get("classic"), Mapping):
        told["classic"] = published(found["classic"])
    return told
