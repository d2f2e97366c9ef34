"""Making a run the attribution of its season, and undoing that exactly (community 4.5).

All of it happens in one transaction, under a lock on the season, in so many statements whatever
the number of people.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import DiscontentKind, RunMode, RunStatus, Strategy
from app.models import (
    ClubQAccount,
    ClubQAttribution,
    ClubQDiscontent,
    ClubQRun,
    ClubQRunPerson,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
    audit,
)
from app.models.club_q import DISCONTENT_MAX
from app.modules.club_q.errors import (
    AlreadyAdopted,
    AlreadyPublished,
    AnotherAdopted,
    ComplementFirst,
    DiscontentMoves,
    GapNotAccepted,
    InputChanged,
    NotAdoptable,
    NotAdopted,
    OnlyComplement,
    ReasonNeeded,
    UndoDoesNotFit,
)
from app.modules.club_q.queries import inputs, runs as queries
from app.modules.club_q.queries.inputs import Input
from app.modules.club_q.rules.announced import announced
from app.modules.club_q.rules.discontent import faded
from app.modules.club_q.rules.instance import BadInstance
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.rules.stored import outcome as stored_outcome, parameters
from app.modules.club_q.service import closing, complements

_BOUND = inputs.tenths(DISCONTENT_MAX)
_COLUMNS = ("places_attribuees", "run_id", "locked", "note", "set_by_id", "set_at")


def adopt(
    session: Session,
    *,
    run: ClubQRun,
    by: PCeen | None,
    reason: str = "",
    accepts_gap: bool = False,
    replaces: int | None = None,
) -> None:
    """Make the grants of a run those of its season; the full one adopted before is undone exactly.

    *replaces* is the number of the full run that the page showed as adopted, 0 for none; nothing
    is compared without it.

    Raises:
        NotAdoptable: If it is not done.
        AlreadyAdopted: If it is adopted already.
        AnotherAdopted: If another one was adopted since the page was shown.
        OnlyComplement: If the season was published, and the run decides of everything.
        InputChanged: If wishes, shows or people changed since; it has ``differences``.
        ReasonNeeded: If its rules are not those announced, and nothing says why.
        GapNotAccepted: If the time limit cut it short, and that is not accepted.
    """
    season = _locked(session, run)
    outcome = _adoptable(session, season, run, replaces)
    if outcome.cut_short and not accepts_gap:
        raise GapNotAccepted
    if _needs_reason(season, run) and not reason.strip():
        raise ReasonNeeded
    found = _same_input(session, season, run)
    closing.close(session, season)
    now, actor = clock.now(), by.id if by else None
    book = _Book(session, season, at=now, actor=actor)
    if run.mode is RunMode.full:
        for former in _standing_runs(session, season):
            _undo(session, book, former, status=RunStatus.superseded)
        _write_all(session, found, outcome, run=run, by=actor)
    else:
        change = complements.changed(session, found, outcome, run=run, by=actor)
        run.replaced = None if season.published_at is not None else _as_json(change.former)
        complements.write(session, change, run=run)
        if season.attributions_visible:
            complements.tell(session, season, change, run=run)
    _write_discontent(session, book, run)
    book.write()
    run.status, run.adopted_at, run.adopted_by_id = RunStatus.adopted, now, actor
    run.adopted_season_id = season.id if run.mode is RunMode.full else None
    run.adoption_reason = reason.strip() or None
    run.reverted_at = run.reverted_by_id = None
    told = {"season": season.id, "gap": accepts_gap and outcome.cut_short}
    audit(session, "club_q.run.adopt", run, after=told, reason=run.adoption_reason)
    session.flush()
    session.expire_all()


def revert(session: Session, *, run: ClubQRun, by: PCeen | None) -> None:
    """Undo an adopted run exactly, until the attribution is published.

    Raises:
        NotAdopted: If it is not.
        AlreadyPublished: If the attribution was published.
        ComplementFirst: If a complement that was adopted after it stands on it.
        UndoDoesNotFit: If what was there before is too much, with what the team changed since.
    """
    season = _locked(session, run)
    if run.status is not RunStatus.adopted:
        raise NotAdopted
    if season.published_at is not None:
        raise AlreadyPublished
    if _standing_runs(session, season)[0].id != run.id:
        raise ComplementFirst
    actor = by.id if by else None
    book = _Book(session, season, at=clock.now(), actor=actor)
    _undo(session, book, run, status=RunStatus.done)
    _check_fits(session, season)
    closing.reopen(session, season)
    book.write()
    audit(session, "club_q.run.revert", run, before={"season": season.id})
    session.flush()
    session.expire_all()


def _locked(session: Session, run: ClubQRun) -> ClubQSeason:
    """The season of a run, both kept from others until the commit."""
    season = session.get_one(ClubQSeason, run.season_id)
    lock(session, season)
    lock(session, run)
    return season


def _adoptable(
    session: Session, season: ClubQSeason, run: ClubQRun, replaces: int | None
) -> Outcome:
    if run.status is RunStatus.adopted:
        raise AlreadyAdopted
    is_done = run.status in (RunStatus.done, RunStatus.superseded)
    if not is_done or run.result is None or run.seed_commitment != season.seed_commitment:
        raise NotAdoptable
    if run.mode is RunMode.full:
        if season.published_at is not None:
            raise OnlyComplement
        current = queries.adopted(session, season)
        if replaces is not None and replaces != (current.id if current else 0):
            raise AnotherAdopted
    return stored_outcome(run.result)


def _needs_reason(season: ClubQSeason, run: ClubQRun) -> bool:
    return not announced(season.rules).holds_for(run.strategy, parameters(run.params))


def _same_input(session: Session, season: ClubQSeason, run: ClubQRun) -> Input:
    """The input that a run started from, as long as it is what there is."""
    try:
        found = inputs.read(session, season, run.mode, parameters(run.params))
    except BadInstance as fault:
        raise InputChanged(first=str(fault), differences=()) from None
    if found.instance.digest() != run.input_hash:
        changed = queries.differences(session, run)
        first = changed[0].sentence if changed else ""
        raise InputChanged(first=first, differences=changed)
    return found


def _standing_runs(session: Session, season: ClubQSeason) -> Sequence[ClubQRun]:
    """The runs that are adopted, the last first: each stands on those after it."""
    stmt = (
        sa.select(ClubQRun)
        .where(ClubQRun.season_id == season.id, ClubQRun.status == RunStatus.adopted)
        .order_by(ClubQRun.adopted_at.desc(), ClubQRun.id.desc())
    )
    return session.scalars(stmt).all()


# Discontent


class _Book:
    """The discontent of everybody, kept from others until the commit, and what is written of it."""

    def __init__(
        self, session: Session, season: ClubQSeason, *, at: datetime, actor: int | None
    ) -> None:
        self._session, self._season, self.at, self.actor = session, season, at, actor
        stmt = sa.select(ClubQAccount.pceen_id, ClubQAccount.discontent).with_for_update()
        self.values = {key: inputs.tenths(value) for key, value in session.execute(stmt)}
        self._stored = dict(self.values)
        self._changes = inputs.changes(session, season)
        self._lines: list[dict[str, Any]] = []

    def undo(self, run: int) -> None:
        """Take back what a run changed."""
        for (by, person), delta in self._changes.items():
            if by == run:
                self.add(person, -delta, kind=DiscontentKind.revert, run=run)

    def add(self, person: int, delta: int, *, kind: DiscontentKind, run: int) -> None:
        """Change the discontent of someone by so many tenths."""
        before = self.values.get(person, 0)
        after = max(-_BOUND, min(_BOUND, before + delta))
        if after == before:
            return
        self.values[person] = after
        self._lines.append(
            {
                "pceen_id": person,
                "season_id": self._season.id,
                "run_id": run,
                "kind": kind,
                "before": _decimal(before),
                "delta": _decimal(after - before),
                "after": _decimal(after),
                "reason": None,
                "actor_id": self.actor,
                "at": self.at,
            }
        )

    def write(self) -> None:
        """Write the history and the accounts.

        Raises:
            DiscontentMoves: If somebody's first discontent is being written by hand.
        """
        if self._lines:
            self._session.execute(sa.insert(ClubQDiscontent), self._lines)
        changed = [
            {"pceen_id": person, "discontent": _decimal(value)}
            for person, value in self.values.items()
            if self._stored.get(person) != value
        ]
        new = [row for row in changed if row["pceen_id"] not in self._stored]
        known = [row for row in changed if row["pceen_id"] in self._stored]
        if new:
            try:
                with self._session.begin_nested():
                    self._session.execute(sa.insert(ClubQAccount), new)
            except sa.exc.IntegrityError:
                raise DiscontentMoves from None
        if known:
            self._session.execute(sa.update(ClubQAccount), known)


def _decimal(value: int) -> Decimal:
    return Decimal(value).scaleb(-1)


def _write_discontent(session: Session, book: _Book, run: ClubQRun) -> None:
    """Add what a run changes: of who has a wish, and of the others whose discontent fades."""
    stmt = sa.select(ClubQRunPerson.pceen_id, ClubQRunPerson.before, ClubQRunPerson.after)
    rows = session.execute(stmt.where(ClubQRunPerson.run_id == run.id)).all()
    took_part = {person for person, _before, _after in rows}
    for person, before, after in rows:
        delta = inputs.tenths(after) - inputs.tenths(before)
        book.add(person, delta, kind=DiscontentKind.run, run=run.id)
    if run.strategy is Strategy.fair and run.mode is RunMode.full:
        for person, value in sorted(book.values.items()):
            if person not in took_part:
                book.add(person, faded(value) - value, kind=DiscontentKind.run, run=run.id)


# Grants


def _write_all(
    session: Session, found: Input, outcome: Outcome, *, run: ClubQRun, by: int | None
) -> None:
    """Write the grants of a full run: all but those that the team locked."""
    takes_place = sa.select(ClubQVoeu.id).join(
        ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id
    )
    decided = (
        ClubQAttribution.locked.is_(False),
        ClubQAttribution.voeu_id.in_(
            takes_place.where(
                ClubQVoeu.season_id == run.season_id, ClubQSpectacle.cancelled.is_(False)
            )
        ),
    )
    columns = (ClubQAttribution.voeu_id, *(getattr(ClubQAttribution, one) for one in _COLUMNS))
    run.replaced = _as_json(session.execute(sa.select(*columns).where(*decided)).all())
    session.execute(sa.delete(ClubQAttribution).where(*decided), execution_options=_WITHOUT_OBJECTS)
    locked = {(one.person, one.show) for one in found.instance.grants}
    rows = [
        {
            "voeu_id": found.numbers[key],
            "places_attribuees": places,
            "run_id": run.id,
            "locked": False,
            "note": None,
            "set_by_id": by,
            "set_at": clock.now(),
        }
        for key, places in outcome.grants.items()
        if key not in locked
    ]
    if rows:
        session.execute(sa.insert(ClubQAttribution), rows)


def _undo(session: Session, book: _Book, run: ClubQRun, *, status: RunStatus) -> None:
    """Put grants and discontents back as they were before a run was adopted.

    What the team has locked since stays.
    """
    book.undo(run.id)
    session.execute(
        sa.delete(ClubQAttribution).where(
            ClubQAttribution.run_id == run.id, ClubQAttribution.locked.is_(False)
        ),
        execution_options=_WITHOUT_OBJECTS,
    )
    _put_back(session, run)
    run.status, run.adopted_season_id, run.replaced = status, None, None
    run.reverted_at, run.reverted_by_id = book.at, book.actor
    session.flush()


def _put_back(session: Session, run: ClubQRun) -> None:
    """Write the grants again that a run replaced, but where the team decided since."""
    former = json.loads(run.replaced or "[]")
    if not former:
        return
    stmt = (
        sa.select(ClubQVoeu.id, ClubQAttribution.voeu_id)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == run.season_id)
    )
    free = {wish for wish, decided in session.execute(stmt) if decided is None}
    rows = [
        {
            "voeu_id": voeu,
            **dict(zip(_COLUMNS, values, strict=True)),
            "set_at": datetime.fromisoformat(values[-1]),
        }
        for voeu, *values in former
        if voeu in free
    ]
    if rows:
        session.execute(sa.insert(ClubQAttribution), rows)


def _check_fits(session: Session, season: ClubQSeason) -> None:
    """Refuse more places than a show has, or than a wish asks."""
    granted = sa.func.sum(ClubQAttribution.places_attribuees)
    beyond = ClubQAttribution.places_attribuees > ClubQVoeu.places_demandees
    stmt = (
        sa.select(ClubQSpectacle.nom)
        .join(ClubQVoeu, ClubQVoeu.spectacle_id == ClubQSpectacle.id)
        .join(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQSpectacle.season_id == season.id)
        .group_by(ClubQSpectacle.id, ClubQSpectacle.nom, ClubQSpectacle.nb_tickets)
        .having(
            sa.or_(
                granted > ClubQSpectacle.nb_tickets,
                sa.func.sum(sa.case((beyond, 1), else_=0)) > 0,
            )
        )
        .order_by(ClubQSpectacle.id)
    )
    if names := session.scalars(stmt).all():
        raise UndoDoesNotFit(shows=", ".join(names))


def _as_json(rows: Iterable[Sequence[Any]]) -> str:
    """Grants as they were: the wish, then each column."""
    return json.dumps([[*row[:-1], row[-1].isoformat()] for row in rows], ensure_ascii=True)


_WITHOUT_OBJECTS = {"synchronize_session": False}
