"""One run of the attribution: how far it is, what it gives, and whether it is adopted (4.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.text import comparison_key
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T, RunStatus
from app.extensions import db
from app.models import ClubQRun, TaskRun
from app.modules.club_q.forms.attribution import AdoptForm, NoteForm
from app.modules.club_q.queries import run_pages, run_report, runs as reading
from app.modules.club_q.queries.run_pages import Names
from app.modules.club_q.queries.run_report import Changes, Got, Report
from app.modules.club_q.queries.runs import Difference
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.routes.run_charts import Charts, charts
from app.modules.club_q.routes.run_figures import (
    Group,
    PromoLine,
    Row,
    groups_of,
    promo_lines,
    side_by_side,
    ties_of,
)
from app.modules.club_q.routes.run_tables import PersonLine, ShowLine, person_lines, show_lines
from app.modules.club_q.routes.run_words import (
    TONES,
    Goal,
    facts_of,
    goals,
    people_in,
    rules_in_words,
    with_names,
)
from app.modules.club_q.rules.announced import Announced, announced
from app.modules.club_q.service import runs as service
from app.web.asked import asked_number, asked_page

#: What the page shows of a run that is done, the first by default.
VIEWS: Mapping[str, LazyString] = {
    "figures": _l("Bilan"),
    "fairness": _l("Équité"),
    "shows": _l("Spectacles"),
    "people": _l("Personnes"),
    "log": _l("Journal"),
}
#: What adopting it would do: the button leads there.
ADOPT = "adopt"
#: How many lines of a list or of the log a page shows.
PER_PAGE = 200
#: How often the page of a run that goes on is read again, without scripts, in seconds.
_AGAIN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What adopting a run would do, and what it asks."""

    #: ``None`` where it cannot be adopted.
    changes: Changes | None
    #: What changed of the input since: it cannot be adopted as it is.
    differences: Sequence[Difference]
    #: Whether its rules are those announced; otherwise a reason is asked, and published.
    is_as_announced: bool
    #: Whether the time limit cut it short; then the gap has to be accepted.
    is_short: bool


@dataclass(kw_only=True)
class RunPage:
    """All that the page of a run shows."""

    run: ClubQRun
    view: str
    #: How far it is, while it is computed.
    task: TaskRun | None
    adopt: AdoptForm
    note: NoteForm
    #: Who adopted it, and who undid it.
    names: Mapping[int, str]
    adoption: Adoption | None = None
    report: Report | None = None
    called: Names | None = None
    #: The person or the show that one looks at.
    chosen: int | None = None
    lines: Page[str] | None = None
    number: int = 1
    tones: Mapping[RunStatus, str] = field(default_factory=lambda: TONES)

    @property
    def is_live(self) -> bool:
        return not self.run.status.is_over

    @property
    def has_result(self) -> bool:
        """Whether there is something to show of what it gives."""
        return self.run.result_hash is not None

    @property
    def rules(self) -> Announced:
        """The rules that it follows."""
        params = self.run.params or {}
        return announced({**params, "strategy": self.run.strategy.value})

    @property
    def said(self) -> list[tuple[str, str]]:
        return rules_in_words(self.rules)

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        return [
            (
                str(label),
                url_for("club_q.run", key=self.run.id, view=None if view == "figures" else view),
                view == self.view,
            )
            for view, label in VIEWS.items()
        ]

    @property
    def may_be_adopted(self) -> bool:
        return _may_be_adopted(self.run)

    @property
    def goals(self) -> Sequence[Goal]:
        return goals(self.run.objectives or ())

    @property
    def groups(self) -> Sequence[Group]:
        return groups_of(self.run.figures or {})

    @property
    def versus(self) -> Sequence[Row]:
        """The figures that are not those of the classic strategy on the same input."""
        figures = self.run.figures or {}
        if "classic" not in figures:
            return ()
        rows = side_by_side([figures, figures["classic"]])
        return [row for row in rows if row.best]

    @property
    def facts(self) -> list[tuple[str, object]]:
        """How it came to be."""
        return facts_of(self.run, self.names)

    @property
    def promos(self) -> Sequence[PromoLine]:
        return promo_lines(self.run.figures or {})

    @property
    def ties(self) -> Sequence[tuple[str, int]]:
        return ties_of(self.run.figures or {})

    @property
    def unserved(self) -> Sequence[str]:
        """Who gets nothing, by name."""
        keys = (self.run.figures or {}).get("staff", {}).get("unserved", ())
        return (
            sorted((self.called.person(key) for key in keys), key=comparison_key)
            if self.called
            else ()
        )

    @cached_property
    def charts(self) -> Charts:
        return charts(self.run.figures or {})

    @cached_property
    def shows(self) -> Sequence[ShowLine]:
        return show_lines(self.report, self.called) if self.report and self.called else ()

    @cached_property
    def people(self) -> Page[PersonLine]:
        """The people, by name."""
        found = person_lines(self.report, self.called) if self.report and self.called else ()
        return paged(found, self.number)

    @cached_property
    def wishes(self) -> Page[Got]:
        """The wishes for the show, or of the person, that one looks at."""
        report, key = self.report, self.chosen
        if report is None or key is None:
            return paged((), 1)
        kept = report.by_show if self.view == "shows" else report.by_person
        found = sorted(kept.get(key, ()), key=lambda got: (-bool(got.granted), got.priority))
        return paged(found, self.number)


Line = TypeVar("Line")


