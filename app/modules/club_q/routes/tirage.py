"""The public record of the draw: what is committed to, then all that proves it (community 4.7)."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.context import current
from app.enums import PermissionScope as S, PermissionType as T, Strategy
from app.extensions import db
from app.models import ClubQSeason
from app.modules.club_q import around
from app.modules.club_q.errors import NoSuchRun
from app.modules.club_q.queries import record as reading
from app.modules.club_q.queries.record import Record, RunRecord
from app.modules.club_q.queries.seasons import season as read_season
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.routes.run_figures import Group, groups_of
from app.modules.club_q.routes.run_words import Goal, goals, rules_in_words
from app.modules.club_q.rules.announced import Announced, announced
from app.web.asked import asked_number
from app.web.downloads import download

#: The instant that files of an archive are of: the same files make the same archive.
_ALWAYS = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Adopted:
    """An adopted run, as the record shows it."""

    record: RunRecord
    #: Under which number the visitor is in its files, if they are.
    pseudonym: int | None
    announced: Announced

    @property
    def rules(self) -> Announced:
        return announced({**self.record.parameters, "strategy": self.record.strategy.value})

    @property
    def is_as_announced(self) -> bool:
        return self.announced.is_as(self.rules)

    @property
    def said(self) -> list[tuple[str, str]]:
        return rules_in_words(self.rules)

    @property
    def goals(self) -> Sequence[Goal]:
        return goals(self.record.objectives)

    @property
    def groups(self) -> Sequence[Group]:
        return groups_of(self.record.figures)

    @property
    def is_fair(self) -> bool:
        return self.record.strategy is Strategy.fair


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPage:
    """All that the page of a draw shows."""

    record: Record
    seasons: Sequence[ClubQSeason]

    @property
    def season(self) -> ClubQSeason:
        return self.record.season

    @property
    def said(self) -> list[tuple[str, str]]:
        return rules_in_words(self.record.rules)

    @property
    def others(self) -> Sequence[ClubQSeason]:
        """The other seasons, the latest first."""
        return [one for one in self.seasons if one.id != self.season.id]

    @property
    def runs(self) -> Sequence[Adopted]:
        """The adopted runs; none before publication."""
        known = self.record.pseudonyms or {}
        return [Adopted(one, known.get(one.key), self.record.rules) for one in self.record.runs]


@bp.get("/club_q/tirage")
@context.permission_only(T.read, S.club_q)
def draws() -> ResponseReturnValue:
    """The draw of the season that the address says, else of the current one."""
    season = around.season()
    if season is None:
        return render_template("club_q/tirage/tirage.html", page=None)
    return redirect(url_for("club_q.tirage", season=season.id))


@bp.get("/club_q/tirage/<int:season>")
@context.permission_only(T.read, S.club_q)
def tirage(season: int) -> ResponseReturnValue:
    """The record of a draw, as far as everybody may know it."""
    session = db.session()
    found = reading.record(session, read_season(session, season), pceen_id=current.me.id)
    page = DrawPage(record=found, seasons=around.seasons())
    return render_template("club_q/tirage/tirage.html", page=page)


@bp.get("/club_q/tirage/<int:season>/data")
@context.permission_only(T.read, S.club_q)
def tirage_data(season: int) -> ResponseReturnValue:
    """The files of an adopted run, without names: one of them, or all in an archive."""
    session, run = db.session(), asked_number("run")
    if run is None and "run" in request.args:
        raise NoSuchRun
    found = reading.files(session, read_season(session, season), run=run)
    stem = f"club_q_tirage_{season}" + (f"_{run}" if run is not None else "")
    name = request.args.get("file")
    if name is None:
        return download(_archive(found.by_name), stem=stem, extension="zip")
    text = found.by_name.get(f"{name}.json")
    if text is None:
        raise NoSuchRun
    return download(text.encode(), stem=f"{stem}_{name}", extension="json")


def _archive(texts: Mapping[str, str]) -> bytes:
    """An archive of some texts."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _ALWAYS), text, zipfile.ZIP_DEFLATED)
    return content.getvalue()
