"""Two to four runs side by side, and the people whose grants differ (community 4.5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import context
from app.core.pagination import Page
from app.core.text import comparison_key
from app.enums import PermissionScope as S, PermissionType as T, RunStatus
from app.extensions import db
from app.models import ClubQRun, ClubQSeason
from app.modules.club_q.errors import NoSuchRun
from app.modules.club_q.queries import run_pages, runs as reading
from app.modules.club_q.queries.run_pages import Names
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.routes.run_figures import Row, side_by_side
from app.modules.club_q.routes.run_words import TONES, Goal, goals
from app.modules.club_q.routes.runs import paged
from app.web.asked import asked_page

#: How many runs are compared.
FEWEST, MOST = 2, 4
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """Someone whose grants differ from one run to another."""

    key: int
    name: str
    #: Of each show where they differ: its name, and the places in each run.
    shows: Sequence[tuple[str, Sequence[int]]]
    #: Places in all, in each run.
    totals: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePage:
    """All that the comparison shows."""

    season: ClubQSeason
    runs: Sequence[ClubQRun]
    goals: Sequence[Sequence[Goal]]
    rows: Sequence[Row]
    people: Page[Differing]
    #: Whether they all share the same wishes out.
    is_same_input: bool

    @property
    def groups(self) -> Sequence[tuple[str, Sequence[Row]]]:
        """The figures, by what they are about."""
        return [(name, list(rows)) for name, rows in groupby(self.rows, key=lambda row: row.group)]

    @property
    def tones(self) -> Mapping[RunStatus, str]:
        return TONES

    @property
    def back(self) -> str:
        return url_for("club_q.attribution", season_id=self.season.id)


def _asked() -> Sequence[int]:
    """The numbers of the runs, once each: ``runs=1,2``, or ``runs=1&runs=2``; no nonsense."""
    texts = ",".join(request.args.getlist("runs")).split(",")
    return list(dict.fromkeys(int(one) for one in texts if _NUMBER.fullmatch(one)))


@bp.get("/club_q/attribution/compare")
@context.permission_only(T.write, S.club_q)
def compare() -> ResponseReturnValue:
    """Runs of one season, side by side; which ones to choose, where the address does not say."""
    session, keys = db.session(), _asked()
    if not FEWEST <= len(keys) <= MOST:
        return render_template("club_q/attribution/compare.html", page=None)
    season = reading.run(session, keys[0]).season
    found = reading.runs_of(session, season, keys)
    if len(found) != len(keys):
        raise NoSuchRun
    if any(one.result_hash is None for one in found):
        return render_template("club_q/attribution/compare.html", page=None)
    page = ComparePage(
        season=season,
        runs=found,
        goals=[goals(one.objectives or ()) for one in found],
        rows=side_by_side([one.figures or {} for one in found]),
        people=_differing(session, found),
        is_same_input=len({one.input_hash for one in found}) == 1,
    )
    return render_template("club_q/attribution/compare.html", page=page)


def _differing(session: Session, runs: Sequence[ClubQRun]) -> Page[Differing]:
    """The people whose grants differ, by name."""
    grants: dict[int, dict[int, list[int]]] = {}
    for rank, run in enumerate(runs):
        for one in reading.wishes_of(session, run):
            shows = grants.setdefault(one.pceen_id, {})
            shows.setdefault(one.spectacle_id, [0] * len(runs))[rank] = one.granted
    people = {key for key, shows in grants.items() if any(len(set(n)) > 1 for n in shows.values())}
    names = run_pages.names(session, people=people, season_id=runs[0].season_id)
    found = [_differing_one(key, grants[key], names, len(runs)) for key in people]
    found.sort(key=lambda one: (comparison_key(one.name), one.key))
    return paged(found, asked_page())


def _differing_one(
    key: int, shows: Mapping[int, Sequence[int]], names: Names, count: int
) -> Differing:
    differing = [(names.show(show), n) for show, n in shows.items() if len(set(n)) > 1]
    return Differing(
        key=key,
        name=names.person(key),
        shows=sorted(differing, key=lambda one: comparison_key(one[0])),
        totals=[sum(n[rank] for n in shows.values()) for rank in range(count)],
    )