def paged(rows: Sequence[Line], number: int) -> Page[Line]:
    """One page of what is all there."""
    number = min(max(1, number), max(1, -(-len(rows) // PER_PAGE)))
    return Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(rows))


@bp.get("/club_q/attribution/<int:key>")
@context.permission_only(T.write, S.club_q)
def run(key: int) -> ResponseReturnValue:
    """One run: how far it is; what it gives, once it is done."""
    view = request.args.get("view", "")
    found = reading.run(db.session(), key)
    if view == ADOPT and not _may_be_adopted(found):
        return redirect(url_for("club_q.run", key=found.id))
    return _page(found, AdoptForm(formdata=None), view if view in _FILL else "figures")


def _may_be_adopted(found: ClubQRun) -> bool:
    return found.status in (RunStatus.done, RunStatus.superseded)


def _page(found: ClubQRun, adopt: AdoptForm, view: str = "figures") -> ResponseReturnValue:
    session = db.session()
    page = RunPage(
        run=found,
        view=view,
        task=reading.task_of(session, found) if not found.status.is_over else None,
        adopt=adopt,
        note=NoteForm(formdata=None, data={"note": found.note or ""}),
        names=run_pages.people_called(session, {found.adopted_by_id, found.reverted_by_id}),
        number=asked_page(),
    )
    if page.has_result:
        _FILL[page.view](session, page)
    return adopt.page("club_q/attribution/run.html", page=page, again=_AGAIN)


def _fill_nothing(_session: Session, _page: RunPage) -> None:
    """Its own figures are enough."""


def _fill_adoption(session: Session, page: RunPage) -> None:
    found = page.run
    differences = reading.differences(session, found)
    page.adoption = Adoption(
        changes=None if differences else run_report.changes(session, found),
        differences=differences,
        is_as_announced=announced(found.season.rules).is_as(page.rules),
        is_short=any(not goal.proven and goal.bound is not None for goal in page.goals),
    )


def _fill_fairness(session: Session, page: RunPage) -> None:
    unserved = (page.run.figures or {}).get("staff", {}).get("unserved", ())
    page.called = run_pages.names(session, people=unserved, season_id=page.run.season_id)


def _fill_lists(session: Session, page: RunPage) -> None:
    page.report = run_report.report(session, page.run)
    people = {one.pceen_id for one in page.report.people}
    page.called = run_pages.names(session, people=people, season_id=page.run.season_id)
    page.chosen = asked_number("show" if page.view == "shows" else "person")


def _fill_log(session: Session, page: RunPage) -> None:
    lines = paged((page.run.log or "").splitlines(), page.number)
    called = run_pages.names(session, people=people_in(lines.items), season_id=page.run.season_id)
    named = [with_names(line, called) for line in lines.items]
    page.lines = Page(named, lines.number, lines.size, lines.total)


_FILL = {
    "figures": _fill_nothing,
    ADOPT: _fill_adoption,
    "fairness": _fill_fairness,
    "shows": _fill_lists,
    "people": _fill_lists,
    "log": _fill_log,
}


@bp.get("/api/club_q/attribution/<int:key>")
@context.permission_only(T.write, S.club_q)
def api_run(key: int) -> ResponseReturnValue:
    """Where a run stands, and how far it is, for scripts."""
    session = db.session()
    found = reading.run(session, key)
    task = reading.task_of(session, found)
    is_left = task is None or task.state.is_over  # until then no other can be launched
    return {
        "status": found.status.value,
        "label": str(found.status.label),
        "is_over": found.status.is_over and is_left,
        "progress": task.progress if task is not None else 0,
        "message": (task.message if task is not None else None) or "",
    }


# What is done of it


def _back(key: int) -> ResponseReturnValue:
    return redirect(url_for("club_q.run", key=key), 303)


@bp.post("/club_q/attribution/<int:key>/adopt")
@context.permission_only(T.write, S.club_q)
def adopt(key: int) -> ResponseReturnValue:
    """Make its grants those of the season."""
    form = AdoptForm()
    found = reading.run(db.session(), key)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.adopt(
                    session,
                    run=reading.run(session, key),
                    by=current.me,
                    reason=form.reason.text,
                    accepts_gap=bool(form.accepts_gap.data),
                    replaces=form.seen_replaced,
                )
            flash(_("L'attribution %(key)s est adoptée.", key=key), "success")
            return _back(key)
    found = reading.run(db.session(), found.id)
    return _page(found, form, ADOPT if _may_be_adopted(found) else "figures")


@bp.post("/club_q/attribution/<int:key>/revert")
@context.permission_only(T.write, S.club_q)
def revert(key: int) -> ResponseReturnValue:
    """Undo it: the grants and the discontent are as before."""
    form = AdoptForm()
    with form.refusals():
        with transaction(db.session()) as session:
            service.revert(session, run=reading.run(session, key), by=current.me)
        flash(_("L'attribution %(key)s est défaite : tout est comme avant.", key=key), "success")
        return _back(key)
    return _page(reading.run(db.session(), key), form)


@bp.post("/club_q/attribution/<int:key>/cancel")
@context.permission_only(T.write, S.club_q)
def cancel_run(key: int) -> ResponseReturnValue:
    """Stop its computing."""
    form = AdoptForm()
    with form.refusals():
        with transaction(db.session()) as session:
            service.cancel(session, run=reading.run(session, key))
        flash(_("Le calcul va s'arrêter."), "success")
        return _back(key)
    return _page(reading.run(db.session(), key), form)


@bp.post("/club_q/attribution/<int:key>/note")
@context.permission_only(T.write, S.club_q)
def note_run(key: int) -> ResponseReturnValue:
    """Write what the team thinks of it."""
    form = NoteForm()
    found = reading.run(db.session(), key)
    if form.validate_on_submit():
        with transaction(db.session()) as session:
            service.note(session, run=reading.run(session, key), text=form.note.text)
        flash(_("La note est enregistrée."), "success")
        return _back(key)
    return form.page("club_q/attribution/note.html", run=found)
